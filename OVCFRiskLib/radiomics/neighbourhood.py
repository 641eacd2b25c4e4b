"""Neighbouring gray-tone difference (NGTDM): how far a voxel's level is from the mean around it."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import GrayLevels

# Voxels of a neighbourhood that lies wholly inside the body.
FULL_COUNT = 27


def neighbourhood_features(levels: GrayLevels) -> dict[str, float]:
    """Neighbourhood feature of the frozen score.

    With n_i the number of voxels of level i, p_i = n_i / N, and s_i the sum over them of |i - mean level of the up to
    26 neighbours inside the mask| (0 for a voxel without neighbours):

    Returns
    -------
    dict
        ``Strength``, ``sum_ij (p_i + p_j) (i - j)^2 / sum_i s_i`` over the levels that exist; 0 where every voxel
        equals its surroundings (Amadasun and King 1989, doi 10.1109/21.44046; IBSI 1, 1X9X).
    """
    total = _total_difference(levels)
    level = np.flatnonzero(levels.counts)
    share = levels.counts[level] / levels.voxels
    weight = (share[:, None] + share) * np.subtract.outer(level, level) ** 2
    return {"Strength": float(weight.sum() / total) if total else 0.0}


def _total_difference(levels: GrayLevels) -> float:
    """Sum over all voxels of |level - mean level of the neighbours|, from whole numbers only."""
    inside = (levels.flat != 0).view(np.uint8)
    around = _sum_around(levels.flat.astype(np.int16), levels.strides)  # at most 27 * MAX_GRAY_LEVELS
    count = _sum_around(inside, levels.strides) * inside
    # n * |level - (sum - level) / n| = |level * (n + 1) - sum|, where sum and n + 1 include the voxel itself
    difference = np.abs(levels.flat.astype(np.int16) * count - around)
    surrounded = count == FULL_COUNT
    total = difference.sum(where=surrounded, dtype=np.int64) / (FULL_COUNT - 1)
    at_surface = count.astype(bool) ^ surrounded
    by_count = np.bincount(count[at_surface], weights=difference[at_surface], minlength=3)[2:]
    return float(total + np.sum(by_count / np.arange(1, len(by_count) + 1)))


def _sum_around(flat: np.ndarray, strides: tuple[int, int, int]) -> np.ndarray:
    """Sum over each voxel's 3 x 3 x 3 neighbourhood, itself included; right inside the body, undefined outside."""
    for stride in reversed(strides):  # columns first: what wraps around then stays in the empty columns
        total = flat.copy()
        total[stride:] += flat[:-stride]
        total[:-stride] += flat[stride:]
        flat = total
    return flat
