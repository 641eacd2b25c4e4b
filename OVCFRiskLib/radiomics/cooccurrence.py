"""Gray-level co-occurrence (GLCM): which levels lie side by side."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.gray_levels import NEIGHBOUR_DIRECTIONS, Direction, GrayLevels
from OVCFRiskLib.radiomics.mask_stack import counts_by_mask

# Corners a, b of triangles (0, a, b) whose sides a, b and b - a are neighbour directions: counting which three levels
# lie at the corners gives three directions at once. With the single direction, all 13, each once.
TRIANGLES = (
    ((0, 1, 1), (1, 1, 1)),
    ((0, 1, 0), (1, 1, -1)),
    ((0, 0, 1), (1, -1, 1)),
    ((1, 0, 1), (1, 1, 0)),
)
SINGLE_DIRECTION = (1, -1, -1)
# The directions in the order in which the two lines above give them.
_TRIANGLE_DIRECTIONS = (
    SINGLE_DIRECTION,
    *(side for a, b in TRIANGLES for side in ((b[0] - a[0], b[1] - a[1], b[2] - a[2]), b, a)),
)
# The table of three levels must stay in the processor's cache: 64^3 counts of 8 bytes are 2 MB.
MAX_LEVELS_OF_TRIANGLES = 63


def cooccurrence_features(levels: GrayLevels, pair_counts: np.ndarray | None = None) -> dict[str, float]:
    """Co-occurrence feature of the frozen score.

    Parameters
    ----------
    levels : GrayLevels
    pair_counts : ndarray (directions, levels, levels) of int, optional
        Of `pair_counts_by_mask`, where they are counted already.

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
    joint = _symmetric_counts(levels, np.stack(list(_pair_counts(levels))) if pair_counts is None else pair_counts)
    single = joint.sum(axis=2)
    pairs = single.sum(axis=1)
    if not pairs.all():
        joint, single, pairs = joint[pairs > 0], single[pairs > 0], pairs[pairs > 0]
    if len(pairs) == 0:
        raise OVCFRiskError(
            "Imc2 (original_glcm_Imc2) needs voxels that touch, the mask has none that do; correct the segment"
        )
    joint /= pairs[:, None, None]
    single /= pairs[:, None]
    # the matrices are symmetric: level i is as often first as second
    information = _entropy(single[:, :, None] * single[:, None]) - _entropy(joint)
    # pyradiomics leaves out directions whose information is none but for rounding errors below 0
    information = information[information >= 0]
    return {"Imc2": float(np.mean(np.sqrt(1 - np.exp(-2 * information)))) if len(information) else 0.0}


def _entropy(probability: np.ndarray) -> np.ndarray:
    """Entropy in bits of each table (tables, levels, levels)."""
    bits = probability + np.spacing(1.0)  # pyradiomics' guard against log(0)
    np.log2(bits, out=bits)
    bits *= probability
    entropy: np.ndarray = -bits.reshape(len(bits), -1).sum(axis=1)
    return entropy


def pair_counts_by_mask(levels: GrayLevels, core: GrayLevels, words: np.ndarray, count: int) -> np.ndarray:
    """How often level i and level j are neighbours in each of several masks.

    Parameters
    ----------
    levels : GrayLevels
        Of the voxels that some mask holds; at most `MAX_LEVELS_OF_TRIANGLES`.
    core : GrayLevels
        The same of the voxels that every mask holds, laid out alike.
    words : ndarray, uint32
        Which masks hold each voxel of ``levels.flat``.
    count : int
        Number of masks.

    Returns
    -------
    ndarray (directions, masks, levels, levels) of int
        Directions in the order of `_pair_counts`, so that their mean is the same to the last bit.

    Notes
    -----
    Two voxels that every mask holds are a pair in every mask and counted once; only the pairs that some masks have and
    others have not are counted by mask.
    """
    size = levels.highest + 1
    every = np.uint32(2**count - 1)
    counts = np.empty((len(_TRIANGLE_DIRECTIONS), count, size * size), np.int32)  # a body has some 10^5 voxels
    shared = np.stack(list(_pair_counts(core)))
    shared[:, 0] = shared[:, :, 0] = 0
    shared = shared.reshape(len(shared), -1).astype(np.int32)
    first_digit = levels.flat.astype(np.intp) * size
    for number, direction in enumerate(_TRIANGLE_DIRECTIONS):
        shift = levels.shift(direction)
        both = words[:-shift] & words[shift:]
        changing = np.flatnonzero((both != 0) & (both != every))
        codes = first_digit[changing] + levels.flat[changing + shift]
        in_mask = counts_by_mask(codes, both[changing], count, size * size)
        np.add(in_mask, shared[number], out=counts[number], casting="unsafe")
    return counts.reshape(*counts.shape[:2], size, size)


def _symmetric_counts(levels: GrayLevels, counts: np.ndarray) -> np.ndarray:
    """Pairs in either order, (directions, levels, levels) of float, of the levels that exist."""
    exists = np.flatnonzero(levels.counts)
    if exists[-1] - exists[0] == len(exists) - 1:  # as slices several times faster
        counts = counts[:, exists[0] : exists[-1] + 1, exists[0] : exists[-1] + 1]
    else:
        counts = counts[:, exists[:, None], exists]
    symmetric: np.ndarray = (counts + counts.transpose(0, 2, 1)).astype(float)
    return symmetric


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
