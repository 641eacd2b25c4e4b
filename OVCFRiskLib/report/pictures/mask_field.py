"""The smooth field in which a mask's surface is seen."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.geometry import array_view, index_to_lps_matrix, run_filter
from OVCFRiskLib.report.pictures.surface_field import SurfaceField

# A picture of a body 45 mm wide shows no detail below this; slices of 5 mm are interpolated to it.
SURFACE_SPACING_MM = 1.0
SAMPLES_MM = (0.65, 1.6)  # voxels that are left as they are
BODY_SMOOTHING_MM = 0.9
ROOM_VOXELS = 2  # for a surface that closes


def mask_field(mask: sitk.Image) -> SurfaceField:
    """Smooth closed surface of a body, as a field.

    Parameters
    ----------
    mask : SimpleITK.Image
        0 or 1, of any geometry, at least one voxel filled.

    Returns
    -------
    SurfaceField
        A body that ends at the image's edge is closed there.
    """
    inside = np.pad(array_view(mask) != 0, ROOM_VOXELS)
    spacing = np.array(mask.GetSpacing()[::-1])
    # The signed distance turns thick slices into slopes instead of steps.
    distance = signed_distance(inside, spacing)
    is_odd = (spacing < SAMPLES_MM[0]) | (spacing > SAMPLES_MM[1])
    field, step = resample(distance, spacing, np.where(is_odd, SURFACE_SPACING_MM, spacing))
    field = ndimage.gaussian_filter(field, BODY_SMOOTHING_MM / (step * spacing))
    if field.max() <= 0:  # a mask of a few voxels or one slice, which smoothing wipes out
        field, step = distance, np.ones(3)
    return field_on(mask, field, np.full(3, -ROOM_VOXELS), step)


def signed_distance(inside: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Distance from the nearest voxel of the other kind, mm; negative outside.

    SimpleITK takes two thirds of SciPy's time for it.

    Parameters
    ----------
    inside : numpy.ndarray of bool, [k, j, i]
    spacing : numpy.ndarray, (3,)
        Along k, j, i, mm.
    """
    return _distance_to(~inside, spacing) - _distance_to(inside, spacing)


def _distance_to(shape: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Distance from the nearest voxel of a shape, mm; 0 in the shape."""
    image = sitk.GetImageFromArray(shape.view(np.uint8))
    image.SetSpacing(spacing[::-1].tolist())
    signed = run_filter(
        sitk.SignedMaurerDistanceMap, image, insideIsPositive=False, squaredDistance=False, useImageSpacing=True
    )
    return np.maximum(array_view(signed), 0)


def resample(field: np.ndarray, spacing: np.ndarray, target_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Field at about ``target_mm`` along each axis, from its first voxel on, and the step between samples in voxels."""
    last = np.array(field.shape) - 1
    shape = np.maximum(np.ceil(last * spacing / target_mm - 1e-6).astype(int) + 1, 2)
    if (shape == field.shape).all():
        return field, np.ones(3)
    step = last / (shape - 1)
    step[step == 0] = 1.0  # a single slice
    blurred = ndimage.gaussian_filter(field, np.where(step > 1.5, step / 3, 0)) if (step > 1.5).any() else field
    out = ndimage.zoom(blurred, shape / np.array(field.shape), order=1, mode="nearest")
    return out, step


def field_on(image: sitk.Image, values: np.ndarray, start: np.ndarray, step: np.ndarray) -> SurfaceField:
    """A field whose samples lie at ``start + index * step`` of an image's [k, j, i]."""
    axes = index_to_lps_matrix(image)
    affine = np.eye(4)
    affine[:3, :3] = axes * step[::-1]
    affine[:3, 3] = axes @ start[::-1] + np.array(image.GetOrigin())
    return SurfaceField(np.ascontiguousarray(values, np.float32), np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)
