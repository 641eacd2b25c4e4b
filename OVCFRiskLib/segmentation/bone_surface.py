"""The surface of a body: walls and both endplates, each the smooth surface of strongest edges near the template.

The body is where a place lies below the upper endplate, above the lower one and within the wall. Through the
pedicles there is no edge. There the posterior wall goes on as it is in front of the canal and below the pedicles, and
what lies behind it counts as surroundings: that is where whole vertebrae are cut, too (`arch`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region, in_pedicle_region_at
from OVCFRiskLib.geometry import lengths, voxel_along
from OVCFRiskLib.segmentation.body_template import BodyTemplate, outline_radius, plate_height, waist
from OVCFRiskLib.segmentation.local_volume import LocalGrid, is_in_image, resample_local
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels
from OVCFRiskLib.segmentation.smooth_surface import best_surface
from OVCFRiskLib.segmentation.template_fit import EDGE_CEILING_HU, EDGE_FLOOR_HU
from OVCFRiskLib.segmentation.wall_fit import Wall, fit_wall

# Margin around the template.
SURFACE_MARGIN_MM = 8.0
# How finely the CT is sampled there.
SPACING_MM = 1.0
# How far from the template an edge is looked for.
SURFACE_REACH_MM = 5.0
# ... and how finely: a part of `EDGE_MM`.
SURFACE_STEP_MM = 0.5
# An edge is the drop over this distance, mm.
EDGE_MM = 1.5
# A drop beyond this is no better edge: over 1.5 mm a cortex of 0.5 mm after the blur of a clinical CT drops so far.
FULL_SURFACE_EDGE_HU = 120.0
# A rise beyond this is no worse one.
LARGEST_FALSE_EDGE_HU = 60.0
# Smoothing against noise before edges are looked for; a clinical CT is no sharper.
BLUR_MM = 0.7
# Drops a body's own texture has (SDs of trabecular bone are 30-60 HU, Pickhardt 2013).
OWN_TEXTURE_HU = 40.0
# From so many places behind an edge it is no longer that edge itself.
BEHIND_PLACES = 2
# The edge a surface is taken to have where it is out of view.
UNSEEN_EDGE = 0.5
# Where marrow is darker than the disc: one mm of disc within a body, or of marrow beyond it, costs so much of a full
# edge ...
MARROW_EDGE_PER_MM = 0.15
# ... disc from so many places within the plate on, and marrow up to so many: between them lie plate and blur.
DISC_FROM_PLACES = 10
MARROW_TO_PLACES = 5
# On thick slices a place's own edge says little of its plate, the whole template, which all places have fitted, says
# more: from this voxel along the normal on, a departure as large as this costs so much of a full edge for every mm that
# the voxel is longer, no more than for so many mm; a larger departure (a fracture) costs no more.
HELD_FROM_VOXEL_MM = 1.5
HELD_WITHIN_MM = 3.0
HELD_PER_VOXEL_MM = 1 / 3
HELD_AT_MOST = 1.0
# The wall has a place at each angle of 5 degrees, about 2 mm, and in rows of this height.
ANGLES = 72
ROW_MM = 1.0
# The plates have a place every so many mm.
PLATE_GRID_MM = 1.5
# The plates' outlines reach a little beyond the wall, so that the wall's departures meet a plate.
PLATE_RADIUS_REACH = 1.1
# Rows beyond this height (in half heights) belong to the rims, which the plates decide.
WALL_ROWS_WITHIN = 0.95
# Trust in edges in the pedicle's shadow, before it is known where the posterior wall goes on: they are of the pedicle.
PEDICLE_TRUST = 0.15
# ... and after.
CUT_TRUST = 0.6
# The posterior wall is fitted to places within this angle (cosine) of straight back: beyond, its corners are rounded.
FREE_WALL_COSINE = 0.6
# The plates are looked for within this fraction of the outline: beyond are rims and osteophytes.
PLATE_FRACTION = 0.95
# Smoothing of the surface found; roughness below it is noise.
FOUND_SURFACE_SMOOTHING_MM = 1.5


@dataclass(frozen=True, slots=True)
class BodySurface:
    """Where the surface lies, as departures from the template.

    Attributes
    ----------
    template : BodyTemplate
    wall : np.ndarray
        (heights, angles), mm outwards.
    upper, lower : np.ndarray
        (back, side), mm upwards.
    posterior : Wall
        Where the pedicles are cut.
    """

    template: BodyTemplate
    wall: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    posterior: Wall

    def depth(self, side: np.ndarray, back: np.ndarray, up: np.ndarray) -> np.ndarray:
        """Depth below the surface in mm, negative outside, of places in the template's frame."""
        half = self.template.half
        radius, angle = np.hypot(side / half[0], back / half[1]), np.arctan2(back / half[1], side / half[0])
        edge = self._plate_at(self.upper, side, back)
        below = half[2] * plate_height(radius) + edge - up
        above = up + half[2] * plate_height(radius) - self._plate_at(self.lower, side, back)
        wall = self._wall_at(angle, up)
        scale = np.hypot(half[0] * np.cos(angle), half[1] * np.sin(angle))
        height = np.clip(up / half[2], -1, 1)
        within = (outline_radius(angle) * waist(height) - radius) * scale + wall
        return np.minimum(np.minimum(below, above), within)

    def is_pedicle(self, side: np.ndarray, back: np.ndarray, up: np.ndarray) -> np.ndarray:
        """Do places in the template's frame lie behind the posterior wall, where the pedicles leave?"""
        return _is_pedicle(self.template, self.posterior, side, back, up)

    def _wall_at(self, angle: np.ndarray, up: np.ndarray) -> np.ndarray:
        """The wall's departure at angles and heights."""
        cyclic = np.concatenate([self.wall, self.wall[:, :1]], axis=1)
        column = angle % (2 * np.pi) / (2 * np.pi) * ANGLES
        row = np.clip(_row_of(up, self.template.half[2]), 0, len(cyclic) - 1)
        # on a grid angles are those of a plane and heights those of planes: only the products are as many as voxels
        lower, left = np.minimum(row.astype(int), len(cyclic) - 2), np.minimum(column.astype(int), ANGLES - 1)
        between, beside = row - lower, column - left
        corner = lower * cyclic.shape[1] + left
        here, right, above, across = (cyclic.ravel()[step:].take(corner) for step in (0, 1, ANGLES + 1, ANGLES + 2))
        here += (right - here) * beside
        above += (across - above) * beside
        return here + (above - here) * between

    def _plate_at(self, plate: np.ndarray, side: np.ndarray, back: np.ndarray) -> np.ndarray:
        """A plate's departure at places."""
        side, back = np.broadcast_arrays(side, back)
        rows, columns = plate.shape
        index = [back / PLATE_GRID_MM + (rows - 1) / 2, side / PLATE_GRID_MM + (columns - 1) / 2]
        return ndimage.map_coordinates(plate, index, order=1, mode="nearest")


def find_surface(ct: sitk.Image, template: BodyTemplate, own: OwnLevels = UNKNOWN_LEVELS) -> BodySurface:
    """The body's surface near a fitted template; the HU of its own marrow and discs help to find the plates."""
    grid = LocalGrid(template.frame, np.ceil(template.half + SURFACE_MARGIN_MM + SURFACE_REACH_MM), SPACING_MM)
    hu = np.clip(resample_local(ct, grid), EDGE_FLOOR_HU, EDGE_CEILING_HU)
    hu = ndimage.gaussian_filter(hu, BLUR_MM / SPACING_MM)
    offsets = np.arange(-SURFACE_REACH_MM, SURFACE_REACH_MM + SURFACE_STEP_MM / 2, SURFACE_STEP_MM)
    behind = _angles()[np.sin(_angles()) > 0]
    posterior = _posterior_wall(template, behind, _find_wall(ct, grid, hu, template, offsets, behind, PEDICLE_TRUST))
    without = np.where(_is_pedicle(template, posterior, *grid.coordinates()), EDGE_FLOOR_HU, hu)
    wall = _find_wall(ct, grid, without, template, offsets, _angles(), CUT_TRUST)
    upper, lower = (_find_plate(ct, grid, hu, template, own, offsets, sign) for sign in (1.0, -1.0))
    return BodySurface(template, wall, upper, lower, posterior)


def _is_pedicle(
    template: BodyTemplate, posterior: Wall, side: np.ndarray, back: np.ndarray, up: np.ndarray
) -> np.ndarray:
    """Do places lie behind the posterior wall, where the pedicles leave?"""
    half = template.half
    is_there = in_pedicle_region_at(side, back, up, half)
    return is_there & (back > posterior.back(*np.broadcast_arrays(side, up)))


def _posterior_wall(template: BodyTemplate, angles: np.ndarray, wall: np.ndarray) -> Wall:
    """The posterior wall where no pedicles leave; (heights, angles) mm beyond the template, at angles behind."""
    at = _wall_places(template, angles, wall[..., None])[..., 0, :]
    relative = at[..., 2] / template.half[2]
    is_free = ~in_pedicle_region(angles, relative) & (np.abs(np.cos(angles)) < FREE_WALL_COSINE)
    side, back, up = at[is_free & (np.abs(relative) < WALL_ROWS_WITHIN)].T
    return fit_wall(side, up, back, float(np.median(back)), (float(up.min()), float(up.max())))


def _row_of(up: np.ndarray, half_height: float) -> np.ndarray:
    """Row of the wall at a height."""
    return (up + np.ceil(half_height)) / ROW_MM


def _edge_cost(grid: LocalGrid, hu: np.ndarray, at: np.ndarray, outwards: np.ndarray) -> np.ndarray:
    """Cost of the surface at (..., places, 3), places running outwards (..., 3): low where HU drop."""
    # what lies outside of one place lies inside of a later one
    apart, start = round(EDGE_MM / SURFACE_STEP_MM), at[..., 0, :] - outwards * EDGE_MM / 2
    along = grid.sample_lines(hu, start, outwards * SURFACE_STEP_MM, at.shape[-2] + apart)
    inner, outer = along[..., :-apart], along[..., apart:]
    edge = np.clip(inner - outer, -LARGEST_FALSE_EDGE_HU, FULL_SURFACE_EDGE_HU) / FULL_SURFACE_EDGE_HU
    # what lies behind an earlier drop is the next vertebra, a vessel or the arch
    fallen = np.maximum.accumulate(np.maximum.accumulate(inner, axis=-1) - inner, axis=-1)
    is_behind = np.clip((fallen - OWN_TEXTURE_HU) / (FULL_SURFACE_EDGE_HU - OWN_TEXTURE_HU), 0, 1)
    is_behind = np.pad(is_behind, [(0, 0), (0, 0), (BEHIND_PLACES, 0)])[..., : -BEHIND_PLACES or None]
    return -np.where(edge > 0, edge * (1 - is_behind), edge)


def _marrow_cost(marrow: np.ndarray) -> np.ndarray:
    """Cost of disc within the body and of marrow beyond it, for each of the places that run outwards."""
    sums = np.cumsum(np.pad(marrow, [(0, 0), (0, 0), (1, 0)]), axis=-1) * (MARROW_EDGE_PER_MM * SURFACE_STEP_MM)
    place = np.arange(marrow.shape[-1])
    within = sums[..., np.maximum(place - DISC_FROM_PLACES, 0)]
    beyond = sums[..., -1:] - sums[..., np.maximum(place - MARROW_TO_PLACES, 0)]
    return beyond - within


def _unseen_cost(offsets: np.ndarray) -> np.ndarray:
    """Cost of places out of view: a usual edge where the template is, so that no weak one in view draws the surface."""
    return -UNSEEN_EDGE * (1 - np.abs(offsets) / SURFACE_REACH_MM)


def _held_cost(offsets: np.ndarray, voxel_mm: float) -> np.ndarray:
    """Cost of departures from the template where voxels are too long for a place's own edge."""
    most = min(HELD_PER_VOXEL_MM * max(voxel_mm - HELD_FROM_VOXEL_MM, 0.0), HELD_AT_MOST)
    return most * np.minimum((offsets / HELD_WITHIN_MM) ** 2, 1.0)


def _rows(half_height: float) -> np.ndarray:
    """Heights of the wall's rows, mm."""
    return np.arange(-np.ceil(half_height), np.ceil(half_height) + ROW_MM / 2, ROW_MM)


def _angles() -> np.ndarray:
    """Angles of the wall's columns."""
    return np.arange(ANGLES) * 2 * np.pi / ANGLES


def _wall_places(template: BodyTemplate, angles: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Places (heights, angles, n, 3) so many mm (heights, angles, n) beyond the template's wall."""
    half = template.half
    height = _rows(half[2])[:, None, None]
    scale = np.hypot(half[0] * np.cos(angles), half[1] * np.sin(angles)) * outline_radius(angles)
    radius = scale[None, :, None] * waist(np.clip(height / half[2], -1, 1)) + beyond
    at = _directions(half, angles)[None, :, None] * radius[..., None]
    at[..., 2] = height
    return at


def _directions(half: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """(angles, 3) outwards."""
    ends = np.stack([half[0] * np.cos(angles), half[1] * np.sin(angles), np.zeros_like(angles)], axis=-1)
    return ends / lengths(ends)[:, None]


def _find_wall(
    ct: sitk.Image,
    grid: LocalGrid,
    hu: np.ndarray,
    template: BodyTemplate,
    offsets: np.ndarray,
    angles: np.ndarray,
    trust: float,
) -> np.ndarray:
    """Departure of the wall, (heights, angles) mm; edges where the pedicles leave are trusted so far."""
    half = template.half
    rows = _rows(half[2])
    relative = np.clip(rows / half[2], -1, 1)[:, None, None]
    at = _wall_places(template, angles, np.broadcast_to(offsets, (len(rows), len(angles), len(offsets))))
    direction = np.broadcast_to(_directions(half, angles), (*at.shape[:2], 3))
    cost = np.where(is_in_image(ct, grid.frame, at), _edge_cost(grid, hu, at, direction), _unseen_cost(offsets))
    trusted = np.where(in_pedicle_region(angles[:, None], relative), trust, 1.0)
    is_whole = len(angles) == ANGLES
    place = best_surface(cost * trusted * (np.abs(relative) < WALL_ROWS_WITHIN), is_cyclic=is_whole)
    modes = "nearest", "wrap" if is_whole else "nearest"
    smooth = ndimage.gaussian_filter(place, (FOUND_SURFACE_SMOOTHING_MM / ROW_MM, 1.0), mode=modes)
    return smooth * SURFACE_STEP_MM + offsets[0]


def _find_plate(
    ct: sitk.Image,
    grid: LocalGrid,
    hu: np.ndarray,
    template: BodyTemplate,
    own: OwnLevels,
    offsets: np.ndarray,
    sign: float,
) -> np.ndarray:
    """Departure of the upper (sign 1) or lower (-1) plate, (back, side) mm upwards."""
    half = template.half
    counts = np.ceil(half[1::-1] * PLATE_RADIUS_REACH / PLATE_GRID_MM)
    back, side = (np.arange(-n, n + 1) * PLATE_GRID_MM for n in counts)
    backs, sides, off = np.meshgrid(back, side, offsets, indexing="ij")
    radius, angle = np.hypot(sides / half[0], backs / half[1]), np.arctan2(backs / half[1], sides / half[0])
    at = np.stack([sides, backs, sign * (half[2] * plate_height(radius) + off)], axis=-1)
    is_plate = radius < PLATE_FRACTION * outline_radius(angle)
    cost = _edge_cost(grid, hu, at, np.broadcast_to([0.0, 0.0, sign], (*radius.shape[:2], 3)))
    if own.is_dark:
        cost = np.minimum(cost, 0.0) + _marrow_cost(own.likeness(grid.sample(hu, at)))
    cost = cost + _held_cost(offsets, float(voxel_along(ct, grid.frame.superior)))
    cost = np.where(is_in_image(ct, grid.frame, at), cost, _unseen_cost(offsets)) * is_plate
    smooth = ndimage.gaussian_filter(best_surface(cost), FOUND_SURFACE_SMOOTHING_MM / PLATE_GRID_MM, mode="nearest")
    return sign * (smooth * SURFACE_STEP_MM + offsets[0])
