"""The smooth field whose contour is the surface of a mask; nothing of VTK is loaded for it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.geometry import array_view, index_to_lps_matrix
from OVCFRiskLib.report.pictures.surface_field import SurfaceField

# A picture of a body 45 mm wide shows no detail below this; slices of 5 mm are interpolated to it.
SURFACE_SPACING_MM = 1.0
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
    distance = ndimage.distance_transform_edt(inside, sampling=spacing)
    distance -= ndimage.distance_transform_edt(~inside, sampling=spacing)
    field, step = resample(distance, spacing, SURFACE_SPACING_MM)
    field = ndimage.gaussian_filter(field, BODY_SMOOTHING_MM / (step * spacing))
    if field.max() <= 0:  # a mask of a few voxels or one slice, which smoothing wipes out
        field, step = distance, np.ones(3)
    return field_on(mask, field, 0.0, np.full(3, -ROOM_VOXELS), step)


def resample(field: np.ndarray, spacing: np.ndarray, target_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Field at about ``target_mm`` from its first voxel on, and the step between samples in voxels."""
    shape = np.maximum(np.ceil((np.array(field.shape) - 1) * spacing / target_mm).astype(int) + 1, 2)
    step = (np.array(field.shape) - 1) / (shape - 1)
    step[step == 0] = 1.0  # a single slice
    blurred = ndimage.gaussian_filter(field, np.where(step > 1.5, step / 3, 0)) if (step > 1.5).any() else field
    out = ndimage.zoom(blurred, shape / np.array(field.shape), order=1, mode="nearest")
    return out, step


def field_on(image: sitk.Image, values: np.ndarray, level: float, start: np.ndarray, step: np.ndarray) -> SurfaceField:
    """A field whose samples lie at ``start + index * step`` of an image's [k, j, i]."""
    axes = index_to_lps_matrix(image)
    affine = np.eye(4)
    affine[:3, :3] = axes * step[::-1]
    affine[:3, 3] = axes @ start[::-1] + np.array(image.GetOrigin())
    return SurfaceField(np.ascontiguousarray(values, np.float32), level, np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine)
