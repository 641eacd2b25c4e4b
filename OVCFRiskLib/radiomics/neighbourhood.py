"""Neighbouring gray-tone difference (NGTDM): how far a voxel's level is from the mean around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.radiomics.gray_levels import GrayLevels
from OVCFRiskLib.radiomics.mask_stack import MaskBits

# Voxels of a neighbourhood that lies wholly inside the body.
FULL_COUNT = 27


def neighbourhood_features(levels: GrayLevels) -> dict[str, float]:
    """Neighbourhood feature of the frozen score: `neighbourhood_values` of a body."""
    return neighbourhood_values(levels.counts, differences_by_count(levels))


def neighbourhood_values(level_counts: np.ndarray, sums: np.ndarray) -> dict[str, float]:
    """Neighbourhood feature of the frozen score.

    With n_i the number of voxels of level i, p_i = n_i / N, and s_i the sum over them of |i - mean level of the up to
    26 neighbours inside the mask| (0 for a voxel without neighbours):

    Parameters
    ----------
    level_counts : ndarray (levels,)
        How many voxels have level 0, 1, ...
    sums : ndarray
        Of `differences_by_count`.

    Returns
    -------
    dict
        ``Strength``, ``sum_ij (p_i + p_j) (i - j)^2 / sum_i s_i`` over the levels that exist; 0 where every voxel
        equals its surroundings (Amadasun and King 1989, doi 10.1109/21.44046; IBSI 1, 1X9X).
    """
    # by the number of neighbours; a voxel without any differs from none
    total = float(sums[FULL_COUNT] / (FULL_COUNT - 1) + np.sum(sums[2:FULL_COUNT] / np.arange(1, FULL_COUNT - 1)))
    level = np.flatnonzero(level_counts)
    share = level_counts[level] / level_counts.sum()
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
    packed = _Packed.of(levels)
    around = sum_around(packed.values, levels.strides)[voxels]
    return packed.sums_by_count(levels.flat[voxels], around, levels.flat[voxels] != 0)


def differences_by_mask(levels: GrayLevels, words: np.ndarray, count: int, voxels: np.ndarray) -> np.ndarray:
    """The same in each of several masks.

    Parameters
    ----------
    levels : GrayLevels
        Of the voxels that some mask holds.
    words : ndarray, uint32
        Which masks hold each voxel of ``levels.flat``.
    count : int
        Number of masks.
    voxels : ndarray of int
        Places in ``levels.flat`` to sum over.

    Returns
    -------
    ndarray (masks, 28) of float
        Levels of a mask count from its own lowest, which changes no difference.
    """
    packed, bits = _Packed.of(levels), MaskBits(words)
    own = levels.flat[voxels]
    of_mask, sums = np.empty_like(packed.values), np.empty((count, FULL_COUNT + 1))
    for number in range(count):
        held = bits.held_by(number)
        np.multiply(packed.values, held, out=of_mask)
        around = sum_around(of_mask, levels.strides)[voxels]
        sums[number] = packed.sums_by_count(own, around, held[voxels])
    return sums


@dataclass(frozen=True, slots=True)
class _Packed:
    """Number and sum of voxels' levels in one number each, so that both are added at once.

    Attributes
    ----------
    values : ndarray (n,), uint16 or uint32
        Of ``GrayLevels.flat``; 0 outside.
    shift : int
        The number lies so many bits above the sum.
    """

    values: np.ndarray
    shift: int

    @classmethod
    def of(cls, levels: GrayLevels) -> _Packed:
        """Levels of a body, of which a neighbourhood adds up to `FULL_COUNT`."""
        shift = (FULL_COUNT * levels.highest).bit_length()
        dtype = np.uint16 if FULL_COUNT << shift <= np.iinfo(np.uint16).max else np.uint32
        flat = levels.flat.astype(dtype)
        return cls(flat | (flat != 0).astype(dtype) << dtype(shift), shift)

    def sums_by_count(self, own: np.ndarray, around: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Sums of differences of voxels of level ``own``, (28,), from what is packed ``around`` them."""
        dtype = around.dtype.type
        own = own.astype(np.int16)
        total = (around & dtype((1 << self.shift) - 1)).astype(np.int16)  # at most 27 * MAX_GRAY_LEVELS
        count = (around >> dtype(self.shift)).astype(np.uint8) * inside
        # n * |level - (sum - level) / n| = |level * (n + 1) - sum|, where sum and n + 1 include the voxel itself
        difference = np.abs(own * count - total)
        is_full = count == FULL_COUNT
        at_surface = np.flatnonzero(is_full ^ (count != 0))
        sums = np.bincount(count[at_surface], difference[at_surface], FULL_COUNT + 1)
        sums[FULL_COUNT] = difference.sum(where=is_full, dtype=np.int64)
        return sums


def sum_around(flat: np.ndarray, strides: tuple[int, int, int]) -> np.ndarray:
    """Sum over each voxel's 3 x 3 x 3 neighbourhood, itself included; right inside the body, undefined outside."""
    for stride in reversed(strides):  # columns first: what wraps around then stays in the empty columns
        total = np.empty_like(flat)
        np.add(flat[:-stride], flat[stride:], out=total[:-stride])
        total[-stride:] = flat[-stride:]
        total[stride:] += flat[:-stride]
        flat = total
    return flat
