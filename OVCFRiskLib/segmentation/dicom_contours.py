"""Masks from the contours of a DICOM RTSTRUCT (PS3.3, C.8.8.6): closed polygons in planes, LPS mm."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.segmentation.named_masks import NamedMask

if TYPE_CHECKING:
    import pydicom

# Pixels of the grid that contours are filled on: finer than CTs of the spine, so that nothing is lost.
CONTOUR_PIXEL_MM = 0.5
# Contours of one plane differ in their third coordinate by no more than rounding.
PLANE_DECIMALS = 2
# Where a structure has one contour only, its thickness is not known.
LONE_PLANE_MM = 1.0
FEWEST_CORNERS = 3


def masks_of_contours(dataset: pydicom.Dataset, path: Path) -> list[NamedMask]:
    """The regions of interest of an RTSTRUCT.

    Raises
    ------
    OVCFRiskError
        When a region is loaded whose contours do not lie in axial planes.
    """
    names = {int(roi.ROINumber): str(roi.get("ROIName", "")) for roi in dataset.StructureSetROISequence}
    found = []
    for contours in dataset.get("ROIContourSequence") or []:
        name = names.get(int(contours.ReferencedROINumber), "")
        found.append(NamedMask(name, partial(_volume, contours, f"'{path.name}', '{name}'")))
    return found


def _volume(region: pydicom.Dataset, where: str) -> sitk.Image:
    """The contours filled, slice by slice; a contour within another is a hole."""
    planes: dict[float, list[np.ndarray]] = defaultdict(list)
    for contour in region.get("ContourSequence") or []:
        if str(contour.get("ContourGeometricType", "CLOSED_PLANAR")) == "POINT":
            continue
        corners = np.array(contour.ContourData, float).reshape(-1, 3)
        if len(corners) < FEWEST_CORNERS:
            continue
        if np.ptp(corners[:, 2]) > CONTOUR_PIXEL_MM:
            raise OVCFRiskError(
                f"{where}: expected contours in axial planes, got one that spans {np.ptp(corners[:, 2]):.1f} mm along "
                "the body; export contours drawn on axial slices"
            )
        planes[round(float(corners[:, 2].mean()), PLANE_DECIMALS)].append(corners[:, :2])
    if not planes:
        return sitk.Image(2, 2, 2, sitk.sitkUInt8)
    heights = np.array(sorted(planes))
    gaps = np.diff(heights)
    step = float(gaps.min()) if len(gaps) else LONE_PLANE_MM
    corners = np.concatenate([corners for plane in planes.values() for corners in plane])
    low = corners.min(axis=0) - CONTOUR_PIXEL_MM
    columns, rows = np.ceil((corners.max(axis=0) + CONTOUR_PIXEL_MM - low) / CONTOUR_PIXEL_MM).astype(int) + 1
    slices = np.arange(heights[0], heights[-1] + step / 2, step)
    array = np.zeros((len(slices), rows, columns), np.uint8)
    for k, height in enumerate(slices):
        nearest = heights[np.abs(heights - height).argmin()]
        for polygon in planes[float(nearest)]:
            array[k] ^= fill_polygon((polygon - low) / CONTOUR_PIXEL_MM, (rows, columns))
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((CONTOUR_PIXEL_MM, CONTOUR_PIXEL_MM, step))
    image.SetOrigin((float(low[0]), float(low[1]), float(heights[0])))
    return image


def fill_polygon(corners: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pixels whose centre lies within a closed polygon, by the even-odd rule.

    Parameters
    ----------
    corners : ndarray (n, 2)
        x (columns) and y (rows), in pixels; centres of pixels have whole numbers.
    shape : tuple of int
        Rows, columns.

    Returns
    -------
    ndarray of bool, shape ``shape``

    Examples
    --------
    >>> fill_polygon(np.array([(0.5, 0.5), (2.5, 0.5), (2.5, 1.5), (0.5, 1.5)]), (3, 4)).astype(int)
    array([[0, 0, 0, 0],
           [0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    x, y = corners.T
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    rows, columns = np.arange(shape[0])[:, None], np.arange(shape[1])
    crosses = (y <= rows) != (next_y <= rows)  # (rows, edges)
    rise = np.where(next_y == y, 1.0, next_y - y)
    at = x + (rows - y) / rise * (next_x - x)
    inside: np.ndarray = np.zeros(shape, bool)
    for row in np.flatnonzero(crosses.any(axis=1)):
        inside[row] = (np.count_nonzero(at[row][crosses[row]][:, None] <= columns, axis=0) % 2).astype(bool)
    return inside
