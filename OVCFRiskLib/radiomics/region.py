"""The voxels of one body on the extraction grid, ready to be measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import crop, mask_box, require_same_grid
from OVCFRiskLib.radiomics.orientation import is_oblique, to_axial_order
from OVCFRiskLib.radiomics.resampling import resample_body, resample_oblique_body
from OVCFRiskLib.radiomics.settings import ExtractionSettings


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
    spacing_mm : tuple of 3 floats
        Along (k, j, i).
    """

    hu: np.ndarray
    inside: np.ndarray
    outline: np.ndarray
    spacing_mm: tuple[float, float, float]


def cut_out_body(ct: sitk.Image, mask: sitk.Image, settings: ExtractionSettings) -> tuple[sitk.Image, sitk.Image]:
    """CT and mask on the extraction grid, axial slices first, cut out around the mask.

    Raises
    ------
    OVCFRiskError
        If CT or mask are no 3D scalar images on one grid, or the mask is empty, here or on the extraction grid.
    """
    for name, image in (("CT", ct), ("mask", mask)):
        if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
            raise OVCFRiskError(
                f"{name}: expected a 3D image with one value per voxel, got {image.GetDimension()}D with "
                f"{image.GetNumberOfComponentsPerPixel()}"
            )
    require_same_grid(ct, mask)
    if settings.resampled_spacing is not None or is_oblique(to_axial_order(crop(ct, (slice(0, 1),) * 3))):
        ct, mask = to_axial_order(ct), to_axial_order(mask)
        resample = resample_oblique_body if is_oblique(ct) else resample_body
        ct, mask = resample(ct, mask, _box(mask, "mask is empty; segment the body first"), settings)
    box = _box(mask, "mask is empty on the extraction grid: it is thinner than the resampled spacing")
    return to_axial_order(crop(ct, box)), to_axial_order(crop(mask, box))


def body_region(ct: sitk.Image, mask: sitk.Image, settings: ExtractionSettings) -> BodyRegion:
    """Voxels of a body cut out by `cut_out_body`, resegmented as the settings say.

    Raises
    ------
    OVCFRiskError
        If fewer than two voxels, or only a line of voxels, are left, or HU inside the mask are not finite.
    """
    hu = sitk.GetArrayViewFromImage(ct)
    outline = inside = sitk.GetArrayViewFromImage(mask) != 0
    if settings.resegment_range is not None:
        lowest, highest = settings.resegment_range
        inside = outline & (hu >= lowest) & (hu <= highest)
    box = mask_box(inside)
    extent = (0, 0, 0) if box is None else tuple(axis.stop - axis.start for axis in box)
    if sum(n > 1 for n in extent) < 2:
        size = " x ".join(str(n) for n in extent[::-1])
        within = "" if settings.resegment_range is None else f" within {lowest:g} to {highest:g} HU"
        raise OVCFRiskError(
            f"mask{within} spans {size} voxels, at least two along two axes are needed; correct the segment"
        )
    hu, inside, outline = hu[box], inside[box], outline[box]
    if not np.isfinite(hu[inside].sum(dtype=float)):
        raise OVCFRiskError("CT holds NaN or infinite values inside the mask; expected HU; check how it was converted")
    return BodyRegion(hu, inside, outline, ct.GetSpacing()[::-1])


def _box(mask: sitk.Image, when_empty: str) -> tuple[slice, slice, slice]:
    """Box of a mask that must not be empty."""
    box = mask_box(sitk.GetArrayViewFromImage(mask) != 0)
    if box is None:
        raise OVCFRiskError(when_empty)
    return box
