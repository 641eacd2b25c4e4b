"""Masks that claim the same voxels, before they are put into one label image."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.level_codes import IDENTICAL_MASKS, OVERLAP, OVERLAP_LIMIT
from OVCFRiskLib.levels import LumbarLevel


def check_overlap(masks: Mapping[LumbarLevel, np.ndarray]) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """Find levels whose masks overlap or are the same.

    A label image cannot hold an overlap, so this is for masks that are still apart (segments on several layers,
    one file per level).

    Parameters
    ----------
    masks : mapping of LumbarLevel to numpy.ndarray
        [k, j, i], non-zero inside, all of one shape.

    Returns
    -------
    dict of LumbarLevel to tuple of Finding
        One entry per given level.
    """
    found: dict[LumbarLevel, list[Finding]] = {level: [] for level in masks}
    sizes = {level: int(np.count_nonzero(mask)) for level, mask in masks.items()}
    for one, other in combinations(sorted(masks), 2):
        smaller = min(sizes[one], sizes[other])
        shared = int(np.count_nonzero((masks[one] != 0) & (masks[other] != 0))) if smaller else 0
        if shared > OVERLAP_LIMIT * smaller:
            for level, partner in ((one, other), (other, one)):
                found[level].append(_overlap(level, partner, shared, shared == sizes[one] == sizes[other]))
    return {level: tuple(findings) for level, findings in found.items()}


def _overlap(level: LumbarLevel, partner: LumbarLevel, shared: int, same: bool) -> Finding:
    """The finding of one level of an overlapping pair."""
    if same:
        return IDENTICAL_MASKS.finding(level, variant="overlap", value=shared, limit=0, other=partner.name)
    return OVERLAP.finding(level, value=shared, other=partner.name)
