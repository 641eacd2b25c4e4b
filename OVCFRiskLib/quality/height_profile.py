"""Heights of one vertebral body along its sagittal mid-plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import lps_to_index

# Half the width of the strip about the mid-plane whose columns are measured.
STRIP_MM = 10.0
GRID_STEP_MM = 1.0
COLUMN_STEP_MM = 0.5
# Columns lower than this fraction of the highest are the rounded edge of the mask, not the body.
EDGE_PART = 0.25
# Columns nearer to a wall than this fraction of the depth lie in the rounded corner of the mask: left out of the fit.
CORNER_FRACTION = 0.06
# Endplates are a rim around a hollow: rims of these parts of the half depth are tried, 0 being a parabola.
RIM_PARTS = (0.0, 0.1, 0.2, 0.3, 0.4)
# A hollow out of the middle is fitted too, unless the steps of thick slices would be taken for it.
MAX_SKEW_VOXEL_MM = 2.0
MIDDLE_DEPTHS = (0.42, 0.58)
# The columns next to a rim bound its height: a wedge of 40 % changes by 4 % from their middle to the wall, a hollow of
# 40 % by 10 %; a fit that runs further off follows the steps of the voxels.
RIM_WIDTH = 0.14
RIM_BOUNDS = (0.95, 1.12)
# Fewer columns than this do not make a profile.
MIN_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class SixPointHeights:
    """Heights and depth of a body in its own axes, mm."""

    anterior_mm: float
    middle_mm: float
    posterior_mm: float
    depth_mm: float


def measure_six_points(body: LevelCutOut) -> SixPointHeights | None:
    """Measure the heights of one body as six-point morphometry does.

    Columns along the body's superior axis are measured from the first to the last surface of the mask (holes do not
    count), to a fraction of a voxel by linear interpolation, within 10 mm of the sagittal mid-plane. A straight rim
    with a hollow is fitted to them and read at both walls; the middle height is that of the columns there.

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
    frame = body.frame
    left, back, heights = _columns(body, frame)
    if len(heights) < MIN_COLUMNS:
        return None
    kept = heights >= EDGE_PART * heights.max()
    left, back, heights = left[kept], back[kept], heights[kept]
    # the curved walls end a little earlier beside the mid-plane
    front, rear = (float(f(back[np.abs(left) <= 2 * GRID_STEP_MM])) for f in (np.min, np.max))
    depth = rear - front + GRID_STEP_MM
    fraction = (back - front + GRID_STEP_MM / 2) / depth
    inner = (fraction >= CORNER_FRACTION) & (fraction <= 1 - CORNER_FRACTION)
    skewed = body.voxel_along(frame.superior) <= MAX_SKEW_VOXEL_MM
    fitted = _rim_heights(fraction[inner], left[inner], heights[inner], skewed)
    near = (fraction <= CORNER_FRACTION + RIM_WIDTH, fraction >= 1 - CORNER_FRACTION - RIM_WIDTH)
    beside = [float(np.median(heights[inner & columns])) for columns in near]
    low, high = RIM_BOUNDS
    anterior, posterior = (float(np.clip(f, low * b, high * b)) for f, b in zip(fitted, beside, strict=True))
    return SixPointHeights(anterior, _middle_height(fraction, left, heights), posterior, depth)


def _rim_heights(fraction: np.ndarray, left: np.ndarray, heights: np.ndarray, skewed: bool) -> tuple[float, float]:
    """Heights at the anterior and the posterior wall of the mid-plane.

    A straight rim with a hollow is fitted to all columns, because a line through the columns of one rim alone follows
    the steps of the voxels; the width of the rim that fits best is taken.
    """
    best = (np.inf, 0.0, 0.0)
    for rim in RIM_PARTS:
        hollow = _hollow(fraction, rim)
        terms = [1 - fraction, fraction, left, left**2, hollow, *([hollow * (2 * fraction - 1)] if skewed else [])]
        matrix = np.stack(terms, axis=1)
        values = np.linalg.lstsq(matrix, heights, rcond=None)[0]
        misfit = float(np.sum((matrix @ values - heights) ** 2))
        best = min(best, (misfit, float(values[0]), float(values[1])))
    return best[1:]


def _hollow(fraction: np.ndarray, rim: float) -> np.ndarray:
    """A smooth hollow of depth 1 in the middle, 0 on the rims."""
    inward = np.clip((1 - rim - np.abs(2 * fraction - 1)) / (1 - rim), 0, 1)
    return inward * (2 - inward) if rim == 0 else inward**2 * (3 - 2 * inward)


def _middle_height(fraction: np.ndarray, left: np.ndarray, heights: np.ndarray) -> float:
    """Height in the middle of the mid-plane."""
    kept = (fraction >= MIDDLE_DEPTHS[0]) & (fraction <= MIDDLE_DEPTHS[1])
    terms = np.stack([np.ones(np.count_nonzero(kept)), left[kept], left[kept] ** 2], axis=1)
    return float(np.linalg.lstsq(terms, heights[kept], rcond=None)[0][0])


def _columns(body: LevelCutOut, frame: BodyFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places to the left and to the back, and the height there, of all columns that meet the body, mm."""
    points = frame.local(body.points_lps)
    reach = float(np.linalg.norm(body.spacing_kji))
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    left = np.arange(-STRIP_MM, STRIP_MM + 1e-6, GRID_STEP_MM)
    back = np.arange(low[1], high[1], GRID_STEP_MM)
    up = np.arange(low[2], high[2], COLUMN_STEP_MM)
    grid = np.stack(np.meshgrid(left, back, up, indexing="ij"), axis=-1)
    index = lps_to_index(body.grid, frame.lps(grid).reshape(-1, 3))
    values = ndimage.map_coordinates(body.mask.astype(np.float32), index.T, order=1).reshape(grid.shape[:3])
    heights = _column_heights(values)
    met = heights > 0
    return grid[..., 0, 0][met], grid[..., 0, 1][met], heights[met]


def _column_heights(values: np.ndarray) -> np.ndarray:
    """Distance between the first and the last crossing of one half along the last axis, mm."""
    inside = values >= 0.5
    first = inside.argmax(axis=-1)
    last = inside.shape[-1] - 1 - inside[..., ::-1].argmax(axis=-1)
    ends = _crossing(values, first, -1) + _crossing(values, last, 1)
    return np.where(inside.any(axis=-1), (last - first + ends) * COLUMN_STEP_MM, 0.0)


def _crossing(values: np.ndarray, place: np.ndarray, step: int) -> np.ndarray:
    """How far beyond ``place`` the value falls to one half, in steps of the column."""
    outer = np.clip(place + step, 0, values.shape[-1] - 1)
    here = np.take_along_axis(values, place[..., None], -1)[..., 0]
    there = np.take_along_axis(values, outer[..., None], -1)[..., 0]
    fall = here - there
    return np.divide(here - 0.5, fall, out=np.zeros_like(here), where=fall > 1e-6)
