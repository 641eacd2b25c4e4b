"""How deep the voxels near a mask's surface lie, below the size of a voxel."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.geometry import mask_box

# Width of the smoothing, and where it ends: beyond 3 widths lie 0.3 % of it; both in voxels.
SMOOTHING_VOXELS = 1.0
SMOOTHING_REACH_VOXELS = 3
# The depth of a voxel depends on the voxels so near: those of the smoothing, and one for the slope.
DEPTH_REACH_VOXELS = SMOOTHING_REACH_VOXELS + 1
# More than a row of any CT has, twice of it within 16 bits; no nearest voxel is found so far away.
NONE_VOXELS = 2**13
# Planes whose rows are looked at together: more leave the cache, fewer are as many more steps of Python.
PLANES_AT_ONCE = 16


def signed_depth(inside: np.ndarray, spacing: tuple[float, ...], near_mm: float) -> np.ndarray:
    """Distance to the surface in mm, positive inside, without the staircase of the voxels; float32.

    Smoothing by one voxel makes the depth vary below the voxel size. It also rounds corners: a voxel that it would
    turn keeps half its distance instead, so that no change gives the mask itself. Single precision is exact to a
    micrometre, and goes through the memory twice as fast.

    Parameters
    ----------
    inside : numpy.ndarray [k, j, i] of bool
    spacing : tuple of 3 floats
        Along (k, j, i), mm.
    near_mm : float
        Up to this depth, and of the voxels beside, it is exact; farther away it is at least so large.
    """
    # smoothing by one voxel may make a depth less by as much
    needed_mm = near_mm + float(np.linalg.norm(spacing)) * (DEPTH_REACH_VOXELS + SMOOTHING_VOXELS)
    depth = -distance_to_zero(~inside, spacing, needed_mm)
    # the nearest voxel outside is never beyond the first plane around the body
    body = mask_box(inside, 1)
    depth[body] += distance_to_zero(inside[body], spacing, needed_mm)
    smooth = ndimage.gaussian_filter(depth, SMOOTHING_VOXELS, radius=SMOOTHING_REACH_VOXELS)
    depth /= 2
    np.copyto(depth, smooth, where=(smooth > 0) == inside)
    return depth


def slopes_at(depth: np.ndarray, number: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    """Slopes along (k, j, i), those that `numpy.gradient` has; (n, 3).

    Parameters
    ----------
    depth : numpy.ndarray [k, j, i]
    number : numpy.ndarray of int, (n,)
        Of voxels in the array laid out in one row, none of them in its first or last plane, row or column.
    spacing : tuple of 3 floats
        Along (k, j, i), mm.
    """
    flat = depth.reshape(-1)
    slopes = np.empty((len(number), 3), depth.dtype)
    for axis, (step, bytes_to_next) in enumerate(zip(spacing, depth.strides, strict=True)):
        stride = bytes_to_next // depth.itemsize
        slopes[:, axis] = (flat[number + stride] - flat[number - stride]) / (2 * step)
    return slopes


def distance_to_zero(away: np.ndarray, spacing: tuple[float, ...], farthest_mm: float) -> np.ndarray:
    """Distance in mm to the nearest voxel that is False, at most ``farthest_mm``; float32.

    The same as scipy's ``distance_transform_edt`` but for rounding. That looks for the nearest voxel in all of the
    array; here the squares along the axes are added one axis after the other, from voxels that are near enough.

    References
    ----------
    Saito T, Toriwaki J (1994) New algorithms for Euclidean distance transformation of an n-dimensional digitized
    picture with applications. Pattern Recognition 27:1551.
    """
    squared = np.full(away.shape, farthest_mm**2, np.float32)
    box = mask_box(~away)
    if box is None:
        return np.sqrt(squared, out=squared)
    planes, rows, _ = box
    in_rows = _steps_to_zero(away[planes, rows]).astype(np.float32)
    in_rows *= np.float32(spacing[2])
    np.square(in_rows, out=in_rows)
    in_planes = np.full((len(in_rows), *away.shape[1:]), farthest_mm**2, np.float32)
    for first in range(0, len(in_rows), PLANES_AT_ONCE):
        some = slice(first, first + PLANES_AT_ONCE)
        by_row = in_planes[some].swapaxes(0, 1), in_rows[some].swapaxes(0, 1)
        _lower_by_neighbours(*by_row, rows.start, spacing[1], farthest_mm)
    _lower_by_neighbours(squared, in_planes, planes.start, spacing[0], farthest_mm)
    return np.sqrt(squared, out=squared)


def _steps_to_zero(away: np.ndarray) -> np.ndarray:
    """Steps along the last axis to the nearest voxel that is False; more than any distance where there is none."""
    size = away.shape[-1]
    place = np.arange(size, dtype=np.int16)
    beyond = np.int16(NONE_VOXELS)
    before = np.maximum.accumulate(np.where(away, -beyond, place), axis=-1)
    behind = np.minimum.accumulate(np.where(away, beyond, place)[..., ::-1], axis=-1)[..., ::-1]
    steps: np.ndarray = np.minimum(place - before, behind - place)
    return steps


def _lower_by_neighbours(
    squared: np.ndarray, known: np.ndarray, start: int, step_mm: float, farthest_mm: float
) -> None:
    """Lower squared distances to those by way of neighbours along the first axis.

    ``known`` are the squared distances of the places from ``start`` on, without a step along this axis.
    """
    size, end = len(squared), start + len(known)
    by_way = np.empty_like(known)
    for steps in range(min(int(farthest_mm / step_mm), size - 1) + 1):
        np.add(known, np.float32((steps * step_mm) ** 2), out=by_way)
        for shift in {steps, -steps}:
            first, last = max(start + shift, 0), min(end + shift, size)
            if first < last:
                part = squared[first:last]
                np.minimum(part, by_way[first - shift - start : last - shift - start], out=part)
