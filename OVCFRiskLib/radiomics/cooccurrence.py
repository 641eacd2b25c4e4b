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
# n log2 n is looked up to this n: a table of 512 kB stays in the processor's cache.
MAX_LOOKED_UP = 2**16 - 1
# Below this rounding errors are seen in the square root of 1 - exp(-2 x): counts are exact to 1e-13 bits.
LITTLE_INFORMATION_BITS = 1e-6


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
    joint = _symmetric_counts(levels, np.stack(list(_pair_counts(levels)), axis=-1))
    return imc2(_information(joint, np.ones(joint.shape[1:], bool)))


def imc2(information: np.ndarray) -> dict[str, float]:
    """``Imc2`` from HXY2 - HXY in bits of each direction, which is not a number where there are no pairs."""
    information = information[~np.isnan(information)]
    if len(information) == 0:
        raise OVCFRiskError(
            "Imc2 (original_glcm_Imc2) needs voxels that touch, the mask has none that do; correct the segment"
        )
    # pyradiomics leaves out directions whose information is none but for rounding errors below 0
    information = information[information >= 0]
    return {"Imc2": float(np.mean(np.sqrt(1 - np.exp(-2 * information)))) if len(information) else 0.0}


def information_by_mask(
    levels: GrayLevels, core: GrayLevels, words: np.ndarray, level_counts: np.ndarray
) -> np.ndarray:
    """HXY2 - HXY in each of several masks.

    Parameters
    ----------
    levels : GrayLevels
        Of the voxels that some mask holds; at most `MAX_LEVELS_OF_TRIANGLES`.
    core : GrayLevels
        The same of the voxels that every mask holds, laid out alike.
    words : ndarray, uint32
        Which masks hold each voxel of ``levels.flat``.
    level_counts : ndarray (masks, levels)
        How many voxels of each level each mask holds.

    Returns
    -------
    ndarray (masks, directions) of float
        Bits, in the order of `_pair_counts`, so that their mean is the same to the last bit.

    Notes
    -----
    Two voxels that every mask holds are a pair in every mask and counted once; only the pairs that some masks have and
    others have not are counted by mask.
    """
    count, size = level_counts.shape
    every = np.uint32(2**count - 1)
    information = np.empty((count, len(_TRIANGLE_DIRECTIONS)))
    first_digit, exists = levels.flat.astype(np.intp) * size, level_counts.T != 0
    for number, (direction, shared) in enumerate(zip(_TRIANGLE_DIRECTIONS, _pair_counts(core), strict=True)):
        shift = levels.shift(direction)
        both = words[:-shift] & words[shift:]
        changing = np.flatnonzero((both != 0) & (both != every))
        codes = first_digit[changing] + levels.flat[changing + shift]
        counts = counts_by_mask(codes, both[changing], size * size).reshape(size, size, -1)[:, :, :count]
        shared[0] = shared[:, 0] = 0
        joint = counts + (shared + shared.T).astype(np.int32)[:, :, None]
        joint += counts.transpose(1, 0, 2)
        information[:, number] = _information(joint, exists)
    return information


def _symmetric_counts(levels: GrayLevels, counts: np.ndarray) -> np.ndarray:
    """Pairs in either order, (levels, levels, directions) of int, of the levels that exist."""
    exists = np.flatnonzero(levels.counts)
    if exists[-1] - exists[0] == len(exists) - 1:  # as slices several times faster
        counts = counts[exists[0] : exists[-1] + 1, exists[0] : exists[-1] + 1]
    else:
        counts = counts[exists[:, None], exists]
    symmetric: np.ndarray = counts + counts.transpose(1, 0, 2)
    return symmetric


def _information(joint: np.ndarray, exists: np.ndarray) -> np.ndarray:
    """HXY2 - HXY in bits of each table.

    Parameters
    ----------
    joint : ndarray (levels, levels, tables) of int
        Pairs in either order.
    exists : ndarray (levels, tables) of bool
        Which levels the mask has.

    Returns
    -------
    ndarray (tables,)
        Not a number for a table without pairs.

    Notes
    -----
    With n log2 n of counts instead of p log2 p of probabilities, logarithms are looked up. pyradiomics takes the
    logarithm of p + eps against log(0), which makes every term that is not 0 smaller by eps / ln 2. Terms are added one
    after the other: empty levels among them then change no bit.
    """
    single = joint.sum(axis=0)  # the tables are symmetric: a level is as often first as second
    pairs = single.sum(axis=0)
    of_pairs, of_single, of_joint = (_times_log2(counts) for counts in (pairs, single, joint))
    bits = of_pairs + of_joint.sum(axis=0).cumsum(axis=0)[-1] - 2 * of_single.cumsum(axis=0)[-1]
    terms = (joint != 0).sum(axis=(0, 1), dtype=np.int32) - np.count_nonzero(single, axis=0) ** 2
    with np.errstate(invalid="ignore"):
        information: np.ndarray = bits / pairs + terms * (np.spacing(1.0) / np.log(2))
    for number in np.flatnonzero(information < LITTLE_INFORMATION_BITS):
        own = exists[:, number]
        information[number] = _information_of_shares(joint[np.ix_(own, own, [number])][:, :, 0])
    return information


def _information_of_shares(joint: np.ndarray) -> float:
    """The same of one table in pyradiomics' order of steps: rounding makes of no information what it does there."""
    single, pairs = joint.sum(axis=0), joint.sum()
    share = single / pairs
    return _entropy(share[:, None] * share) - _entropy(joint / pairs)


def _entropy(probability: np.ndarray) -> float:
    """Entropy in bits of a table (levels, levels)."""
    bits = probability + np.spacing(1.0)  # pyradiomics' guard against log(0)
    np.log2(bits, out=bits)
    bits *= probability
    return -float(bits.ravel().sum())


def _times_log2(counts: np.ndarray) -> np.ndarray:
    """n log2 n of counts n, 0 for 0."""
    highest = int(counts.max())
    if highest > MAX_LOOKED_UP:
        return _n_log2_n(counts)
    return _table_of_n_log2_n(highest.bit_length()).take(counts)


@functools.lru_cache
def _table_of_n_log2_n(bits: int) -> np.ndarray:
    """n log2 n of all n of so many bits."""
    return _n_log2_n(np.arange(1 << bits))


def _n_log2_n(n: np.ndarray) -> np.ndarray:
    """n log2 n, 0 for 0."""
    values: np.ndarray = n * np.log2(np.maximum(n, 1))
    return values


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
