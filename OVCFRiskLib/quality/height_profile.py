"""Heights of one vertebral body along its sagittal mid-plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.geometry import lps_to_index
from OVCFRiskLib.quality.body_axes import BodyAxes, find_body_axes
from OVCFRiskLib.quality.level_mask import LevelMask

# Half the width of the strip about the mid-plane whose columns are measured.
STRIP_MM = 10.0
STEP_MM = 1.0
COLUMN_STEP_MM = 0.5
# Columns lower than this part of the highest are the rounded edge of the mask, not the body.
EDGE_PART = 0.25
# Columns nearer to a wall than this part of the depth lie in the rounded corner of the mask: left out of the fit.
CORNER_PART = 0.06
# A parabola along the depth follows wedge and concavity; on bodies of known shape a higher degree follows the steps
# of the voxels instead (error at the walls x 1.5 at 1 mm slices, x 2 at 5 mm).
PROFILE_DEGREE = 2
# Fewer columns than this do not make a profile.
MIN_COLUMNS = 60


@dataclass(frozen=True, slots=True)
class SixPoints:
    """Heights and depth of a body in its own axes, mm."""

    anterior_mm: float
    middle_mm: float
    posterior_mm: float
    depth_mm: float


def measure_six_points(body: LevelMask) -> SixPoints | None:
    """Measure the heights of one body as six-point morphometry does.

    Columns along the body's superior axis are measured from the first to the last surface of the mask (holes do not
    count), to a part of a voxel by linear interpolation, within 10 mm of the sagittal mid-plane. A smooth profile is
    fitted to them and read at the anterior wall, the middle and the posterior wall of the mid-plane.

    Parameters
    ----------
    body : LevelMask

    Returns
    -------
    SixPoints or None
        None when the mask is too small to have a profile.

    References
    ----------
    Hurxthal LM (1968) Am J Roentgenol 103:635 (placement of the six points); Genant HK et al. (1993) J Bone Miner
    Res 8:1137.
    """
    axes = find_body_axes(body)
    left, back, heights = _columns(body, axes)
    if len(heights) < MIN_COLUMNS:
        return None
    kept = heights >= EDGE_PART * heights.max()
    left, back, heights = left[kept], back[kept], heights[kept]
    # the curved walls end a little earlier beside the mid-plane
    front, rear = (float(f(back[np.abs(left) <= 2 * STEP_MM])) for f in (np.min, np.max))
    depth = rear - front + STEP_MM
    part = (back - front + STEP_MM / 2) / depth
    inner = (part >= CORNER_PART) & (part <= 1 - CORNER_PART)
    profile = _fit_profile(part[inner], left[inner], heights[inner])
    anterior, middle, posterior = (float(np.polyval(profile, x)) for x in (0.0, 0.5, 1.0))
    return SixPoints(anterior, middle, posterior, depth)


def _fit_profile(part: np.ndarray, left: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Polynomial in the depth (highest power first) at the mid-plane; tilt and bow to the side are fitted along."""
    terms = np.stack([part**power for power in range(PROFILE_DEGREE, -1, -1)] + [left, left**2], axis=1)
    return np.linalg.lstsq(terms, heights, rcond=None)[0][: PROFILE_DEGREE + 1]


def _columns(body: LevelMask, axes: BodyAxes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places to the left and to the back, and the height there, of all columns that meet the body, mm."""
    points = axes.to_body(body.points_lps)
    reach = float(np.linalg.norm(body.spacing_kji))
    low, high = points.min(axis=0) - reach, points.max(axis=0) + reach
    left = np.arange(-STRIP_MM, STRIP_MM + 1e-6, STEP_MM)
    back = np.arange(low[1], high[1], STEP_MM)
    up = np.arange(low[2], high[2], COLUMN_STEP_MM)
    grid = np.stack(np.meshgrid(left, back, up, indexing="ij"), axis=-1)
    index = lps_to_index(body.grid, axes.to_lps(grid).reshape(-1, 3))
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
