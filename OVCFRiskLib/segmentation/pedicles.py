"""Pedicles: bone just behind the posterior wall on both sides of the canal, once per vertebra.

This tells body from disc where both are equally dark: endplates alone fit as well half a period off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from scipy import ndimage

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.canal import PITCH_MM
from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM, StraightSpine

# Pedicles lie so far behind the posterior wall, mm; facets begin 12 mm behind it.
BEHIND_FROM_MM = 1.5
BEHIND_TO_MM = 8.0
# ... and so far beside the canal's middle, mm (Zindrick et al. 1987, Spine 12:160).
BESIDE_FROM_MM = 8.0
BESIDE_TO_MM = 18.0
# Nerve, fat and veins in the foramen are below, a pedicle's cortex above.
PEDICLE_LOWEST_HU = 0.0
PEDICLE_HIGHEST_HU = 400.0
# Pedicles are about 15 mm high, foramina 20 mm (Zindrick 1987): half heights of what is compared, mm.
PEDICLE_HALF_MM = 5.0
FORAMEN_HALF_MM = 17.0
# A pedicle this much denser than the foramina beside it is no better one.
FULL_HU = 120.0
# The profile is smoothed over this SD, mm, so that each pedicle has one peak.
PEAK_SD_MM = 3.0
# A pedicle's middle lies so far above that of its body, mm.
ABOVE_MIDDLE_MM = 5.0
# SD of a click along the spine with that of the pedicle's place, mm.
CLICK_HEIGHT_SD_MM = 5.0
# SD of the distance of neighbouring pedicles about the pitch, mm.
PITCH_SD_MM = 4.5
# Distances of neighbouring vertebrae that are tried where clicks do not give it, mm; small women and the thoracolumbar
# junction have 27, tall men 42. Mean and SD of what is expected of a woman, L1 to L4.
PITCHES_MM = np.arange(24.0, 45.0, 1.0)
EXPECTED_PITCH_MM = 34.5
EXPECTED_PITCH_SD_MM = 5.0
# The spine's own vertebrae differ less than people do, mm; so many beyond the known ones are counted along, each way.
OWN_PITCH_SD_MM = 2.5
NEIGHBOURS_COUNTED = 2
# Weight of a full pedicle against one SD squared.
PEDICLE_WEIGHT = 3.0

# A level, or any number of a vertebra counted on from the levels' own.
Number = TypeVar("Number", bound=int)


def pedicle_profile(spine: StraightSpine, wall: np.ndarray) -> np.ndarray:
    """How much like a pedicle's middle each plane is, (planes,) 0 to 1."""
    bone = _bone_beside_canal(spine, wall)
    inner, outer = (round(2 * half / CANAL_STEP_MM) | 1 for half in (PEDICLE_HALF_MM, FORAMEN_HALF_MM))
    near = ndimage.uniform_filter1d(bone, inner, mode="nearest")
    wide = ndimage.uniform_filter1d(bone, outer, mode="nearest")
    around = (wide * outer - near * inner) / (outer - inner)
    excess = np.maximum(ndimage.gaussian_filter1d(near - around, PEAK_SD_MM / CANAL_STEP_MM, mode="nearest"), 0.0)
    # how clear it is, and how near to the top of its own peak
    highest = ndimage.maximum_filter1d(excess, round(2 * PEDICLE_HALF_MM * 2 / CANAL_STEP_MM) | 1, mode="nearest")
    return np.clip(excess / FULL_HU, 0.0, 1.0) * (excess / np.maximum(highest, 1.0)) ** 2


def own_pitch(profile: np.ndarray, clicks: Mapping[LumbarLevel, float]) -> float:
    """Distance of this spine's vertebrae, mm: that of its pedicles' peaks near the clicks.

    Parameters
    ----------
    profile : numpy.ndarray (planes,)
        As `pedicle_profile` gives it.
    clicks : mapping of LumbarLevel to float
        Plane of each level's click, at least one.
    """
    # vertebrae beyond the CT are no evidence for anything
    beyond = round(NEIGHBOURS_COUNTED * float(PITCHES_MM[-1]) / CANAL_STEP_MM)
    padded = np.pad(profile, beyond)
    known = {int(level): plane + beyond for level, plane in clicks.items()}
    train = {n: known.get(n) for n in range(min(known) - NEIGHBOURS_COUNTED, max(known) + NEIGHBOURS_COUNTED + 1)}
    expected = _departure((PITCHES_MM - EXPECTED_PITCH_MM) / EXPECTED_PITCH_SD_MM)
    costs = expected + [_chosen(padded, train, float(pitch), OWN_PITCH_SD_MM)[1] for pitch in PITCHES_MM]
    return float(PITCHES_MM[int(np.argmin(costs))])


def find_pedicles(
    profile: np.ndarray,
    clicks: Mapping[Number, float | None],
    pitch_mm: float = PITCH_MM,
    pitch_sd_mm: float = PITCH_SD_MM,
) -> dict[Number, float]:
    """The plane of each level's pedicles, chosen jointly with plausible distances.

    Parameters
    ----------
    profile : numpy.ndarray (planes,)
        As `pedicle_profile` gives it.
    clicks : mapping of LumbarLevel or of any number of a vertebra to float or None
        Plane of each level's click; None for a level without one, which only its neighbours hold. At least one click.
    pitch_mm, pitch_sd_mm : float
        Distance of neighbouring vertebrae, and its SD.
    """
    levels = sorted(clicks, reverse=True)
    chosen, _ = _chosen(profile, {int(level): clicks[level] for level in levels}, pitch_mm, pitch_sd_mm)
    return {level: float(plane) for level, plane in zip(levels, chosen, strict=True)}


def _chosen(
    profile: np.ndarray, clicks: Mapping[int, float | None], pitch_mm: float, sd_mm: float
) -> tuple[list[int], float]:
    """Planes from feet to head of the numbered vertebrae, and what their choice costs."""
    numbers = sorted(clicks, reverse=True)
    planes = np.arange(len(profile))
    distance = (planes[None, :] - planes[:, None]) * CANAL_STEP_MM
    total: np.ndarray = np.zeros(len(planes))
    came = []
    for n, number in enumerate(numbers):
        own = -PEDICLE_WEIGHT * profile
        click = clicks[number]
        if click is not None:
            own = own + _departure(((planes - click) * CANAL_STEP_MM - ABOVE_MIDDLE_MM) / CLICK_HEIGHT_SD_MM)
        if n == 0:
            total = own
            continue
        apart = numbers[n - 1] - number
        choices = total[:, None] + _departure((distance - pitch_mm * apart) / (sd_mm * np.sqrt(apart)))
        came.append(choices.argmin(axis=0))
        total = choices.min(axis=0) + own
    chosen = [int(total.argmin())]
    for back in reversed(came):
        chosen.append(int(back[chosen[-1]]))
    return chosen[::-1], float(total.min())


def _departure(sds: np.ndarray) -> np.ndarray:
    """Cost of a departure in SDs."""
    return 0.5 * sds**2


def _bone_beside_canal(spine: StraightSpine, wall: np.ndarray) -> np.ndarray:
    """HU of the bone on both sides of the canal just behind the wall, (planes,)."""
    hu = np.clip(spine.hu, PEDICLE_LOWEST_HU, PEDICLE_HIGHEST_HU)
    behind = np.arange(BEHIND_FROM_MM, BEHIND_TO_MM + CANAL_STEP_MM / 2, CANAL_STEP_MM)
    beside = np.arange(BESIDE_FROM_MM, BESIDE_TO_MM + CANAL_STEP_MM / 2, CANAL_STEP_MM)
    plane, back, side = np.meshgrid(np.arange(len(spine.frames)), behind, beside, indexing="ij")
    rows = np.rint((wall[plane] + back - spine.back[0]) / CANAL_STEP_MM).astype(int).clip(0, hu.shape[1] - 1)
    sides = []
    for sign in (-1, 1):
        columns = np.rint((sign * side - spine.side[0]) / CANAL_STEP_MM).astype(int)
        columns = columns.clip(0, hu.shape[2] - 1)
        seen = spine.is_seen[plane, rows, columns]
        value = np.where(seen, hu[plane, rows, columns], 0.0)
        # the pedicle fills a part of the width only
        sides.append(np.sort(value, axis=2)[:, :, -5:].mean(axis=(1, 2)))
    return ndimage.gaussian_filter1d((sides[0] + sides[1]) / 2, 1.0, mode="nearest")
