"""Features of a body under perturbed masks: the ground of every interval."""

from __future__ import annotations

from collections.abc import Sequence

import SimpleITK as sitk

from OVCFRiskLib.geometry import Box, image_like
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.radiomics import ExtractionSettings, extract_many
from OVCFRiskLib.scoring.mask_variants import mask_variants


def perturbed_features(
    ct: sitk.Image,
    mask: sitk.Image,
    names: Sequence[str],
    settings: ExtractionSettings,
    repeats: int = 30,
    seed: int = 0,
    progress: Progress | None = None,
    box: Box | None = None,
) -> tuple[dict[str, float], ...]:
    """Extract features again from perturbed masks of one body.

    Parameters
    ----------
    ct : SimpleITK.Image
        3D, HU.
    mask : SimpleITK.Image
        On the grid of ``crop(ct, box)``; non-zero inside.
    names : sequence of str
        pyradiomics' full names.
    settings : ExtractionSettings
        The card's.
    repeats, seed : int
        As `mask_variants`.
    progress : callable, optional
        ``progress(fraction, message) -> bool``; False cancels.
    box : Box, optional
        [k, j, i] part of the CT around the body with some millimetres of room; default: all of it. Features are
        still computed on the grid of the whole CT, as those of the mask itself.

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
    variants = (image_like(variant.astype("uint8"), mask) for variant in mask_variants(mask, repeats, seed))
    rows = []
    for row in extract_many(ct, variants, names, settings, box):
        rows.append(row)
        report_progress(progress, len(rows) / repeats, f"interval: mask {len(rows)} of {repeats}")
    return tuple(rows)
