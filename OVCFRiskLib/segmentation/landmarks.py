"""What tells a vertebra's number: the lowest ribs, which T12 carries, and the sacrum, which follows L5."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.completion import PITCH_RANGE_MM
from OVCFRiskLib.segmentation.placement import along_canal
from OVCFRiskLib.segmentation.rib_path import RIB_TO_MM, SHORT_RIB_TO_MM, rib_strength
from OVCFRiskLib.segmentation.sacral_wing import wing_strength
from OVCFRiskLib.segmentation.straightened import BESIDE_CANAL, StraightSpine

# Numbers of vertebrae from head to feet as in VerSe: 19 is T12, 20 L1. Where the names are right, the lowest ribs are
# T12's and the first body of the sacrum has the number after L5's.
T12 = LumbarLevel.L1 - 1
S1 = LumbarLevel.L4 + 2
# Ribs are looked for down to L2: below, the pelvis comes into their corridor.
LOWEST_WITH_RIB = LumbarLevel.L2
# The field is looked at so far beyond the outermost levels, mm: to T11 and to S1 or one further, names wrong by one.
LANDMARK_REACH_MM = 150.0
# A rib's and a wing's strength, HU: between what ribs and transverse processes have, and wings and the rest.
RIB_HU = 45.0
WING_HU = 110.0
# Where there is none, the strength is below this in all of its neighbourhood.
NO_RIB_HU = 25.0
# Where only one level is known, the distance of two vertebrae along the canal is that of women, mm (Panjabi 1992: L2 to
# L3); short ones have 29, so that it counts no further than so many vertebrae; each further level known adds one.
COUNTS_FROM_ONE = 2
TYPICAL_PITCH_MM = 34.0
# A crushed body lies nearer to both neighbours: distances below this fraction of the largest do not count.
UNCRUSHED = 0.88
# By how much the distance shrinks from one level to the next upwards (Panjabi 1992).
SHRINKS_BY = 0.97
# A rib's root lies so far above the middle of its body, in pitches (real CTs -0.02 to 0.1, phantoms 0.0 to 0.1) ...
ROOT_ABOVE = 0.05
# ... and the middle of the wings below the middle of L4, in pitches, when S1 is the second body below it: 1.71 on a
# real CT, 2.2 on phantoms.
WINGS_BELOW_L4 = 1.95
# Nearer than this to the next whole number, in pitches, the vertebra is not certain: a landmark is then not used.
RIB_CLEAR = 0.32
WING_CLEAR = 0.36
# Names are wrong by so much at the most: farther off, what closes the ring is no wing of S1.
MOST_OFF = 1
# So far below a rib's root its outer end is looked for, mm; the field has to reach there for "no rib".
RIB_FALLS_MM = 24.0


@dataclass(frozen=True, slots=True)
class Landmarks:
    """Numbers of vertebrae as the names of the levels count them; None where the field does not show it.

    Attributes
    ----------
    lowest_rib : int or None
        The lowest vertebra with a rib; `T12` where the names are right.
    rib_sides : int
        On how many sides of it a rib is seen.
    first_sacral : int or None
        The first body of the sacrum; `S1` where the names are right.
    """

    lowest_rib: int | None = None
    rib_sides: int = 0
    first_sacral: int | None = None


def find_landmarks(ct: sitk.Image, centers: Mapping[LumbarLevel, np.ndarray]) -> Landmarks:
    """Look for the lowest ribs and for the sacrum.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU; not modified.
    centers : mapping of LumbarLevel to (3,)
        Middles of the bodies as they are named, LPS mm; at least one.

    Returns
    -------
    Landmarks
        All None where the CT shows no canal, or ends before.
    """
    clicks = {level: np.asarray(centers[level], float) for level in sorted(centers)}
    spine = along_canal(ct, clicks, LANDMARK_REACH_MM, BESIDE_CANAL)
    counting = None if spine is None else _Counting.of(spine)
    if spine is None or counting is None:
        return Landmarks()
    lowest, sides = _lowest_rib(spine, counting)
    return Landmarks(lowest, sides, _first_sacral(spine, counting))


@dataclass(frozen=True, slots=True)
class _Counting:
    """Where vertebrae beyond the named levels are expected, in planes of the straightened spine."""

    planes: Mapping[int, float]
    pitch: float

    @classmethod
    def of(cls, spine: StraightSpine) -> _Counting | None:
        """From the named levels; None where their distance is that of no neighbours, as after a skipped vertebra."""
        first, last = min(spine.clicks), max(spine.clicks)
        pitch = TYPICAL_PITCH_MM / spine.extent.step
        if last > first:
            pairs = itertools.pairwise(sorted(spine.clicks.items()))
            apart = [(upper - lower) / (below - above) for (above, upper), (below, lower) in pairs]
            pitch = float(np.mean([each for each in apart if each >= UNCRUSHED * max(apart)]))
        if not PITCH_RANGE_MM[0] <= pitch * spine.extent.step <= PITCH_RANGE_MM[1]:
            return None
        return cls({int(level): plane for level, plane in spine.clicks.items()}, pitch)

    def reaches(self, vertebra: int) -> bool:
        """Is a vertebra near enough to be counted?"""
        away = min(abs(vertebra - known) for known in self.planes)
        return away <= COUNTS_FROM_ONE + len(self.planes) - 1

    def plane(self, vertebra: int) -> float:
        """Plane of a vertebra's middle: its own, or so many pitches from the nearest named level."""
        nearest = min(self.planes, key=lambda known: abs(known - vertebra))
        up = nearest - vertebra
        shrinking = sum(SHRINKS_BY**n for n in range(1, up + 1)) if up > 0 else float(up)
        return self.planes[nearest] + shrinking * self.pitch


def _lowest_rib(spine: StraightSpine, counting: _Counting) -> tuple[int | None, int]:
    """The lowest vertebra with a rib, and on how many sides."""
    strength = rib_strength(spine)
    with_rib = [
        [
            vertebra
            for vertebra in range(T12 - 1, LOWEST_WITH_RIB + 1)
            if counting.reaches(vertebra) and _has_root(side, vertebra, counting)
        ]
        for side in strength
    ]
    found = [max(side) for side in with_rib if side]
    if not found:
        return None, 0
    lowest = max(found)
    if lowest < T12 and not _is_without_rib(spine, strength, counting, range(lowest + 1, LumbarLevel.L1)):
        return None, 0
    # beside a rib, a shorter one is a rib too
    short = rib_strength(spine, SHORT_RIB_TO_MM)
    return lowest, sum(_has_root(side, lowest, counting) for side in short)


def _has_root(strength: np.ndarray, vertebra: int, counting: _Counting) -> bool:
    """Does a rib begin beside this vertebra, rather than beside the next?"""
    planes = np.arange(len(strength))
    off = (planes - counting.plane(vertebra)) / counting.pitch - ROOT_ABOVE
    near = strength[np.abs(off) <= RIB_CLEAR]
    return bool(len(near)) and float(near.max()) >= RIB_HU and float(near.max()) >= _around(strength, off)


def _around(strength: np.ndarray, off: np.ndarray) -> float:
    """Strength at the border to the neighbours: a rib that is stronger there belongs to neither for certain."""
    border = strength[(np.abs(off) > RIB_CLEAR) & (np.abs(off) <= 1 - RIB_CLEAR)]
    return float(border.max()) if len(border) else 0.0


def _is_without_rib(spine: StraightSpine, strength: np.ndarray, counting: _Counting, vertebrae: range) -> bool:
    """Does the field show the corridors of these vertebrae on both sides, and no rib in them?"""
    falls = round(RIB_FALLS_MM / spine.extent.step)
    middle = int(np.abs(spine.back).argmin())
    for vertebra in vertebrae:
        plane = counting.plane(vertebra)
        low, high = round(plane) - falls, round(plane + counting.pitch / 2)
        if low < 0 or high >= len(spine.frames):
            return False
        columns = [spine.column(sign * RIB_TO_MM) for sign in (-1, 1)]
        if not spine.is_seen[low:high, middle][:, columns].all():
            return False
        near = np.abs(np.arange(len(spine.frames)) - plane) <= counting.pitch / 2
        if strength[:, near].max() > NO_RIB_HU:
            return False
    return True


def _first_sacral(spine: StraightSpine, counting: _Counting) -> int | None:
    """The first body of the sacrum."""
    if not counting.reaches(S1):
        return None
    strength = wing_strength(spine)
    below = counting.plane(LumbarLevel.L4) - np.arange(len(strength))
    is_wing = (strength >= WING_HU) & (below > 0)
    if not is_wing.any():
        return None
    # the uppermost block: further down the ilium closes rings of its own
    planes = np.flatnonzero(is_wing)
    gaps = np.flatnonzero(np.diff(planes) > 1)
    block = planes[gaps[-1] + 1 :] if len(gaps) else planes
    pitches = float(np.average(below[block], weights=strength[block])) / counting.pitch
    number = round(pitches - WINGS_BELOW_L4)
    is_clear = abs(pitches - WINGS_BELOW_L4 - number) <= WING_CLEAR and abs(number) <= MOST_OFF
    return S1 + number if is_clear else None
