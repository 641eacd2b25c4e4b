"""Ribs: bone that goes on without a gap from beside the body to where no transverse process reaches."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.segmentation.straightened import StraightSpine

# From beside the body, where ribs and transverse processes are alike, to beyond the tips of the longest transverse
# processes (48 mm from the midline on real CTs; L3's span up to 95 mm, Panjabi 1992), mm from the canal's middle.
RIB_FROM_MM = 26.0
RIB_TO_MM = 58.0
# Longer people have longer processes: both distances grow with the distance of the vertebrae from this on, mm (the
# distance 34 of women, and its SD); where a rib would have to reach beyond what is straightened, none is seen.
GROWS_FROM_PITCH_MM = 36.0
# The 12th rib of one side may be shorter than that of the other: beside T12 and L1 transverse processes end at 40 mm.
SHORT_RIB_TO_MM = 48.0
# Ribs lie between so far in front of the canal's middle and so far behind it, at both of these distances, mm: kidneys
# lie in front of that, the back's own muscles hold no bone (three real CTs, with room of 6 mm).
CORRIDOR_FROM_MM = (-14.0, -7.0)
CORRIDOR_TO_MM = (16.0, 30.0)
# Muscle has up to this, and less says nothing; a rib's cortex after blur has more than the upper, HU.
RIB_LOWEST_HU = 50.0
RIB_HIGHEST_HU = 350.0
# Sagittal planes cut ribs 12-15 mm high, half as much more where they fall steeply, and 8-12 mm deep; what goes on for
# longer upwards or backwards is no rib (kidney, liver, pelvis), mm.
LONGEST_UP_MM = 28.0
LONGEST_BACK_MM = 18.0
# Steps of a rib from one sagittal plane to the next, in places of the straightened spine: it may climb a little, and
# falls by up to 63 degrees.
STEPS_UP = (-2, -1, 0, 1)
STEPS_BACK = (-1, 0, 1)
# A root has more than this, HU, and more than this fraction of the strongest place within its height, mm ...
LEAST_ROOT_HU = 25.0
LEAST_ROOT = 0.6
ROOT_MM = 12.0
# ... and two are of one rib where their ways end within this, mm: its own height. The upper one is the rib's, unless
# the lower one is stronger by this factor: what the way has in common limits both.
SAME_RIB_MM = 15.0
CLEARLY_STRONGER = 1.25
# The CT is smoothed by this before, mm: noise of 35 HU leaves 8.
RIB_SD_MM = 1.2


def rib_strength(spine: StraightSpine, to_mm: float = RIB_TO_MM) -> np.ndarray:
    """How clearly a rib begins beside each plane, (2, planes) to the right and to the left, HU above what is around.

    The weakest place of the best path from `RIB_FROM_MM` outwards counts: a transverse process ends on the way,
    and what is left is noise. Measured: 86 HU and more at ribs of real CTs with slices of 2.5 to 5 mm, 190 and more at
    those of phantoms, 12 and less beside L1-L3.

    Parameters
    ----------
    spine : StraightSpine
        Along the canal, at least `RIB_TO_MM` to both sides.
    to_mm : float
        How far from the midline a rib has to reach: `RIB_TO_MM`, or `SHORT_RIB_TO_MM` where the other side has one.
    """
    step = spine.extent.step
    hu = np.where(spine.is_seen, spine.hu, RIB_LOWEST_HU).clip(RIB_LOWEST_HU, RIB_HIGHEST_HU)
    hu = ndimage.gaussian_filter(hu, RIB_SD_MM / step)
    away = np.arange(to_mm, RIB_FROM_MM - step / 2, -step)  # from outside to the body
    sides = []
    for sign in (-1, 1):
        sections = []
        for distance in away.tolist():
            section = _thin_bone(hu[:, :, spine.column(sign * distance)], step)
            section[:, ~_in_corridor(spine.back, distance)] = 0.0
            sections.append(section)
        weakest, end = sections[0], np.broadcast_to(np.arange(len(hu))[:, None], sections[0].shape)
        for section in sections[1:]:
            best, end = _best_step(weakest, end)
            weakest = np.minimum(section, best)
        places = weakest.argmax(axis=1)[:, None]
        strength, ends = (np.take_along_axis(values, places, axis=1)[:, 0] for values in (weakest, end))
        sides.append(_one_root_each(strength, ends, step))
    return np.array(sides)


def _one_root_each(strength: np.ndarray, ends: np.ndarray, step: float) -> np.ndarray:
    """The strength of roots alone: a process below that meets a rib ends where the rib does, and is none.

    Beside a crushed body a transverse process lies so near below the rib above that bone goes on from one to the other.
    """
    near = ndimage.maximum_filter1d(strength, round(ROOT_MM / step) | 1)
    labels, count = ndimage.label((strength > LEAST_ROOT * near) & (strength > LEAST_ROOT_HU))
    if count < 2:
        return strength
    _, nearest = ndimage.distance_transform_edt(labels == 0, return_indices=True)
    peaks = np.array(ndimage.maximum_position(strength, labels, range(1, count + 1)))[:, 0]
    kept: list[int] = []
    for root in range(count - 1, -1, -1):  # from the head on: ribs fall
        same = [other for other in kept if abs(ends[peaks[root]] - ends[peaks[other]]) * step < SAME_RIB_MM]
        if all(strength[peaks[root]] > CLEARLY_STRONGER * strength[peaks[other]] for other in same):
            kept = [other for other in kept if other not in same] + [root]
    return np.where(np.isin(labels[nearest[0]] - 1, kept), strength, 0.0)


def _thin_bone(section: np.ndarray, step: float) -> np.ndarray:
    """What of a sagittal plane is brighter than all that goes on for longer than a rib, up or back."""
    up, back = (round(mm / step) for mm in (LONGEST_UP_MM, LONGEST_BACK_MM))
    return section - np.maximum(ndimage.grey_opening(section, (up, 1)), ndimage.grey_opening(section, (1, back)))


def _in_corridor(back: np.ndarray, distance: float) -> np.ndarray:
    """Where ribs pass in the sagittal plane at a distance from the midline."""
    front, behind = (np.interp(distance, (RIB_FROM_MM, RIB_TO_MM), ends) for ends in (CORRIDOR_FROM_MM, CORRIDOR_TO_MM))
    return (back >= front) & (back <= behind)


def _best_step(value: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest value that a rib's next step can reach from each place, and the outer end of the way from there."""
    planes, places = value.shape
    down, up, back = -min(STEPS_UP), max(STEPS_UP), max(STEPS_BACK)
    padded, ends = (np.pad(each, ((down, up), (back, back))) for each in (value, end))
    best, best_end = np.full(value.shape, -np.inf, value.dtype), np.zeros_like(end)
    for rise in STEPS_UP:
        for move in STEPS_BACK:
            window = slice(down + rise, down + rise + planes), slice(back + move, back + move + places)
            is_better = padded[window] > best
            best, best_end = np.where(is_better, padded[window], best), np.where(is_better, ends[window], best_end)
    return best, best_end
