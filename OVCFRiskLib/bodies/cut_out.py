"""A level cut out of CT and labels, with a margin around its body: once, for all that is measured or drawn of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.mask_frame import find_body_frame
from OVCFRiskLib.bodies.mask_voxels import without_holes
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import (
    Box,
    add_margin,
    array_view,
    as_box,
    box_within,
    crop,
    extent,
    image_like,
    index_to_lps,
    mask_box,
    require_same_grid,
    voxel_along,
)
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.volume_part import Part, as_part

# Neighbourhood kept around a mask: a disc is up to 14 mm high (Zhou et al. 2000, Eur Spine J 9:242), so it is
# seen to its middle without reaching far into the next body.
CROP_MARGIN_MM = 8.0
# Extents are read between these percentiles, so that a spur of single voxels does not count.
SIZE_PERCENTILES = (0.2, 99.8)
# Voxels around a body in its own image, so that its surface and outline close.
CLOSING_VOXELS = 2


@dataclass(frozen=True, eq=False)
class LevelCutOut:
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
    ct_crop : SimpleITK.Image or None
        The CT within the crop, HU; None when the level was cut out of labels alone.
    slice_thickness_mm : float
        What the header says; 0 where it is unknown. Slices that overlap, or were interpolated, are thicker than they
        lie apart.
    """

    level: LumbarLevel
    box: Box
    mask: np.ndarray
    labels: np.ndarray
    grid: sitk.Image
    volume_shape: tuple[int, int, int]
    ct_crop: sitk.Image | None = None
    slice_thickness_mm: float = 0.0

    @property
    def spacing_kji(self) -> tuple[float, float, float]:
        """Voxel edges in array order, mm."""
        x, y, z = self.grid.GetSpacing()
        return z, y, x

    @cached_property
    def tight_box(self) -> Box:
        """Smallest [k, j, i] box of the mask in the whole volume."""
        k, j, i = (
            slice(part.start + whole.start, part.stop + whole.start)
            for part, whole in zip(self._mask_box, self.box, strict=True)
        )
        return k, j, i

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
    def low_lps(self) -> np.ndarray:
        """Lowest LPS mm (3,) that the mask's voxel centres reach along each axis."""
        return extent(self.points_lps)[0]

    @cached_property
    def high_lps(self) -> np.ndarray:
        """Highest LPS mm (3,) that the mask's voxel centres reach along each axis."""
        return extent(self.points_lps)[1]

    @cached_property
    def filled(self) -> np.ndarray:
        """The mask without holes."""
        return without_holes(self.mask)

    @cached_property
    def frame(self) -> BodyFrame:
        """The body's own axes."""
        return find_body_frame(self.mask, self.grid, self.points_lps)

    @cached_property
    def local_points(self) -> np.ndarray:
        """Voxel centres of the mask, (n, 3) mm along the body's own axes; not to be modified."""
        return self.frame.local(self.points_lps)

    @cached_property
    def extents_mm(self) -> tuple[float, float, float]:
        """Width, depth and height in the body's own axes, mm."""
        low, high = np.percentile(self.local_points, SIZE_PERCENTILES, axis=0)
        width, depth, height = (float(size) for size in high - low)
        return width, depth, height

    @cached_property
    def hu(self) -> np.ndarray:
        """The CT within the crop, [k, j, i] HU; not to be modified.

        Raises
        ------
        OVCFRiskError
            If the level was cut out of labels alone.
        """
        if self.ct_crop is None:
            raise OVCFRiskError(
                f"{self.level.name}: expected a level cut out of labels and CT, got one of labels alone; "
                "give cut_out_levels the CT too"
            )
        return array_view(self.ct_crop)

    @cached_property
    def mask_image(self) -> sitk.Image:
        """The body alone, 0 or 1, with two voxels around it as far as the volume reaches."""
        box = mask_box(self.mask, CLOSING_VOXELS)
        assert box is not None
        return crop(image_like(self.mask.astype(np.uint8), self.grid), box)

    def lps(self, kji: np.ndarray) -> np.ndarray:
        """LPS mm points (n, 3) of [k, j, i] indices (n, 3) within the crop."""
        return index_to_lps(self.grid, kji)

    def voxel_along(self, direction: np.ndarray) -> float:
        """Extent of a voxel along an LPS unit vector, mm."""
        return float(voxel_along(self.grid, direction))

    def blur_along(self, direction: np.ndarray) -> float:
        """Extent along an LPS unit vector of what a voxel shows, mm: slices may be thicker than they lie apart."""
        return float(voxel_along(self.grid, direction, self.slice_thickness_mm))

    def mask_in(self, image: sitk.Image, start: Sequence[int] | np.ndarray) -> sitk.Image:
        """The mask alone, uint8 on the grid of a cut-out of the volume that begins at ``start`` [k, j, i]."""
        mask = np.zeros(image.GetSize()[::-1], np.uint8)
        tight = as_box(slice(a.start - n, a.stop - n) for a, n in zip(self.tight_box, start, strict=True))
        mask[tight] = self.mask[self._mask_box]
        return image_like(mask, image)

    @cached_property
    def _mask_box(self) -> Box:
        """Smallest box of the mask within the crop."""
        box = mask_box(self.mask)
        assert box is not None
        return box


# The bodies of one spine, L1 first, without the levels that have no voxel.
Bodies = Mapping[LumbarLevel, LevelCutOut]


def cut_out_levels(
    labels: sitk.Image | Part, ct: sitk.Image | Part | None = None, slice_thickness_mm: float | None = None
) -> dict[LumbarLevel, LevelCutOut]:
    """Cut out every level that has voxels, L1 first.

    Parameters
    ----------
    labels : SimpleITK.Image or Part
        Bodies as 20..23; outside of a part that is smaller than the CT's they are 0.
    ct : SimpleITK.Image or Part, optional
        The CT on whose grid the labels must lie; needed for what is measured of HU. With parts of a volume, the boxes
        of the levels are boxes of the CT's part, while places are computed in the whole.
    slice_thickness_mm : float, optional
        Of the CT's header (`Acquisition.slice_thickness_mm`), where it is known.

    Returns
    -------
    dict of LumbarLevel to LevelCutOut
        Without the levels that have no voxel.

    Raises
    ------
    OVCFRiskError
        If the labels are not on the CT's grid.
    """
    labels, ct = as_part(labels), None if ct is None else as_part(ct)
    if ct is not None:
        require_same_grid(ct.whole, labels.whole)
    array = array_view(labels.image)
    filled = mask_box(array)  # found many times faster than objects are
    boxes = [] if filled is None else ndimage.find_objects(array[filled], max_label=max(LumbarLevel))
    found, thickness_mm = {}, slice_thickness_mm or 0.0
    for level in LumbarLevel:
        inner = boxes[level - 1] if len(boxes) >= level else None
        if inner is not None and filled is not None:
            box = as_box(slice(b.start + f.start, b.stop + f.start) for b, f in zip(inner, filled, strict=True))
            found[level] = _cut_out(labels, ct, level, labels.shifted(box), thickness_mm)
    return found


def _cut_out(labels: Part, ct: Part | None, level: LumbarLevel, body: Box, thickness_mm: float) -> LevelCutOut:
    """Crop of one level, whose voxels lie in a box of the whole."""
    part = labels if ct is None else ct
    box = add_margin(box_within(body, part.box), CROP_MARGIN_MM, part.image)
    there = part.shifted(box)
    grid = labels.narrowed(there).widened(there).image
    values = array_view(grid)
    x, y, z = part.image.GetSize()
    ct_crop = None if ct is None else ct.narrowed(there).image
    return LevelCutOut(level, box, values == level, values, grid, (z, y, x), ct_crop, thickness_mm)
