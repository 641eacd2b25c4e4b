"""HU to gray levels of fixed bin width, laid out so that neighbours are constant shifts apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.region import BodyRegion

# 1000 levels of 25 HU are 25,000 HU, beyond any CT; matrices of more levels would fill the memory.
MAX_GRAY_LEVELS = 1000
# Half of the 26 neighbours of a voxel, as steps (dk, dj, di); the other half are the opposite steps.
DIRECTIONS = tuple((dk, dj, di) for dk in (0, 1) for dj in (-1, 0, 1) for di in (-1, 0, 1) if (dk, dj, di) > (0, 0, 0))


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
    highest : int
        The highest level.
    voxels : int
        Voxels of the body.
    """

    flat: np.ndarray
    strides: tuple[int, int, int]
    highest: int
    voxels: int

    def shift(self, direction: tuple[int, int, int]) -> int:
        """Distance in ``flat`` to the neighbour in a direction (dk, dj, di); positive for those of `DIRECTIONS`."""
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
    n_k, n_j, n_i = region.inside.shape
    highest_level = int(highest // bin_width - lowest // bin_width) + 2  # one to spare for rounding of uneven widths
    padded = np.zeros((n_k, n_j + 1, n_i + 1), np.uint8 if highest_level < 256 else np.uint16)
    body = padded[:, :n_j, :n_i]
    if region.hu.dtype.kind in "iu" and bin_width.is_integer() and bin_width <= np.iinfo(region.hu.dtype).max:
        width = region.hu.dtype.type(bin_width)
        # outside the mask the difference may overflow, and is replaced by 0
        np.subtract(region.hu // width, lowest // width, out=body, casting="unsafe")
        body += 1
        body *= region.inside
    else:
        edges = np.arange(lowest - lowest % bin_width, highest + 2 * bin_width, bin_width)
        body[region.inside] = np.digitize(region.values, edges)
    return GrayLevels(padded.ravel(), ((n_j + 1) * (n_i + 1), n_i + 1, 1), int(padded.max()), len(region.values))
