"""Reformatted slices through the bodies: a sagittal one that follows the spine, an axial one per body."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges2D, vtkStripper

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import array_view, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.reading.hounsfield import PADDING_HU
from OVCFRiskLib.report.pictures.ct_region import ct_extent

# Side of a pixel of the pictures, mm: chosen.
PIXEL_MM = 0.5
# Bone window: trabecular bone of 50 to 200 HU stays apart from soft tissue, the cortex does not burn out.
WINDOW_HU = (-250.0, 850.0)
# What is shown around the bodies as far as the CT reaches, mm along LPS x, y, z.
SAGITTAL_BEFORE_MM = (0.0, 38.0, 26.0)
SAGITTAL_AFTER_MM = (0.0, 62.0, 26.0)
AXIAL_BEFORE_MM = (24.0, 18.0, 0.0)
AXIAL_AFTER_MM = (24.0, 52.0, 0.0)

Outline = np.ndarray  # (n, 2) mm from the picture's upper left corner: to the right, down


@dataclass(frozen=True, slots=True)
class Slice:
    """A grey picture in millimetres with the outlines of the bodies in it.

    Attributes
    ----------
    pixels : numpy.ndarray of uint8, shape (height, width)
        Bone window, first row on top, pixels of `PIXEL_MM` on each side.
    outlines : dict of LumbarLevel to list of numpy.ndarray
        Closed lines, (n, 2) mm from the upper left corner.
    sides : tuple of str
        Patient's sides at the left, right, top and bottom edge, e.g. ``("R", "L", "A", "P")``.
    superior_mm : float or None
        Where an axial slice lies (RAS S, mm); None for the sagittal one.
    """

    pixels: np.ndarray
    outlines: dict[LumbarLevel, list[Outline]]
    sides: tuple[str, str, str, str]
    superior_mm: float | None = None

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height."""
        return self.pixels.shape[1] * PIXEL_MM, self.pixels.shape[0] * PIXEL_MM


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Where the pixels of a slice lie: the sum of their row's and their column's part, LPS mm.

    Attributes
    ----------
    down : numpy.ndarray, (height, 3)
    across : numpy.ndarray, (width, 3)
        Without a part along z.
    """

    down: np.ndarray
    across: np.ndarray


def sagittal_slice(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> Slice:
    """Slice from front to back that passes through the middle of every body.

    At each height it lies at the left-right position of the line through the bodies' centres, so that scoliosis does
    not hide the canal or a body; anterior is on the left. Distances are true up and down and front to back.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    bodies : dict
        As `cut_out_levels` gives it; at least one.

    Returns
    -------
    Slice
    """
    first, last = ct_extent(ct)
    low = np.min([body.low_lps for body in bodies.values()], axis=0) - SAGITTAL_BEFORE_MM
    high = np.max([body.high_lps for body in bodies.values()], axis=0) + SAGITTAL_AFTER_MM
    low, high = np.maximum(low, first), np.minimum(high, last)
    y, z = _positions(low[1], high[1]), _positions(low[2], high[2])[::-1]
    centers = np.array(sorted((body.center_lps for body in bodies.values()), key=lambda center: center[2]))
    x = np.interp(z, centers[:, 2], centers[:, 0])
    down, across = np.stack((x, np.zeros(len(z)), z), axis=-1), np.outer(y, (0.0, 1.0, 0.0))
    return _slice(ct, bodies, Plane(down, across), ("A", "P", "S", "I"))


def axial_slice(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut], level: LumbarLevel) -> Slice:
    """Axial slice through the centre of a body, the patient's right on the left as radiologists look at it."""
    body = bodies[level]
    first, last = ct_extent(ct)
    low = np.maximum(body.low_lps - AXIAL_BEFORE_MM, first)
    high = np.minimum(body.high_lps + AXIAL_AFTER_MM, last)
    x, y = _positions(low[0], high[0]), _positions(low[1], high[1])
    down = np.stack((np.zeros(len(y)), y, np.full(len(y), body.center_lps[2])), axis=-1)
    return _slice(
        ct, bodies, Plane(down, np.outer(x, (1.0, 0.0, 0.0))), ("R", "L", "A", "P"), float(body.center_lps[2])
    )


def _slice(
    ct: sitk.Image,
    bodies: Mapping[LumbarLevel, LevelCutOut],
    plane: Plane,
    sides: tuple[str, str, str, str],
    superior_mm: float | None = None,
) -> Slice:
    """CT and masks in a plane."""
    low, high = WINDOW_HU
    grey = (_sampled(ct, plane, PADDING_HU) - low) / (high - low)
    pixels = np.round(255 * np.nan_to_num(np.clip(grey, 0, 1))).astype(np.uint8)  # what has no HU is black
    outlines = {}
    for level, body in bodies.items():
        lines = _outlines(_mask_at(body, plane))
        if lines:
            outlines[level] = lines
    return Slice(pixels, outlines, sides, superior_mm)


def _mask_at(body: LevelCutOut, plane: Plane) -> np.ndarray:
    """A body's mask in a plane; only the rows that can meet it are looked at."""
    reach = float(np.linalg.norm(body.spacing_kji))  # further from all voxel centres the interpolated mask is 0
    height = plane.down[:, 2]
    is_near = (height >= body.low_lps[2] - reach) & (height <= body.high_lps[2] + reach)
    mask = np.zeros((len(plane.down), len(plane.across)), np.float32)
    if is_near.any():
        mask[is_near] = _sampled(body.mask_image, Plane(plane.down[is_near], plane.across), 0.0)
    return mask


def _sampled(image: sitk.Image, plane: Plane, outside: float) -> np.ndarray:
    """Linear interpolation in a plane."""
    down = lps_to_index(image, plane.down)
    across = lps_to_index(image, plane.across) - lps_to_index(image, np.zeros((1, 3)))
    index = down.T[:, :, None] + across.T[:, None, :]
    array = array_view(image)
    return ndimage.map_coordinates(array, index, output=np.float32, order=1, cval=outside, prefilter=False)


def _positions(low: float, high: float) -> np.ndarray:
    """Centres of pixels from ``low`` to ``high``."""
    count = max(round((high - low) / PIXEL_MM), 2)
    return low + (np.arange(count) + 0.5) * PIXEL_MM


def _outlines(mask: np.ndarray) -> list[Outline]:
    """Closed lines around where an interpolated mask is above one half."""
    if mask.max() <= 0.5:
        return []
    padded = np.pad(mask, 1)
    data = vtkImageData()
    data.SetDimensions(padded.shape[1], padded.shape[0], 1)
    data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(padded).ravel(), deep=True))
    contour = vtkFlyingEdges2D()
    contour.SetInputData(data)
    contour.SetValue(0, 0.5)
    lines = vtkStripper()
    lines.SetInputConnection(contour.GetOutputPort())
    lines.SetMaximumLength(padded.size)
    lines.JoinContiguousSegmentsOn()
    lines.Update()
    result = lines.GetOutput()
    # index 0 is the padding, 1 the middle of the first pixel
    points = (vtk_to_numpy(result.GetPoints().GetData())[:, :2] - 0.5) * PIXEL_MM
    cells = result.GetLines()
    offsets = vtk_to_numpy(cells.GetOffsetsArray())
    members = vtk_to_numpy(cells.GetConnectivityArray())
    return [points[members[a:b]] for a, b in itertools.pairwise(offsets) if b - a > 3]
