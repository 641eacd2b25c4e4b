"""Gray-level co-occurrence (GLCM): which levels lie side by side."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.gray_levels import NEIGHBOUR_DIRECTIONS, Direction, GrayLevels

# Corners a, b of triangles (0, a, b) whose sides a, b and b - a are neighbour directions: counting which three levels
# lie at the corners gives three directions at once. With the single direction, all 13, each once.
TRIANGLES = (
    ((0, 1, 1), (1, 1, 1)),
    ((0, 1, 0), (1, 1, -1)),
    ((0, 0, 1), (1, -1, 1)),
    ((1, 0, 1), (1, 1, 0)),
)
SINGLE_DIRECTION = (1, -1, -1)
# The table of three levels must stay in the processor's cache: 64^3 counts of 8 bytes are 2 MB.
MAX_LEVELS_OF_TRIANGLES = 63


def cooccurrence_features(levels: GrayLevels) -> dict[str, float]:
    """Co-occurrence feature of the frozen score.

    Returns
    -------
    dict
        ``Imc2``, informational measure of correlation 2, from 0 (neighbours independent) to below 1: per direction
        ``sqrt(1 - exp(-2 (HXY2 - HXY)))``, entropies in bits, averaged over the directions that have pairs
        (Haralick 1973, doi 10.1109/TSMC.1973.4309314; IBSI 1, JN9H; symmetric matrices, distance 1).

    Raises
    ------
    OVCFRiskError
        If no two voxels of the mask touch.
    """
    joint = _symmetric_probabilities(levels)
    if joint.shape[2] == 0:
        raise OVCFRiskError(
            "Imc2 (original_glcm_Imc2) needs voxels that touch, the mask has none that do; correct the segment"
        )
    tiny = np.spacing(1.0)  # pyradiomics' guard against log(0)
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    entropy = -np.sum(joint * np.log2(joint + tiny), axis=(0, 1))
    expected_entropy = -np.sum(expected * np.log2(expected + tiny), axis=(0, 1))
    information = expected_entropy - entropy
    # pyradiomics leaves out directions whose information is none but for rounding errors below 0
    information = information[information >= 0]
    return {"Imc2": float(np.mean(np.sqrt(1 - np.exp(-2 * information)))) if len(information) else 0.0}


def _symmetric_probabilities(levels: GrayLevels) -> np.ndarray:
    """(levels, levels, directions) probabilities of pairs, for directions that have any and levels that exist."""
    exists = np.flatnonzero(levels.counts)
    counts = np.array([table for table in _pair_counts(levels) if table[1:, 1:].any()], float)
    counts = counts.reshape(-1, levels.highest + 1, levels.highest + 1)[:, exists[:, None], exists]
    joint = np.ascontiguousarray(np.moveaxis(counts + counts.transpose(0, 2, 1), 0, 2))
    return joint / joint.sum(axis=(0, 1))


def _pair_counts(levels: GrayLevels) -> Iterator[np.ndarray]:
    """How often level i and level j are neighbours: one table [i, j], with 0 for the outside, per direction."""
    if levels.highest > MAX_LEVELS_OF_TRIANGLES:
        yield from _counts_of_corners(levels, [(direction,) for direction in NEIGHBOUR_DIRECTIONS])
        return
    yield from _counts_of_corners(levels, [(SINGLE_DIRECTION,)])
    for table in _counts_of_corners(levels, TRIANGLES):
        yield from (table.sum(axis=corner) for corner in range(3))


def _counts_of_corners(levels: GrayLevels, corners: Sequence[tuple[Direction, ...]]) -> Iterator[np.ndarray]:
    """How often levels occur together at a voxel and at the corners seen from it: a table with one axis for each."""
    size = levels.highest + 1
    reach = levels.shift((1, 1, 1))
    digits = [np.pad(levels.flat.astype(np.uint32), reach)]
    for _ in corners[0]:
        digits.insert(0, digits[0] * np.uint32(size))
    for directions in corners:
        shifts = [0, *map(levels.shift, directions)]
        # from so far before the first voxel that the first shifted corner reaches it
        start, length = reach - shifts[1], len(levels.flat) + shifts[1]
        parts = [digit[start + shift :][:length] for digit, shift in zip(digits, shifts, strict=True)]
        codes: np.ndarray = functools.reduce(np.add, parts)
        counts = np.zeros((size,) * len(shifts), np.intp)
        np.add.at(counts.reshape(-1), codes[codes != 0].astype(np.intp), 1)
        yield counts
