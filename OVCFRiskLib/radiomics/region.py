"""The voxels of one body on the extraction grid, ready to be measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, mask_box, require_same_grid
from OVCFRiskLib.radiomics.orientation import axial_views, is_axial, is_oblique, to_axial_order
from OVCFRiskLib.radiomics.resampling import resample_body, resample_oblique_body
from OVCFRiskLib.radiomics.settings import ExtractionSettings

# Whole HU are counted, value by value, as long as the table of counts stays small.
MAX_COUNTED_RANGE_HU = 2**17


@dataclass(frozen=True, slots=True)
class BodyRegion:
    """One body cut out of its CT, axial slices first.

    Attributes
    ----------
    hu : ndarray [k, j, i]
        HU in the box of ``inside``.
    inside : ndarray [k, j, i] of bool
        The voxels measured by first-order and texture features.
    outline : ndarray [k, j, i] of bool
        The mask before voxels left by ``resegment_range``: the shape is measured on it.
    values : ndarray (n,)
        HU inside.
    hu_counts : ndarray, optional
        How often each whole HU from the lowest to the highest inside occurs; None where HU are no whole numbers or
        spread too widely.
    spacing_mm : tuple of 3 floats
        Along (k, j, i).
    """

    hu: np.ndarray
    inside: np.ndarray
    outline: np.ndarray
    values: np.ndarray
    hu_counts: np.ndarray | None
    spacing_mm: tuple[float, float, float]


def body_region(ct: sitk.Image, mask: sitk.Image, settings: ExtractionSettings) -> BodyRegion:
    """Bring a body onto the extraction grid, axial slices first, and cut it out.

    Raises
    ------
    OVCFRiskError
        If CT or mask are no 3D scalar images on one grid; if the mask, on the extraction grid and within
        ``resegment_range``, is empty, a voxel or a line of voxels; if HU inside it are not finite.
    """
    _require_scalar("CT", ct)
    _require_scalar("mask", mask)
    require_same_grid(ct, mask)
    box = _box(mask, "mask is empty; segment the body first")
    if settings.resampled_spacing is not None or is_oblique(ct):
        if not is_axial(ct):
            ct, mask = to_axial_order(ct), to_axial_order(mask)
            box = mask_box(sitk.GetArrayViewFromImage(mask))
        resample = resample_oblique_body if is_oblique(ct) else resample_body
        ct, mask = resample(ct, mask, box, settings)
        box = _box(mask, "mask is empty on the extraction grid: it is thinner than the resampled spacing")
    # copied: a view would point into an image that may be gone by the time it is read
    arrays = (sitk.GetArrayViewFromImage(ct)[box].copy(), sitk.GetArrayViewFromImage(mask)[box] != 0)
    (hu, outline), spacing_mm = axial_views(ct, *arrays)
    return _resegmented(hu, outline, spacing_mm, settings.resegment_range)


def _resegmented(
    hu: np.ndarray,
    outline: np.ndarray,
    spacing_mm: tuple[float, float, float],
    limits_hu: tuple[float, float] | None,
) -> BodyRegion:
    """Region of the voxels within the limits, in their box."""
    inside = outline
    if limits_hu is not None:
        inside = outline & (hu >= limits_hu[0]) & (hu <= limits_hu[1])
        box = mask_box(inside) or (slice(0),) * 3
        hu, inside, outline = hu[box], inside[box], outline[box]
    if sum(n > 1 for n in inside.shape) < 2:
        size = " x ".join(str(n) for n in inside.shape[::-1])
        within = "" if limits_hu is None else f" within {limits_hu[0]:g} to {limits_hu[1]:g} HU"
        raise OVCFRiskError(
            f"mask{within} spans {size} voxels, at least two along two axes are needed; correct the segment"
        )
    values = hu[inside]
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise OVCFRiskError("CT holds NaN or infinite values inside the mask; expected HU; check how it was converted")
    return BodyRegion(hu, inside, outline, values, _hu_counts(values), spacing_mm)


def _hu_counts(values: np.ndarray) -> np.ndarray | None:
    """How often each whole HU from the lowest on occurs, or None."""
    if values.dtype.kind not in "iu" or int(values.max()) - int(values.min()) > MAX_COUNTED_RANGE_HU:
        return None
    return np.bincount(np.subtract(values, values.min(), dtype=np.intp))


def _require_scalar(name: str, image: sitk.Image) -> None:
    """Raise unless the image is 3D with one value per voxel."""
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise OVCFRiskError(
            f"{name}: expected a 3D image with one value per voxel, got {image.GetDimension()}D with "
            f"{image.GetNumberOfComponentsPerPixel()}"
        )


def _box(mask: sitk.Image, when_empty: str) -> Box:
    """Box of a mask that must not be empty."""
    box = mask_box(sitk.GetArrayViewFromImage(mask))
    if box is None:
        raise OVCFRiskError(when_empty)
    return box
