"""The longest distance within an axial slice of the body's surface."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.region import BodyRegion

# Directions in which planes are measured first, to leave out those that cannot hold the longest distance; none along
# the columns.
BOUND_ANGLES = (np.arange(16) + 0.5) * (np.pi / 16)
# The first so many point right, the others left.
RIGHTWARD = len(BOUND_ANGLES) // 2
# A distance is at most its width in the nearest of these directions, divided by this; widths are rounded to 24 bits.
BOUND_LOSS = np.cos(np.pi / 32) - 1e-5


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
    bounds = _upper_bounds(outline, size_mm)
    longest = 0.0
    for number in np.argsort(-bounds):  # even numbers: slices, odd: between them
        if bounds[number] <= longest:
            break
        k, between = divmod(int(number), 2)
        plane: np.ndarray = np.logical_xor(outline[k], outline[k + 1]) if between else outline[k]
        longest = max(longest, _longest_distance(plane, 0 if between else 1, size_mm))
    return {"Maximum2DDiameterSlice": float(longest)}


def _upper_bounds(outline: np.ndarray, size_mm: tuple[float, float]) -> np.ndarray:
    """Upper bounds (mm) of the longest distance in each plane: slice 0, between 0 and 1, slice 1, ..."""
    filled = outline.any(axis=2)
    first, last = _row_ends(outline)
    right, down = np.cos(BOUND_ANGLES) * size_mm[1], np.sin(BOUND_ANGLES) * size_mm[0]
    # an empty row ends before it begins, too far away to be the first or the last in any direction
    beyond = int(sum(outline.shape) * down.max() / np.abs(right).min())
    first, last = (
        np.ascontiguousarray(ends.T, np.float32)
        for ends in (np.where(filled, first, beyond), np.where(filled, last, -beyond))
    )
    # where a direction points left, a row's last voxel is its near end
    low = _farthest(np.minimum, first, last, right, down).T
    high = _farthest(np.maximum, last, first, right, down).T
    widths = np.empty((2 * len(outline) - 1, len(BOUND_ANGLES)))
    widths[::2] = high - low + np.maximum(np.abs(right), down)
    widths[1::2] = np.maximum(high[:-1], high[1:]) - np.minimum(low[:-1], low[1:])
    return widths.max(axis=1) / BOUND_LOSS


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
    rows = np.flatnonzero(plane.any(axis=1))
    if len(rows) == 0:
        return 0.0
    first, last = _row_ends(plane[rows])
    dx = np.subtract.outer(last, first)
    dx = np.maximum(dx, dx.T)
    dy = np.abs(np.subtract.outer(rows, rows))
    height, width = size_mm
    along_rows = ((dx + margin) * width) ** 2 + (dy * height) ** 2
    along_columns = (dx * width) ** 2 + ((dy + margin) * height) ** 2
    return float(np.sqrt(max(along_rows.max(), along_columns.max())))


def _row_ends(voxels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last voxel along the last axis; without meaning where a row is empty."""
    return voxels.argmax(axis=-1), voxels.shape[-1] - 1 - voxels[..., ::-1].argmax(axis=-1)
