"""Features of a body under perturbed masks: the ground of every interval."""

from __future__ import annotations

from collections.abc import Sequence

import SimpleITK as sitk

from OVCFRiskLib.geometry import box_within, crop, grow_box
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.radiomics import ExtractionSettings
from OVCFRiskLib.radiomics.extraction import measure_stack
from OVCFRiskLib.radiomics.grid import prepare_grid, require_mask_box
from OVCFRiskLib.radiomics.grid_placement import placement
from OVCFRiskLib.scoring.mask_variants import DEPTH_REACH_VOXELS, stacked_variants, variants_reach_mm


def perturbed_features(
    ct: sitk.Image,
    mask: sitk.Image,
    names: Sequence[str],
    settings: ExtractionSettings,
    repeats: int = 30,
    seed: int = 0,
    progress: Progress | None = None,
) -> tuple[dict[str, float], ...]:
    """Extract features again from perturbed masks of one body.

    Parameters
    ----------
    ct : SimpleITK.Image
        3D, HU.
    mask : SimpleITK.Image
        On the CT's grid; non-zero inside.
    names : sequence of str
        pyradiomics' full names.
    settings : ExtractionSettings
        The card's.
    repeats, seed : int
        As `mask_variants`.
    progress : callable, optional
        ``progress(fraction, message) -> bool``; False cancels.

    Returns
    -------
    tuple of dict
        One per variant of `mask_variants`, in its order. The interval of a score is the 2.5th to 97.5th percentile
        (numpy's linear definition) of the scores of these and of the mask itself.

    Raises
    ------
    OVCFRiskError
        If the mask is empty, or a variant cannot be measured.
    CancelledError
        If ``progress`` returned False.
    """
    reach = variants_reach_mm(mask)
    body = require_mask_box(mask)
    grid = prepare_grid(ct, body, settings, reach)
    place = placement(grid)
    around = grow_box(grid.box, (DEPTH_REACH_VOXELS,) * 3, mask.GetSize()[::-1])
    inner = box_within(grid.box, around)
    rows = []
    for stack in stacked_variants(crop(mask, around), inner, place.taken, repeats, seed):
        for row in measure_stack(grid, place, stack, names, settings):
            rows.append(row)
            report_progress(progress, len(rows) / repeats, f"interval: mask {len(rows)} of {repeats}")
    return tuple(rows)
