"""Ribs: bone that goes on without a gap from beside the body to where no transverse process reaches."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.segmentation.straightened import StraightSpine

# From beside the body, where ribs and transverse processes are alike, to beyond the tips of the longest transverse
# processes (48 mm from the midline on real CTs; L3's span up to 95 mm, Panjabi 1992), mm from the canal's middle.
RIB_FROM_MM = 26.0
RIB_TO_MM = 58.0
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
        weakest: np.ndarray | None = None
        for distance in away:
            section = _thin_bone(hu[:, :, spine.column(sign * distance)], step)
            section[:, ~_in_corridor(spine.back, distance)] = 0.0
            weakest = section if weakest is None else np.minimum(section, _best_step(weakest))
        assert weakest is not None
        sides.append(weakest.max(axis=1))
    return np.array(sides)


def _thin_bone(section: np.ndarray, step: float) -> np.ndarray:
    """What of a sagittal plane is brighter than all that goes on for longer than a rib, up or back."""
    up, back = (round(mm / step) for mm in (LONGEST_UP_MM, LONGEST_BACK_MM))
    return section - np.maximum(ndimage.grey_opening(section, (up, 1)), ndimage.grey_opening(section, (1, back)))


def _in_corridor(back: np.ndarray, distance: float) -> np.ndarray:
    """Where ribs pass in the sagittal plane at a distance from the midline."""
    front, behind = (np.interp(distance, (RIB_FROM_MM, RIB_TO_MM), ends) for ends in (CORRIDOR_FROM_MM, CORRIDOR_TO_MM))
    return (back >= front) & (back <= behind)


def _best_step(value: np.ndarray) -> np.ndarray:
    """Largest value that a rib's next step can reach from each place."""
    planes, places = value.shape
    down, up, back = -min(STEPS_UP), max(STEPS_UP), max(STEPS_BACK)
    padded = np.pad(value, ((down, up), (back, back)))
    moved = [
        padded[down + rise : down + rise + planes, back + move : back + move + places]
        for rise in STEPS_UP
        for move in STEPS_BACK
    ]
    return np.maximum.reduce(moved)
