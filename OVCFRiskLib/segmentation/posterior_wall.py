"""The posterior walls from the canal: the first rise of HU in front of it, which needs nothing of trabecular bone."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM, StraightSpine

# The wall is looked for in front of the canal's inner part, mm to each side.
BACK_WALL_HALF_WIDTH_MM = 5.0
# ... so far in front of the canal's middle, mm: half its depth and what the middle may be off.
NEAREST_MM = 3.0
FARTHEST_MM = 20.0
# A rise is the difference of means over this length before and behind, mm.
RISE_MM = 2.5
# The sac is about here, and fat below it must not look darker: else the sac in front of the fat is the first edge.
WALL_LOWEST_HU = 20.0
# A wall or a disc is above the sac; more says nothing of the edge.
WALL_HIGHEST_HU = 160.0
# Disc above canal: a rise of more is no better edge.
FULL_RISE_HU = 50.0
# Averaged along the spine over this SD, mm.
ALONG_SD_MM = 2.0
# Cost of a move by one step between planes, as a fraction of a full rise: walls are level, discs bulge by 2-3 mm.
MOVE_COST = 0.1
# Cost of one mm further in front, as a fraction of a full rise: the first edge counts.
FORWARDS_COST = 0.015


def find_posterior_wall(spine: StraightSpine) -> np.ndarray:
    """Depth of the walls and discs in front of the canal in every plane, (planes,) mm behind the canal's middle."""
    forwards = np.arange(NEAREST_MM, FARTHEST_MM + CANAL_STEP_MM / 4, CANAL_STEP_MM / 2)
    profile = _profiles(spine, forwards)
    cost = -np.clip(profile, -FULL_RISE_HU, FULL_RISE_HU) / FULL_RISE_HU + FORWARDS_COST * forwards
    place = _lowest_path(cost)
    depth = -forwards[place]
    return ndimage.gaussian_filter1d(depth, ALONG_SD_MM / CANAL_STEP_MM, mode="nearest")


def _profiles(spine: StraightSpine, forwards: np.ndarray) -> np.ndarray:
    """Rise of HU forwards, (planes, places); 0 where the CT ends."""
    hu = np.clip(spine.hu, WALL_LOWEST_HU, WALL_HIGHEST_HU)
    sides = np.arange(-BACK_WALL_HALF_WIDTH_MM, BACK_WALL_HALF_WIDTH_MM + CANAL_STEP_MM / 2, CANAL_STEP_MM)
    reach = np.arange(forwards[0] - RISE_MM, forwards[-1] + RISE_MM + CANAL_STEP_MM / 4, CANAL_STEP_MM / 2)
    plane, back, side = np.meshgrid(np.arange(len(spine.frames)), reach, sides, indexing="ij")
    rows = (-back - spine.back[0]) / CANAL_STEP_MM
    columns = (side - spine.side[0]) / CANAL_STEP_MM
    index = np.stack([plane, rows, columns]).reshape(3, -1)
    values = ndimage.map_coordinates(hu, index, order=1, mode="nearest").reshape(plane.shape).mean(axis=2)
    values = ndimage.gaussian_filter1d(values, ALONG_SD_MM / CANAL_STEP_MM, axis=0, mode="nearest")
    width = round(RISE_MM / (CANAL_STEP_MM / 2))
    sums = np.cumsum(np.pad(values, [(0, 0), (1, 0)]), axis=1)
    means = (sums[:, width:] - sums[:, :-width]) / width
    count = len(forwards)
    return means[:, width : width + count] - means[:, :count]


def _lowest_path(cost: np.ndarray) -> np.ndarray:
    """Place in every row of the path with the lowest sum, moving by at most two places a row."""
    rows, places = cost.shape
    steps = np.arange(-2, 3)
    total, came = cost[0], np.zeros((rows, places), np.int8)
    for row in range(1, rows):
        padded = np.pad(total, 2, constant_values=np.inf)
        choices = np.stack([padded[2 + s : 2 + s + places] + MOVE_COST * abs(s) for s in steps])
        came[row] = choices.argmin(axis=0)
        total = choices.min(axis=0) + cost[row]
    path = np.empty(rows, int)
    path[-1] = int(total.argmin())
    for row in range(rows - 1, 0, -1):
        path[row - 1] = path[row] + steps[came[row, path[row]]]
    return path
