"""Neighbouring gray-tone difference (NGTDM): how far a voxel's level is from the mean around it."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import GrayLevels

# Voxels of a neighbourhood that lies wholly inside the body.
FULL_COUNT = 27


def neighbourhood_features(levels: GrayLevels, differences: np.ndarray | None = None) -> dict[str, float]:
    """Neighbourhood feature of the frozen score.

    With n_i the number of voxels of level i, p_i = n_i / N, and s_i the sum over them of |i - mean level of the up to
    26 neighbours inside the mask| (0 for a voxel without neighbours):

    Parameters
    ----------
    levels : GrayLevels
    differences : ndarray, optional
        Of `differences_by_count`, where they are summed already.

    Returns
    -------
    dict
        ``Strength``, ``sum_ij (p_i + p_j) (i - j)^2 / sum_i s_i`` over the levels that exist; 0 where every voxel
        equals its surroundings (Amadasun and King 1989, doi 10.1109/21.44046; IBSI 1, 1X9X).
    """
    sums = differences_by_count(levels) if differences is None else differences
    # by the number of neighbours; a voxel without any differs from none
    total = float(sums[FULL_COUNT] / (FULL_COUNT - 1) + np.sum(sums[2:FULL_COUNT] / np.arange(1, FULL_COUNT - 1)))
    level = np.flatnonzero(levels.counts)
    share = levels.counts[level] / levels.voxels
    weight = (share[:, None] + share) * np.subtract.outer(level, level) ** 2
    return {"Strength": float(weight.sum() / total) if total else 0.0}


def differences_by_count(levels: GrayLevels, voxels: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Sums of n |level - mean level of the n neighbours| over voxels with equally many neighbours.

    Parameters
    ----------
    levels : GrayLevels
    voxels : ndarray of int or slice
        Places in ``levels.flat`` to sum over.

    Returns
    -------
    ndarray (28,) of float
        By the number of voxels of the neighbourhood, the voxel itself included: whole numbers, 0 for the outside.
    """
    # number and sum of the voxels around lie in one number, and are added at once
    shift = (FULL_COUNT * levels.highest).bit_length()
    dtype = np.uint16 if FULL_COUNT << shift <= np.iinfo(np.uint16).max else np.uint32
    flat = levels.flat.astype(dtype)
    packed = sum_around(flat | (flat != 0).astype(dtype) << dtype(shift), levels.strides)[voxels]
    own = levels.flat[voxels].astype(np.int16)
    around = (packed & dtype((1 << shift) - 1)).astype(np.int16)  # at most 27 * MAX_GRAY_LEVELS
    count = (packed >> dtype(shift)).astype(np.uint8) * (own != 0)
    # n * |level - (sum - level) / n| = |level * (n + 1) - sum|, where sum and n + 1 include the voxel itself
    difference = np.abs(own * count - around)
    is_full = count == FULL_COUNT
    at_surface = np.flatnonzero(is_full ^ (count != 0))
    sums = np.bincount(count[at_surface], difference[at_surface], FULL_COUNT + 1)
    sums[FULL_COUNT] = difference.sum(where=is_full, dtype=np.int64)
    return sums


def sum_around(flat: np.ndarray, strides: tuple[int, int, int]) -> np.ndarray:
    """Sum over each voxel's 3 x 3 x 3 neighbourhood, itself included; right inside the body, undefined outside."""
    for stride in reversed(strides):  # columns first: what wraps around then stays in the empty columns
        total = flat.copy()
        total[stride:] += flat[:-stride]
        total[:-stride] += flat[stride:]
        flat = total
    return flat
