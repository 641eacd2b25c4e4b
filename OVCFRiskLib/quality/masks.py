"""All checks of the masks of the four bodies."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.assessment import BodyHeights
from OVCFRiskLib.bodies.cut_out import Bodies, LevelCutOut
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.mask_codes import EMPTY, MIN_VOXELS, TOO_SMALL
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.field_of_view import check_field_of_view
from OVCFRiskLib.quality.heights import check_heights, measure_heights
from OVCFRiskLib.quality.leaks import check_leaks
from OVCFRiskLib.quality.level_order import check_order
from OVCFRiskLib.quality.mask_content import check_content
from OVCFRiskLib.quality.mask_shape import check_shape
from OVCFRiskLib.threads import side_by_side


def check_masks(
    ct: sitk.Image, bodies: Bodies, heights: Mapping[LumbarLevel, BodyHeights] | None = None
) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """Check the mask of every level.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    bodies : Bodies
        Cut out of labels on the CT's grid.
    heights : mapping of LumbarLevel to BodyHeights, optional
        As `measure_heights` gives them; measured here if None.

    Returns
    -------
    dict of LumbarLevel to tuple of Finding
        All four levels, L1 first; an empty tuple when nothing was found.
    """
    losses = check_heights(measure_heights(bodies) if heights is None else heights, _slice_spacing_mm(ct))
    order = check_order(ct, {level: body for level, body in bodies.items() if body.voxels >= MIN_VOXELS})
    own = side_by_side(lambda level: _check_level(ct, level, bodies.get(level)), list(LumbarLevel))
    return {
        level: (*findings, *losses.get(level, ()), *order.get(level, ()))
        for level, findings in zip(LumbarLevel, own, strict=True)
    }


def _check_level(ct: sitk.Image, level: LumbarLevel, body: LevelCutOut | None) -> list[Finding]:
    """Findings of one level; a mask too small to be a body gets no further check."""
    voxels = 0 if body is None else body.voxels
    if voxels < MIN_VOXELS:
        return [(TOO_SMALL if voxels else EMPTY).finding(level, value=voxels)]
    hu = body.hu_of(ct)
    cut = check_field_of_view(body, hu)
    if cut:  # the rest of a body has neither the size nor the surface of a whole one
        return [*cut, *check_content(body, hu)]
    return [*check_shape(body), *check_content(body, hu), *check_leaks(body, hu)]


def _slice_spacing_mm(ct: sitk.Image) -> float:
    """Distance of voxels along the axis nearest to the patient's long axis."""
    along = np.abs(ct.GetDirection()[6:])
    return float(ct.GetSpacing()[int(along.argmax())])
