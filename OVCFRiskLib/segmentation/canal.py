"""The spinal canal as a tube along the straightened spine.

Single planes between two laminae are open behind. Averaged along the spine over about one vertebra, the arches close to
a ring of bone around a dark hole; the best path of that hole is found by dynamic programming, and its middle by the
symmetry of bone to both sides.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.segmentation.straightened import StraightSpine

# Body and disc of a lumbar level, mm: so long an average holds one arch.
PITCH_MM = 36.0
# The sac has about 20 HU; what is below, as the fat between two laminae, must not look more like a canal.
CANAL_LOWEST_HU = 10.0
# The cortex of an arch; what is above says nothing more.
CANAL_HIGHEST_HU = 400.0
# The path is followed in planes so far apart, mm.
PLANE_STEP_MM = 8.0
# The canal is dark over this radius about its middle (SD of the average), mm; it is at least 13 mm deep (Zhou 2000).
HOLE_SD_MM = 3.5
# Bone lies so far to the left, to the right and behind its middle, mm (canals are 20-27 mm wide, 13-20 deep).
BONE_FROM_MM = 7.0
BONE_TO_MM = 19.0
# The canal's middle lies about so far behind the curve through the clicks, mm: half a body and half a canal ...
BEHIND_CURVE_MM = 26.0
# ... with these SDs of both together with the clicks' own, mm, backwards and sideways.
BEHIND_CURVE_SD_MM = 7.0
SIDEWAYS_SD_MM = 6.0
# Weight of one SD of departure, HU.
DEPARTURE_HU = 12.0
# The path moves by one step between two planes at the most, which costs so many HU: 14 degrees off the curve through
# clicks; along a curve that few clicks give no direction, by two.
MOVE_HU = 15.0
STEPS_ALONG_CLICKS = 1
STEPS_BEYOND_CLICKS = 2
# Symmetry is looked for in bone so far to both sides of the middle, mm ...
MIRROR_TO_MM = 22.0
# ... so far in front and behind it, mm: pedicles and laminae ...
MIRROR_FRONT_MM = 6.0
MIRROR_BACK_MM = 12.0
# ... about axes up to so far from the path, mm.
MIRROR_REACH_MM = 6.0
# Smoothing of the path, mm (SD): canals bend over several vertebrae.
PATH_SD_MM = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Canal:
    """The canal's middle in every plane of a straightened spine.

    Attributes
    ----------
    back, side : numpy.ndarray (planes,)
        mm in the straightened spine.
    ring_hu : numpy.ndarray (planes,)
        How much denser the ring of bone is than the hole; below 100 there is hardly a canal, 0 where the CT ends.
    """

    back: np.ndarray
    side: np.ndarray
    ring_hu: np.ndarray


def find_canal(spine: StraightSpine, most_steps: int = STEPS_ALONG_CLICKS) -> Canal:
    """Follow the canal from the lowest to the highest plane of a spine straightened along clicks.

    Parameters
    ----------
    spine : StraightSpine
    most_steps : int
        How many places the canal moves from one plane to the next at the most.
    """
    step = spine.extent.step
    planes = np.arange(0, len(spine.frames), round(PLANE_STEP_MM / step))
    mean, seen = _mean_along(spine, planes)
    ring = _ring(mean, step) * np.minimum(1.0, 2 * seen)
    value = ring - DEPARTURE_HU * (
        ((spine.back[:, None] - BEHIND_CURVE_MM) / BEHIND_CURVE_SD_MM) ** 2 + (spine.side / SIDEWAYS_SD_MM) ** 2
    )
    rows, columns = _best_path(value, most_steps).T
    middles = [_mirror_axis(image, row, column, step) for image, row, column in zip(mean, rows, columns, strict=True)]
    at = np.arange(len(planes)), rows, columns
    every = np.arange(len(spine.frames))
    sd = PATH_SD_MM / PLANE_STEP_MM
    back, side = (
        np.interp(every, planes, ndimage.gaussian_filter1d(np.asarray(line, float), sd, mode="nearest")) * step
        for line in (rows, middles)
    )
    ring_hu = np.interp(every, planes, ring[at] * (seen[at] > 0))
    return Canal(back + spine.back[0], side + spine.side[0], ring_hu)


def _mean_along(spine: StraightSpine, planes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean HU over a vertebra's length about some planes, and what fraction of it lies in the CT."""
    size = round(PITCH_MM / spine.extent.step)
    seen = ndimage.uniform_filter1d(spine.is_seen.astype(np.float32), size, axis=0, mode="constant")[planes]
    clipped = np.clip(spine.hu, CANAL_LOWEST_HU, CANAL_HIGHEST_HU) * spine.is_seen
    mean = ndimage.uniform_filter1d(clipped, size, axis=0, mode="constant")[planes] / np.maximum(seen, 0.05)
    return mean, seen


def _ring(mean: np.ndarray, step: float) -> np.ndarray:
    """How much denser the bone around a place is than the place, HU [plane, back, side]."""
    hole = ndimage.gaussian_filter(mean, (0, HOLE_SD_MM / step, HOLE_SD_MM / step))
    first, last = (round(mm / step) for mm in (BONE_FROM_MM, BONE_TO_MM))
    sides = [_largest_towards(mean, 2, first, last), _largest_towards(mean, 2, -last, -first)]
    behind = _largest_towards(mean, 1, first, last)
    bone = (sides[0] + sides[1] + np.minimum(sides[0], sides[1]) + behind) / 4
    return bone - hole


def _largest_towards(mean: np.ndarray, axis: int, first: int, last: int) -> np.ndarray:
    """Largest value so many places on along an axis."""
    size, middle = last - first + 1, (first + last) / 2
    largest = ndimage.maximum_filter1d(mean, size, axis=axis, mode="nearest")
    return np.roll(largest, -round(middle), axis=axis)


def _best_path(value: np.ndarray, most: int) -> np.ndarray:
    """(planes, 2) rows and columns of the path with the highest sum."""
    planes, rows, columns = value.shape
    steps = list(itertools.product(range(-most, most + 1), repeat=2))
    total, came = value[0], np.zeros((planes, rows, columns), np.int8)
    for plane in range(1, planes):
        padded = np.pad(total, most, constant_values=-np.inf)
        choices = np.stack(
            [
                padded[most + row : most + row + rows, most + column : most + column + columns]
                - MOVE_HU * np.hypot(row, column)
                for row, column in steps
            ]
        )
        came[plane] = choices.argmax(axis=0)
        total = choices.max(axis=0) + value[plane]
    path = np.empty((planes, 2), int)
    path[-1] = np.unravel_index(total.argmax(), total.shape)
    for plane in range(planes - 1, 0, -1):
        path[plane - 1] = path[plane] + steps[came[plane][tuple(path[plane])]]
    return path


def _mirror_axis(image: np.ndarray, row: int, column: int, step: float) -> float:
    """Column (with a half) near a place about which the bone of one plane is most alike to both sides."""
    front, back, reach, width = (
        round(mm / step) for mm in (MIRROR_FRONT_MM, MIRROR_BACK_MM, MIRROR_REACH_MM, MIRROR_TO_MM)
    )
    rows = image[max(row - front, 0) : row + back + 1]
    best, chosen = np.inf, float(column)
    for twice in range(2 * (column - reach), 2 * (column + reach) + 1):
        left = np.arange((twice + 1) // 2, (twice + 1) // 2 + width)
        right = twice - left
        is_both = (left < image.shape[1]) & (right >= 0) & (left >= 0) & (right < image.shape[1])
        if np.count_nonzero(is_both) < width // 2:
            continue
        differs = float(np.abs(rows[:, left[is_both]] - rows[:, right[is_both]]).mean())
        # of two axes about alike, the nearer to the path
        differs += abs(twice / 2 - column) * step
        if differs < best:
            best, chosen = differs, twice / 2
    return chosen
