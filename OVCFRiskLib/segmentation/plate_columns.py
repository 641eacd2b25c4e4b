"""Columns along the straightened spine through its bodies and discs: what endplates are looked for in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM, StraightSpine

# A plate is seen in columns this far to the sides of the canal's middle, mm: within the rims of the narrowest body.
PLATE_HALF_WIDTH_MM = 13.0
# ... and so far in front of the posterior wall, mm.
FRONT_FROM_MM = 4.0
FRONT_TO_MM = 26.0
# Distance of the columns, mm.
PLATE_COLUMN_MM = 2.0
# What is below is disc, whatever its HU; what is above is bone.
PLATE_LOWEST_HU = 0.0
PLATE_HIGHEST_HU = 350.0


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """HU in columns along the spine.

    Attributes
    ----------
    hu : numpy.ndarray (planes, columns)
        Without what is too dark or too bright for disc and bone.
    is_seen : numpy.ndarray of bool (planes, columns)
        Does the place lie in the CT?
    offsets : numpy.ndarray (columns, 2)
        mm backwards and sideways of their middle.
    """

    hu: np.ndarray
    is_seen: np.ndarray
    offsets: np.ndarray

    def profile(self) -> np.ndarray:
        """Median HU of each plane, (planes,); not a number where none of it is seen."""
        middle: np.ndarray = np.ma.median(np.ma.masked_array(self.hu, ~self.is_seen), axis=1).filled(np.nan)
        return middle


def columns_through_bodies(spine: StraightSpine, wall: np.ndarray) -> Columns:
    """Columns in front of the posterior walls.

    Parameters
    ----------
    spine : StraightSpine
        Along the canal.
    wall : numpy.ndarray (planes,)
        Posterior walls, mm behind the canal's middle.
    """
    back = -np.arange(FRONT_FROM_MM, FRONT_TO_MM + 0.1, PLATE_COLUMN_MM)
    side = np.arange(-PLATE_HALF_WIDTH_MM, PLATE_HALF_WIDTH_MM + 0.1, PLATE_COLUMN_MM)
    backs, sides = (grid.ravel() for grid in np.meshgrid(back, side, indexing="ij"))
    plane = np.arange(len(spine.frames))[:, None]
    smooth_wall = ndimage.gaussian_filter1d(wall, 6.0, mode="nearest")
    rows = (smooth_wall[:, None] + backs - spine.back[0]) / CANAL_STEP_MM
    columns = (sides - spine.side[0])[None] / CANAL_STEP_MM
    index = np.stack(np.broadcast_arrays(plane, rows, columns)).reshape(3, -1)
    hu = ndimage.map_coordinates(np.clip(spine.hu, PLATE_LOWEST_HU, PLATE_HIGHEST_HU), index, order=1, mode="nearest")
    nearest = np.clip(np.rint(index).astype(int), 0, np.array(spine.is_seen.shape)[:, None] - 1)
    shape = len(plane), -1
    is_seen = spine.is_seen[tuple(nearest)].reshape(shape)
    return Columns(hu.reshape(shape), is_seen, np.stack([backs - backs.mean(), sides], axis=1))
