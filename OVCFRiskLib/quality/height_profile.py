"""Heights of one vertebral body along its sagittal mid-plane, with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.quality.body_columns import BodyColumns, stand_columns
from OVCFRiskLib.quality.plate_fit import FittedPlates, fit_plates
from OVCFRiskLib.quality.plate_shape import plate_terms

# Anterior wall, middle and posterior wall as fractions of the depth.
SIX_POINTS = np.array([0.0, 0.5, 1.0])
# Columns nearer to a wall than this fraction of the depth lie in the rounded corner of the mask: left out of the fit.
CORNER_FRACTION = 0.06
# Endplates are a rim around a hollow: rims of these parts of the half depth are tried, 0 being a parabola.
RIM_PARTS = (0.0, 0.1, 0.2, 0.3, 0.4)
# A hollow out of the middle is fitted too, unless the steps of thick slices would be taken for it.
MAX_SKEW_VOXEL_MM = 2.0
SKEW_TERM = 3
MIDDLE_DEPTHS = (0.42, 0.58)
# The columns next to a rim bound its height: a wedge of 40 % changes by 4 % from their middle to the wall, a hollow of
# 40 % by 10 %; a fit that runs further off follows the steps of the voxels.
RIM_WIDTH = 0.14
RIM_BOUNDS = (0.95, 1.12)
# ... and where the middle is lower than those columns, a wall is higher than they by up to so many times as much: a
# parabola rises by 0.83 of it, real plates are flatter at their rims. Not on slices thicker than so many mm, whose
# steps are taken for it: a healthy body at 5 mm was warned of.
RIM_RISE = 0.7
THICKEST_RISE_MM = 3.2
# Fewer columns than this do not make a profile.
MIN_COLUMNS = 60
# Half the width of a 95 % interval in SD of a normal distribution.
INTERVAL_SD = 1.96
# SD of heights read off a mask alone, in slices: at the walls and in the middle (phantoms of 1 to 5 mm slices, every
# phase: Testing/Benchmarks/heights.py).
MASK_SD_SLICES = np.array([0.5, 0.3, 0.5])
# The fit's own SD is right at slices of 1 mm and too small by so much for each further mm (the same phantoms): where a
# level plate lies within a thick slice is open altogether, which a curvature at the best place does not show. What
# bodies differ in is never less than so many mm, SD: plates are thicker and rounder at their rims.
FIT_SD_PER_SLICE_MM = 0.85
LEAST_SD_MM = np.array([0.45, 0.3, 0.45])
# ... and never more than what the mask says of both plates as the first guess of the fit, SD in slices (of 2 mm at
# least).
FIRST_GUESS_SD_SLICES = 0.7
# Where the walls of a mask lie, SD, which tells how high the body is there where a plate rises steeply to its rim: rims
# are round, and outlines differ by a voxel.
WALL_PLACE_SD_MM = 0.8


@dataclass(frozen=True, slots=True)
class SixPointHeights:
    """Heights of a body in its own axes, mm, each with half the width of its 95 % interval.

    Attributes
    ----------
    anterior_mm, middle_mm, posterior_mm : float
        Distance of the endplates at the anterior wall, midway and at the posterior wall of the mid-plane.
    depth_mm : float
    anterior_uncertainty_mm, middle_uncertainty_mm, posterior_uncertainty_mm : float
        How far the height may be off to either side.
    is_from_ct : bool
        True when the CT showed the endplates, False when the mask alone was measured.
    """

    anterior_mm: float
    middle_mm: float
    posterior_mm: float
    depth_mm: float
    anterior_uncertainty_mm: float = 0.0
    middle_uncertainty_mm: float = 0.0
    posterior_uncertainty_mm: float = 0.0
    is_from_ct: bool = False


def measure_six_points(body: LevelCutOut) -> SixPointHeights | None:
    """Measure the heights of one body as six-point morphometry does.

    The endplates are the surfaces that explain the CT best (`plate_fit`). Where the CT shows none near the mask, or
    the level was cut out of labels alone, columns along the body's axis are measured between the smoothed surfaces of
    the mask, within 10 mm of the sagittal mid-plane: a straight rim with a hollow is fitted to them and read at both
    walls; the middle height is that of the columns there.

    Parameters
    ----------
    body : LevelCutOut

    Returns
    -------
    SixPointHeights or None
        None when the mask is too small to have a profile.

    References
    ----------
    Hurxthal LM (1968) Am J Roentgenol 103:635 (placement of the six points); Genant HK et al. (1993) J Bone Miner
    Res 8:1137.
    """
    columns = stand_columns(body)
    if columns is None or len(columns.heights) < MIN_COLUMNS:
        return None
    slice_mm = body.blur_along(body.frame.superior)
    plates = None if body.ct_crop is None else fit_plates(body, columns)
    if plates is None:
        heights, spread = _of_mask(columns, slice_mm), np.hypot(MASK_SD_SLICES * slice_mm, LEAST_SD_MM)
    else:
        heights, spread = _of_plates(plates, slice_mm, columns.depth_mm)
    anterior, middle, posterior = (float(height) for height in heights)
    off = [float(sd) for sd in INTERVAL_SD * spread]
    return SixPointHeights(anterior, middle, posterior, columns.depth_mm, off[0], off[1], off[2], plates is not None)


def _of_plates(plates: FittedPlates, slice_mm: float, depth_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Anterior, middle and posterior height, and their SD, mm."""
    heights, spread = plates.heights(SIX_POINTS)
    slopes = plates.heights(SIX_POINTS + WALL_PLACE_SD_MM / depth_mm)[0] - heights
    rims = plates.heights(np.array([CORNER_FRACTION + RIM_WIDTH / 2, 1 - CORNER_FRACTION - RIM_WIDTH / 2]))[0]
    heights[::2] = np.clip(heights[::2], RIM_BOUNDS[0] * rims, highest_walls(rims, float(heights[1]), slice_mm))
    growth = 1 + FIT_SD_PER_SLICE_MM * max(0.0, slice_mm - 1)
    known = np.minimum(spread * growth, FIRST_GUESS_SD_SLICES * max(2.0, slice_mm))
    return heights, np.sqrt(known**2 + LEAST_SD_MM**2 + slopes**2)


def _of_mask(columns: BodyColumns, slice_mm: float) -> np.ndarray:
    """Anterior, middle and posterior height of the mask, mm."""
    fraction, left, heights = columns.fraction, columns.left, columns.heights
    inner = (fraction >= CORNER_FRACTION) & (fraction <= 1 - CORNER_FRACTION)
    walls = _at_walls(fraction[inner], left[inner], heights[inner], slice_mm <= MAX_SKEW_VOXEL_MM)
    near = (fraction <= CORNER_FRACTION + RIM_WIDTH, fraction >= 1 - CORNER_FRACTION - RIM_WIDTH)
    beside = np.array([np.median(heights[inner & part]) for part in near])
    middle = _middle_height(fraction, left, heights)
    walls = np.clip(walls, RIM_BOUNDS[0] * beside, highest_walls(beside, middle, slice_mm))
    return np.array([walls[0], middle, walls[1]])


def highest_walls(beside: np.ndarray, middle: float, slice_mm: float) -> np.ndarray:
    """Highest walls that the columns beside them and the middle allow: those of a deep hollow rise more steeply.

    Parameters
    ----------
    beside : numpy.ndarray, (n,)
        Heights of the columns next to each wall, mm.
    middle : float
        Height in the middle of the body, mm.
    slice_mm : float
        Extent of what a voxel shows along the body's axis.

    Returns
    -------
    numpy.ndarray, (n,)
        mm.
    """
    usual = RIM_BOUNDS[1] * beside
    return np.maximum(usual, beside + RIM_RISE * (beside - middle)) if slice_mm <= THICKEST_RISE_MM else usual


def _at_walls(fraction: np.ndarray, left: np.ndarray, heights: np.ndarray, skewed: bool) -> np.ndarray:
    """Heights at the anterior and the posterior wall of the mid-plane.

    A straight rim with a hollow is fitted to all columns, because a line through the columns of one rim alone follows
    the steps of the voxels; the width of the rim that fits best is taken.
    """
    best = (np.inf, np.zeros(2))
    for rim in RIM_PARTS:
        terms = plate_terms(fraction, left, rim)
        terms = terms if skewed else np.delete(terms, SKEW_TERM, axis=1)
        values = np.linalg.lstsq(terms, heights, rcond=None)[0]
        misfit = float(np.sum((terms @ values - heights) ** 2))
        best = min(best, (misfit, values[:2]), key=lambda found: found[0])
    return best[1]


def _middle_height(fraction: np.ndarray, left: np.ndarray, heights: np.ndarray) -> float:
    """Height in the middle of the mid-plane."""
    kept = (fraction >= MIDDLE_DEPTHS[0]) & (fraction <= MIDDLE_DEPTHS[1])
    terms = np.stack([np.ones(np.count_nonzero(kept)), left[kept], left[kept] ** 2], axis=1)
    return float(np.linalg.lstsq(terms, heights[kept], rcond=None)[0][0])
