"""Which public numbering a label map follows: decided by all of its values and by where they lie along the body."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import index_to_lps, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.numbering import (
    IGNORE_VALUE,
    NUMBERINGS,
    OPTION,
    SACRUM,
    VARIANTS,
    VERSE,
    VERTEBRAE,
    Numbering,
)

# A whole lumbar vertebra has 60 to 110 ml; what is twice as large is an organ under that value.
LARGEST_VERTEBRA_ML = 220.0
# The centre of a vertebra lies lower than that of the one above by at least so much, even where the image cuts it
# or the spine is bent; and it lies no further to its side.
LEAST_STEP_DOWN_MM = 4.0
LARGEST_STEP_SIDEWAYS_MM = 60.0
# Typical distance of the centres of a vertebra and the one below, in mm: heights of body and disc of adults added and
# rounded (Busscher 2010, doi 10.1007/s00586-010-1326-9). Only ratios of 1.5 between regions are made use of.
TYPICAL_STEP_MM = {
    **dict.fromkeys(("C1", "C2", "C3", "C4", "C5", "C6", "C7"), 18.0),
    **dict.fromkeys(("T1", "T2", "T3"), 20.0),
    **dict.fromkeys(("T4", "T5", "T6", "T7"), 22.5),
    **dict.fromkeys(("T8", "T9"), 24.5),
    **dict.fromkeys(("T10", "T11"), 28.0),
    **dict.fromkeys(("T12", "T13"), 32.0),
    **dict.fromkeys(("L1", "L2", "L3", "L4", "L5", "L6", "S1"), 36.0),
}
# Two readings are told apart by the distances when these fit one of them better by this factor.
CLEAR_FACTOR = 1.15
# Further off no person's vertebrae are apart: the numbering only seems to fit.
LARGEST_MISFIT_FACTOR = 1.6
MOST_VALUES_LISTED = 16  # values in a message
LARGEST_COUNTED = 4095  # beyond it values are numbered before they are counted


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label value lies.

    Attributes
    ----------
    center_lps : tuple of float
        Centre of its voxels, mm.
    volume_ml : float
    """

    center_lps: tuple[float, float, float]
    volume_ml: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the values of a map mean.

    Attributes
    ----------
    numbering : Numbering
    levels : dict of int to LumbarLevel
        Of the values that are one of L1-L4.
    vertebrae : dict of int to str
        Of all values that are vertebrae, from head to feet.
    unknown : tuple of int
        Values that the numbering has no meaning for.
    """

    numbering: Numbering
    levels: dict[int, LumbarLevel]
    vertebrae: dict[int, str]
    unknown: tuple[int, ...]

    def describe(self) -> str:
        """In words, e.g. ``"VerSe (20 = L1, 21 = L2)"``."""
        shown = list(self.vertebrae.items())[:MOST_VALUES_LISTED]
        return f"{self.numbering.title} ({', '.join(f'{value} = {name}' for value, name in shown)})"


def find_places(array: np.ndarray, image: sitk.Image) -> dict[int, Place]:
    """Where the values of a label map lie.

    Parameters
    ----------
    array : ndarray [k, j, i] of int
    image : SimpleITK.Image
        With the grid.

    Returns
    -------
    dict of int to Place
        By value, without 0.
    """
    voxel_ml = float(np.prod(image.GetSpacing())) / 1000
    box = mask_box(array)
    if box is None:
        return {}
    values, counts, sums = _count(array[box])
    starts = [axis.start for axis in box]
    centers = index_to_lps(image, sums / counts[:, None] + starts)
    return {
        int(value): Place((float(x), float(y), float(z)), float(count * voxel_ml))
        for value, (x, y, z), count in zip(values, centers, counts, strict=True)
        if value
    }


def _count(array: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values that occur, how often, and the sums of their [k, j, i] indices, slice by slice to spare memory."""
    numbers = array
    known = np.arange(0)
    if array.min() < 0 or array.max() > LARGEST_COUNTED:
        known, numbers = np.unique(array, return_inverse=True)
        numbers = numbers.reshape(array.shape)
    size = int(numbers.max()) + 1
    counts, sums = np.zeros(size, np.int64), np.zeros((size, 3))
    rows, columns = (index.ravel().astype(float) for index in np.indices(array.shape[1:]))
    for k, plane in enumerate(numbers):
        flat = plane.ravel()
        here = np.bincount(flat, minlength=size)
        counts += here
        sums[:, 0] += k * here
        sums[:, 1] += np.bincount(flat, weights=rows, minlength=size)
        sums[:, 2] += np.bincount(flat, weights=columns, minlength=size)
    found = np.flatnonzero(counts)
    return (known[found] if len(known) else found), counts[found], sums[found]


def read_values(
    places: Mapping[int, Place],
    name: str,
    numbering: str | None = None,
    option: str | None = OPTION,
    named: Numbering | None = None,
) -> Reading:
    """Decide which numbering a label map follows.

    A numbering fits when its vertebrae lie below each other in its order and none is larger than a vertebra. Of those
    that fit, the one that knows every value and explains most of them as vertebrae is taken; where several are left,
    the distances between the vertebrae decide, which are half as large again at the loins as in the chest, and then
    what the file says of itself. A lone value has no order and no distances.

    Parameters
    ----------
    places : mapping of int to Place
        By label value.
    name : str
        Of the map, for messages.
    numbering : str, optional
        A key of `NUMBERINGS`; then nothing is decided.
    option : str or None
        With which a user can say it, for messages; None where there is none, as in the panel.
    named : Numbering, optional
        What the file's name or note speaks of; it decides between readings that are possible.

    Returns
    -------
    Reading

    Raises
    ------
    OVCFRiskError
        If the values can be read in several ways, or in none.
    """
    if numbering is not None:
        if numbering not in NUMBERINGS:
            raise OVCFRiskError(f"numbering: expected one of {', '.join(NUMBERINGS)}, got '{numbering}'")
        return _reading(NUMBERINGS[numbering], places)
    readings = [_reading(each, places) for each in NUMBERINGS.values()]
    fitting = [reading for reading in readings if reading.vertebrae and _is_a_spine(reading, places)]
    chosen = _best(fitting, places)
    verse = next(reading for reading in readings if reading.numbering is VERSE)
    values = set(places) - {IGNORE_VALUE}
    if values <= set(LumbarLevel):  # the documented values; whether they lie in order is checked with the masks
        is_lone = len(values) == 1
        if not is_lone and (not chosen or verse in chosen):
            return verse
        chosen = [reading for reading in readings if reading.vertebrae] if is_lone else [*chosen, verse]
    if len(chosen) == 1:
        return chosen[0]
    possible = chosen or [reading for reading in readings if reading.levels]
    for reading in possible:
        if reading.numbering is named:
            return reading
    if not possible:
        return verse
    choice = f"Say which by {option} {' or '.join(NUMBERINGS)}, or name" if option else "Name"
    raise OVCFRiskError(
        "it is not clear what the label values mean. Possible: "
        f"{'; '.join(reading.describe() for reading in possible)}. Found: "
        f"{describe_places(places)}. {choice} the segments of {name}"
    )


def describe_places(places: Mapping[int, Place]) -> str:
    """Values with their places, the topmost first, for messages."""
    ordered = sorted(places.items(), key=lambda item: -item[1].center_lps[2])
    shown = [
        f"{value} at R {-place.center_lps[0]:.0f}, A {-place.center_lps[1]:.0f}, S {place.center_lps[2]:.0f} mm "
        f"({place.volume_ml:.1f} ml)"
        for value, place in ordered[:MOST_VALUES_LISTED]
    ]
    more = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _reading(numbering: Numbering, places: Mapping[int, Place]) -> Reading:
    """What the values mean in one numbering."""
    rank = {name: n for n, name in enumerate(VERTEBRAE)}
    known = {value: numbering.vertebrae[value] for value in places if value in numbering.vertebrae}
    vertebrae = dict(sorted(known.items(), key=lambda item: rank[item[1]]))
    levels = {v: LumbarLevel[name] for v, name in vertebrae.items() if name in LumbarLevel.__members__}
    unknown = set(places) - set(vertebrae) - numbering.others - {IGNORE_VALUE}
    return Reading(numbering, levels, vertebrae, tuple(sorted(unknown)))


def _is_a_spine(reading: Reading, places: Mapping[int, Place]) -> bool:
    """Whether the values that should be vertebrae are as large and lie below each other as vertebrae do."""
    column = [places[value] for value in reading.vertebrae]
    sizes = [places[value].volume_ml for value, name in reading.vertebrae.items() if name not in SACRUM]
    if not sizes or max(sizes) > LARGEST_VERTEBRA_ML:
        return False
    if reading.numbering is not VERSE and _misfit(reading, places) > math.log(LARGEST_MISFIT_FACTOR):
        return False
    for upper, lower in pairwise(column):
        down = upper.center_lps[2] - lower.center_lps[2]
        sideways = math.dist(upper.center_lps[:2], lower.center_lps[:2])
        if down < LEAST_STEP_DOWN_MM or sideways > max(LARGEST_STEP_SIDEWAYS_MM, 2 * down):
            return False
    return True


def _best(fitting: Sequence[Reading], places: Mapping[int, Place]) -> list[Reading]:
    """The reading that explains most; several where nothing tells them apart."""
    complete = [reading for reading in fitting if not reading.unknown] or list(fitting)
    most = max((len(reading.vertebrae) for reading in complete), default=0)
    equal = [reading for reading in complete if len(reading.vertebrae) == most]
    if len(equal) < 2 or most < 2:
        return equal
    misfits = {reading.numbering.name: _misfit(reading, places) for reading in equal}
    least = min(misfits.values())
    return [reading for reading in equal if misfits[reading.numbering.name] < least + math.log(CLEAR_FACTOR)]


def _misfit(reading: Reading, places: Mapping[int, Place]) -> float:
    """How far the distances of the vertebrae are from typical ones: median of the absolute logarithm of the ratio."""
    ratios = []
    for (upper, upper_name), (lower, lower_name) in pairwise(reading.vertebrae.items()):
        between = VERTEBRAE[VERTEBRAE.index(upper_name) : VERTEBRAE.index(lower_name)]
        typical = sum(TYPICAL_STEP_MM[name] for name in between if name not in VARIANTS or name == upper_name)
        distance = math.dist(places[upper].center_lps, places[lower].center_lps)
        ratios.append(abs(math.log(max(distance, LEAST_STEP_DOWN_MM) / typical)))
    return float(np.median(ratios)) if ratios else 0.0
