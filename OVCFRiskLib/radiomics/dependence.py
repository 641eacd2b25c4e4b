"""Gray-level dependence (GLDM): how many neighbours share a voxel's level."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import NEIGHBOUR_DIRECTIONS, GrayLevels


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
    dependence = (flat != 0).view(np.uint8)  # a voxel depends on itself; outside stays without meaning
    for direction in NEIGHBOUR_DIRECTIONS:
        shift = levels.shift(direction)
        equal = (flat[:-shift] == flat[shift:]).view(np.uint8)
        dependence[:-shift] += equal
        dependence[shift:] += equal
    product = (flat * dependence.astype(np.uint16)).astype(float)  # level * dependence, exactly; 0 outside
    dependence *= flat != 0
    voxels_by_dependence = _count_bytes(dependence)[1:].astype(float)
    return {
        "LargeDependenceHighGrayLevelEmphasis": float(product @ product) / levels.voxels,
        "DependenceNonUniformity": float(voxels_by_dependence @ voxels_by_dependence) / levels.voxels,
    }


def _count_bytes(values: np.ndarray) -> np.ndarray:
    """How often each of 0..255 occurs, counted two neighbours at a time."""
    even = values[: len(values) // 2 * 2]
    pairs = np.zeros((256, 256), np.intp)
    np.add.at(pairs.reshape(-1), even.view(np.uint16).astype(np.intp), 1)
    counts = pairs.sum(axis=0) + pairs.sum(axis=1)
    counts[values[len(even) :]] += 1
    return counts
