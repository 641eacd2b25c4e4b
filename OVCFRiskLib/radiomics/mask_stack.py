"""Several masks of one body laid on each other: what they share is then counted once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from scipy import sparse

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, as_box

# Bits of a voxel's word, the masks a stack holds at most: whole words of 32 bits go through the memory twice as fast
# as those of 64, and an interval has 30 masks.
STACK_MASKS = 32


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


class BitCounts:
    """How many of the words added have each mask's bit, counted for all masks at once.

    Notes
    -----
    Adding in columns as on paper, a column being a word: three bits of a column are one that stays and one that is
    carried to the next.
    """

    def __init__(self) -> None:
        self._waiting: list[list[np.ndarray]] = []

    def add(self, words: np.ndarray, place: int = 0) -> None:
        """Count these words, uint32, as well."""
        if place == len(self._waiting):
            self._waiting.append([])
        waiting = self._waiting[place]
        if len(waiting) < 2:
            waiting.append(words)
            return
        first, second = waiting
        differ = first ^ second
        waiting[:] = [differ ^ words]
        self.add((first & second) | (differ & words), place + 1)

    def columns(self) -> list[np.ndarray]:
        """Bits of the counts, the lowest first."""
        for place, waiting in enumerate(self._waiting):
            if len(waiting) == 2:
                first, second = waiting
                waiting[:] = [first ^ second]
                self.add(first & second, place + 1)
        return [waiting[0] for waiting in self._waiting]


def bits_as_number(columns: Sequence[MaskBits], number: int) -> np.ndarray:
    """What the columns of a mask make as a number, uint8."""
    total = columns[0].held_by(number).view(np.uint8)
    for place, column in enumerate(columns[1:], 1):
        total |= column.held_by(number).view(np.uint8) << np.uint8(place)
    return total


def boxes_of_masks(words: np.ndarray) -> list[Box | None]:
    """[k, j, i] box of each mask's voxels, None if it is empty, from words [k, j, i], uint32."""
    planes, rows = np.bitwise_or.reduce(words, axis=2), np.bitwise_or.reduce(words, axis=0)
    along = np.bitwise_or.reduce(planes, axis=1), *(np.bitwise_or.reduce(rows, axis=axis) for axis in (1, 0))
    # which planes, rows and columns each mask fills
    filled = [one_if_held(held) for held in along]
    starts = np.stack([held.argmax(axis=0) for held in filled], axis=1).tolist()
    stops = np.stack([len(held) - held[::-1].argmax(axis=0) for held in filled], axis=1).tolist()
    return [
        as_box(map(slice, start, stop)) if is_filled else None
        for start, stop, is_filled in zip(starts, stops, filled[0].max(axis=0).tolist(), strict=True)
    ]


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


def one_if_held(words: np.ndarray) -> np.ndarray:
    """1 where a mask holds a voxel, else 0: (voxels, `STACK_MASKS`) of uint8, of words (voxels,)."""
    return np.unpackbits(words.astype("<u4", copy=False).view(np.uint8), bitorder="little").reshape(-1, STACK_MASKS)


def counts_by_mask(codes: np.ndarray, words: np.ndarray, size: int) -> np.ndarray:
    """How often each code occurs in each mask.

    Parameters
    ----------
    codes : ndarray (n,) of int
        From 0 to ``size`` - 1.
    words : ndarray (n,), uint32
        Which masks hold what has the code.
    size : int
        Number of codes.

    Returns
    -------
    ndarray (size, `STACK_MASKS`) of unsigned int

    Notes
    -----
    A product of matrices: one has a 1 where a thing has a code, the other where a mask holds the thing.
    """
    # whole numbers of 16 bits are added twice as fast as those of 32
    dtype = np.uint16 if len(codes) <= np.iinfo(np.uint16).max else np.uint32
    column_starts = np.arange(len(codes) + 1, dtype=np.int32)
    has_code = sparse.csc_array(
        (np.ones(len(codes), dtype), codes.astype(np.int32, copy=False), column_starts), shape=(size, len(codes))
    )
    counts: np.ndarray = has_code @ one_if_held(words).astype(dtype)
    return counts
