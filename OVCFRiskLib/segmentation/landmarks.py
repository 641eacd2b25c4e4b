"""What tells a vertebra's number: the lowest ribs, which T12 carries, and the sacrum, which follows L5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.placement import canal_curve
from OVCFRiskLib.segmentation.rib_path import GROWS_FROM_PITCH_MM, RIB_TO_MM, SHORT_RIB_TO_MM, rib_strength
from OVCFRiskLib.segmentation.sacral_wing import wing_strength
from OVCFRiskLib.segmentation.straightened import BESIDE_CANAL, IN_FRONT_OF_CANAL, StraightSpine, straighten
from OVCFRiskLib.segmentation.vertebra_count import VertebraCount, count_vertebrae

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
# A rib's root lies so far above the middle of its body, in vertebrae (real CTs -0.13 to 0.14, phantoms 0 to 0.19) ...
ROOT_ABOVE = 0.05
# ... and the middle of the wings below that of the first sacral body (real CT 0.06 to 0.12, phantoms 0.16 to 0.35).
WINGS_BELOW = 0.15
# Nearer than this to the next whole number, the vertebra is not certain: a landmark is then not used.
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
    curve = canal_curve(ct, list(clicks.values()), LANDMARK_REACH_MM)
    count = None if curve is None else count_vertebrae(straighten(ct, clicks, curve, IN_FRONT_OF_CANAL))
    if curve is None or count is None:
        return Landmarks()
    spine = straighten(ct, clicks, curve, BESIDE_CANAL)
    lowest, sides = _lowest_rib(spine, count)
    return Landmarks(lowest, sides, _first_sacral(spine, count))


def _lowest_rib(spine: StraightSpine, count: VertebraCount) -> tuple[int | None, int]:
    """The lowest vertebra with a rib, and on how many sides."""
    grows = max(1.0, count.pitch_mm / GROWS_FROM_PITCH_MM)
    to_mm = grows * RIB_TO_MM
    if to_mm > spine.extent.sideways:
        return None, 0
    strength = rib_strength(spine, to_mm)
    number = _numbers(spine, count) + ROOT_ABOVE
    candidates = [vertebra for vertebra in range(T12 - 1, LOWEST_WITH_RIB + 1) if vertebra in count.clear]
    with_rib = [vertebra for side in strength for vertebra in candidates if _has_root(side, number - vertebra)]
    if not with_rib:
        return None, 0
    lowest = max(with_rib)
    if lowest < T12 and not _is_without_rib(spine, strength, count, range(lowest + 1, LumbarLevel.L1), to_mm):
        return None, 0
    # beside a rib, a shorter one is a rib too
    short = rib_strength(spine, grows * SHORT_RIB_TO_MM)
    return lowest, sum(_has_root(side, number - lowest) for side in short)


def _numbers(spine: StraightSpine, count: VertebraCount) -> np.ndarray:
    """Number of the vertebra, with a fraction, that each plane belongs to."""
    return count.number_at(np.arange(len(spine.frames)) * spine.extent.step)


def _has_root(strength: np.ndarray, off: np.ndarray) -> bool:
    """Does a rib begin beside the vertebra from which planes are off by so many, rather than beside the next?"""
    near = strength[np.abs(off) <= RIB_CLEAR]
    # a rib that is stronger at the border to the neighbours belongs to neither for certain
    border = strength[(np.abs(off) > RIB_CLEAR) & (np.abs(off) <= 1 - RIB_CLEAR)]
    strongest = near.max(initial=0.0)
    return bool(strongest >= RIB_HU and strongest >= border.max(initial=0.0))


def _is_without_rib(
    spine: StraightSpine, strength: np.ndarray, count: VertebraCount, vertebrae: range, to_mm: float
) -> bool:
    """Does the field show the corridors of these vertebrae on both sides, and no rib in them?"""
    falls = round(RIB_FALLS_MM / spine.extent.step)
    middle = int(np.abs(spine.back).argmin())
    number = _numbers(spine, count)
    for vertebra in vertebrae:
        own = np.flatnonzero(np.abs(number - vertebra) <= 1 / 2)
        plane = count.up_mm[vertebra] / spine.extent.step
        low, high = round(plane) - falls, round(plane + count.pitch_mm / spine.extent.step / 2)
        if low < 0 or high >= len(spine.frames):
            return False
        columns = [spine.column(sign * to_mm) for sign in (-1, 1)]
        if not spine.is_seen[low:high, middle][:, columns].all():
            return False
        if strength[:, own].max() > NO_RIB_HU:
            return False
    return True


def _first_sacral(spine: StraightSpine, count: VertebraCount) -> int | None:
    """The first body of the sacrum."""
    strength = wing_strength(spine)
    lowest_named = spine.clicks[max(spine.clicks)]
    is_wing = (strength >= WING_HU) & (np.arange(len(strength)) < lowest_named)
    if not is_wing.any():
        return None
    # the uppermost block: further down the ilium closes rings of its own
    planes = np.flatnonzero(is_wing)
    gaps = np.flatnonzero(np.diff(planes) > 1)
    block = planes[gaps[-1] + 1 :] if len(gaps) else planes
    middle = float(np.average(block, weights=strength[block])) * spine.extent.step
    value = float(count.number_at(middle)) - WINGS_BELOW
    if not np.isfinite(value):
        return None
    number = round(value)
    is_clear = abs(value - number) <= WING_CLEAR and abs(number - S1) <= MOST_OFF
    return number if is_clear and {number - 1, number} <= count.clear else None
