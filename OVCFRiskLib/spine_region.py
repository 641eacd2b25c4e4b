"""The part of a CT that everything works on: some centimetres of slices around what points or labels mark.

Slices are kept whole, so that ribs, vessels, kidneys, fat and the air around the patient stay in view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from OVCFRiskLib.geometry import Box, OnGrid, array_view, as_box, lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.volume_part import Part

# Slices kept beyond marked bodies, mm: ribs and sacrum are looked for over 150 mm from the outermost bodies' middles
# (`segmentation.landmarks`), contrast medium in planes that are tilted with a body and reach 100 mm to its sides, metal
# over 40 mm.
REGION_MARGIN_MM = 136.0
# A body and its click's error reach so far beyond a point, mm.
POINT_REACH_MM = 25.0
# ... and at least so many: features resample HU with B-splines, in which a voxel counts over 32 others, around masks
# that are redrawn up to half a slice and more beyond their surface.
LEAST_MARGIN_SLICES = 40
# Middles of neighbouring bodies of women lie at most so far apart, mm (Zhou 2000, Panjabi 1992).
LARGEST_PITCH_MM = 48.0
# Places in voxels are rounded to this many digits, so that rounding errors of a grid's origin do not move the region.
INDEX_DIGITS = 6


def slice_axis(grid: OnGrid) -> int:
    """Array axis ([k, j, i]) that lies nearest to the patient's long axis."""
    return 2 - int(np.argmax(np.abs(grid.GetDirection()[6:])))


def region_of_points(
    grid: OnGrid,
    points: Mapping[LumbarLevel, Sequence[float] | np.ndarray],
    is_completed: bool = False,
    moved_mm: float = 0.0,
) -> Box:
    """The part of a CT for points.

    Parameters
    ----------
    grid : Grid or SimpleITK.Image
        Of the whole CT.
    points : mapping of LumbarLevel to (x, y, z)
        LPS mm, at least one, within the CT.
    is_completed : bool
        The bodies of L1-L4 without a point are looked for too.
    moved_mm : float
        The points will be moved by up to so much.

    Returns
    -------
    Box
        [k, j, i]; whole slices.
    """
    axis = slice_axis(grid)
    index = np.round(lps_to_index(grid, np.array(list(points.values()), float))[:, axis], INDEX_DIGITS)
    low, high = float(index.min()), float(index.max())
    reach = _margin(grid, axis) + (POINT_REACH_MM + moved_mm) / grid.GetSpacing()[2 - axis]
    above = below = reach
    if is_completed:
        pitch = LARGEST_PITCH_MM / grid.GetSpacing()[2 - axis]
        above += pitch * (min(points) - min(LumbarLevel))
        below += pitch * (max(LumbarLevel) - max(points))
    runs_up = grid.GetDirection()[6 + 2 - axis] > 0
    before, after = (below, above) if runs_up else (above, below)
    return _slices(grid, axis, low - before, high + after)


def region_of_labels(grid: OnGrid, bodies: Box) -> Box:
    """The part of a CT for bodies that lie in a [k, j, i] box."""
    axis = slice_axis(grid)
    margin = _margin(grid, axis)
    return _slices(grid, axis, bodies[axis].start - margin, bodies[axis].stop - 1 + margin)


def around_bodies(ct: Part, labels: Part) -> tuple[Part, Part]:
    """CT and labels in the region of the bodies 20..23; all of them where no level has a voxel.

    Parameters
    ----------
    ct, labels : Part
        On one grid; the labels, 0 outside of their part, may be held in a smaller one.
    """
    around, labels = narrowed_to_bodies(ct, labels)
    return around, labels.widened(around.box)


def narrowed_to_bodies(ct: Part, labels: Part) -> tuple[Part, Part]:
    """As `around_bodies`, with labels that may stay in a smaller part."""
    array = array_view(labels.image)
    filled = mask_box(array)
    if filled is None:
        return ct, labels
    inner = array[filled]
    box = mask_box((inner >= min(LumbarLevel)) & (inner <= max(LumbarLevel)))
    if box is None:
        return ct, labels
    in_part = as_box(slice(b.start + f.start, b.stop + f.start) for b, f in zip(box, filled, strict=True))
    around = ct.narrowed(region_of_labels(ct.whole, labels.shifted(in_part)))
    return around, labels.narrowed(around.box)


def _margin(grid: OnGrid, axis: int) -> float:
    """What is kept beyond marked bodies, in slices."""
    return max(REGION_MARGIN_MM / grid.GetSpacing()[2 - axis], LEAST_MARGIN_SLICES)


def _slices(grid: OnGrid, axis: int, low: float, high: float) -> Box:
    """All voxels between two places along an array axis, within the CT."""
    shape = grid.GetSize()[::-1]
    first, last = max(0, int(np.floor(low))), min(shape[axis], int(np.ceil(high)) + 1)
    return as_box(slice(first, last) if n == axis else slice(0, size) for n, size in enumerate(shape))
