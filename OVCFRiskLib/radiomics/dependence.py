"""Gray-level dependence (GLDM): how many neighbours share a voxel's level."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import DIRECTIONS, GrayLevels

# a voxel depends on itself and on up to 26 neighbours
MAX_DEPENDENCE = 2 * len(DIRECTIONS) + 1


def dependence_features(levels: GrayLevels) -> dict[str, float]:
    """Dependence features of the frozen score.

    With P(i, j) the number of voxels of level i that have j - 1 neighbours of the same level (26 neighbours, alpha 0,
    distance 1) and N the number of voxels (Sun and Wee 1983, doi 10.1016/0734-189X(83)90032-4; IBSI 1, 9QMG and Z87G):

    Returns
    -------
    dict
        ``LargeDependenceHighGrayLevelEmphasis``, ``sum_ij P(i, j) i^2 j^2 / N``: high in coarse, dense texture;
        ``DependenceNonUniformity``, ``sum_j (sum_i P(i, j))^2 / N``, which grows with the number of voxels.
    """
    flat = levels.flat
    same = np.zeros(len(flat), np.uint8)
    for shift in levels.shifts:
        equal = (flat[:-shift] == flat[shift:]).view(np.uint8)
        same[:-shift] += equal
        same[shift:] += equal
    codes = flat * np.uint16(MAX_DEPENDENCE) + same
    counts = np.bincount(codes, minlength=(levels.highest + 1) * MAX_DEPENDENCE).reshape(-1, MAX_DEPENDENCE)
    counts = counts[1:].astype(float)  # row 0 is the outside
    level = np.arange(1.0, levels.highest + 1)[:, None]
    dependence = np.arange(1.0, MAX_DEPENDENCE + 1)
    return {
        "LargeDependenceHighGrayLevelEmphasis": float(np.sum(counts * (level * dependence) ** 2) / levels.voxels),
        "DependenceNonUniformity": float(np.sum(counts.sum(axis=0) ** 2) / levels.voxels),
    }
