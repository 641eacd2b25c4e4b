"""A vertebra's own axes from its mask: middle of the body, sideways, backwards, upwards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import POSTERIOR, BodyFrame
from OVCFRiskLib.geometry import index_to_lps, is_within, lps_to_index

# Scale at which the body is the vertebra's heaviest part: about a third of a body's height (25-30 mm).
MASS_SCALE_MM = 8.0
# A mask is thinned to about this for its middle, which needs no more.
MASS_GRID_MM = 1.5
# The whole vertebra's centroid lies 10-18 mm behind the body's middle, a body's own within 2 mm.
ARCH_OFFSET_MM = 6.0
# Sagittal tilt of a single vertebra against the patient's axis: lordosis, kyphosis, table.
LARGEST_BODY_TILT_DEGREES = 40
# Tilts are tried in steps of 5 degrees, then of 1 around the best.
TILT_STEPS_DEGREES = (5, 1)
# Between two tilts that see the same wall, the smaller one; mm^2 of wall for a degree.
TILT_COST_MM2 = 0.5
# Rays this near the middle meet no pedicle: the canal is at least 20 mm wide (Panjabi 1992, Spine 17:299).
MIDLINE_HALF_WIDTH_MM = 6.0
# From the body's middle to its posterior wall: less than half the depth of the smallest body, mm.
NEAREST_WALL_MM = 5.0
# ... and more than half the depth of the largest, mm.
FARTHEST_WALL_MM = 30.0
# The wall's own concavity.
WALL_FLATNESS_MM = 1.25


@dataclass(frozen=True, slots=True)
class Rays:
    """A mask sampled on a frame's axes.

    Attributes
    ----------
    side, up, back : np.ndarray
        Coordinates, mm.
    inside : np.ndarray
        (side, up, back), True in the mask.
    exits : np.ndarray
        (side, up): where the ray that starts at back = 0 leaves the mask, mm; NaN when it does not start in the
        mask or leaves the image first.
    """

    side: np.ndarray
    up: np.ndarray
    back: np.ndarray
    inside: np.ndarray
    exits: np.ndarray


def middle_of_body(mask: np.ndarray, grid: sitk.Image) -> np.ndarray:
    """Where a vertebra is heaviest, LPS mm: in the body, whatever else the mask holds."""
    spacing = np.array(grid.GetSpacing())[::-1]
    stride = np.maximum(1, (MASS_GRID_MM / spacing).astype(int))
    coarse = mask[tuple(slice(None, None, n) for n in stride)].astype(np.float32)
    sigma = MASS_SCALE_MM / (spacing * stride)
    margin = np.ceil(2 * sigma).astype(int)
    mass = ndimage.gaussian_filter(np.pad(coarse, [(n, n) for n in margin]), sigma, mode="constant", truncate=2)
    heaviest = np.argwhere(mass >= 0.98 * mass.max()).mean(axis=0) - margin
    return index_to_lps(grid, (heaviest * stride)[None])[0]


def vertebra_frame(mask: np.ndarray, grid: sitk.Image, up: np.ndarray, is_cut: bool) -> BodyFrame:
    """Axes before the tilt is known.

    Parameters
    ----------
    mask : np.ndarray
        bool [k, j, i].
    grid : SimpleITK.Image
        Where the mask lies.
    up : np.ndarray
        Direction of the spine, LPS.
    is_cut : bool
        True when the mask touches the image's border, so that its centroid says nothing about the arch.
    """
    up = up / np.linalg.norm(up)
    center = middle_of_body(mask, grid)
    towards = index_to_lps(grid, np.argwhere(mask)).mean(axis=0) - center
    towards -= up * (towards @ up)
    back = POSTERIOR if is_cut or np.linalg.norm(towards) < ARCH_OFFSET_MM else towards
    return BodyFrame.along(center, up, back)


def cast_rays(
    mask: np.ndarray, grid: sitk.Image, frame: BodyFrame, side: np.ndarray, up: np.ndarray, back: np.ndarray
) -> Rays:
    """Sample a mask (float32, 0 or 1) along the frame's axes, evenly on each; ``back`` holds 0."""
    ends = [
        (side[0], back[0], up[0]),
        (side[-1], back[0], up[0]),
        (side[0], back[0], up[-1]),
        (side[0], back[-1], up[0]),
    ]
    first, *last = lps_to_index(grid, frame.lps(np.array(ends)))
    shape = len(side), len(up), len(back)
    steps = (np.array(last) - first).T / (np.array(shape) - 1)
    inside = ndimage.affine_transform(mask, steps, first, shape, order=1) > 0.5
    start, step = int(np.argmin(np.abs(back))), back[1] - back[0]
    length = np.logical_and.accumulate(inside[:, :, start:], axis=2).sum(axis=2)
    after = np.minimum(start + length + 1, len(back) - 1)
    index = np.tensordot(steps, [*np.indices(shape[:2]), after], 1) + first[:, None, None]
    is_seen = is_within(np.moveaxis(index, 0, -1), mask.shape)
    exits = np.where((length > 0) & is_seen, back[start] + (length - 0.5) * step, np.nan)
    return Rays(side, up, back, inside, exits)


def align_with_wall(mask: np.ndarray, grid: sitk.Image, frame: BodyFrame) -> BodyFrame:
    """Tilt a frame so that its rays meet the largest level piece of posterior wall."""
    best_tilt, best_area = 0.0, -float("inf")
    for step, reach in zip(TILT_STEPS_DEGREES, (LARGEST_BODY_TILT_DEGREES, TILT_STEPS_DEGREES[0] - 1), strict=True):
        around = best_tilt
        for tilt in np.arange(around - reach, around + reach + 1, step).tolist():
            area = _level_wall_mm2(mask, grid, frame.tilted(tilt)) - TILT_COST_MM2 * abs(tilt)
            if area > best_area:
                best_tilt, best_area = tilt, area
    return frame.tilted(best_tilt)


def _level_wall_mm2(mask: np.ndarray, grid: sitk.Image, frame: BodyFrame) -> float:
    """Area in front of the canal where rays leave the mask at one depth."""
    step = 1.5
    side = np.arange(-MIDLINE_HALF_WIDTH_MM, MIDLINE_HALF_WIDTH_MM + step / 2, step)
    up = np.arange(-24.0, 24.1, step)
    exits = cast_rays(mask, grid, frame, side, up, np.arange(0.0, FARTHEST_WALL_MM + 10, step / 2)).exits
    exits = exits[(exits > NEAREST_WALL_MM) & (exits < FARTHEST_WALL_MM)]
    depths = np.arange(NEAREST_WALL_MM, FARTHEST_WALL_MM, 0.5)
    at_depth = np.abs(exits[None] - depths[:, None]) <= WALL_FLATNESS_MM
    return float(at_depth.sum(axis=1).max()) * step**2
