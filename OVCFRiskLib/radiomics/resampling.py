"""The extraction grid: pyradiomics' resampling, voxel for voxel."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, crop
from OVCFRiskLib.radiomics.settings import INTERPOLATORS, ExtractionSettings

# pyradiomics' padDistance: room around the mask, in voxels of the new grid.
PADDING_VOXELS = 5
# The influence of a voxel on a cubic B-spline falls by 0.268 per voxel, to 1e-18 after 32
# (Unser 1999, doi 10.1109/79.799930).
BSPLINE_REACH_VOXELS = 32
# ITK's cubic B-spline reads beyond images with fewer voxels along an axis than its support: random values.
BSPLINE_SUPPORT_VOXELS = 4


def resample_body(
    ct: sitk.Image, mask: sitk.Image, box: Box, settings: ExtractionSettings
) -> tuple[sitk.Image, sitk.Image]:
    """Bring CT and mask onto the extraction grid, around the mask only.

    Parameters
    ----------
    ct, mask : SimpleITK.Image
        On one grid; the new grid is aligned to the corner of its first voxel.
    box : Box
        [k, j, i] box of the mask.
    settings : ExtractionSettings
        With ``resampled_spacing``.

    Returns
    -------
    tuple of SimpleITK.Image
        CT (settings' interpolator, its own pixel type: integers are rounded) and mask (nearest neighbour).

    Notes
    -----
    The grid is that of pyradiomics 3.1, ``imageoperations.resampleImage``: new voxel n lies at
    ``(n + 0.5) * new / old - 0.5`` old voxels, an axis along which the mask has one voxel keeps its spacing, and
    nothing happens where the spacing already agrees.
    """
    old = np.array(ct.GetSpacing())
    first = np.array([axis.start for axis in reversed(box)])
    count = np.array([axis.stop - axis.start for axis in reversed(box)])
    asked = np.array(settings.resampled_spacing)
    new = np.where((asked == 0) | (count == 1), old, asked)
    if np.allclose(old, new):
        return ct, mask
    ratio = old / new
    low = np.maximum(np.floor((first - 0.5) * ratio - PADDING_VOXELS), 0)
    high = np.ceil((first + count - 0.5) * ratio + PADDING_VOXELS)
    high = np.minimum(high, np.ceil(np.array(ct.GetSize()) * ratio) - 1)
    grid = sitk.ResampleImageFilter()
    grid.SetOutputSpacing(new.tolist())
    grid.SetOutputDirection(ct.GetDirection())
    grid.SetSize((high - low + 1).astype(int).tolist())
    grid.SetOutputOrigin(mask.TransformContinuousIndexToPhysicalPoint((0.5 * (new - old) / old + low / ratio).tolist()))
    return _onto(grid, ct, mask, box, settings)


def resample_oblique_body(
    ct: sitk.Image, mask: sitk.Image, box: Box, settings: ExtractionSettings
) -> tuple[sitk.Image, sitk.Image]:
    """Bring a CT with tilted slices, and its mask, onto axial slices in one interpolation.

    Parameters and results are those of `resample_body`; where the settings have no spacing, the CT's own is kept. The
    grid is aligned to the centre of the CT's first voxel.
    """
    old = np.array(ct.GetSpacing())
    asked = np.array(settings.resampled_spacing or (0, 0, 0))
    new = np.where(asked == 0, old, asked)
    corners = np.array(np.meshgrid(*[(axis.start - 0.5, axis.stop - 0.5) for axis in box], indexing="ij"))
    anchor = np.array(ct.GetOrigin())
    points = np.array([ct.TransformContinuousIndexToPhysicalPoint(c[::-1].tolist()) for c in corners.reshape(3, -1).T])
    low = np.floor((points.min(axis=0) - anchor) / new)
    high = np.ceil((points.max(axis=0) - anchor) / new)
    grid = sitk.ResampleImageFilter()
    grid.SetOutputSpacing(new.tolist())
    grid.SetOutputDirection((1, 0, 0, 0, 1, 0, 0, 0, 1))
    grid.SetSize((high - low + 1).astype(int).tolist())
    grid.SetOutputOrigin((anchor + low * new).tolist())
    return _onto(grid, ct, mask, box, settings)


def _onto(
    grid: sitk.ResampleImageFilter, ct: sitk.Image, mask: sitk.Image, box: Box, settings: ExtractionSettings
) -> tuple[sitk.Image, sitk.Image]:
    """CT and mask on the filter's output grid."""
    grid.SetOutputPixelType(mask.GetPixelID())
    grid.SetInterpolator(sitk.sitkNearestNeighbor)
    new_mask = grid.Execute(mask)
    if settings.interpolator == "bspline":
        if min(ct.GetSize()) < BSPLINE_SUPPORT_VOXELS:
            size = " x ".join(str(n) for n in ct.GetSize())
            raise OVCFRiskError(
                f"B-spline interpolation needs {BSPLINE_SUPPORT_VOXELS} voxels along each axis, the CT has {size}; "
                "give the whole CT, or use linear interpolation"
            )
        # its coefficients are computed for the whole input
        reach = BSPLINE_REACH_VOXELS
        ct = crop(ct, tuple(slice(max(axis.start - reach, 0), axis.stop + reach) for axis in box))
    grid.SetOutputPixelType(ct.GetPixelID())
    grid.SetInterpolator(getattr(sitk, INTERPOLATORS[settings.interpolator]))
    return grid.Execute(ct), new_mask
