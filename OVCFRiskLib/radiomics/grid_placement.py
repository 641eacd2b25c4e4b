"""Masks of one body on its extraction grid, one after the other: what each voxel takes is found once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import crop, image_like
from OVCFRiskLib.radiomics.grid import ExtractionGrid
from OVCFRiskLib.radiomics.orientation import axial_views, box_in_axial_order, is_oblique, to_axial_order
from OVCFRiskLib.radiomics.resampling import nearest_planes, resample_mask

Placement = Callable[[np.ndarray], np.ndarray]


def placement(grid: ExtractionGrid) -> Placement:
    """The function that brings masks of the grid's box onto the grid.

    Parameters
    ----------
    grid : ExtractionGrid

    Returns
    -------
    callable
        From bool [k, j, i], the box of the CT's array, to bool [k, j, i] on the grid. It takes the voxels that
        `ExtractionGrid.place` takes; only in a CT with a slight tilt, whose voxels midway between two ITK gives to
        either by rounding errors, it takes whole planes.
    """
    shape = tuple(axis.stop - axis.start for axis in grid.box)
    if grid.resampler is None:
        place = _as_it_is(grid)
    else:
        place = (_by_voxels if is_oblique(grid.ct) else _by_planes)(grid, grid.resampler)

    def checked(mask: np.ndarray) -> np.ndarray:
        if mask.shape != shape:
            raise OVCFRiskError(f"mask has the shape {mask.shape}, expected {shape}, the box's; cut it out of this box")
        return place(mask)

    return checked


def _as_it_is(grid: ExtractionGrid) -> Placement:
    """On the CT's own grid."""
    return lambda mask: axial_views(grid.ct, mask)[0][0]


def _by_planes(grid: ExtractionGrid, resampler: sitk.ResampleImageFilter) -> Placement:
    """Along the CT's axes."""
    numbers = nearest_planes(resampler, to_axial_order(grid.ct))
    box = box_in_axial_order(grid.box, grid.ct)
    is_in_box = [(number >= part.start) & (number < part.stop) for number, part in zip(numbers, box, strict=True)]
    # beyond the box: the empty plane behind its last one
    taken = [
        np.where(known, number, part.stop) - part.start
        for known, number, part in zip(is_in_box, numbers, box, strict=True)
    ]

    def place(mask: np.ndarray) -> np.ndarray:
        (part,), _ = axial_views(grid.ct, mask)
        placed = np.zeros([n + 1 for n in part.shape], bool)
        placed[:-1, :-1, :-1] = part
        for axis, planes in enumerate(taken):
            placed = placed.take(planes, axis)
        return placed

    return place


def _by_voxels(grid: ExtractionGrid, resampler: sitk.ResampleImageFilter) -> Placement:
    """In any direction."""
    part = crop(grid.ct, grid.box)
    numbers = np.arange(1, part.GetNumberOfPixels() + 1, dtype=np.uint32).reshape(part.GetSize()[::-1])
    image = resample_mask(resampler, to_axial_order(image_like(numbers, part)))
    taken = sitk.GetArrayFromImage(image).astype(np.intp)
    return lambda mask: np.insert(mask, 0, False).take(taken)
