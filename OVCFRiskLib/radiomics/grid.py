"""A CT on the extraction grid, for one mask or many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, add_margin, array_view, mask_box, require_same_grid, require_scalar
from OVCFRiskLib.radiomics.orientation import axial_part, axial_views, box_in_axial_order, is_oblique, to_axial_order
from OVCFRiskLib.radiomics.resampling import aligned_grid, axial_grid, padding_mm, resample_hu, resample_mask
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.volume_part import Part, as_part


@dataclass(frozen=True, slots=True)
class ExtractionGrid:
    """A part of a CT, axial slices first, on the grid its features are computed on.

    Attributes
    ----------
    hu : ndarray [k, j, i]
    spacing_mm : tuple of 3 floats
        Along (k, j, i).
    ct : Part
        The CT, or the part of it that masks must lie on.
    box : Box
        Where masks must lie, in that part.
    resampler : SimpleITK.ResampleImageFilter, optional
        None where the grid is the CT's own.
    """

    hu: np.ndarray
    spacing_mm: tuple[float, float, float]
    ct: Part
    box: Box
    resampler: sitk.ResampleImageFilter | None

    def place(self, mask: sitk.Image) -> np.ndarray:
        """The mask on this grid, [k, j, i] of bool.

        Raises
        ------
        OVCFRiskError
            If the mask does not lie on the CT's grid.
        """
        require_scalar("mask", mask)
        require_same_grid(self.ct.image, mask)
        if self.resampler is None:
            (inside,), _ = axial_views(mask, array_view(mask)[self.box] != 0)
            return inside
        return array_view(resample_mask(self.resampler, to_axial_order(mask))) != 0


def prepare_grid(
    ct: sitk.Image | Part, box: Box, settings: ExtractionSettings, margin_mm: float = 0.0
) -> ExtractionGrid:
    """Bring a box of a CT onto the extraction grid.

    Parameters
    ----------
    ct : SimpleITK.Image or Part
        3D, HU: a whole CT, or what surrounds the box.
    box : Box
        [k, j, i] box of the mask in that part.
    settings : ExtractionSettings
    margin_mm : float
        Further masks reach so far beyond it. They are measured on the same grid, where its padding holds them.

    Raises
    ------
    OVCFRiskError
        If the CT is no 3D scalar image, or cannot be resampled as the settings ask.
    """
    ct = as_part(ct)
    require_scalar("CT", ct.image)
    around = add_margin(box, margin_mm, ct.image)
    if settings.resampled_spacing is None and not is_oblique(ct.whole):
        return _own_grid(ct, around)
    axial = axial_part(ct)
    if is_oblique(ct.whole) or margin_mm > padding_mm(axial.whole, settings):
        box = around
    axial_box = box_in_axial_order(ct.shifted(box), ct.whole)
    resampler = (axial_grid if is_oblique(ct.whole) else aligned_grid)(axial.whole, axial_box, settings)
    if resampler is None:
        return _own_grid(ct, around)
    hu = resample_hu(resampler, axial, axial_box, settings.interpolator)
    return ExtractionGrid(hu, resampler.GetOutputSpacing()[::-1], ct, around, resampler)


def require_mask_box(mask: sitk.Image) -> Box:
    """[k, j, i] box of a mask.

    Raises
    ------
    OVCFRiskError
        If the mask is empty, or holds several values: those of several bodies, whose features would be mixed.
    """
    require_scalar("mask", mask)
    array = array_view(mask)
    box = mask_box(array)
    if box is None:
        raise OVCFRiskError("mask is empty; segment the body first")
    inside = array[box]
    if ((inside != 0) & (inside != inside.max())).any():
        values = ", ".join(f"{value:g}" for value in np.unique(inside) if value)
        raise OVCFRiskError(
            f"mask: expected one body, got the values {values}; give one of them (labels == 20), or measure all levels "
            "with extract_level_features"
        )
    return box


def _own_grid(ct: Part, box: Box) -> ExtractionGrid:
    """A part of a CT on its own grid."""
    # copied: a view would point into an image that may be gone by the time it is read
    (hu,), spacing_mm = axial_views(ct.image, array_view(ct.image)[box].copy())
    return ExtractionGrid(hu, spacing_mm, ct, box, None)
