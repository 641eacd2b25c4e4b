"""Where HU of a wall fall to half way between its cortex and what lies beside it.

The strongest edge at a single place says within half a mm where a wall lies, but whether that is the flank of a bright
shell or its foot depends on cortex, fat and pixels. The mean profile across a strip of the wall, from bottom to top,
says it the same way for all of them.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.segmentation.local_volume import LocalGrid
from OVCFRiskLib.segmentation.template_fit import EDGE_FLOOR_HU

# The wall is looked at in strips whose middles lie 15 degrees apart ...
STRIPS = 24
# ... and take in places about their middle with this SD, degrees (4 mm) ...
STRIP_SD_DEGREES = 12.0
# ... within this fraction of the half height: beyond are the rims.
STRIP_HEIGHT = 0.75
# A normal that points more than this (cosine) up or down is a plate's.
WALL_UP_COSINE = 0.7
# Places of the profile, mm outwards of the surface found, and their distance.
ANCHOR_STEP_MM = 0.4
ANCHOR_MM = np.arange(-3.2, 4.4 + ANCHOR_STEP_MM / 2, ANCHOR_STEP_MM)
# The brightest place of the cortex lies between these.
CORTEX_FROM_MM = -2.8
CORTEX_TO_MM = 1.0
# What lies beside it begins within so much of that place, or of the surface where dense bone is as bright farther
# inside: fat between a wall and a muscle or vessel is as narrow.
BESIDE_CORTEX_MM = 3.4
BESIDE_SURFACE_MM = 2.4
# A strip of fewer places (16 square mm) says nothing.
LEAST_PLACES = 25.0
# A fall smaller than this is texture, averaged over a strip.
LEAST_FALL_HU = 25.0
# From strip to strip a wall departs from its median by no more, mm: beyond is a vessel or an osteophyte.
LARGEST_DEPARTURE_MM = 0.6
# ... and no more from the surface found: the profile was looked at about it.
LARGEST_SHIFT_MM = 1.2
# Strips that say nothing get what those beside them say, smoothed over so many (SD) ...
SMOOTHED_STRIPS = 1.0
# ... where these weigh at least so much; else the median of all strips.
LEAST_WEIGHT = 0.05


def wall_shifts(
    hu: np.ndarray, grid: LocalGrid, places: np.ndarray, outwards: np.ndarray, half: np.ndarray
) -> np.ndarray | None:
    """How far outwards of the surface HU fall to half, mm, for strips at even angles from 0; None where none says it.

    Parameters
    ----------
    hu : numpy.ndarray [up, back, left]
        On the grid.
    grid : LocalGrid
    places, outwards : numpy.ndarray (n, 3)
        Of the surface, and its normals: mm sideways, backwards, upwards.
    half : numpy.ndarray (3,)
        Half width, depth and height of the body.
    """
    side, back, up = places.T
    angle = np.arctan2(back / half[1], side / half[0])
    is_wall = (np.abs(outwards[:, 2]) < WALL_UP_COSINE) & (np.abs(up) < STRIP_HEIGHT * half[2])
    is_wall &= ~in_pedicle_region(angle, up / half[2])
    places, outwards = places[is_wall], outwards[is_wall]
    profiles = grid.sample_lines(hu, places + ANCHOR_MM[0] * outwards, ANCHOR_STEP_MM * outwards, len(ANCHOR_MM))
    middles = np.arange(STRIPS) * 2 * np.pi / STRIPS
    apart = (middles[:, None] - angle[is_wall] + np.pi) % (2 * np.pi) - np.pi
    weights = np.exp(-0.5 * (apart / np.radians(STRIP_SD_DEGREES)) ** 2)
    count = weights.sum(axis=1)
    means = weights @ profiles / np.maximum(count, 1.0)[:, None]
    falls = np.where(count >= LEAST_PLACES, [half_fall(mean) for mean in means], np.nan)
    if not np.isfinite(falls).any():
        return None
    middle = float(np.nanmedian(falls))
    falls = np.clip(falls, middle - LARGEST_DEPARTURE_MM, middle + LARGEST_DEPARTURE_MM)
    return _filled(np.clip(falls, -LARGEST_SHIFT_MM, LARGEST_SHIFT_MM), middle)


def half_fall(profile: np.ndarray) -> float:
    """Where a profile at `ANCHOR_MM` falls half way from its cortex to what lies beside; not a number if nowhere."""
    is_cortex = (ANCHOR_MM >= CORTEX_FROM_MM) & (ANCHOR_MM <= CORTEX_TO_MM)
    peak = int(np.where(is_cortex, profile, -np.inf).argmax())
    hu = np.maximum(profile, EDGE_FLOOR_HU)
    beside = int(np.searchsorted(ANCHOR_MM, max(ANCHOR_MM[peak] + BESIDE_CORTEX_MM, BESIDE_SURFACE_MM), "right"))
    foot = peak + int(hu[peak:beside].argmin())
    if hu[peak] - hu[foot] < LEAST_FALL_HU:
        return float("nan")
    level = (hu[peak] + hu[foot]) / 2
    after = peak + int(np.argmax(hu[peak:] <= level))
    fraction = (hu[after - 1] - level) / (hu[after - 1] - hu[after])
    return float(ANCHOR_MM[after - 1] + fraction * ANCHOR_STEP_MM)


def _filled(shifts: np.ndarray, middle: float) -> np.ndarray:
    """Smooth shifts, where strips say nothing those of their neighbours."""
    is_said = np.isfinite(shifts)
    weight = ndimage.gaussian_filter1d(is_said.astype(float), SMOOTHED_STRIPS, mode="wrap")
    total = ndimage.gaussian_filter1d(np.where(is_said, shifts, 0.0), SMOOTHED_STRIPS, mode="wrap")
    return np.where(weight > LEAST_WEIGHT, total / np.maximum(weight, LEAST_WEIGHT), middle)
