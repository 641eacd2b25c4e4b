"""Voxels near a mask, and within its holes: what SciPy's distance map and filling say, many times faster."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.geometry import mask_box

# The sum of two squares of so many steps is the largest that a byte holds.
MOST_VOXEL_STEPS = 11


def is_near(
    mask: np.ndarray, spacing: tuple[float, float, float], reach_mm: float, is_below: bool = False
) -> np.ndarray:
    """Which voxels have a voxel of a mask within reach, those of the mask too.

    The same as ``scipy.ndimage.distance_transform_edt(~mask, spacing) <= reach_mm``, which looks for the nearest voxel
    of each; here a ball's rows are laid about all voxels at once.

    Parameters
    ----------
    mask : numpy.ndarray of bool, [k, j, i]
    spacing : tuple of 3 floats
        Along (k, j, i), mm.
    reach_mm : float
    is_below : bool
        Nearer than ``reach_mm``, not as near as that.

    Returns
    -------
    numpy.ndarray of bool, [k, j, i]
    """
    offsets = [np.arange(int(np.ceil(reach_mm / mm)) + 1) * mm for mm in spacing]
    k, j, i = (offset**2 for offset in offsets)
    distance = np.sqrt(k[:, None, None] + j[:, None] + i)
    half_width = np.count_nonzero(distance < reach_mm if is_below else distance <= reach_mm, axis=-1) - 1
    around = [len(offset) - 1 for offset in offsets]
    # with room on all sides a step along any axis is a step along one row of all voxels, and leaves no voxel's row
    wide = np.ascontiguousarray(np.pad(mask, [(n, n) for n in around]))
    rows = _wide_rows(wide.ravel(), int(half_width.max(initial=-1)))
    strides = [n // wide.itemsize for n in wide.strides]
    near = np.zeros(wide.size, bool)
    for planes, widths in enumerate(half_width):
        plane = np.zeros(wide.size, bool)
        for lines, width in enumerate(widths):
            if width >= 0:
                _join(plane, rows[width], lines * strides[1])
        _join(near, plane, planes * strides[0])
    return near.reshape(wide.shape)[tuple(slice(n, n + size) for n, size in zip(around, mask.shape, strict=True))]


def _wide_rows(row: np.ndarray, widest: int) -> list[np.ndarray]:
    """The row, and the row widened by one voxel more to both sides up to the widest."""
    rows = [row]
    for width in range(1, widest + 1):
        rows.append(rows[-1].copy())
        _join(rows[-1], row, width)
    return rows


def _join(to: np.ndarray, row: np.ndarray, step: int) -> None:
    """Add a row moved by so many voxels to both sides."""
    if step == 0:
        to |= row
    elif step < len(row):
        to[step:] |= row[:-step]
        to[:-step] |= row[step:]


def steps_to(mask: np.ndarray, most: int = MOST_VOXEL_STEPS) -> np.ndarray:
    """Square of the distance to the nearest voxel of a mask in steps of an even grid, at most that of so many steps.

    Whole numbers, as exact as ``scipy.ndimage.distance_transform_edt(~mask) ** 2``, a byte each.

    Parameters
    ----------
    mask : numpy.ndarray of bool, [k, j, i]
    most : int
        Steps, up to `MOST_VOXEL_STEPS`.

    Returns
    -------
    numpy.ndarray of uint8, [k, j, i]

    References
    ----------
    Saito T, Toriwaki J (1994) New algorithms for Euclidean distance transformation of an n-dimensional digitized
    picture with applications. Pattern Recognition 27:1551.
    """
    squared = np.where(mask, np.uint8(0), np.uint8(most**2))
    for axis in range(3):
        # the axis comes first: a step along it is then one from plane to plane
        lowest = np.moveaxis(squared, axis, 0).copy()
        known = lowest.copy()
        for steps in range(1, min(most, len(known) - 1) + 1):
            by_way = known + np.uint8(steps**2)
            np.minimum(lowest[steps:], by_way[:-steps], out=lowest[steps:])
            np.minimum(lowest[:-steps], by_way[steps:], out=lowest[:-steps])
        squared = np.moveaxis(lowest, 0, axis)
    return np.ascontiguousarray(squared)


def without_holes(mask: np.ndarray) -> np.ndarray:
    """A mask with what it encloses; the same as ``scipy.ndimage.binary_fill_holes``, which goes inwards step by step.

    Parameters
    ----------
    mask : numpy.ndarray of bool, [k, j, i]
    """
    filled = mask.copy()
    box = mask_box(mask)
    if box is None:
        return filled
    pieces, count = ndimage.label(~mask[box])
    is_hole = np.ones(count + 1, bool)
    is_hole[0] = False
    for axis in range(3):
        ends = np.moveaxis(pieces, axis, 0)[[0, -1]]
        is_hole[ends] = False
    if is_hole.any():
        filled[box] |= is_hole[pieces]
    return filled
