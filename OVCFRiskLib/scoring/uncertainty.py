"""Features of a body under perturbed masks: the ground of every interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import add_margin, box_within, crop, grow_box
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.radiomics import ExtractionSettings
from OVCFRiskLib.radiomics.extraction import measure_stack
from OVCFRiskLib.radiomics.grid import prepare_grid, require_mask_box
from OVCFRiskLib.radiomics.grid_placement import placement
from OVCFRiskLib.radiomics.resampling import reach_voxels
from OVCFRiskLib.scoring.mask_variants import stacked_variants, variants_reach_mm
from OVCFRiskLib.scoring.surface_depth import DEPTH_REACH_VOXELS
from OVCFRiskLib.volume_part import Part


def perturbed_features(
    ct: sitk.Image | Part,
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
    ct : SimpleITK.Image or Part
        3D, HU.
    mask : SimpleITK.Image
        On the grid of the CT or of its part; non-zero inside.
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


def surroundings(ct: Part, body: LevelCutOut, settings: ExtractionSettings) -> tuple[Part, sitk.Image]:
    """What of a CT counts for the features of a body and of its redrawn masks, and the mask there.

    Parameters
    ----------
    ct : Part
        HU.
    body : LevelCutOut
        Cut out of labels on that part.
    settings : ExtractionSettings
        The card's.

    Returns
    -------
    Part
    SimpleITK.Image
        uint8, on its grid.
    """
    reached = add_margin(body.tight_box, variants_reach_mm(body.grid), ct.image)
    reach = reach_voxels(ct.whole, settings.resampled_spacing) + DEPTH_REACH_VOXELS
    around = ct.narrowed(ct.shifted(grow_box(reached, (reach,) * 3, body.volume_shape)))
    return around, body.mask_in(around.image, np.subtract(around.start, ct.start))
