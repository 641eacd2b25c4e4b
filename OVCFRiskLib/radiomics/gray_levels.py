"""HU to gray levels of fixed bin width, laid out so that neighbours are constant shifts apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.region import BodyRegion

# 1000 levels of 25 HU are 25,000 HU, beyond any CT; matrices of more levels would fill the memory.
MAX_GRAY_LEVELS = 1000
# A step (dk, dj, di) to a neighbouring voxel.
Direction = tuple[int, int, int]
# Half of the 26 neighbours of a voxel, the other half are the opposite steps.
NEIGHBOUR_DIRECTIONS = tuple(
    (dk, dj, di) for dk in (0, 1) for dj in (-1, 0, 1) for di in (-1, 0, 1) if (dk, dj, di) > (0, 0, 0)
)


@dataclass(frozen=True, slots=True)
class GrayLevels:
    """Gray levels of a body, in one row.

    Attributes
    ----------
    flat : ndarray (n,), uint8 or uint16
        Level 1.. of every voxel of the body, 0 elsewhere. An empty row and column after each slice's last ones make
        the neighbour in direction (dk, dj, di) the voxel `shift` later, for every voxel and without exception.
    strides : tuple of 3 ints
        Voxels from one slice, row, column to the next.
    counts : ndarray
        How many voxels have level 0 (none: the outside does not count), 1, ... up to the highest level.
    """

    flat: np.ndarray
    strides: tuple[int, int, int]
    counts: np.ndarray

    @property
    def highest(self) -> int:
        """The highest level."""
        return len(self.counts) - 1

    def shift(self, direction: Direction) -> int:
        """Distance in ``flat`` to the neighbour in direction (dk, dj, di); positive for `NEIGHBOUR_DIRECTIONS`."""
        return sum(step * stride for step, stride in zip(direction, self.strides, strict=True))


def to_gray_levels(region: BodyRegion, bin_width: float) -> GrayLevels:
    """Discretise a body.

    Level of a voxel: ``floor(HU / width) - floor(lowest HU / width) + 1`` (pyradiomics 3.1, ``getBinEdges``).

    Raises
    ------
    OVCFRiskError
        If there are more than `MAX_GRAY_LEVELS`.
    """
    lowest, highest = region.values.min(), region.values.max()
    if (float(highest) - float(lowest)) / bin_width > MAX_GRAY_LEVELS:
        raise OVCFRiskError(
            f"HU inside the mask run from {lowest:g} to {highest:g}: more than {MAX_GRAY_LEVELS} gray levels of "
            f"{bin_width:g} HU; check for metal and for the CT's units, or set resegment_range"
        )
    edges = level_edges(lowest, highest, bin_width)
    if region.hu_counts is not None:
        level_of_hu = np.digitize(np.arange(lowest, float(highest) + 1), edges)
        counts = np.bincount(level_of_hu, weights=region.hu_counts).astype(np.intp)
        levels: np.ndarray = level_of_hu.astype(_level_type(counts))[region.values.astype(np.intp) - int(lowest)]
    else:
        levels = _digitize(region.values, edges)
        counts = np.bincount(levels)
    n_k, n_j, n_i = region.inside.shape
    padded = np.zeros((n_k, n_j + 1, n_i + 1), _level_type(counts))
    padded[:, :n_j, :n_i][region.inside] = levels
    return GrayLevels(padded.ravel(), ((n_j + 1) * (n_i + 1), n_i + 1, 1), counts)


def level_edges(lowest: np.floating, highest: np.floating, bin_width: float) -> np.ndarray:
    """Lower edges of the levels between the lowest and the highest HU, and one above them."""
    return np.arange(lowest - lowest % bin_width, highest + 2 * bin_width, bin_width)


def _digitize(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """np.digitize for edges that are equally far apart but for rounding, several times faster."""
    step = (edges[-1] - edges[0]) / (len(edges) - 1)
    levels = ((values - edges[0]) / step).astype(np.intp)
    levels -= values < edges[levels]
    levels += values >= edges[levels + 1]
    return levels + 1


def _level_type(counts: np.ndarray) -> type:
    """The smallest type that holds every level."""
    return np.uint8 if len(counts) <= 256 else np.uint16
