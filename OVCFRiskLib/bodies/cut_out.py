"""The mask of one level with some room around it, cut out once for all checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_axes import BodyAxes, find_body_axes
from OVCFRiskLib.geometry import Box, add_room, crop, image_like, index_to_lps, mask_box, require_same_grid
from OVCFRiskLib.levels import LumbarLevel

# Neighbourhood kept around a mask: a disc is up to 14 mm high (Zhou et al. 2000, Eur Spine J 9:242), so it is
# seen to its middle without reaching far into the next body.
MARGIN_MM = 8.0


@dataclass(frozen=True, eq=False)
class LevelMask:
    """One level's mask and its surroundings; what is derived from them is computed once.

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

    @cached_property
    def tight_box(self) -> Box:
        """Smallest [k, j, i] box of the mask in the whole volume."""
        return tuple(
            slice(part.start + room.start, part.start + room.stop)
            for part, room in zip(mask_box(self.mask), self.box, strict=True)
        )

    @cached_property
    def voxels(self) -> int:
        """Number of voxels of the mask."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_ml(self) -> float:
        """Volume of the mask, ml."""
        return self.voxels * float(np.prod(self.spacing_kji)) / 1000

    @cached_property
    def points_lps(self) -> np.ndarray:
        """Voxel centres of the mask, (n, 3) LPS mm."""
        return self.lps(np.argwhere(self.mask))

    @cached_property
    def center_lps(self) -> np.ndarray:
        """Centre of mass of the mask, (3,) LPS mm."""
        return self.points_lps.mean(axis=0)

    @cached_property
    def depth_mm(self) -> np.ndarray:
        """Distance to the nearest voxel outside the mask, 0 there; what lies beyond the crop does not count."""
        return ndimage.distance_transform_edt(self.mask, self.spacing_kji)

    @cached_property
    def filled(self) -> np.ndarray:
        """The mask without holes."""
        return ndimage.binary_fill_holes(self.mask)

    @cached_property
    def axes(self) -> BodyAxes:
        """The body's own axes."""
        return find_body_axes(self.mask, self.grid, self.points_lps)

    def lps(self, kji: np.ndarray) -> np.ndarray:
        """LPS mm points (n, 3) of [k, j, i] indices (n, 3) within the crop."""
        return index_to_lps(self.grid, kji)

    def voxel_along(self, direction: np.ndarray) -> float:
        """Extent of a voxel along an LPS unit vector, mm."""
        voxel_axes = np.array(self.grid.GetDirection()).reshape(3, 3)
        return float(np.linalg.norm(direction @ voxel_axes * np.array(self.grid.GetSpacing())))

    def whole_mask(self, ct: sitk.Image) -> sitk.Image:
        """The mask alone, uint8 on the CT's grid."""
        mask = np.zeros(self.volume_shape, np.uint8)
        mask[self.box] = self.mask
        return image_like(mask, ct)

    def hu(self, ct: sitk.Image) -> np.ndarray:
        """The CT within the crop, [k, j, i] HU."""
        return sitk.GetArrayFromImage(crop(ct, self.box))


# The bodies of one spine, L1 first, without the levels that have no voxel.
Bodies = Mapping[LumbarLevel, LevelMask]


def cut_out_levels(labels: sitk.Image, ct: sitk.Image | None = None) -> dict[LumbarLevel, LevelMask]:
    """Cut out every level that has voxels, L1 first.

    Parameters
    ----------
    labels : SimpleITK.Image
        Bodies as 20..23.
    ct : SimpleITK.Image, optional
        The CT on whose grid the labels must lie, for all that is measured of both.

    Returns
    -------
    dict of LumbarLevel to LevelMask
        Without the levels that have no voxel.

    Raises
    ------
    OVCFRiskError
        If the labels are not on the CT's grid.
    """
    if ct is not None:
        require_same_grid(ct, labels)
    array = sitk.GetArrayViewFromImage(labels)
    boxes = ndimage.find_objects(array, max_label=max(LumbarLevel))
    found = {}
    for level in LumbarLevel:
        box = boxes[level - 1] if len(boxes) >= level else None
        if box is not None:
            found[level] = _cut_out(labels, level, add_room(box, MARGIN_MM, labels))
    return found


def _cut_out(labels: sitk.Image, level: LumbarLevel, box: Box) -> LevelMask:
    """Crop of one level."""
    grid = crop(labels, box)
    values = sitk.GetArrayFromImage(grid)
    return LevelMask(level, box, values == level, values, grid, labels.GetSize()[::-1])
