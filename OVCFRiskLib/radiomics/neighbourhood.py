"""Neighbouring gray-tone difference (NGTDM): how far a voxel's level is from the mean around it."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import GrayLevels


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
    flat = levels.flat
    inside = flat != 0
    neighbours = _sum_around(inside.astype(np.uint8), levels.strides)[inside].astype(float) - 1
    own = flat[inside].astype(float)
    around = _sum_around(flat.astype(np.uint32), levels.strides)[inside] - own
    differences = np.abs(own * neighbours - around) / np.maximum(neighbours, 1)
    total = float(differences.sum())
    counts = np.bincount(flat, minlength=levels.highest + 1)
    level = np.flatnonzero(counts[1:]) + 1.0
    share = counts[level.astype(int)] / levels.voxels
    weight = (share[:, None] + share) * (level[:, None] - level) ** 2
    return {"Strength": float(weight.sum() / total) if total else 0.0}


def _sum_around(flat: np.ndarray, strides: tuple[int, int, int]) -> np.ndarray:
    """Sum over each voxel's 3 x 3 x 3 neighbourhood, itself included; right inside the body, undefined outside."""
    for stride in reversed(strides):  # columns first: what wraps around then stays in the empty columns
        total = flat.copy()
        total[stride:] += flat[:-stride]
        total[:-stride] += flat[stride:]
        flat = total
    return flat
