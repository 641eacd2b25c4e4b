"""Output grids for resampling: pyradiomics' own, and axial slices for tilted CTs."""

from __future__ import annotations

import math

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, array_view, as_box, run_filter
from OVCFRiskLib.radiomics.linear_resampling import is_along_patient, resample_linearly
from OVCFRiskLib.radiomics.settings import INTERPOLATORS, ExtractionSettings
from OVCFRiskLib.volume_part import Grid, Part

# pyradiomics' padDistance: margin around the mask, in voxels of the new grid.
PADDING_VOXELS = 5
# The influence of a voxel on a cubic B-spline falls by 0.268 per voxel, to 1e-18 after 32
# (Unser 1999, doi 10.1109/79.799930).
BSPLINE_REACH_VOXELS = 32
# ITK's cubic B-spline reads beyond images with fewer voxels along an axis than its support: random values.
BSPLINE_SUPPORT_VOXELS = 4


def aligned_grid(ct: Grid, box: Box, settings: ExtractionSettings) -> sitk.ResampleImageFilter | None:
    """The extraction grid around a box, along the CT's axes.

    Parameters
    ----------
    ct : Grid
        Of the whole CT; the new grid is aligned to the corner of its first voxel.
    box : Box
        [k, j, i] box of the mask in it.
    settings : ExtractionSettings
        With ``resampled_spacing``.

    Returns
    -------
    SimpleITK.ResampleImageFilter or None
        With its output grid set; None where the CT has that spacing already.

    Notes
    -----
    The grid is that of pyradiomics 3.1, ``imageoperations.resampleImage``: new voxel n lies at
    ``(n + 0.5) * new / old - 0.5`` old voxels, and an axis along which the box has one voxel keeps its spacing.
    """
    old = np.array(ct.GetSpacing())
    first = np.array([axis.start for axis in reversed(box)])
    count = np.array([axis.stop - axis.start for axis in reversed(box)])
    asked = np.array(settings.resampled_spacing)
    new = np.where((asked == 0) | (count == 1), old, asked)
    if np.allclose(old, new):
        return None
    ratio = old / new
    low = np.maximum(np.floor((first - 0.5) * ratio - PADDING_VOXELS), 0)
    high = np.ceil((first + count - 0.5) * ratio + PADDING_VOXELS)
    high = np.minimum(high, np.ceil(np.array(ct.GetSize()) * ratio) - 1)
    origin = ct.TransformContinuousIndexToPhysicalPoint((0.5 * (new - old) / old + low / ratio).tolist())
    return _grid(new, high - low + 1, np.array(origin), np.array(ct.GetDirection()))


def padding_mm(ct: Grid, settings: ExtractionSettings) -> float:
    """Margin that `aligned_grid` leaves around the box on every side, but for the ends of the CT."""
    asked = np.array(settings.resampled_spacing)
    return float(PADDING_VOXELS * np.where(asked == 0, ct.GetSpacing(), asked).min())


def nearest_planes(grid: sitk.ResampleImageFilter, ct: Grid) -> list[np.ndarray]:
    """Which slice, row and column of a CT those of an `aligned_grid` take by nearest neighbour; -1 outside.

    ITK itself says so, for a line of voxels along each axis: midway between two voxels rounding errors decide, and they
    must decide as for an image.
    """
    axes = np.array(ct.GetDirection()).reshape(3, 3).T
    origins = axes @ ct.GetOrigin(), axes @ grid.GetOutputOrigin()
    planes = []
    for axis, size in enumerate(ct.GetSize()):
        is_axis = np.arange(3) == axis
        line = sitk.GetImageFromArray(np.arange(1, size + 1, dtype=np.uint32).reshape(np.where(is_axis, size, 1)[::-1]))
        line.SetSpacing(np.where(is_axis, ct.GetSpacing(), 1.0).tolist())
        line.SetOrigin(np.where(is_axis, origins[0], 0.0).tolist())
        out = _grid(
            np.where(is_axis, grid.GetOutputSpacing(), 1.0),
            np.where(is_axis, grid.GetSize(), 1),
            np.where(is_axis, origins[1], 0.0),
            np.eye(3).ravel(),
        )
        planes.append(array_view(resample_mask(out, line)).ravel().astype(np.intp) - 1)
    return planes[::-1]


def axial_grid(ct: Grid, box: Box, settings: ExtractionSettings) -> sitk.ResampleImageFilter:
    """Axial slices around a box of a CT with tilted slices, so that HU are interpolated only once.

    Parameters are those of `aligned_grid`; where the settings have no spacing, the CT's own is kept. The grid is
    aligned to the centre of the CT's first voxel.
    """
    old = np.array(ct.GetSpacing())
    asked = np.array(settings.resampled_spacing or (0, 0, 0))
    new = np.where(asked == 0, old, asked)
    corners = np.array(np.meshgrid(*[(axis.start - 0.5, axis.stop - 0.5) for axis in box], indexing="ij"))
    points = np.array([ct.TransformContinuousIndexToPhysicalPoint(c[::-1].tolist()) for c in corners.reshape(3, -1).T])
    anchor = np.array(ct.GetOrigin())
    low = np.floor((points.min(axis=0) - anchor) / new)
    high = np.ceil((points.max(axis=0) - anchor) / new)
    return _grid(new, high - low + 1, anchor + low * new, np.eye(3).ravel())


def resample_mask(grid: sitk.ResampleImageFilter, mask: sitk.Image) -> sitk.Image:
    """Mask on an output grid, by nearest neighbour."""
    grid.SetOutputPixelType(mask.GetPixelID())
    grid.SetInterpolator(sitk.sitkNearestNeighbor)
    return run_filter(grid.Execute, mask)


def resample_hu(grid: sitk.ResampleImageFilter, ct: Part, box: Box, interpolator: str) -> np.ndarray:
    """HU [k, j, i] on an output grid around a box of the whole CT, in its own pixel type: whole HU stay whole.

    They do not depend on how much of the CT the part holds, if it holds `reach_voxels` around the box.

    Raises
    ------
    OVCFRiskError
        If the CT has too few voxels for B-splines.
    """
    if interpolator == "linear" and is_along_patient(ct.whole):
        return resample_linearly(grid, ct)
    if interpolator == "bspline" and min(ct.whole.size) < BSPLINE_SUPPORT_VOXELS:
        size = " x ".join(str(n) for n in ct.whole.size)
        raise OVCFRiskError(
            f"B-spline interpolation needs {BSPLINE_SUPPORT_VOXELS} voxels along each axis, the CT has {size}; "
            "give the whole CT, or use linear interpolation"
        )
    # the coefficients of B-splines are computed for the whole input
    reach = reach_voxels(ct.whole, grid.GetOutputSpacing()) if interpolator != "bspline" else BSPLINE_REACH_VOXELS
    around = ct.narrowed(as_box(slice(axis.start - reach, axis.stop + reach) for axis in box)).image
    grid.SetOutputPixelType(around.GetPixelID())
    grid.SetInterpolator(getattr(sitk, INTERPOLATORS[interpolator]))
    return array_view(run_filter(grid.Execute, around)).copy()


def reach_voxels(ct: Grid, resampled_spacing: tuple[float, ...] | None) -> int:
    """Voxels around a box of a CT that its HU on the extraction grid depend on."""
    padding = (PADDING_VOXELS + 1) * max(resampled_spacing or (0.0,)) / min(ct.spacing)
    return max(BSPLINE_REACH_VOXELS, math.ceil(padding))


def _grid(spacing: np.ndarray, size: np.ndarray, origin: np.ndarray, direction: np.ndarray) -> sitk.ResampleImageFilter:
    """Filter with an output grid."""
    grid = sitk.ResampleImageFilter()
    grid.SetOutputSpacing([float(x) for x in spacing])
    grid.SetSize([int(n) for n in size])
    grid.SetOutputOrigin([float(x) for x in origin])
    grid.SetOutputDirection([float(x) for x in direction])
    return grid
