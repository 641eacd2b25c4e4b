"""Cut the arch off a vertebra: what is left is the body, as the method scores it.

Works on the mask alone, in the vertebra's own axes, so that it serves masks of any tool and orientation. Rays run
from the middle of the body backwards. In front of the canal, and below the pedicles, they leave the mask at the
posterior wall; through the pedicles they run on into the arch. A smooth wall is fitted to the rays that left, and only
the rays that ran on are cut at it. A mask from which no ray runs on is a body already and is returned as it is.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.mask_voxels import without_holes
from OVCFRiskLib.bodies.vertebra_frame import (
    MIDLINE_HALF_WIDTH_MM,
    Rays,
    align_with_wall,
    cast_rays,
    vertebra_frame,
)
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, array_view, crop, image_like, index_to_lps, mask_box
from OVCFRiskLib.segmentation.wall_fit import Wall, fit_wall

# Distance between rays, and between samples along them, mm: chosen.
ARCH_RAY_STEP_MM = 0.75
# Rays reach beyond the widest lumbar body (about 55 x 37 x 32 mm) ...
SIDEWAYS_MM = 30.0
UPWARDS_MM = 30.0
FORWARDS_MM = 30.0
# ... and backwards through the arch.
BACKWARDS_MM = 60.0
# The wall is fitted to rays within the body's flat back ...
WALL_HALF_WIDTH_MM = 22.0
# ... and away from its rims: without this percentage of the rows at either end.
RIM_PERCENT = 10.0
# Fewer rows of rays (3 mm) have no wall to fit.
FEWEST_WALL_ROWS = 4
# A vertebra is turned against its neighbours by a few degrees, in scoliosis by up to 15.
LARGEST_SLOPE = 0.25
# A ray that leaves the mask this far behind the wall has met an osteophyte or the pedicle's fillet, not a pedicle.
FREE_MARGIN_MM = 3.0
# Material this far behind the wall is an arch ...
ARCH_BEHIND_MM = 6.0
# ... when it is this fraction of the mask: of a vertebra it is 0.30-0.45, of a body 0.
ARCH_FRACTION = 0.02


def cut_arch(vertebra: sitk.Image, up: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> sitk.Image:
    """The body of a vertebra.

    Parameters
    ----------
    vertebra : SimpleITK.Image
        Mask, non-zero inside, of a whole vertebra or of a body alone; 3D on any grid; not modified.
    up : tuple of float
        Direction of the spine here, LPS. The patient's own axis does, for tilts to front and back up to 40 degrees
        and to the sides up to 20.

    Returns
    -------
    SimpleITK.Image
        uint8 mask on the same grid; exactly the given voxels when there is no arch.

    Raises
    ------
    OVCFRiskError
        If the mask is empty.
    """
    mask = array_view(vertebra) != 0
    box = mask_box(mask)
    if box is None:
        raise OVCFRiskError("expected the mask of a vertebra, got an empty one")
    grown = mask_box(mask, margin=1)
    assert grown is not None, "its box is there"
    body = np.zeros(mask.shape, np.uint8)
    body[grown] = _body_of(mask[grown], crop(vertebra, grown), np.asarray(up, float), _touches_border(box, mask.shape))
    return image_like(body, vertebra)


def _body_of(mask: np.ndarray, grid: sitk.Image, up: np.ndarray, is_cut: bool) -> np.ndarray:
    """Body voxels of a cropped mask."""
    filled = without_holes(mask).astype(np.float32)
    frame = align_with_wall(filled, grid, vertebra_frame(mask, grid, up, is_cut))
    rays = _all_rays(filled, grid, frame)
    wall = _fit_wall(rays)
    if wall is None:
        return mask
    frame = frame.turned(float(np.clip(wall.coefficients[1], -LARGEST_SLOPE, LARGEST_SLOPE)))
    rays = _all_rays(filled, grid, frame)
    wall = _fit_wall(rays)
    if wall is None:
        return mask
    indices = np.argwhere(mask)
    side, back, up_mm = frame.local(index_to_lps(grid, indices)).T
    behind = back - wall.back(side, up_mm)
    if np.mean(behind > ARCH_BEHIND_MM) < ARCH_FRACTION:
        return mask
    is_kept = (behind <= 0) | (_leaves_freely(rays, wall, side, up_mm) & (behind <= FREE_MARGIN_MM))
    body = np.zeros(mask.shape, bool)
    body[tuple(indices[is_kept].T)] = True
    return _largest_piece(body)


def _touches_border(box: Box, shape: tuple[int, ...]) -> bool:
    """True when the field of view may have cut the mask."""
    return any(part.start == 0 or part.stop == n for part, n in zip(box, shape, strict=True))


def _all_rays(mask: np.ndarray, grid: sitk.Image, frame: BodyFrame) -> Rays:
    """Rays through the whole vertebra."""
    side = np.arange(-SIDEWAYS_MM, SIDEWAYS_MM + ARCH_RAY_STEP_MM / 2, ARCH_RAY_STEP_MM)
    up = np.arange(-UPWARDS_MM, UPWARDS_MM + ARCH_RAY_STEP_MM / 2, ARCH_RAY_STEP_MM)
    back = np.arange(-FORWARDS_MM, BACKWARDS_MM + ARCH_RAY_STEP_MM / 2, ARCH_RAY_STEP_MM)
    return cast_rays(mask, grid, frame, side, up, back)


def _fit_wall(rays: Rays) -> Wall | None:
    """The posterior wall from the rays that left the mask there; None when there are too few."""
    middle = rays.exits[np.abs(rays.side) <= MIDLINE_HALF_WIDTH_MM]
    rows = rays.up[np.isfinite(middle).mean(axis=0) > 0.5]
    if len(rows) < FEWEST_WALL_ROWS:
        return None
    low, high = np.percentile(rows, (RIM_PERCENT, 100 - RIM_PERCENT))
    is_row = (rays.up >= low) & (rays.up <= high)
    first_guess = np.nanmedian(middle[:, is_row])
    side, up = np.meshgrid(rays.side, rays.up, indexing="ij")
    used = np.isfinite(rays.exits) & is_row[None] & (np.abs(side) <= WALL_HALF_WIDTH_MM)
    return fit_wall(side[used], up[used], rays.exits[used], float(first_guess), (float(low), float(high)))


def _leaves_freely(rays: Rays, wall: Wall, side: np.ndarray, up: np.ndarray) -> np.ndarray:
    """For places sideways and upwards: does the mask end near the wall there, or run on into a pedicle?"""
    depth = wall.back(*np.meshgrid(rays.side, rays.up, indexing="ij"))
    is_before = rays.back < depth[..., None] - 1.0
    length = np.logical_and.accumulate(rays.inside | is_before, axis=2).sum(axis=2)
    is_free = rays.back[0] + (length - 0.5) * ARCH_RAY_STEP_MM <= depth + FREE_MARGIN_MM
    column = np.clip(np.rint((side - rays.side[0]) / ARCH_RAY_STEP_MM).astype(int), 0, len(rays.side) - 1)
    row = np.clip(np.rint((up - rays.up[0]) / ARCH_RAY_STEP_MM).astype(int), 0, len(rays.up) - 1)
    return is_free[column, row]


def _largest_piece(body: np.ndarray) -> np.ndarray:
    """The body without loose bits of the transverse processes."""
    pieces, count = ndimage.label(body)
    return body if count < 2 else pieces == np.argmax(np.bincount(pieces.ravel())[1:]) + 1
