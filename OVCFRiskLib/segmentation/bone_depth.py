"""How deep places lie below the surface of the bone, from the voxels that seeds have reached.

The strongest edge of a thin shell lies outside of the bone, by the width of the edge filter and of the scanner's blur.
How far, the walls say themselves (`wall_anchor`); at the plates, where the disc may be as bright as the marrow, the
length of the voxel does.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.mask_frame import TAIL_SDS
from OVCFRiskLib.bodies.mask_voxels import MOST_VOXEL_STEPS, steps_to
from OVCFRiskLib.geometry import Box, lengths, voxel_along
from OVCFRiskLib.segmentation.local_volume import LocalGrid
from OVCFRiskLib.segmentation.template_fit import EDGE_FLOOR_HU
from OVCFRiskLib.segmentation.wall_anchor import wall_shifts

# Smoothing of the mask's staircase, mm (SD).
SURFACE_BLUR_MM = 0.7
# Where edges are weak, noise draws single places: there they are smoothed over more, by the mean fall of HU between the
# shell of the bone and its surroundings (SD, mm). Masks of real bodies and phantoms of 20 HU fall by 120 and more, real
# bodies made osteoporotic by 35 to 100.
WEAK_EDGE_HU = (40.0, 100.0)
NOISE_BLUR_MM = (2.2, 0.0)
# The shell lies so deep, its surroundings so far outside, mm.
FALL_SHELL_MM = 2.0
FALL_BEYOND_MM = (2.0, 4.0)
# Surfaces are moved in by so much, mm, by voxel along their normal, walls then to where they end. In the plane blur
# grows little with the pixel; along the slices it is the slice itself, until edges are as far apart as they are looked
# for (measured on phantoms of 0.6-5 mm slices and on masks of real CTs: Testing/Benchmarks/segmentation.py).
INSET_VOXEL_MM = (0.0, 0.8, 2.0, 3.0, 5.0)
INSET_MM = (0.07, 0.28, 0.84, 1.14, 1.42)
# Walls end so far within the place where HU fall to half, mm, by voxel across the body: between phantoms, where it
# is 0.4 to 0.6, and masks that people and networks drew, where it is 0 to 0.3 at the front and the sides.
WALL_VOXEL_MM = (0.8, 1.5)
WALL_WITHIN_MM = (0.20, 0.25)
# The surface runs half a voxel from the middles of the voxels to both of its sides.
SIDE_VOXELS = 0.5
# A normal whose cosine to the body's axis is up to this is a wall's, from that on a plate's, between of both.
WALL_UP_TO = 0.5
PLATE_FROM = 0.8


def bone_depth(
    ct: sitk.Image, grid: LocalGrid, box: Box, inside: np.ndarray, hu: np.ndarray, half: np.ndarray
) -> np.ndarray:
    """Smooth depth (mm) below the bone's surface, positive inside.

    Parameters
    ----------
    ct : SimpleITK.Image
    grid : LocalGrid
        In the body's own axes.
    box : Box
        Part of the grid.
    inside : numpy.ndarray of bool
        Of the box: voxels within the strongest edges.
    hu : numpy.ndarray
        On the whole grid, the pedicles taken off.
    half : numpy.ndarray (3,)
        Half width, depth and height of the body.
    """
    depth = _smooth_depth(inside, hu[box], grid.spacing)
    inwards = np.stack(np.gradient(depth)[::-1], axis=-1)
    inwards /= np.maximum(lengths(inwards), 1e-6)[..., None]
    depth_by_voxel = depth - _inset(voxel_along(ct, inwards @ grid.frame.axes))
    at = np.argwhere(np.abs(depth) < grid.spacing / 2)
    outwards = -inwards[tuple(at.T)]
    corner = np.array([axis.start for axis in box])
    places = ((at + corner) * grid.spacing)[:, ::-1] - grid.half + outwards * depth[tuple(at.T)][:, None]
    shifts = wall_shifts(hu, grid, places, outwards, half)
    if shifts is None:
        return depth_by_voxel
    across = voxel_along(ct, grid.frame.axes[0])
    shifts = shifts - np.interp(across, WALL_VOXEL_MM, WALL_WITHIN_MM) + _inset(across)
    side, back, _ = grid.coordinates()
    side, back = side[..., box[2]], back[:, box[1]]
    strip = np.arctan2(back / half[1], side / half[0]) % (2 * np.pi) * (len(shifts) / (2 * np.pi))
    at_wall = np.interp(strip, np.arange(len(shifts) + 1), np.append(shifts, shifts[0]))
    is_wall = np.clip((PLATE_FROM - np.abs(inwards[..., 2])) / (PLATE_FROM - WALL_UP_TO), 0.0, 1.0)
    return depth_by_voxel + is_wall * at_wall


def _smooth_depth(inside: np.ndarray, hu: np.ndarray, spacing: float) -> np.ndarray:
    """Depth (mm) below the surface of voxels, the smoother the weaker its edge."""
    depth = _near_depth(inside, spacing)
    noise_mm = float(np.interp(_edge_hu(depth, hu), WEAK_EDGE_HU, NOISE_BLUR_MM))
    if noise_mm == 0:
        return ndimage.gaussian_filter(depth, SURFACE_BLUR_MM / spacing)
    # such smoothing reaches farther than that depth is true
    within, beyond = (ndimage.distance_transform_edt(side) - SIDE_VOXELS for side in (inside, ~inside))
    depth = np.where(inside, within, -beyond).astype(np.float32) * spacing
    depth = ndimage.gaussian_filter(depth, SURFACE_BLUR_MM / spacing)
    # what one smoothing takes from rims, the second gives back (twicing, Tukey 1977); beyond the grid the depth goes on
    # as it comes to its border
    sd = noise_mm / spacing
    room = int(np.ceil(2 * TAIL_SDS * sd))
    wide = np.pad(depth, room, mode="reflect", reflect_type="odd")
    smooth = ndimage.gaussian_filter(wide, sd, truncate=TAIL_SDS)
    twice = 2 * smooth - ndimage.gaussian_filter(smooth, sd, truncate=TAIL_SDS)
    return twice[(slice(room, -room),) * 3]


def _near_depth(inside: np.ndarray, spacing: float) -> np.ndarray:
    """Depth (mm) below the surface of voxels, true up to `MOST_VOXEL_STEPS` voxels and not more beyond."""
    by_square = (np.sqrt(np.arange(MOST_VOXEL_STEPS**2 + 1)) - SIDE_VOXELS).astype(np.float32) * spacing
    return np.where(inside, by_square.take(steps_to(~inside)), -by_square.take(steps_to(inside)))


def _edge_hu(depth: np.ndarray, hu: np.ndarray) -> float:
    """Mean fall of HU across the surface."""
    is_shell = (depth > 0) & (depth < FALL_SHELL_MM)
    is_outside = (depth < -FALL_BEYOND_MM[0]) & (depth > -FALL_BEYOND_MM[1])
    if not (is_shell.any() and is_outside.any()):
        return WEAK_EDGE_HU[-1]
    return float(hu[is_shell].mean() - np.maximum(hu[is_outside], EDGE_FLOOR_HU).mean())


def _inset(voxel_mm: np.ndarray) -> np.ndarray:
    """How far surfaces are moved in, by voxel along their normal, mm."""
    return np.interp(voxel_mm, INSET_VOXEL_MM, INSET_MM)
