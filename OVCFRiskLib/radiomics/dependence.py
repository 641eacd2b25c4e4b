"""Gray-level dependence (GLDM): how many neighbours share a voxel's level."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import NEIGHBOUR_DIRECTIONS, GrayLevels
from OVCFRiskLib.radiomics.mask_stack import BitCounts, MaskBits, bits_as_number

# A voxel depends at most on itself and its 26 neighbours; one more column for 0, which the outside has.
DEPENDENCES = 28


def dependence_features(levels: GrayLevels) -> dict[str, float]:
    """Dependence features of the frozen score: `dependence_values` of a body."""
    return dependence_values(dependence_matrix(levels))


def dependence_values(matrix: np.ndarray) -> dict[str, float]:
    """Dependence features of the frozen score.

    With P(i, j) the number of voxels of level i that have j - 1 neighbours of the same level (26 neighbours, alpha 0,
    distance 1) and N the number of voxels (Sun and Wee 1983, doi 10.1016/0734-189X(83)90032-4; IBSI 1, 9QMG and Z87G):

    Parameters
    ----------
    matrix : ndarray (levels, dependences) of int
        P, from level 0 on.

    Returns
    -------
    dict
        ``LargeDependenceHighGrayLevelEmphasis``, ``sum_ij P(i, j) i^2 j^2 / N``: high in coarse, dense texture;
        ``DependenceNonUniformity``, ``sum_j (sum_i P(i, j))^2 / N``, which grows with the number of voxels.
    """
    level, dependence = np.arange(matrix.shape[0]), np.arange(matrix.shape[1])
    by_dependence = matrix.sum(axis=0)
    voxels = int(by_dependence.sum())
    # whole numbers below 2^63: exact whatever their order
    emphasis = int((level**2 @ matrix * dependence**2).sum())
    return {
        "LargeDependenceHighGrayLevelEmphasis": emphasis / voxels,
        "DependenceNonUniformity": int(np.square(by_dependence).sum()) / voxels,
    }


def dependence_matrix(levels: GrayLevels, voxels: np.ndarray | slice = slice(None)) -> np.ndarray:
    """P(i, j) of all or some voxels of the levels' row.

    Parameters
    ----------
    levels : GrayLevels
    voxels : ndarray of int or slice
        Places in ``levels.flat`` to count.

    Returns
    -------
    ndarray (levels, dependences) of int
        The outside is left out.
    """
    flat = levels.flat
    dependence = np.ones(len(flat), np.uint8)  # a voxel depends on itself; outside it stays without meaning
    for direction in NEIGHBOUR_DIRECTIONS:
        shift = levels.shift(direction)
        equal = (flat[:-shift] == flat[shift:]).view(np.uint8)
        dependence[:-shift] += equal
        dependence[shift:] += equal
    codes = flat[voxels].astype(np.intp) * DEPENDENCES
    codes += dependence[voxels]
    matrix = np.bincount(codes, minlength=len(levels.counts) * DEPENDENCES).reshape(-1, DEPENDENCES)
    matrix[0] = 0
    return matrix


def dependence_matrices_by_mask(levels: GrayLevels, words: np.ndarray, count: int, voxels: np.ndarray) -> np.ndarray:
    """P(i, j) of some voxels in each of several masks.

    Parameters
    ----------
    levels : GrayLevels
        Of the voxels that some mask holds.
    words : ndarray, uint32
        Which masks hold each voxel of ``levels.flat``.
    count : int
        Number of masks.
    voxels : ndarray of int
        Places in ``levels.flat`` to count.

    Returns
    -------
    ndarray (masks, levels, dependences) of int
    """
    reach = levels.shift((1, 1, 1))
    flat, words = np.pad(levels.flat, reach), np.pad(words, reach)
    voxels = voxels + reach
    own, held = flat[voxels], words[voxels]
    dependence = BitCounts()
    dependence.add(held)  # a voxel depends on itself
    for direction in NEIGHBOUR_DIRECTIONS:
        for neighbours in (voxels + levels.shift(direction), voxels - levels.shift(direction)):
            dependence.add(words[neighbours] * (flat[neighbours] == own))
    # where a mask has the voxel not, it depends on none
    columns = [MaskBits(column & held) for column in dependence.columns()]
    codes = own.astype(np.intp) * DEPENDENCES
    size = len(levels.counts) * DEPENDENCES
    of_masks = (bits_as_number(columns, number) for number in range(count))
    matrices = np.stack([np.bincount(codes + of_mask, minlength=size) for of_mask in of_masks])
    matrices = matrices.reshape(count, -1, DEPENDENCES)
    matrices[:, :, 0] = 0
    return matrices
