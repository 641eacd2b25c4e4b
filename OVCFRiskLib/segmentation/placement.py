"""Where the bodies of all levels stand, from canal, posterior walls, pedicles and endplates together.

The placement does not only start the fit of each body: it stays in it as a tight prior, since in thin bone the fit
alone slips to the disc or to a wall too far in front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.body_template import WALL_HALF_DEPTHS
from OVCFRiskLib.segmentation.canal import PITCH_MM, STEPS_ALONG_CLICKS, STEPS_BEYOND_CLICKS, find_canal
from OVCFRiskLib.segmentation.endplates import DISC_MM, Plate, find_plates
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels, own_levels
from OVCFRiskLib.segmentation.pedicles import find_pedicles, own_pitch, pedicle_profile
from OVCFRiskLib.segmentation.plate_columns import columns_through_bodies
from OVCFRiskLib.segmentation.posterior_wall import find_posterior_wall
from OVCFRiskLib.segmentation.shared_size import UNKNOWN_SIZE, SharedSize
from OVCFRiskLib.segmentation.spine_curve import BEYOND_MM, SpineCurve
from OVCFRiskLib.segmentation.straightened import (
    ALONG_CANAL,
    ALONG_CLICKS,
    CANAL_STEP_MM,
    Extent,
    StraightSpine,
    straighten,
)
from OVCFRiskLib.segmentation.template_fit import MEAN, PRIOR_WEIGHT, TemplatePrior

# A ring of bone less dense than this above its hole is no canal: the arch is cut off, or removed. HU.
LEAST_RING_HU = 90.0
# A canal shorter than this tells no direction, mm: one vertebra and a disc.
LEAST_CANAL_MM = 36.0
# Weight of planes without a canal in the curve along it: the path goes on straight there.
UNSEEN_WEIGHT = 0.1
# The wall of a level is the median of this length about the body's middle, mm.
WALL_LENGTH_MM = 18.0
# The first rise of HU in front of the canal lies so far behind the wall, mm (blur, ligament; measured on phantoms).
WALL_OFFSET_MM = 0.7
# SDs of the nine numbers of a template about the placement: mm left, back, up; degrees; half axes in mm.
PLACED_SD = np.array([3.0, 8.0, 2.0, 4.0, 4.0, 6.0, 4.5, 3.0, 1.8])
# SD of the posterior wall about the placement's, mm.
WALL_SD_MM = 1.2
# Plates are hollow: their rims, which the template's half height is, lie this much further out than their planes, mm
# (measured on phantoms of 13-16 mm; 1.5 mm of hollow and the blur of the scanner).
RIM_MM = 1.8
# Where the search begins: half depths (the posterior wall stays, the width goes along), and tilts in degrees.
START_HALF_DEPTHS_MM = (13.5, 15.5, 17.5, 19.5)
# Half width of a body for one mm of half depth, as that of the mean body.
WIDTH_PER_DEPTH = float(MEAN[6] / MEAN[7])
START_TILTS_DEGREES = (-5.0, 5.0)
# Smoothing of the CT in the first search, mm: wider, a thin cortex is lost in it.
PLACED_SCALE_MM = 1.7
# SD of the first draws.
PLACED_SPREAD = np.array([1.5, 1.5, 1.2, 4.0, 3.0, 3.0, 2.5, 1.5, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where a body stands.

    Attributes
    ----------
    frame : BodyFrame
        Origin in the canal's sagittal plane, in the middle between the endplates, at the middle of a mean body's depth.
    half_height_mm : float
    wall_mm : float
        Its posterior wall, mm behind the origin.
    plates : tuple of Plate
        Lower and upper.
    own : OwnLevels
        HU of its marrow and of the discs.
    """

    frame: BodyFrame
    half_height_mm: float
    wall_mm: float
    plates: tuple[Plate, Plate]
    own: OwnLevels = UNKNOWN_LEVELS


@dataclass(frozen=True, slots=True, eq=False)
class SpineAnatomy:
    """What is found along the canal.

    Attributes
    ----------
    placements : dict of LumbarLevel to Placement
    pedicle_values : dict of LumbarLevel to float
        How clear the pedicles of each level are, 0 to 1.
    """

    placements: dict[LumbarLevel, Placement]
    pedicle_values: dict[LumbarLevel, float]


def place_levels(ct: sitk.Image, clicks: Mapping[LumbarLevel, np.ndarray]) -> dict[LumbarLevel, Placement]:
    """Place the bodies of all clicked levels; empty where the CT shows no canal. Parameters as `find_anatomy`."""
    anatomy = find_anatomy(ct, clicks)
    return {} if anatomy is None else anatomy.placements


def find_anatomy(
    ct: sitk.Image, clicks: Mapping[LumbarLevel, np.ndarray], wanted: Sequence[LumbarLevel] = ()
) -> SpineAnatomy | None:
    """Find the levels along the canal.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    clicks : mapping of LumbarLevel to (3,)
        LPS mm, from head to feet.
    wanted : sequence of LumbarLevel
        Levels without a click, between the clicked ones or next to them.

    Returns
    -------
    SpineAnatomy or None
        Of clicked and wanted levels; None where the CT shows no canal.
    """
    is_beyond = any(level < min(clicks) or level > max(clicks) for level in wanted)
    spine = along_canal(
        ct,
        clicks,
        BEYOND_MM + (PITCH_MM if is_beyond else 0.0),
        canal_steps=STEPS_BEYOND_CLICKS if wanted else STEPS_ALONG_CLICKS,
    )
    if spine is None:
        return None
    wall = find_posterior_wall(spine)
    profile = pedicle_profile(spine, wall)
    pitch = own_pitch(profile, spine.clicks) if wanted else PITCH_MM
    pedicles = find_pedicles(profile, {**spine.clicks, **dict.fromkeys(wanted)}, pitch)
    plates = find_plates(spine, wall, pedicles)
    values = {level: float(profile[int(plane)]) for level, plane in pedicles.items()}
    own = _own_levels(spine, wall, plates)
    return SpineAnatomy(
        {level: _placement(spine, wall, plates[level], own[level]) for level in sorted(pedicles)}, values
    )


def _own_levels(
    spine: StraightSpine, wall: np.ndarray, plates: Mapping[LumbarLevel, tuple[Plate, Plate]]
) -> dict[LumbarLevel, OwnLevels]:
    """HU of marrow and discs between and beside the plates found."""
    pairs = np.array([[plate.plane for plate in pair] for pair in plates.values()])
    half_disc = DISC_MM / 2 / CANAL_STEP_MM
    discs = np.concatenate([pairs[:, 0] - half_disc, pairs[:, 1] + half_disc])
    profile = columns_through_bodies(spine, wall).profile()
    return dict(zip(plates, own_levels(profile, pairs.mean(axis=1), discs), strict=True))


def along_canal(
    ct: sitk.Image,
    clicks: Mapping[LumbarLevel, np.ndarray],
    beyond_mm: float = BEYOND_MM,
    extent: Extent = ALONG_CANAL,
    canal_steps: int = STEPS_ALONG_CLICKS,
) -> StraightSpine | None:
    """The CT straightened along the canal, or None where there is none to be seen."""
    curve = canal_curve(ct, list(clicks.values()), beyond_mm, canal_steps)
    return None if curve is None else straighten(ct, clicks, curve, extent)


def canal_curve(
    ct: sitk.Image,
    middles: Sequence[np.ndarray],
    beyond_mm: float = BEYOND_MM,
    canal_steps: int = STEPS_ALONG_CLICKS,
) -> SpineCurve | None:
    """The curve along the canal's middle, from the middles of bodies, head first; None where no canal is to be seen."""
    first_curve = SpineCurve.through_clicks(np.array(middles), beyond_mm)
    coarse = straighten(ct, {}, first_curve, ALONG_CLICKS)
    canal = find_canal(coarse, canal_steps)
    is_canal = canal.ring_hu > LEAST_RING_HU
    if np.count_nonzero(is_canal) * ALONG_CLICKS.step < LEAST_CANAL_MM:
        return None
    path = [frame.lps(np.array([s, b, 0.0])) for frame, s, b in zip(coarse.frames, canal.side, canal.back, strict=True)]
    return SpineCurve.through_path(np.array(path), np.where(is_canal, 1.0, UNSEEN_WEIGHT))


def _placement(spine: StraightSpine, wall: np.ndarray, plates: tuple[Plate, Plate], own: OwnLevels) -> Placement:
    """One level."""
    lower, upper = plates
    middle = (lower.plane + upper.plane) / 2
    half_length = WALL_LENGTH_MM / 2 / CANAL_STEP_MM
    first, last = (int(np.clip(round(middle + n * half_length), 0, len(wall))) for n in (-1, 1))
    wall_back = float(np.median(wall[first : last + 1])) - WALL_OFFSET_MM
    wall_mm = WALL_HALF_DEPTHS * float(MEAN[7])
    frame = spine.frame_at(middle, wall_back - wall_mm, 0.0)
    back_slope, side_slope = ((getattr(lower, name) + getattr(upper, name)) / 2 for name in ("back_tilt", "side_tilt"))
    up = frame.superior - back_slope * frame.posterior - side_slope * frame.left
    tilted = BodyFrame.along(frame.center, up, frame.posterior)
    return Placement(tilted, (upper.plane - lower.plane) / 2 * CANAL_STEP_MM, wall_mm, plates, own)


def placed_prior(placement: Placement, size: SharedSize = UNKNOWN_SIZE) -> TemplatePrior:
    """What the placement says of a body's template, and its neighbours of its width and depth."""
    mean, sd = MEAN.copy(), PLACED_SD.copy()
    mean[6:8], sd[6:8] = size.half_mm, size.sd_mm
    mean[8] = placement.half_height_mm + RIM_MM
    mean[1] = placement.wall_mm - WALL_HALF_DEPTHS * mean[7]
    starts = np.tile(mean, (len(START_HALF_DEPTHS_MM) + len(START_TILTS_DEGREES), 1))
    starts[: len(START_HALF_DEPTHS_MM), 7] = START_HALF_DEPTHS_MM
    starts[:, 6] = WIDTH_PER_DEPTH * starts[:, 7]
    starts[len(START_HALF_DEPTHS_MM) :, 3] = START_TILTS_DEGREES
    starts[:, 1] = placement.wall_mm - WALL_HALF_DEPTHS * starts[:, 7]

    def cost(drawn: np.ndarray) -> np.ndarray:
        departure = (((drawn - mean) / sd) ** 2).sum(axis=1)
        wall = drawn[:, 1] + WALL_HALF_DEPTHS * drawn[:, 7]
        return PRIOR_WEIGHT * (departure + ((wall - placement.wall_mm) / WALL_SD_MM) ** 2)

    return TemplatePrior(placement.frame, starts, PLACED_SPREAD, PLACED_SCALE_MM, cost, placement.own)
