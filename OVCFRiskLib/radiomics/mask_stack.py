"""Several masks of one body laid on each other: what they share is then counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError

# Bits of a voxel's word, the masks a stack holds at most: whole words of 32 bits go through the memory twice as fast
# as those of 64, and an interval has 30 masks.
STACK_MASKS = 32
# Bits of a float64's mantissa (IEEE 754): whole numbers up to 2^53 are counted exactly.
EXACT_BITS = 53
# At most so many masks are counted in one number: what to add is looked up for 2^10 words, 8 kB that fit the cache.
MASKS_IN_ONE_NUMBER = 10


@dataclass(frozen=True, slots=True)
class MaskStack:
    """Masks of one body in one array.

    Attributes
    ----------
    words : ndarray [k, j, i], uint32
        Bit m of a voxel is set where mask m holds it.
    count : int
        Number of masks, at most `STACK_MASKS`.
    """

    words: np.ndarray
    count: int

    def mask(self, number: int) -> np.ndarray:
        """One of the masks, [k, j, i] of bool."""
        return MaskBits(self.words).held_by(number)


class MaskBits:
    """Which of some voxels each mask of a stack holds, fast: a byte is read in a quarter of a word's time.

    Parameters
    ----------
    words : ndarray, uint32
    """

    def __init__(self, words: np.ndarray) -> None:
        self._bytes = [(words >> np.uint32(8 * number)).astype(np.uint8) for number in range(STACK_MASKS // 8)]

    def held_by(self, number: int) -> np.ndarray:
        """Bool, of the words' shape."""
        held: np.ndarray = (self._bytes[number // 8] & np.uint8(1 << number % 8)) != 0
        return held


def stacks_of(masks: Iterable[np.ndarray], shape: tuple[int, ...]) -> Iterator[MaskStack]:
    """Lay masks on each other, so many at a time as a stack holds.

    Parameters
    ----------
    masks : iterable of numpy.ndarray of bool, [k, j, i]
    shape : tuple of int
        That each must have.

    Raises
    ------
    OVCFRiskError
        If a mask has another shape.
    """
    masks = iter(masks)
    while True:
        words, count = np.zeros(shape, np.uint32), 0
        for mask in islice(masks, STACK_MASKS):
            require_shape(mask, shape)
            words |= mask.astype(np.uint32) << np.uint32(count)
            count += 1
        if count == 0:
            return
        yield MaskStack(words, count)


def require_shape(mask: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise unless a mask has the shape of the box it was cut out of."""
    if mask.shape != shape:
        raise OVCFRiskError(f"mask has the shape {mask.shape}, expected {shape}, the box's; cut it out of this box")


def counts_by_mask(codes: np.ndarray, words: np.ndarray, count: int, size: int) -> np.ndarray:
    """How often each code occurs in each mask.

    Parameters
    ----------
    codes : ndarray (n,) of int
        From 0 to ``size`` - 1.
    words : ndarray (n,), uint32
        Which masks hold what has the code.
    count : int
        Number of masks.
    size : int
        Number of codes.

    Returns
    -------
    ndarray (count, size) of int64

    Notes
    -----
    Several masks are counted at once: each has so many bits of one number as the most frequent code needs.
    """
    codes = codes.astype(np.intp, copy=False)
    most = int(np.bincount(codes, minlength=1).max())
    bits = max(most.bit_length(), 1)
    together = min(EXACT_BITS // bits, MASKS_IN_ONE_NUMBER, count)
    offsets = np.arange(together) * bits
    held = np.arange(2**together)[:, None] >> np.arange(together) & 1
    increments = (held << offsets).sum(axis=1).astype(float)
    chosen = np.uint32(2**together - 1)
    counts = np.empty((count, size), np.int64)
    for first in range(0, count, together):
        weights = increments[(words >> np.uint32(first)) & chosen]
        packed = np.bincount(codes, weights, size).astype(np.int64)
        part = counts[first : first + together]
        part[:] = (packed >> offsets[: len(part), None]) & (2**bits - 1)
    return counts
