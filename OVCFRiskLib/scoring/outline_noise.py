"""Smooth noise by which outlines of different origin differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

# Outlines of different origin differ by about half a millimetre: variants with this SD have Dice 0.96 to 0.98 with
# the mask, as the best methods with manual outlines of lumbar vertebrae (Yao et al. 2016, Comput Med Imaging Graph
# 49:16, Dice 0.96 in healthy, 0.92 in osteoporotic and fractured spines).
OBSERVER_SD_MM = 0.5
# An outline wanders over a few millimetres, not from voxel to voxel: at this distance its correlation is 1/e.
OBSERVER_CORRELATION_MM = 5.0
# Noise is cut at 3 SD so that the band of voxels that can change stays narrow.
NOISE_LIMIT_MM = 3 * OBSERVER_SD_MM
# White noise between cubic B-splines is correlated as the B-spline of degree 7, which falls to 1/e at 1.18470 steps of
# their lattice (solved from its pieces; nearly a Gaussian).
LATTICE_MM = OBSERVER_CORRELATION_MM / 1.18470
# The lattice repeats after so many points, 68 mm: no two voxels of a lumbar body (50 to 60 mm) share their noise, and
# the noise does not depend on the size of a body, nor on the rounding of it.
LATTICE_POINTS = 16
# Points of the lattice along an axis that a cubic B-spline adds up.
SPLINE_POINTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class AxisWeights:
    """What the planes along one axis of an array take from the lattice.

    Attributes
    ----------
    points : numpy.ndarray of int32, (planes, 4)
        Along the same axis of the lattice.
    weights : numpy.ndarray of float32, (planes, 4)
        Squares add up to 1, so that the noise has the same SD wherever a plane lies.
    """

    points: np.ndarray
    weights: np.ndarray

    @classmethod
    def at(cls, offsets_mm: np.ndarray) -> AxisWeights:
        """Of planes that lie so far from the middle of the body."""
        place = np.asarray(offsets_mm, float) / LATTICE_MM
        below = np.floor(place)
        t = place - below
        weights = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1)
        weights /= np.linalg.norm(weights, axis=1, keepdims=True)
        points = (below[:, None] + np.arange(-1, SPLINE_POINTS - 1)) % LATTICE_POINTS
        return cls(points.astype(np.int32), weights.astype(np.float32))


def draw_white(rng: np.random.Generator) -> np.ndarray:
    """White noise of one outline on the lattice, [k, j, i] of float32."""
    return rng.standard_normal((LATTICE_POINTS,) * 3, np.float32)


def outline_noise(
    white: Sequence[np.ndarray], axes: tuple[AxisWeights, AxisWeights, AxisWeights], index: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Noise of several outlines at some voxels.

    Parameters
    ----------
    white : sequence of numpy.ndarray
        Of `draw_white`, one for each outline.
    axes : tuple of AxisWeights
        Of all planes, rows and columns of an array.
    index : tuple of 3 arrays (n,)
        [k, j, i] of the voxels in it.

    Returns
    -------
    numpy.ndarray of float32, (n, outlines)
        mm, with SD `OBSERVER_SD_MM` and cut at `NOISE_LIMIT_MM`.

    Notes
    -----
    The lattice lies along the axes of the array, so planes and rows are interpolated first, of all voxels together, and
    each voxel adds up four numbers. A product with a sparse matrix does not depend on the number of threads.
    """
    planes, rows, columns = axes
    n_k, n_j = len(planes.points), len(rows.points)
    lattice = np.stack(white, axis=-1) * np.float32(OBSERVER_SD_MM)
    by_plane = _weighted(planes.points, planes.weights, lattice.reshape(LATTICE_POINTS, -1))
    of_plane = LATTICE_POINTS * np.arange(n_k, dtype=np.int32)[:, None, None]
    points = (of_plane + rows.points).reshape(-1, SPLINE_POINTS)
    by_row = _weighted(points, np.tile(rows.weights, (n_k, 1)), by_plane.reshape(n_k * LATTICE_POINTS, -1))
    k, j, i = index
    of_row = LATTICE_POINTS * (k * n_j + j)
    points = of_row[:, None] + columns.points[i]
    noise = _weighted(points, columns.weights[i], by_row.reshape(n_k * n_j * LATTICE_POINTS, -1))
    return np.clip(noise, -NOISE_LIMIT_MM, NOISE_LIMIT_MM, out=noise)


def _weighted(points: np.ndarray, weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weighted sums (n, m) of rows of ``values`` (points, m), of the rows ``points`` (n, terms)."""
    n, terms = points.shape
    starts = np.arange(0, n * terms + 1, terms, dtype=np.int32)
    matrix = sparse.csr_array(
        (weights.ravel(), points.astype(np.int32, copy=False).ravel(), starts), shape=(n, len(values))
    )
    sums: np.ndarray = matrix @ values
    return sums
