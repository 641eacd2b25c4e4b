"""The mask of one level with some room around it, cut out once for all checks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.geometry import Box, crop, index_to_lps
from OVCFRiskLib.levels import LumbarLevel

# Neighbourhood kept around a mask: a disc is up to 14 mm high (Zhou et al. 2000, Eur Spine J 9:242), so it is
# seen to its middle without reaching far into the next body.
MARGIN_MM = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class LevelMask:
    """One level's mask and its surroundings.

    Attributes
    ----------
    level : LumbarLevel
    box : tuple of slice
        Where the crop lies in the whole volume, [k, j, i].
    mask : numpy.ndarray of bool, [k, j, i]
        The level's voxels within the crop.
    labels : numpy.ndarray, [k, j, i]
        All labels within the crop.
    grid : SimpleITK.Image
        The cropped label image, for geometry.
    volume_shape : tuple of int
        [k, j, i] size of the whole volume.
    """

    level: LumbarLevel
    box: Box
    mask: np.ndarray
    labels: np.ndarray
    grid: sitk.Image
    volume_shape: tuple[int, int, int]

    @property
    def spacing_kji(self) -> tuple[float, float, float]:
        """Voxel edges in array order, mm."""
        return self.grid.GetSpacing()[::-1]

    @property
    def voxels(self) -> int:
        """Number of voxels of the mask."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_ml(self) -> float:
        """Volume of the mask, ml."""
        return self.voxels * float(np.prod(self.spacing_kji)) / 1000

    @property
    def points_lps(self) -> np.ndarray:
        """Voxel centres of the mask, (n, 3) LPS mm."""
        return self.lps(np.argwhere(self.mask))

    @property
    def center_lps(self) -> np.ndarray:
        """Centre of mass of the mask, (3,) LPS mm."""
        return self.points_lps.mean(axis=0)

    def lps(self, kji: np.ndarray) -> np.ndarray:
        """LPS mm points (n, 3) of [k, j, i] indices (n, 3) within the crop."""
        return index_to_lps(self.grid, kji)

    def voxel_along(self, direction: np.ndarray) -> float:
        """Extent of a voxel along an LPS unit vector, mm."""
        voxel_axes = np.array(self.grid.GetDirection()).reshape(3, 3)
        return float(np.linalg.norm(direction @ voxel_axes * np.array(self.grid.GetSpacing())))

    def hu(self, ct: sitk.Image) -> np.ndarray:
        """The CT within the crop, [k, j, i] HU."""
        return sitk.GetArrayFromImage(crop(ct, self.box))


def cut_out_levels(labels: sitk.Image) -> dict[LumbarLevel, LevelMask]:
    """Cut out every level that has voxels, L1 first.

    Parameters
    ----------
    labels : SimpleITK.Image
        Bodies as 20..23.

    Returns
    -------
    dict of LumbarLevel to LevelMask
        Without the levels that have no voxel.
    """
    array = sitk.GetArrayViewFromImage(labels)
    boxes = ndimage.find_objects(array, max_label=max(LumbarLevel))
    found = {}
    for level in LumbarLevel:
        box = boxes[level - 1] if len(boxes) >= level else None
        if box is not None:
            found[level] = _cut_out(labels, level, _grow(box, labels))
    return found


def _cut_out(labels: sitk.Image, level: LumbarLevel, box: Box) -> LevelMask:
    """Crop of one level."""
    grid = crop(labels, box)
    values = sitk.GetArrayFromImage(grid)
    return LevelMask(level, box, values == level, values, grid, labels.GetSize()[::-1])


def _grow(box: Box, labels: sitk.Image) -> Box:
    """The box with the margin around it, within the volume."""
    margins = [int(np.ceil(MARGIN_MM / s)) for s in labels.GetSpacing()[::-1]]
    sizes = labels.GetSize()[::-1]
    return tuple(
        slice(max(part.start - margin, 0), min(part.stop + margin, size))
        for part, margin, size in zip(box, margins, sizes, strict=True)
    )
