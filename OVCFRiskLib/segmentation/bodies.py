"""Vertebral bodies from level points.

The spine is placed as one (`placement`: canal, posterior walls, pedicles, endplates), then each body is fitted, its
surface found and grown from seeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.geometry import (
    Box,
    box_within,
    crop,
    image_like,
    lps_to_index,
    mask_box,
    require_images,
    union_box,
    voxel_along,
)
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.point_mapping import as_points
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.bone_surface import find_surface
from OVCFRiskLib.segmentation.grow_cut import grow_from_seeds
from OVCFRiskLib.segmentation.local_volume import LocalGrid, resample_local
from OVCFRiskLib.segmentation.placement import place_levels, placed_prior
from OVCFRiskLib.segmentation.spine_axis import level_frames
from OVCFRiskLib.segmentation.template_fit import EDGE_CEILING_HU, EDGE_FLOOR_HU, click_prior, fit_template
from OVCFRiskLib.threads import side_by_side

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
INSET_VOXEL_MM = (0.0, 0.8, 3.2, 5.0)
INSET_MM = (0.1, 0.34, 2.2, 2.1)
# Depth of all that is not near a body.
OUTSIDE_DEPTH_MM = -10.0
# The sign of the depth depends on voxels so near: four for the smoothing, one each for normal and interpolation.
DEPTH_MARGIN_VOXELS = 6


def segment_bodies(
    ct: sitk.Image,
    points: Mapping[LumbarLevel, tuple[float, float, float]],
    progress: Progress | None = None,
) -> sitk.Image:
    """Segment vertebral bodies, the arch excluded.

    Examples
    --------
    ::

        labels = segment_bodies(ct, read_points("points.mrk.json"))
        labels = segment_bodies(ct, {"L1": (5.2, -30.1, -402.0), "L2": (4.8, -28.6, -437.5)})  # LPS mm

    Parameters
    ----------
    ct : SimpleITK.Image
        3D, HU, any spacing and direction; not modified.
    points : mapping of LumbarLevel to (x, y, z)
        LPS mm, about the middle of each body; any of L1-L4, in any order.
    progress : callable, optional
        See `OVCFRiskLib.progress`.

    Returns
    -------
    SimpleITK.Image
        uint8 on the CT's grid: 20-23 in the bodies of L1-L4, else 0. A body the field of view cuts is labelled as
        far as it is seen.

    Raises
    ------
    OVCFRiskError
        If the CT is not an image or the points are not points, if they lie outside the CT, are swapped, or lie in one
        vertebra.
    MissingDependencyError
        Where Slicer's grow-cut filter is absent.
    CancelledError
        If ``progress`` said so.
    """
    require_images(ct=ct)
    points = as_points(points)
    frames = level_frames(ct, points)
    labels = np.zeros(ct.GetSize()[::-1], np.uint8)
    report_progress(progress, 0.0, "segmenting")
    placed = place_levels(ct, {level: frame.center for level, frame in frames.items()})

    def find(level: LumbarLevel) -> tuple[LocalGrid, np.ndarray]:
        prior = placed_prior(placed[level]) if level in placed else click_prior(frames[level])
        return _body_depth(ct, fit_template(ct, prior))

    found = side_by_side(find, list(frames))
    drawn = []
    for n, (level, body) in enumerate(zip(frames, found, strict=True), start=1):
        drawn.append((level, *_on_grid(ct, *body)))
        report_progress(progress, n / len(frames), f"{level.name} segmented")
    _draw(labels, drawn)
    report_progress(progress, 1.0, "bodies segmented")
    return image_like(labels, ct)


def _body_depth(ct: sitk.Image, template: BodyTemplate) -> tuple[LocalGrid, np.ndarray]:
    """A grid around a body, and a field on it that is positive inside."""
    surface = find_surface(ct, template)
    grid = LocalGrid(template.frame, np.ceil(template.half + GRID_MARGIN_MM), GROW_SPACING_MM)
    depth = surface.depth(*grid.coordinates())
    hu = np.clip(resample_local(ct, grid), EDGE_FLOOR_HU, EDGE_CEILING_HU)
    seeds = np.where(depth > SEED_DEPTH_MM, BODY_SEED, np.where(depth < -SEED_DEPTH_MM, OTHER_SEED, 0))
    grown = grow_from_seeds(hu, seeds.astype(np.uint8), np.abs(depth) > BAND_MM, GROW_SPACING_MM)
    inside = (grown == BODY_SEED) | (depth > BAND_MM)
    pieces, _ = ndimage.label(inside)
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    body = ndimage.binary_fill_holes(pieces == sizes.argmax())
    box = mask_box(body, DEPTH_MARGIN_VOXELS)
    assert box is not None, "a body holds its own seeds"
    field = np.full(body.shape, OUTSIDE_DEPTH_MM, np.float32)
    field[box] = _inset_depth(ct, grid, body[box])
    return grid, field


def _inset_depth(ct: sitk.Image, grid: LocalGrid, inside: np.ndarray) -> np.ndarray:
    """Smooth depth (mm) below the bone's surface, which lies a little inside of the strongest edge."""
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    depth = ndimage.gaussian_filter(depth.astype(np.float32), SURFACE_BLUR_MM / GROW_SPACING_MM) * GROW_SPACING_MM
    normal = np.stack(np.gradient(depth)[::-1], axis=-1)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-6)
    return depth - np.interp(voxel_along(ct, normal @ grid.frame.axes), INSET_VOXEL_MM, INSET_MM)


def _on_grid(ct: sitk.Image, grid: LocalGrid, field: np.ndarray) -> tuple[Box, np.ndarray]:
    """The part of the CT around a body, and the body's field there."""
    corners = np.array(np.meshgrid(*[(-h, h) for h in grid.half], indexing="ij")).reshape(3, -1).T
    index = lps_to_index(ct, grid.frame.lps(corners))
    size = ct.GetSize()[::-1]
    start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, size)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, start, size)
    k, j, i = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    box = (k, j, i)
    image = sitk.GetImageFromArray(field)
    image.CopyInformation(grid.reference())
    there = sitk.Resample(image, crop(ct, box), sitk.Transform(), sitk.sitkLinear, OUTSIDE_DEPTH_MM)
    return box, sitk.GetArrayFromImage(there)


def _draw(labels: np.ndarray, bodies: Sequence[tuple[LumbarLevel, Box, np.ndarray]]) -> None:
    """Write bodies into the labels of the CT; where two meet, the deeper one has the voxel."""
    whole = union_box([box for _, box, _ in bodies])
    around = labels[whole]
    taken = np.zeros(around.shape, np.float32)
    for level, box, depth in bodies:
        inner = box_within(box, whole)
        is_body = depth > taken[inner]
        around[inner][is_body] = level
        taken[inner][is_body] = depth[is_body]
