"""Masks of single bodies, each in the smallest part of the CT that holds it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import (
    Box,
    array_view,
    as_box,
    box_within,
    describe_grid,
    index_to_lps,
    lps_to_index,
    mask_box,
    run_filter,
    same_grid,
    union_box,
)
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.volume_part import Grid, Part, part_of_array

# A mask that loses more than this fraction when it is brought onto the CT's grid does not belong to the CT.
LARGEST_LOSS = 0.05
# Two masks may touch; more common voxels than this fraction of the smaller one are a fault.
LARGEST_OVERLAP = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class ImportedMasks:
    """Bodies from elsewhere, each in the smallest part of the CT that holds it.

    Attributes
    ----------
    masks : dict of LumbarLevel to Part
        uint8, non-zero inside, on the CT's grid.
    notes : tuple of str
        How values were read, and what was left out.
    origins : dict of LumbarLevel to MaskOrigin
        Imported, unless the file says of itself that this software drew them.
    """

    masks: dict[LumbarLevel, Part]
    notes: tuple[str, ...]
    origins: dict[LumbarLevel, MaskOrigin] = field(default_factory=dict)

    @property
    def box(self) -> Box:
        """Where they lie, [k, j, i]."""
        return union_box([mask.box for mask in self.masks.values()])

    def labels(self, region: Part) -> Part:
        """Labels 20 (L1) .. 23 (L4), uint8, on a part of the CT; the upper level has a common voxel."""
        labels = np.zeros(region.image.GetSize()[::-1], np.uint8)
        for level, mask in self.masks.items():
            if (held := _common(mask, region)) is not None:
                around = labels[box_within(held.box, region.box)]
                around[(array_view(held.image) != 0) & (around == 0)] = level
        return region.like(labels)


def mask_part(inside: np.ndarray, grid: Grid) -> Part:
    """A mask [k, j, i] cut to its box and one voxel around, as far as the image goes."""
    box = mask_box(inside, margin=1)
    assert box is not None, "empty masks are left out"
    return part_of_array(inside[box].astype(np.uint8), box, grid)


def onto_grid(mask: Part, grid: Grid, level: LumbarLevel) -> Part:
    """The mask on the CT's grid, if it lies in the CT."""
    if same_grid(grid, mask.whole):
        return Part(mask.image, mask.start, grid)
    corners = np.array(np.meshgrid(*[(-1, n) for n in mask.image.GetSize()[::-1]], indexing="ij")).reshape(3, -1).T
    index = lps_to_index(grid, index_to_lps(mask.image, corners))
    first = np.clip(np.floor(index.min(axis=0)).astype(int), 0, np.subtract(grid.shape, 1))
    last = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, first + 1, grid.shape)
    box = as_box(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    there = part_of_array(np.zeros(last - first, np.uint8), box, grid)
    moved = run_filter(sitk.Resample, mask.image, there.image, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    before, after = (
        float((array_view(image) != 0).sum() * np.prod(image.GetSpacing())) for image in (mask.image, moved)
    )
    if after < (1 - LARGEST_LOSS) * before:
        raise OVCFRiskError(
            f"{level.name}: only {after / 1000:.1f} of {before / 1000:.1f} ml of its mask lie in the CT; the CT has "
            f"{describe_grid(grid)}, the labels have {describe_grid(mask.whole)}; give the labels of this CT"
        )
    return Part(moved, there.start, grid)


def require_apart(level: LumbarLevel, mask: Part, other: LumbarLevel, other_mask: Part) -> None:
    """Raise when two levels share voxels."""
    first, second = _common(mask, other_mask), _common(other_mask, mask)
    if first is None or second is None:
        return
    both = [array_view(part.image) != 0 for part in (first, second)]
    common = int(np.count_nonzero(both[0] & both[1]))
    smaller = min(np.count_nonzero(array_view(part.image)) for part in (mask, other_mask))
    if common > LARGEST_OVERLAP * smaller:
        raise OVCFRiskError(
            f"the masks of {level.name} and {other.name} share {common} voxels; expected bodies apart: "
            "correct the segmentation"
        )


def _common(mask: Part, other: Part) -> Part | None:
    """What of a mask lies in another part of the same whole."""
    meets = all(a.start < b.stop and b.start < a.stop for a, b in zip(mask.box, other.box, strict=True))
    return mask.narrowed(other.box) if meets else None
