"""What the CT shows on, in and behind a mask, in the body's own axes: walls, plates, canal, pedicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.quality.body_sampler import BodySampler
from OVCFRiskLib.quality.body_surface import measure_walls, weaker_plate_hu
from OVCFRiskLib.segmentation.canal import PITCH_MM

# The canal's midline strip: half its width, mm.
CANAL_STRIP_HALF_MM = 4.0
# The canal is 14 mm deep or more (Panjabi 1992, Spine 17:299); so many mm of it are averaged.
CANAL_WINDOW_MM = 7
# Where it is looked for behind the wall, mm; in front of it bone of a wall that lies too far forward may remain.
CANAL_MM = (2.0, 20.0)
# Where the bone that ends at the canal may begin, mm in front of the mask's wall.
BONE_BEFORE_WALL_MM = 8.0
# The pedicles leave so far from the midline, mm.
PEDICLE_ASIDE_MM = (8.5, 17.5)
# ... and are met just behind the wall, before the facets begin, mm.
PEDICLE_BEHIND_MM = (0.5, 6.5)
# Heights at which they are looked for, mm from the middle of the mask: half a vertebral pitch each way.
PEDICLE_REACH_MM = 20.0
# A pedicle is 14 mm high; smaller things are smoothed away, SD in mm.
PEDICLE_SMOOTHING_MM = 3.0
# The corridor's densest half is the pedicle wherever exactly it leaves.
PEDICLE_FRACTION = 0.5
# The spinous processes and laminae: half the width of their strip, and how far behind the wall they are looked for, mm.
SPINOUS_HALF_MM = 3.0
SPINOUS_BEHIND_MM = np.arange(18.0, 45.0, 1.5)
# What of them is bone, HU; and by how much they must stand out from the gap between two of them to have a place.
SPINOUS_HU = (50.0, 600.0)
SPINOUS_OVER_GAP_HU = 80.0
# The inner part of the mask, in half extents, and squared distance.
INNER_REACH = 0.65
INNER_RADIUS2 = 0.45


@dataclass(frozen=True, slots=True)
class BoneSurroundings:
    """What was measured on, in and behind a mask; NaN where the field of view ends.

    Attributes
    ----------
    wall_fraction : float
    cortex_hu : tuple of float
    edge_offset_mm : float
        As in `Walls`.
    plate_hu : float
        By how much the weaker of both ends of the mask stands out against the bone under it.
    canal_hu : float
        Darkest stretch of canal behind the mask's posterior wall.
    wall_offset_mm : float
        How far behind the mask's posterior wall, in the midline, the bone ends: where HU fall half-way to the canal.
    pedicle_hu : float
        Highest mean of a pedicle's corridor beside the canal, of the side that has less.
    pedicle_foramen_hu : float
        Lowest mean of both corridors: between two pedicles.
    pedicle_offset_mm : float
        Height of the pedicles above the middle of the mask.
    spinous_gap_mm : float
        Height of the gap between two spinous processes above the middle of the mask; NaN also where there is none.
    inner_low_hu, inner_high_hu : float
        Darkest and brightest place within the mask, averaged along its axis.
    """

    wall_fraction: float
    cortex_hu: tuple[float, float]
    edge_offset_mm: float
    plate_hu: float
    canal_hu: float
    wall_offset_mm: float
    pedicle_hu: float
    pedicle_foramen_hu: float
    pedicle_offset_mm: float
    spinous_gap_mm: float
    inner_low_hu: float
    inner_high_hu: float


def measure_surroundings(ct: sitk.Image, body: LevelCutOut) -> BoneSurroundings:
    """Measure what makes a place in a CT a vertebral body.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    body : LevelCutOut
        Cut out of labels on the CT's grid; large enough to have axes.
    """
    place = BodySampler(ct, body)
    walls = measure_walls(place)
    canal, wall_offset = _canal(place, walls.back_mm)
    # pedicles leave where the bone ends, which a mask may miss by some millimetres
    bone_back = walls.back_mm + float(np.clip(np.nan_to_num(wall_offset), -BONE_BEFORE_WALL_MM, BONE_BEFORE_WALL_MM))
    pedicle, foramen, offset = _pedicles(place, bone_back)
    low, high = _inner(place)
    return BoneSurroundings(
        walls.bony_fraction,
        walls.cortex_hu,
        walls.edge_offset_mm,
        weaker_plate_hu(place),
        canal,
        wall_offset,
        pedicle,
        foramen,
        offset,
        _spinous_gap(place, walls.back_mm),
        low,
        high,
    )


def _canal(place: BodySampler, wall_back: float) -> tuple[float, float]:
    """Darkest stretch of the midline behind the wall, HU, and how far behind the wall the bone before it ends, mm."""
    back = np.arange(-BONE_BEFORE_WALL_MM, CANAL_MM[1])
    left = place.middle[0] + np.linspace(-CANAL_STRIP_HALF_MM, CANAL_STRIP_HALF_MM, 5)
    up = place.middle[2] + np.linspace(-0.5, 0.5, 9) * place.half[2]
    profile = place.hu(left[:, None, None], wall_back + back[None, :, None], up).mean(axis=(0, 2))
    behind = np.flatnonzero(back >= CANAL_MM[0])
    if np.isnan(profile[behind]).any():
        return np.nan, np.nan
    stretches = np.convolve(profile[behind], np.ones(CANAL_WINDOW_MM) / CANAL_WINDOW_MM, mode="valid")
    canal = float(stretches.min())
    in_front = profile[: behind[int(stretches.argmin())] + CANAL_WINDOW_MM // 2]
    is_bone = np.flatnonzero(in_front >= (canal + np.nanmax(in_front)) / 2)
    return canal, float(back[is_bone[-1]] + 0.5) if len(is_bone) else np.nan


def _pedicles(place: BodySampler, wall_back: float) -> tuple[float, float, float]:
    """HU of the pedicles' corridors: highest of the weaker side, lowest; how high the highest lies above the middle."""
    up = np.arange(-PEDICLE_REACH_MM - 4, PEDICLE_REACH_MM + 5)
    aside = np.arange(*PEDICLE_ASIDE_MM, 1.5)
    back = wall_back + np.arange(*PEDICLE_BEHIND_MM, 1.5)
    sides = []
    for sign in (1, -1):
        left = place.middle[0] + sign * aside
        read = place.hu(left[:, None], back, place.middle[2] + up[:, None, None]).reshape(len(up), -1)
        dense = np.sort(read, axis=1)[:, int(read.shape[1] * PEDICLE_FRACTION) :]
        sides.append(dense.mean(axis=1))
    profile = np.mean(sides, axis=0)
    seen = np.isfinite(profile)
    if np.count_nonzero(seen & (np.abs(up) <= PEDICLE_REACH_MM)) < PEDICLE_REACH_MM:
        return np.nan, np.nan, np.nan
    smooth = ndimage.gaussian_filter1d(np.array(sides)[:, seen], PEDICLE_SMOOTHING_MM, mode="nearest")
    up, profile = up[seen], smooth.mean(axis=0)
    near = np.abs(up) <= PEDICLE_REACH_MM
    return float(smooth.max(axis=1).min()), float(profile.min()), float(up[near][profile[near].argmax()])


def _spinous_gap(place: BodySampler, wall_back: float) -> float:
    """How high over the middle the gap between two spinous processes lies: where their first harmonic is lowest, mm."""
    up = np.arange(-PEDICLE_REACH_MM - 4, PEDICLE_REACH_MM + 5)
    left = place.middle[0] + np.linspace(-SPINOUS_HALF_MM, SPINOUS_HALF_MM, 5)
    read = place.hu(left[:, None, None], wall_back + SPINOUS_BEHIND_MM[:, None], place.middle[2] + up)
    seen = read[np.isfinite(read).all(axis=-1)]
    if not len(seen):
        return np.nan
    bone = np.clip(seen, *SPINOUS_HU).mean(axis=0)
    if np.ptp(ndimage.gaussian_filter1d(bone, PEDICLE_SMOOTHING_MM)) < SPINOUS_OVER_GAP_HU:
        return np.nan
    wave = np.sum((bone - bone.mean()) * np.exp(2j * np.pi * up / PITCH_MM))
    return float(np.angle(-wave) * PITCH_MM / (2 * np.pi))


def _inner(place: BodySampler) -> tuple[float, float]:
    """Darkest and brightest place of the mask's inner part, averaged along its axis, HU."""
    steps = np.linspace(-INNER_REACH, INNER_REACH, 14)
    left, back = np.meshgrid(steps, steps, indexing="ij")
    up = place.middle[2] + np.linspace(-0.45, 0.45, 9)[:, None, None] * place.half[2]
    mean = place.hu(place.middle[0] + left * place.half[0], place.middle[1] + back * place.half[1], up).mean(axis=0)
    smooth = ndimage.uniform_filter(mean, 3)[left**2 + back**2 < INNER_RADIUS2]
    return float(smooth.min()), float(smooth.max())
