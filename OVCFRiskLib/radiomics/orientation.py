"""Axial slices as array axis 0: what the diameter within slices takes for granted."""

from __future__ import annotations

import math

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import Box, as_box, run_filter
from OVCFRiskLib.volume_part import Grid, Part

# Voxel axes pointing to left, posterior, superior: array axis 0 is then the axial slices, from feet to head.
AXIAL_ORDER = "LPS"
# Slices tilted less than this stay as they are: the diameter grows by at most 1 / cos(10 deg) - 1 = 1.5 %, while
# interpolation would change the texture features by far more. Beyond it the CT is resampled to axial slices.
OBLIQUE_LIMIT_DEGREES = 10.0
# A flip moves the origin by (n - 1) voxels; rounding to a picometre makes a flip and its reverse the same origin.
ORIGIN_DECIMALS = 9


def is_axial(image: sitk.Image | Grid) -> bool:
    """True when the axes point, apart from a tilt, to left, posterior, superior."""
    return sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(image.GetDirection()) == AXIAL_ORDER


def is_oblique(image: sitk.Image | Grid) -> bool:
    """True when no image axis comes within `OBLIQUE_LIMIT_DEGREES` of the patient's long axis: slices are tilted."""
    return max(abs(x) for x in image.GetDirection()[6:]) < math.cos(math.radians(OBLIQUE_LIMIT_DEGREES))


def to_axial_order(image: sitk.Image) -> sitk.Image:
    """Permute and flip the axes to left-posterior-superior order; no voxel value changes.

    Parameters
    ----------
    image : SimpleITK.Image
        3D, any direction.

    Returns
    -------
    SimpleITK.Image
        The same physical content; ``image`` itself where its axes are in that order already.
    """
    if is_axial(image):
        return image
    oriented = run_filter(sitk.DICOMOrient, image, AXIAL_ORDER)
    oriented.SetOrigin([round(x, ORIGIN_DECIMALS) for x in oriented.GetOrigin()])
    return oriented


def axial_part(part: Part) -> Part:
    """A part of an image as `to_axial_order` would store it, in the whole so stored."""
    if is_axial(part.image):
        return part
    image, whole = to_axial_order(part.image), grid_in_axial_order(part.whole)
    k, j, i = (axis.start for axis in box_in_axial_order(part.box, part.whole))
    image.SetOrigin(whole.TransformIndexToPhysicalPoint((i, j, k)))
    return Part(image, (k, j, i), whole)


def grid_in_axial_order(grid: Grid) -> Grid:
    """The grid of what `to_axial_order` makes of an image on this one."""
    if is_axial(grid):
        return grid
    order, flipped = _axial_axes(grid)
    source = [order[2 - axis] for axis in range(3)]
    first = [0, 0, 0]
    for axis in flipped:
        first[2 - order[axis]] = grid.size[2 - order[axis]] - 1
    origin = grid.TransformIndexToPhysicalPoint((first[0], first[1], first[2]))
    i, j, k = (grid.size[2 - axis] for axis in source)
    x, y, z = (grid.spacing[2 - axis] for axis in source)
    left, back, up = (round(value, ORIGIN_DECIMALS) for value in origin)
    return Grid((i, j, k), (x, y, z), (left, back, up), to_axial_order(grid.image()).GetDirection())


def axial_views(image: sitk.Image, *arrays: np.ndarray) -> tuple[list[np.ndarray], tuple[float, float, float]]:
    """Arrays [k, j, i] on the grid of an image, or on a part of it, as `to_axial_order` would store them.

    Returns
    -------
    tuple
        The arrays as views, and the spacing (k, j, i) in mm.
    """
    order, flipped = _axial_axes(image)
    spacing = image.GetSpacing()[::-1]
    return [np.flip(array.transpose(order), flipped) for array in arrays], tuple(spacing[axis] for axis in order)


def box_in_axial_order(box: Box, image: sitk.Image | Grid) -> Box:
    """A [k, j, i] box of an image as a box of what `to_axial_order` makes of it."""
    order, flipped = _axial_axes(image)
    size = image.GetSize()[::-1]
    turned = []
    for axis, source in enumerate(order):
        start, stop = box[source].start, box[source].stop
        turned.append(slice(size[source] - stop, size[source] - start) if axis in flipped else slice(start, stop))
    return as_box(turned)


def _axial_axes(image: sitk.Image | Grid) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Array axes in the order of `to_axial_order`, and those of the result to be flipped."""
    if is_axial(image):
        return (0, 1, 2), ()
    voxel = sitk.Image(1, 1, 1, sitk.sitkUInt8)
    voxel.SetDirection(image.GetDirection())
    orient = sitk.DICOMOrientImageFilter()
    orient.SetDesiredCoordinateOrientation(AXIAL_ORDER)
    run_filter(orient.Execute, voxel)
    # ITK counts axes from i, arrays from k
    order = tuple(2 - axis for axis in reversed(orient.GetPermuteOrder()))
    return order, tuple(axis for axis, flip in enumerate(reversed(orient.GetFlipAxes())) if flip)
