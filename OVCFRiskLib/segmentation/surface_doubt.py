"""The parts of a body's surface, how sharp the CT shows each, and which of them are in doubt, with the places.

A weak edge alone finds few wrong surfaces: most lie on a sharp edge of something else. So four things count: places
without an edge, more of which are allowed the shorter the voxels are; places out of view; walls whose brightest bone
lies deeper than a cortex does; and an endplate within the body (`inner_plate`), beyond which lies what is not its own.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.mask_frame import TAIL_SDS
from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region_at
from OVCFRiskLib.geometry import lengths, mask_box, voxel_along
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.bone_surface import BLUR_MM, EDGE_MM, FULL_SURFACE_EDGE_HU
from OVCFRiskLib.segmentation.inner_plate import find_inner_plate
from OVCFRiskLib.segmentation.local_volume import LocalGrid, is_in_image
from OVCFRiskLib.segmentation.marrow import OwnLevels
from OVCFRiskLib.segmentation.template_fit import EDGE_CEILING_HU, EDGE_FLOOR_HU
from OVCFRiskLib.segmentation.wall_anchor import WALL_UP_COSINE

# A normal that points more than this (cosine) backwards or forwards belongs to that wall.
WALL_COSINE = 0.5
# HU are read along the normals at places so far apart, from within the body to outside of it, mm.
STEP_MM = 0.5
PROFILE_MM = (-5.25, 2.25)
# The edge of a place is the best so near to the surface, which lies a little inside of it, mm.
EDGE_WITHIN_MM = 1.0
# A place is out of view when the CT ends so near outside of it, mm.
VIEW_MM = 1.5
# What follows was measured on known bodies (Testing/Benchmarks/segmentation_doubt.py), chosen with whole spines left
# out in turn. A place has no edge below this fraction of a full one.
NO_EDGE = 0.3
# A plate is in doubt where more than this fraction of its places has no edge, by the voxel along its normal, mm: its
# other places and the template hold a plate on fine slices; on thick ones a plate is off although its edge is clear.
PLATE_VOXEL_MM = (3.0, 5.0)
PLATE_WITHOUT_EDGE = (0.9, 0.35)
# ... and a wall, which bends less freely and is looked at along the pixels.
WALL_WITHOUT_EDGE = 0.8
# A cortex is brightest within so many mm of the surface; a wall where more than this fraction of the places is
# brightest deeper follows muscle, fat or a vessel that touches it.
DEEP_MM = 2.25
# ... and no farther outside, mm, where blur still shows it: beyond, a vessel or muscle beside the wall may be brighter.
BRIGHTEST_TO_MM = 0.75
MOST_DEEP = 0.4
# A part is in doubt where more than this fraction is out of view ...
MOST_UNSEEN = 0.7
# ... or lies beyond an endplate within the body: a wall of a body that has swallowed a disc has a third of it there.
MOST_BEYOND = 0.2
# Marks are patches: a place is marked where this fraction of what is around it, with this SD in mm, is in doubt.
PATCH_SD_MM = 2.0
PATCH_FRACTION = 0.4


class Part(enum.Enum):
    """A part of a body's surface."""

    UPPER_PLATE = "upper endplate"
    LOWER_PLATE = "lower endplate"
    POSTERIOR_WALL = "posterior wall"
    ANTERIOR_WALL = "anterior wall"
    LEFT_WALL = "left wall"
    RIGHT_WALL = "right wall"

    @property
    def is_plate(self) -> bool:
        """Is it an endplate?"""
        return self in (Part.UPPER_PLATE, Part.LOWER_PLATE)


@dataclass(frozen=True, slots=True, eq=False)
class SurfacePart:
    """One part of a body's surface.

    Attributes
    ----------
    places : numpy.ndarray
        (n, 3) LPS mm, a grid's spacing apart.
    sharpness : float
        Mean drop of HU across it as a fraction of a full edge, 0 to 1.
    is_marked : numpy.ndarray of bool
        (n,) where a reviewer looks first; nowhere on a part that is not in doubt.
    """

    places: np.ndarray
    sharpness: float
    is_marked: np.ndarray

    @property
    def is_doubtful(self) -> bool:
        """Is the part in doubt?"""
        return bool(self.is_marked.any())


def surface_parts(
    ct: sitk.Image, grid: LocalGrid, depth: np.ndarray, hu: np.ndarray, template: BodyTemplate, own: OwnLevels
) -> dict[Part, SurfacePart]:
    """The parts of a surface that the CT shows, each with what is in doubt of it.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    grid : LocalGrid
        In the body's own axes.
    depth : numpy.ndarray
        mm below the surface on the grid, positive inside.
    hu : numpy.ndarray
        The CT on the grid.
    template : BodyTemplate
        That the surface was found near.
    own : OwnLevels
        HU of its marrow and of the discs.
    """
    smooth = _smooth_about(depth, hu, grid.spacing)
    at, outwards = _surface_places(depth, grid.spacing)
    local = at[:, ::-1] * grid.spacing - grid.half
    normals = outwards[:, ::-1]
    depths = np.arange(PROFILE_MM[0], PROFILE_MM[1], STEP_MM)
    lines = grid.sample_lines(smooth, local + normals * depths[0], normals * STEP_MM, len(depths))
    edge = _edges(lines, depths)
    is_seen = is_in_image(ct, grid.frame, local + normals * VIEW_MM)
    is_deep = depths[lines[:, depths <= BRIGHTEST_TO_MM].argmax(axis=1)] <= -DEEP_MM
    inner = find_inner_plate(grid, smooth, depth, template, own)
    is_beyond = np.zeros(len(at), bool) if inner is None else inner.is_beyond(local[:, 2])
    is_pedicle = _is_pedicle(local, template)
    parts = {}
    for part, is_part in _parts_of(outwards, is_pedicle).items():
        if not is_part.any():
            continue
        doubt = _doubt(part, _voxel(ct, grid, normals[is_part]), edge[is_part], is_seen[is_part], is_deep[is_part])
        if is_beyond[is_part].mean() > MOST_BEYOND:
            doubt = doubt | is_beyond[is_part]
        marked = _patches(at[is_part], doubt, grid)
        parts[part] = SurfacePart(grid.frame.lps(local[is_part]), float(edge[is_part].mean()), marked)
    return parts


def _smooth_about(depth: np.ndarray, hu: np.ndarray, spacing: float) -> np.ndarray:
    """HU smoothed against noise where they are looked at: within the body and so far about it."""
    sd = BLUR_MM / spacing
    # one voxel for the interpolation, one for the surface's own
    box = mask_box(depth > 0, int(np.ceil(PROFILE_MM[1] / spacing + TAIL_SDS * sd)) + 2)
    smooth = hu.copy()
    if box is not None:
        smooth[box] = ndimage.gaussian_filter(hu[box], sd, truncate=TAIL_SDS)
    return smooth


def _surface_places(depth: np.ndarray, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Voxels at the surface, (n, 3) indices, and the normals outwards there; both up, back, left."""
    is_surface = np.abs(depth) < spacing / 2
    box = mask_box(is_surface, 1)
    if box is None:
        return np.zeros((0, 3), int), np.zeros((0, 3), depth.dtype)
    at = np.argwhere(is_surface[box])
    outwards = -np.stack([each[tuple(at.T)] for each in np.gradient(depth[box])], axis=1)
    at += [axis.start for axis in box]
    return at, outwards / np.maximum(lengths(outwards), 1e-6)[:, None]


def _edges(lines: np.ndarray, depths: np.ndarray) -> np.ndarray:
    """The best edge near the surface of each place, as a fraction of a full one."""
    apart = round(EDGE_MM / STEP_MM)
    clipped = np.clip(lines, EDGE_FLOOR_HU, EDGE_CEILING_HU)
    drops = (clipped[:, :-apart] - clipped[:, apart:]) / FULL_SURFACE_EDGE_HU
    is_near = np.abs(depths[:-apart] + EDGE_MM / 2) <= EDGE_WITHIN_MM
    return drops[:, is_near].max(axis=1).clip(0.0, 1.0)


def _voxel(ct: sitk.Image, grid: LocalGrid, normals: np.ndarray) -> float:
    """Length of a voxel along the mean normal of a part, mm."""
    mean = normals.mean(axis=0)
    return float(voxel_along(ct, mean / np.linalg.norm(mean) @ grid.frame.axes))


def _doubt(part: Part, voxel_mm: float, edge: np.ndarray, is_seen: np.ndarray, is_deep: np.ndarray) -> np.ndarray:
    """Places of a part in doubt for what is seen along their normals; none unless they are too many of it."""
    most = float(np.interp(voxel_mm, PLATE_VOXEL_MM, PLATE_WITHOUT_EDGE)) if part.is_plate else WALL_WITHOUT_EDGE
    doubt = np.zeros(len(edge), bool)
    if np.mean(~is_seen) > MOST_UNSEEN:
        return ~doubt
    without = edge < NO_EDGE
    if without[is_seen].mean() > most:
        doubt |= without
    if not part.is_plate and is_deep[is_seen].mean() > MOST_DEEP:
        doubt |= is_deep
    return doubt


def _patches(at: np.ndarray, doubt: np.ndarray, grid: LocalGrid) -> np.ndarray:
    """Places around which enough others are in doubt; at least those in doubt where there are only specks."""
    if not doubt.any() or doubt.all():
        return doubt
    amounts = []
    for value in (doubt.astype(np.float32), np.ones(len(at), np.float32)):
        volume = np.zeros(grid.shape, np.float32)
        volume[tuple(at.T)] = value
        amounts.append(ndimage.gaussian_filter(volume, PATCH_SD_MM / grid.spacing)[tuple(at.T)])
    patches = amounts[0] > PATCH_FRACTION * amounts[1]
    return patches if patches.any() else doubt


def _is_pedicle(local: np.ndarray, template: BodyTemplate) -> np.ndarray:
    """Where the pedicles leave and there is no edge."""
    left, back, up = local.T
    return in_pedicle_region_at(left, back, up, template.half)


def _parts_of(outwards: np.ndarray, is_pedicle: np.ndarray) -> dict[Part, np.ndarray]:
    """Which places, by their normals (n, 3) up, back, left, belong to each part."""
    up, back, left = outwards.T
    is_wall = (np.abs(up) <= WALL_UP_COSINE) & ~is_pedicle
    return {
        Part.UPPER_PLATE: up > WALL_UP_COSINE,
        Part.LOWER_PLATE: up < -WALL_UP_COSINE,
        Part.POSTERIOR_WALL: is_wall & (back > WALL_COSINE),
        Part.ANTERIOR_WALL: is_wall & (back < -WALL_COSINE),
        Part.LEFT_WALL: is_wall & (np.abs(back) <= WALL_COSINE) & (left > 0),
        Part.RIGHT_WALL: is_wall & (np.abs(back) <= WALL_COSINE) & (left < 0),
    }
