"""The voxels of one body on the extraction grid, ready to be measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, as_box, mask_box
from OVCFRiskLib.radiomics.grid import ExtractionGrid

# Beyond any CT number, metal included (16 bits); such values come from a wrong conversion.
MAX_HU = 2**17


@dataclass(frozen=True, slots=True)
class BodyRegion:
    """One body cut out of its CT, axial slices first.

    Attributes
    ----------
    hu : ndarray [k, j, i]
        HU in the box of ``inside``.
    inside : ndarray [k, j, i] of bool
        The voxels measured by first-order and texture features.
    outline : ndarray [k, j, i] of bool
        The mask before voxels left by ``resegment_range``: the shape is measured on it.
    values : ndarray (n,)
        HU inside.
    hu_counts : ndarray (m,), optional
        How often each whole HU from the lowest to the highest inside occurs; None where HU are no whole numbers.
    spacing_mm : tuple of 3 floats
        Along (k, j, i).
    """

    hu: np.ndarray
    inside: np.ndarray
    outline: np.ndarray
    values: np.ndarray
    hu_counts: np.ndarray | None
    spacing_mm: tuple[float, float, float]


def body_region(grid: ExtractionGrid, outline: np.ndarray, limits_hu: tuple[float, float] | None = None) -> BodyRegion:
    """Cut a body out of the CT.

    Parameters
    ----------
    grid : ExtractionGrid
    outline : ndarray [k, j, i] of bool
        The mask on this grid.
    limits_hu : tuple of 2 floats, optional
        The settings' ``resegment_range``.

    Raises
    ------
    OVCFRiskError
        If the mask, within the limits, is empty, a voxel or a line of voxels; if HU inside it are not finite.
    """
    hu = grid.hu
    inside = outline if limits_hu is None else outline & (hu >= limits_hu[0]) & (hu <= limits_hu[1])
    box = require_measurable_box(inside, limits_hu)
    hu, inside, outline = (np.ascontiguousarray(array[box]) for array in (hu, inside, outline))
    values = hu[inside]
    if not are_hu(values):
        raise OVCFRiskError(
            f"CT holds NaN, infinite or absurd values inside the mask: expected HU from -{MAX_HU} to {MAX_HU}, got "
            f"{values.min():g} to {values.max():g}; check how it was converted"
        )
    return BodyRegion(hu, inside, outline, values, whole_hu_counts(values), grid.spacing_mm)


def require_measurable_box(inside: np.ndarray, limits_hu: tuple[float, float] | None) -> Box:
    """[k, j, i] box of a mask, which must have voxels beside each other along two axes.

    Raises
    ------
    OVCFRiskError
        If it is empty, a voxel or a line of voxels.
    """
    return require_measurable(mask_box(inside), limits_hu)


def require_measurable(box: Box | None, limits_hu: tuple[float, float] | None) -> Box:
    """The box of a mask's voxels, if it is as `require_measurable_box` wants it; None is that of an empty mask."""
    box = box or as_box([slice(0, 0)] * 3)
    sizes = [axis.stop - axis.start for axis in box]
    if sum(n > 1 for n in sizes) < 2:
        size = " x ".join(str(n) for n in reversed(sizes))
        within = "" if limits_hu is None else f", within {limits_hu[0]:g} to {limits_hu[1]:g} HU,"
        raise OVCFRiskError(
            f"mask on the extraction grid{within} spans {size} voxels, at least two along two axes are needed; "
            "correct the segment"
        )
    return box


def are_hu(values: np.ndarray) -> bool:
    """Do all of at least one value lie where HU do?"""
    return bool(values.min() >= -MAX_HU and values.max() <= MAX_HU)  # NaN is neither


def whole_hu_counts(values: np.ndarray) -> np.ndarray | None:
    """How often each whole HU from the lowest on occurs; None where HU are no whole numbers."""
    whole = values.astype(np.intp)
    if values.dtype.kind == "f" and (whole != values).any():
        return None
    return np.bincount(whole - whole.min())
