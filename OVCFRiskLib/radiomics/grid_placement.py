"""Masks of one body on its extraction grid: what each voxel takes is found once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import array_view, image_like
from OVCFRiskLib.radiomics.grid import ExtractionGrid
from OVCFRiskLib.radiomics.mask_stack import require_shape
from OVCFRiskLib.radiomics.orientation import (
    axial_views,
    box_in_axial_order,
    grid_in_axial_order,
    is_oblique,
    to_axial_order,
)
from OVCFRiskLib.radiomics.resampling import nearest_planes, resample_mask


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Brings masks of a grid's box onto the grid.

    Attributes
    ----------
    taken : ndarray [k, j, i] of bool
        The voxels of the box, in the order of the CT's array, that the grid takes: of a finer CT only some.
    take : callable
        From an array [k, j, i] of the box to one on the grid; what lies beyond the box is 0.
    """

    taken: np.ndarray
    take: Callable[[np.ndarray], np.ndarray]

    def __call__(self, mask: np.ndarray) -> np.ndarray:
        """A mask, or the words of a stack of masks, on the grid.

        Raises
        ------
        OVCFRiskError
            If the mask has another shape than the box.
        """
        require_shape(mask, self.taken.shape)
        return self.take(mask)


def placement(grid: ExtractionGrid) -> Placement:
    """How masks of the grid's box come onto the grid.

    Parameters
    ----------
    grid : ExtractionGrid

    Returns
    -------
    Placement
        It takes the voxels that `ExtractionGrid.place` takes; only in a CT with a slight tilt, whose voxels midway
        between two ITK gives to either by rounding errors, it takes whole planes.
    """
    if grid.resampler is None:
        shape = [axis.stop - axis.start for axis in grid.box]
        return Placement(np.ones(shape, bool), lambda mask: axial_views(grid.ct.image, mask)[0][0])
    return (_by_voxels if is_oblique(grid.ct.whole) else _by_planes)(grid, grid.resampler)


def _by_planes(grid: ExtractionGrid, resampler: sitk.ResampleImageFilter) -> Placement:
    """Along the CT's axes."""
    numbers = nearest_planes(resampler, grid_in_axial_order(grid.ct.whole))
    box = box_in_axial_order(grid.ct.shifted(grid.box), grid.ct.whole)
    is_in_box = [(number >= part.start) & (number < part.stop) for number, part in zip(numbers, box, strict=True)]
    # beyond the box: the empty plane behind its last one
    taken = [
        np.where(known, number, part.stop) - part.start
        for known, number, part in zip(is_in_box, numbers, box, strict=True)
    ]

    def take(mask: np.ndarray) -> np.ndarray:
        (part,), _ = axial_views(grid.ct.image, mask)
        placed = np.zeros([n + 1 for n in part.shape], mask.dtype)
        placed[:-1, :-1, :-1] = part
        for axis, planes in enumerate(taken):
            placed = placed.take(planes, axis)
        return placed

    is_taken = np.zeros([axis.stop - axis.start for axis in grid.box], bool)
    (in_axial_order,), _ = axial_views(grid.ct.image, is_taken)
    in_axial_order[np.ix_(*(n[n < size] for n, size in zip(taken, in_axial_order.shape, strict=True)))] = True
    return Placement(is_taken, take)


def _by_voxels(grid: ExtractionGrid, resampler: sitk.ResampleImageFilter) -> Placement:
    """In any direction."""
    part = grid.ct.narrowed(grid.ct.shifted(grid.box)).image
    numbers = np.arange(1, part.GetNumberOfPixels() + 1, dtype=np.uint32).reshape(part.GetSize()[::-1])
    image = resample_mask(resampler, to_axial_order(image_like(numbers, part)))
    taken = array_view(image).astype(np.intp)
    is_taken = np.zeros(numbers.size + 1, bool)
    is_taken[taken] = True
    return Placement(is_taken[1:].reshape(numbers.shape), lambda mask: np.insert(mask, 0, 0).take(taken))
