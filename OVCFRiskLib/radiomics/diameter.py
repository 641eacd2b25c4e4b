"""The longest distance within an axial slice of the body's surface."""

from __future__ import annotations

import itertools

import numpy as np

from OVCFRiskLib.radiomics.region import BodyRegion


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
    of a slice those are the mask's voxels shifted by half a voxel along a row or column; between two slices, the voxels
    that only one of them has. The farthest two of a set are corners of its convex hull, so the first and the last voxel
    of each row are enough: with voxels dx columns and dy rows apart, the vertices of a slice are up to (dx + 1, dy) and
    (dx, dy + 1) apart.
    """
    _, height, width = region.spacing_mm
    padded = np.pad(region.outline, ((0, 1), (0, 0), (0, 0)))
    squares = [0.0]
    for slice_, following in itertools.pairwise(padded):
        for plane, margin in ((slice_, 1), (slice_ ^ following, 0)):
            rows = np.flatnonzero(plane.any(axis=1))
            if len(rows):
                squares.append(_longest_square(plane[rows], rows, margin, (height, width)))
    return {"Maximum2DDiameterSlice": float(np.sqrt(max(squares)))}


def _longest_square(plane: np.ndarray, rows: np.ndarray, margin: int, size_mm: tuple[float, float]) -> float:
    """Longest squared distance (mm^2) between the vertices of one plane."""
    first = plane.argmax(axis=1)
    last = plane.shape[1] - 1 - plane[:, ::-1].argmax(axis=1)
    dx = np.subtract.outer(last, first)
    dx = np.maximum(dx, dx.T)
    dy = np.abs(np.subtract.outer(rows, rows))
    height, width = size_mm
    along_rows = ((dx + margin) * width) ** 2 + (dy * height) ** 2
    along_columns = (dx * width) ** 2 + ((dy + margin) * height) ** 2
    return max(along_rows.max(), along_columns.max())
