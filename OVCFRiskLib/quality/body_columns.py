"""Columns through a mask along the body's own axis, between its voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import extent, lps_to_index

# Half the width of the strip about the mid-plane whose columns are measured.
STRIP_MM = 10.0
# Columns stand so far apart, and are read in steps of so much.
GRID_STEP_MM = 1.0
COLUMN_STEP_MM = 0.5
# Columns lower than this fraction of the highest are the rounded edge of the mask, not the body.
EDGE_PART = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class BodyColumns:
    """Columns along a body's axis, in its own coordinates, mm.

    Attributes
    ----------
    left, back : numpy.ndarray, (n,)
        Where each column stands.
    lower, upper : numpy.ndarray, (n,)
        Its first and last crossing of the mask's surface; holes do not count.
    front_mm, depth_mm : float
        Anterior wall in the mid-plane, and how far behind it the posterior wall lies.
    """

    left: np.ndarray
    back: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    front_mm: float
    depth_mm: float

    @property
    def heights(self) -> np.ndarray:
        """Lengths of the columns, mm."""
        return self.upper - self.lower

    @property
    def fraction(self) -> np.ndarray:
        """Place of each column between the anterior (0) and the posterior wall (1)."""
        return self.fraction_at(self.back)

    def fraction_at(self, back: np.ndarray) -> np.ndarray:
        """Place between the anterior (0) and the posterior wall (1) of places given in mm backwards."""
        return (back - self.front_mm) / self.depth_mm

    def keeps_off_walls(self, left: np.ndarray, back: np.ndarray, margin_mm: float) -> np.ndarray:
        """Whether places (n,) lie so far behind the anterior and before the posterior wall where they are.

        Beside the mid-plane the anterior wall curves backwards: a margin off the mid-plane's wall alone would leave
        places in front of the body.
        """
        walls = np.full((2, round(2 * STRIP_MM / GRID_STEP_MM) + 1), -np.inf)
        for wall, outwards in zip(walls, (-self.back, self.back), strict=True):
            np.maximum.at(wall, _row_of(self.left), outwards)
        front, rear = walls[:, _row_of(left)]
        return (back >= margin_mm - front) & (back <= rear - margin_mm)


def stand_columns(body: LevelCutOut) -> BodyColumns | None:
    """Columns through the strip about the sagittal mid-plane; None where none meets the mask.

    The surface is where the mask, linear between its voxels, is one half. The signed distance to its voxels, which runs
    more evenly between slices, gave heights no nearer to the truth (phantoms of 1 to 5 mm slices).
    """
    frame = body.frame
    low, high = extent(body.local_points)
    reach = float(np.linalg.norm(body.spacing_kji))
    low, high = low - reach, high + reach
    left = np.arange(-STRIP_MM, STRIP_MM + 1e-6, GRID_STEP_MM)
    back = np.arange(low[1], high[1], GRID_STEP_MM)
    up = np.arange(low[2], high[2], COLUMN_STEP_MM)
    grid = np.stack(np.meshgrid(left, back, up, indexing="ij"), axis=-1)
    index = lps_to_index(body.grid, frame.lps(grid).reshape(-1, 3))
    values = ndimage.map_coordinates(body.mask.astype(np.float32), index.T, order=1).reshape(grid.shape[:3]) - 0.5
    inside = values >= 0
    is_met = inside.any(axis=-1)
    if not is_met.any():
        return None
    lower = up[0] + _first_crossing(values[is_met], inside[is_met]) * COLUMN_STEP_MM
    upper = up[-1] - _first_crossing(values[is_met][:, ::-1], inside[is_met][:, ::-1]) * COLUMN_STEP_MM
    kept = upper - lower >= EDGE_PART * (upper - lower).max()
    left, back = grid[..., 0, 0][is_met][kept], grid[..., 0, 1][is_met][kept]
    middle = back[np.abs(left) <= 2 * GRID_STEP_MM]
    if len(middle) == 0:
        return None
    front = float(middle.min()) - GRID_STEP_MM / 2
    return BodyColumns(left, back, lower[kept], upper[kept], front, float(middle.max()) + GRID_STEP_MM / 2 - front)


def _row_of(left: np.ndarray) -> np.ndarray:
    """Number of the row of columns nearest to places given in mm to the left."""
    rows = np.rint((left + STRIP_MM) / GRID_STEP_MM).astype(int)
    return np.clip(rows, 0, round(2 * STRIP_MM / GRID_STEP_MM))


def _first_crossing(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where each row first rises through 0, in steps."""
    first = inside.argmax(axis=-1)
    before = np.maximum(first - 1, 0)
    here, there = (np.take_along_axis(values, place[:, None], -1)[:, 0] for place in (first, before))
    rise = here - there
    return first - np.divide(here, rise, out=np.zeros_like(here), where=(first > 0) & (rise > 1e-6))
