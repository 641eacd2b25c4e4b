"""Linear interpolation of a part of a CT, with the numbers that ITK gives for the whole CT.

ITK cuts interpolated HU to whole ones, and where these are whole already but for rounding errors, the place of the
image's first voxel decides. So the places are computed by ITK in the whole CT, and the steps of its interpolation are
taken in its order (``itk::ResampleImageFilter``, ``itk::LinearInterpolateImageFunction`` of ITK 5.4).
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.volume_part import Grid, Part

# ITK's own value for places outside of the image.
OUTSIDE_IMAGE_HU = 0


def is_along_patient(grid: Grid) -> bool:
    """True when the axes of an image are the patient's, so that each is interpolated by itself."""
    return np.array_equal(np.reshape(grid.direction, (3, 3)), np.eye(3))


def resample_linearly(grid: sitk.ResampleImageFilter, ct: Part) -> np.ndarray:
    """HU [k, j, i] on an output grid along the patient's axes, in the CT's own pixel type.

    Parameters
    ----------
    grid : SimpleITK.ResampleImageFilter
        With its output grid.
    ct : Part
        Along the patient's axes; holds what the output grid covers of the CT.
    """
    places = _places(grid, ct.whole)
    size = ct.whole.shape
    lows = [np.clip(np.floor(at).astype(np.intp), 0, n - 1) for at, n in zip(places, size, strict=True)]
    highs = [np.minimum(low + 1, n - 1) for low, n in zip(lows, size, strict=True)]
    first = [int(low.min()) for low in lows]
    box = tuple(
        slice(start - begin, int(high.max()) + 1 - begin)
        for start, high, begin in zip(first, highs, ct.start, strict=True)
    )
    values = array_view(ct.image)[box]
    dtype = values.dtype
    values = values.astype(float)
    for axis in (2, 1, 0):  # ITK's order
        low, high = (np.take(values, n[axis] - first[axis], axis) for n in (lows, highs))
        weight = np.maximum(places[axis] - lows[axis], 0.0)
        weight = np.expand_dims(weight, tuple(n for n in range(3) if n != axis))
        with np.errstate(invalid="ignore"):  # infinite HU are refused where they are measured
            values = np.where(weight > 0, low + (high - low) * weight, low)
    for axis, (at, n) in enumerate(zip(places, size, strict=True)):
        is_outside = (at < -0.5) | (at >= n - 0.5)
        np.moveaxis(values, axis, 0)[is_outside] = OUTSIDE_IMAGE_HU
    return values.astype(dtype)  # whole HU are cut, as ITK does


def _places(grid: sitk.ResampleImageFilter, whole: Grid) -> list[np.ndarray]:
    """Places of the output's planes, rows and columns in the whole CT, as continuous indices."""
    out = sitk.Image(1, 1, 1, sitk.sitkUInt8)
    out.SetSpacing(grid.GetOutputSpacing())
    out.SetOrigin(grid.GetOutputOrigin())
    out.SetDirection(grid.GetOutputDirection())
    into = whole.image()
    columns, rows, planes = (int(n) for n in grid.GetSize())

    def place(i: int, j: int, k: int, axis: int) -> float:
        return float(into.TransformPhysicalPointToContinuousIndex(out.TransformIndexToPhysicalPoint((i, j, k)))[axis])

    # along a row ITK divides the way from its first place to the one behind its last
    start, end = place(0, 0, 0, 0), place(columns, 0, 0, 0)
    along = start + np.arange(columns) / columns * (end - start)
    return [
        np.array([place(0, 0, k, 2) for k in range(planes)]),
        np.array([place(0, j, 0, 1) for j in range(rows)]),
        along,
    ]
