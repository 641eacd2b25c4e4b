"""Features of a body under perturbed masks: the ground of every interval."""

from __future__ import annotations

from collections.abc import Sequence

import SimpleITK as sitk

from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.radiomics import ExtractionSettings, extract_features
from OVCFRiskLib.scoring.mask_variants import mask_variants


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
    ct, mask : SimpleITK.Image
        On one grid, cut out around the body with some millimetres of room (HU; non-zero inside).
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
    rows = []
    for number, variant in enumerate(mask_variants(mask, repeats, seed)):
        report_progress(progress, number / repeats, f"interval: mask {number + 1} of {repeats}")
        rows.append(extract_features(ct, image_like(variant.astype("uint8"), mask), names, settings))
    return tuple(rows)
