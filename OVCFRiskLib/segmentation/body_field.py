"""The smooth surface of a body as a field of depths, finer than the voxels of the CT, and how sharp its parts are."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.geometry import mask_box, voxel_along
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.bone_surface import FULL_SURFACE_EDGE_HU, find_surface
from OVCFRiskLib.segmentation.grow_cut import grow_from_seeds
from OVCFRiskLib.segmentation.local_volume import LocalGrid, resample_local
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels
from OVCFRiskLib.segmentation.template_fit import EDGE_CEILING_HU, EDGE_FLOOR_HU

# Seeds grow on a grid of this spacing, as fine as the pixels of a spine reconstruction.
GROW_SPACING_MM = 0.8
# Seeds keep this far from the surface found.
SEED_DEPTH_MM = 1.5
# Nothing grows further than this from the surface found.
BAND_MM = 3.0
# Labels of the seeds in the body and around it.
BODY_SEED = 1
OTHER_SEED = 2
# Smoothing of the mask's staircase, mm.
SURFACE_BLUR_MM = 0.7
# Margin of the grid around a template, mm: what the surface may depart from it, the band, and the smoothing.
GRID_MARGIN_MM = 9.0
# The strongest edge of a thin shell lies outside of the bone, by the width of the edge filter and of the scanner's
# blur. In the plane both grow little with the pixel; along the slices the blur is the slice itself, until edges are as
# far apart as they are looked for. By voxel along the surface's normal, the surface is moved in by so much, mm
# (measured on phantoms of 0.6-5 mm slices and on the masks of a real CT: Testing/Benchmarks/segmentation.py).
INSET_VOXEL_MM = (0.0, 0.8, 2.0, 3.0, 5.0)
INSET_MM = (0.1, 0.4, 1.15, 1.5, 1.8)
# Depth of all that is not near a body.
OUTSIDE_DEPTH_MM = -10.0
# The sign of the depth depends on voxels so near: four for the smoothing, one each for normal and interpolation.
DEPTH_MARGIN_VOXELS = 6
# Bone is looked for so far inside of the surface, and what surrounds it so far outside, mm.
BONE_DEPTHS_MM = (0.0, 0.8, 1.6)
OUTSIDE_DEPTHS_MM = (-2.0, -2.8)
# A normal that points more than this (cosine) up or down belongs to a plate, backwards or forwards to that wall.
PLATE_COSINE = 0.7
WALL_COSINE = 0.5
# A part of the surface less sharp than this, as a fraction of a full edge, is where a reviewer looks first. Against
# known bodies (Testing/Benchmarks/segmentation_doubt.py) this names 43 % of the parts more than 1.5 mm off, and
# 6 % of the others; 0.3 named 13 and 4 %, 0.6 would name 53 and 12 %.
DOUBTFUL_SHARPNESS = 0.4


class Part(enum.Enum):
    """A part of a body's surface."""

    UPPER_PLATE = "upper endplate"
    LOWER_PLATE = "lower endplate"
    POSTERIOR_WALL = "posterior wall"
    ANTERIOR_WALL = "anterior wall"
    LEFT_WALL = "left wall"
    RIGHT_WALL = "right wall"


@dataclass(frozen=True, slots=True, eq=False)
class BodyField:
    """A body as the depth below its surface.

    Attributes
    ----------
    grid : LocalGrid
        In the body's own axes.
    depth : numpy.ndarray, float32 [up, back, left]
        mm on the grid, positive inside; true near the surface, at most as long as the way to it elsewhere.
    sharpness : dict of Part to float
        Mean drop of HU across each part of the surface as a fraction of a full edge, 0 to 1; without the pedicles.
        Parts out of view are left out.
    surface : dict of Part to numpy.ndarray
        (n, 3) LPS mm: points on each of these parts, a grid's spacing apart.
    """

    grid: LocalGrid
    depth: np.ndarray
    sharpness: dict[Part, float]
    surface: dict[Part, np.ndarray]

    @property
    def doubtful(self) -> tuple[Part, ...]:
        """Parts below `DOUBTFUL_SHARPNESS`, where a reviewer looks first; the least sharp comes first."""
        parts = (part for part, sharp in self.sharpness.items() if sharp < DOUBTFUL_SHARPNESS)
        return tuple(sorted(parts, key=self.sharpness.__getitem__))

    @property
    def volume_ml(self) -> float:
        """Volume within the surface, voxels at the surface counted by what lies inside."""
        inside = np.clip(self.depth / self.grid.spacing + 0.5, 0.0, 1.0)
        return float(inside.sum()) * self.grid.spacing**3 / 1000

    def depth_at(self, points: np.ndarray) -> np.ndarray:
        """Depth below the surface at LPS points (..., 3), mm; negative outside."""
        index = self.grid.index(self.grid.frame.local(points)).reshape(3, -1)
        values = ndimage.map_coordinates(self.depth, index, order=1, cval=OUTSIDE_DEPTH_MM)
        return values.reshape(np.shape(points)[:-1])

    def image(self) -> sitk.Image:
        """The field as an image, to be resampled or contoured at 0."""
        image = sitk.GetImageFromArray(self.depth)
        image.CopyInformation(self.grid.reference())
        return image


def find_field(ct: sitk.Image, template: BodyTemplate, own: OwnLevels = UNKNOWN_LEVELS) -> BodyField:
    """The surface of a body near its fitted template, grown from seeds and made smooth.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    template : BodyTemplate
    own : OwnLevels
        HU of its marrow and of the discs.
    """
    surface = find_surface(ct, template, own)
    grid = LocalGrid(template.frame, np.ceil(template.half + GRID_MARGIN_MM), GROW_SPACING_MM)
    depth = surface.depth(*grid.coordinates())
    hu = resample_local(ct, grid)
    edges = np.clip(hu, EDGE_FLOOR_HU, EDGE_CEILING_HU)
    seeds = np.where(depth > SEED_DEPTH_MM, BODY_SEED, np.where(depth < -SEED_DEPTH_MM, OTHER_SEED, 0))
    grown = grow_from_seeds(edges, seeds.astype(np.uint8), np.abs(depth) > BAND_MM, GROW_SPACING_MM)
    inside = (grown == BODY_SEED) | (depth > BAND_MM)
    pieces, _ = ndimage.label(inside)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    body = ndimage.binary_fill_holes(pieces == sizes.argmax())
    box = mask_box(body, DEPTH_MARGIN_VOXELS)
    assert box is not None, "a body holds its own seeds"
    field = np.full(body.shape, OUTSIDE_DEPTH_MM, np.float32)
    field[box] = _inset_depth(ct, grid, body[box])
    return BodyField(grid, field, *_sharpness(grid, field, hu, template))


def _inset_depth(ct: sitk.Image, grid: LocalGrid, inside: np.ndarray) -> np.ndarray:
    """Smooth depth (mm) below the bone's surface, which lies a little inside of the strongest edge."""
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    depth = ndimage.gaussian_filter(depth.astype(np.float32), SURFACE_BLUR_MM / GROW_SPACING_MM) * GROW_SPACING_MM
    normal = np.stack(np.gradient(depth)[::-1], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    return depth - np.interp(voxel_along(ct, normal @ grid.frame.axes), INSET_VOXEL_MM, INSET_MM)


def _sharpness(
    grid: LocalGrid, depth: np.ndarray, hu: np.ndarray, template: BodyTemplate
) -> tuple[dict[Part, float], dict[Part, np.ndarray]]:
    """Mean drop of HU across each part of the surface, and the places it was measured at, LPS mm."""
    gradient = np.gradient(depth)
    at = np.argwhere((np.abs(depth) < grid.spacing / 2) & (depth > OUTSIDE_DEPTH_MM))
    outwards = -np.stack([each[tuple(at.T)] for each in gradient], axis=1)
    outwards /= np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-6)

    def sampled(depth_mm: float) -> np.ndarray:
        return ndimage.map_coordinates(hu, (at - outwards * depth_mm / grid.spacing).T, order=1, mode="nearest")

    bone = np.max([sampled(mm) for mm in BONE_DEPTHS_MM], axis=0)
    outside = np.mean([sampled(mm) for mm in OUTSIDE_DEPTHS_MM], axis=0)
    drop = np.clip((bone - np.maximum(outside, EDGE_FLOOR_HU)) / FULL_SURFACE_EDGE_HU, 0.0, 1.0)
    local = at * grid.spacing - grid.half[::-1]
    up, back, left = local.T
    half = template.half
    is_pedicle = in_pedicle_region(np.arctan2(back / half[1], left / half[0]), up / half[2])
    parts = {part: is_part for part, is_part in _parts_of(outwards, is_pedicle).items() if is_part.any()}
    places = {part: grid.frame.lps(local[is_part][:, ::-1]) for part, is_part in parts.items()}
    return {part: float(drop[is_part].mean()) for part, is_part in parts.items()}, places


def _parts_of(outwards: np.ndarray, is_pedicle: np.ndarray) -> dict[Part, np.ndarray]:
    """Which places, by their normals (n, 3) up, back, left, belong to each part."""
    up, back, left = outwards.T
    is_wall = (np.abs(up) <= PLATE_COSINE) & ~is_pedicle
    return {
        Part.UPPER_PLATE: up > PLATE_COSINE,
        Part.LOWER_PLATE: up < -PLATE_COSINE,
        Part.POSTERIOR_WALL: is_wall & (back > WALL_COSINE),
        Part.ANTERIOR_WALL: is_wall & (back < -WALL_COSINE),
        Part.LEFT_WALL: is_wall & (np.abs(back) <= WALL_COSINE) & (left > 0),
        Part.RIGHT_WALL: is_wall & (np.abs(back) <= WALL_COSINE) & (left < 0),
    }
