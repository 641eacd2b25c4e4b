"""The longest distance within an axial slice of the body's surface."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.mask_stack import STACK_MASKS, one_if_held
from OVCFRiskLib.radiomics.region import BodyRegion

# Directions in which planes are measured first, to leave out those that cannot hold the longest distance; none along
# the columns.
BOUND_ANGLES = (np.arange(16) + 0.5) * (np.pi / 16)
# The first so many point right, the others left.
RIGHTWARD = len(BOUND_ANGLES) // 2
# A distance is at most its width in the nearest of these directions, divided by this; widths are rounded to 24 bits.
BOUND_LOSS = np.cos(np.pi / 32) - 1e-5

# Masks of which planes are measured together: more leave the cache.
MASKS_AT_ONCE = 4


def diameter_features(region: BodyRegion) -> dict[str, float]:
    """Shape feature of the frozen score.

    Returns
    -------
    dict
        ``Maximum2DDiameterSlice`` in mm: the longest distance between two vertices of the surface mesh that lie in one
        axial plane.

    Notes
    -----
    pyradiomics' marching-cubes mesh of a mask has its vertices midway between voxels inside and outside. In the plane
    of a slice those are the mask's voxels shifted by half a voxel along a row or column; midway between two slices, the
    voxels that only one of them has. The farthest two of a set are corners of its convex hull, so the first and the
    last voxel of each row are enough: with voxels dx columns and dy rows apart, the vertices of a slice are up to
    (dx + 1, dy) and (dx, dy + 1) apart.
    """
    outline: np.ndarray = np.ascontiguousarray(region.outline)
    size_mm = region.spacing_mm[1:]
    first, last = _row_ends(outline)
    filled: np.ndarray = np.logical_or.reduce(outline, axis=2)
    bounds = _upper_bounds(first.T[:, None], last.T[:, None], filled.T[:, None], size_mm)[:, 0]
    return {"Maximum2DDiameterSlice": _longest(bounds, outline.view(np.uint8), 0, size_mm)}


def diameters_by_mask(outlines: np.ndarray, count: int, spacing_mm: tuple[float, float, float]) -> list[float]:
    """``Maximum2DDiameterSlice`` in mm of each of several masks.

    Parameters
    ----------
    outlines : ndarray [k, j, i], uint32
        Which masks hold each voxel.
    count : int
        Number of masks.
    spacing_mm : tuple of 3 floats
        Along (k, j, i).
    """
    size_mm = spacing_mm[1:]
    n_k, n_j, n_i = outlines.shape
    by_column = np.ascontiguousarray(outlines.transpose(2, 1, 0)).reshape(n_i, -1)
    # a mask has come by a column if it holds one up to there: columns it has not come by lie before its first
    first, after_last = (
        n_i - _columns_passed(direction).reshape(n_j, n_k, STACK_MASKS).transpose(0, 2, 1)
        for direction in (by_column, by_column[::-1])
    )
    last = n_i - 1 - after_last
    longest = []
    for start in range(0, count, MASKS_AT_ONCE):
        masks = slice(start, min(start + MASKS_AT_ONCE, count))
        bounds = _upper_bounds(first[:, masks], last[:, masks], (first <= last)[:, masks], size_mm)
        for number, of_mask in zip(range(masks.start, masks.stop), bounds.T, strict=True):
            longest.append(_longest(of_mask, outlines, number, size_mm))
    return longest


def _columns_passed(words: np.ndarray) -> np.ndarray:
    """How many columns from each mask's first one on there are in words (columns, rows); (rows, `STACK_MASKS`)."""
    total = np.zeros((words.shape[1], STACK_MASKS), np.int16)
    passed = np.zeros(words.shape[1], np.uint32)
    for column in words:
        passed |= column
        total += one_if_held(passed)
    return total


def _longest(bounds: np.ndarray, outlines: np.ndarray, number: int, size_mm: tuple[float, float]) -> float:
    """The longest distance in any plane (mm) of the mask that is a bit of ``outlines``; of `_upper_bounds`."""
    longest = 0.0
    bit = outlines.dtype.type(1 << number)
    for plane_number in np.argsort(-bounds):  # even numbers: slices, odd: between them
        if bounds[plane_number] <= longest:
            break
        k, between = divmod(int(plane_number), 2)
        plane = outlines[k] ^ outlines[k + 1] if between else outlines[k]
        longest = max(longest, _longest_distance((plane & bit) != 0, 0 if between else 1, size_mm))
    return float(longest)


def _upper_bounds(first: np.ndarray, last: np.ndarray, filled: np.ndarray, size_mm: tuple[float, float]) -> np.ndarray:
    """Upper bounds (mm) of the longest distance in each plane: slice 0, between 0 and 1, slice 1, ...

    Parameters
    ----------
    first, last : ndarray (rows, masks, slices) of int
        Ends of each row.
    filled : ndarray of bool
        Which rows have voxels.
    size_mm : tuple of 2 floats
        Of a voxel, along columns and rows.

    Returns
    -------
    ndarray (planes, masks)
    """
    rows, masks, slices = first.shape
    right, down = np.cos(BOUND_ANGLES) * size_mm[1], np.sin(BOUND_ANGLES) * size_mm[0]
    # an empty row ends before it begins, too far away to be the first or the last in any direction
    beyond = int((sum(first.shape) + int(last.max())) * down.max() / np.abs(right).min())
    first, last = (
        np.where(filled, ends, outside).reshape(rows, -1).astype(np.float32)
        for ends, outside in ((first, beyond), (last, -beyond))
    )
    # where a direction points left, a row's last voxel is its near end
    low, high = (
        _farthest(choose, *ends, right, down).reshape(-1, masks, slices).T
        for choose, ends in ((np.minimum, (first, last)), (np.maximum, (last, first)))
    )
    widths = np.empty((2 * slices - 1, masks, len(BOUND_ANGLES)))
    widths[::2] = high - low + np.maximum(np.abs(right), down)
    widths[1::2] = np.maximum(high[:-1], high[1:]) - np.minimum(low[:-1], low[1:])
    bounds: np.ndarray = widths.max(axis=2) / BOUND_LOSS
    return bounds


def _farthest(
    choose: np.ufunc, to_right: np.ndarray, to_left: np.ndarray, right: np.ndarray, down: np.ndarray
) -> np.ndarray:
    """The least or the largest place of any row's end in each direction and slice.

    ``to_right`` and ``to_left`` are the ends [row, slice] that count where a direction points right and left.
    """
    rows, slices = to_right.shape
    # by row, direction and slice: each step then goes over all slices at once
    places = np.empty((rows, len(right), slices), np.float32)
    right = right.astype(np.float32)
    np.multiply(to_right[:, None], right[:RIGHTWARD, None], out=places[:, :RIGHTWARD])
    np.multiply(to_left[:, None], right[RIGHTWARD:, None], out=places[:, RIGHTWARD:])
    places += np.multiply.outer(np.arange(rows), down).astype(np.float32)[:, :, None]
    farthest: np.ndarray = choose.reduce(places, axis=0)
    return farthest


def _longest_distance(plane: np.ndarray, margin: int, size_mm: tuple[float, float]) -> float:
    """Longest distance (mm) between the vertices of one plane."""
    rows = np.logical_or.reduce(plane, axis=1).nonzero()[0]
    if len(rows) == 0:
        return 0.0
    first, last = _row_ends(plane[rows])
    dx = last[:, None] - first
    dx = np.maximum(dx, dx.T)
    dy = np.abs(rows[:, None] - rows)
    height, width = size_mm
    if not margin:
        return float(np.sqrt((np.square(dx * width) + np.square(dy * height)).max()))
    along_rows = np.square((dx + margin) * width) + np.square(dy * height)
    along_columns = np.square(dx * width) + np.square((dy + margin) * height)
    return float(np.sqrt(max(along_rows.max(), along_columns.max())))


def _row_ends(voxels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last voxel along the last axis; without meaning where a row is empty."""
    return voxels.argmax(axis=-1), voxels.shape[-1] - 1 - voxels[..., ::-1].argmax(axis=-1)
