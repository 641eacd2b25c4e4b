"""NIfTI files that ITK does not read, or would put elsewhere: NIfTI-2, compressed under a plain name, slanting axes."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import run_filter
from OVCFRiskLib.reading.grid_axes import GridAxes
from OVCFRiskLib.reading.hounsfield import PADDING_HU
from OVCFRiskLib.reading.nifti_geometry import RAS_TO_LPS, NiftiGrid, NiftiLayout
from OVCFRiskLib.reading.nifti_header import NiftiHeader, open_nifti

# NumPy's names of the real types of nifti1.h
VOXEL_TYPES = {2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4", 1024: "i8", 1280: "u8"}

# What ITK takes for no scale: closer to it than double precision tells numbers apart at 1.
UNSCALED_WITHIN = float(np.finfo(np.float64).eps)


def read_nifti_voxels(path: Path, layout: NiftiLayout, header: NiftiHeader) -> sitk.Image:
    """Voxels of a single NIfTI file with slope and intercept applied, on a grid without a place.

    Raises
    ------
    OVCFRiskError
        If their type is a colour or complex one, or they lie in a file of their own.
    """
    if layout.type_code not in VOXEL_TYPES or header.is_pair:
        what = "a pair of files" if header.is_pair else f"voxels of type {layout.type_code}"
        raise OVCFRiskError(f"'{path}': expected real numbers in one NIfTI file, got {what}; save it as NIfTI-1 (.nii)")
    dtype = np.dtype(layout.byte_order + VOXEL_TYPES[layout.type_code])
    with open_nifti(path) as file:
        file.read(header.voxel_offset)
        data = file.read(math.prod(layout.shape) * dtype.itemsize)
    array = np.frombuffer(data, dtype).astype(dtype.newbyteorder("="))
    array = scaled(array, layout)
    shape = [*layout.shape]
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    if len(shape) > 4:
        raise OVCFRiskError(
            f"'{path}': expected one value per voxel, got {'x'.join(map(str, layout.shape))}; export the CT itself"
        )
    return sitk.GetImageFromArray(array.reshape(shape[::-1]), isVector=False)


def scaled(array: np.ndarray, layout: NiftiLayout) -> np.ndarray:
    """Values with slope and intercept, in the precision that ITK computes in and keeps; a slope of 0 is none."""
    if layout.slope == 0 or (abs(layout.slope - 1) < UNSCALED_WITHIN and abs(layout.intercept) < UNSCALED_WITHIN):
        return array
    kept = np.float64 if array.dtype == np.float64 else np.float32
    values: np.ndarray = (array * np.float64(layout.slope) + layout.intercept).astype(kept)
    return values


def place_voxels(image: sitk.Image, grid: NiftiGrid, is_labels: bool) -> sitk.Image:
    """Put voxels on their grid, made perpendicular where it is not.

    Slices of a tilted gantry are moved along themselves until they lie above each other: linear interpolation of HU,
    the nearest voxel for labels.
    """
    axes = grid.axes
    if image.GetDimension() != 3:
        return image
    if axes.is_sheared:
        return _straightened(image, grid, is_labels)
    image = run_filter(copy.deepcopy, image)
    image.SetOrigin(grid.origin.tolist())
    image.SetSpacing(axes.spacing)
    image.SetDirection(axes.perpendicular().ravel().tolist())
    return image


def default_grid(layout: NiftiLayout) -> NiftiGrid:
    """A grid for a file that does not say where it lies: along the body's axes, as ITK takes them."""
    spacing = np.array([spacing if spacing > 0 else 1.0 for spacing in layout.spacing_mm])
    return NiftiGrid(np.zeros(3), GridAxes.of_matrix(RAS_TO_LPS * spacing), ())


def _straightened(image: sitk.Image, grid: NiftiGrid, is_labels: bool) -> sitk.Image:
    """Slices of a slanting stack above each other; the image's grid is that of its indices."""
    spacing, axes = np.array(grid.axes.spacing), grid.axes.axes
    plane = np.column_stack((axes[:, 0], axes[:, 1]))
    plane[:, 1] -= plane[:, 0] * (plane[:, 0] @ plane[:, 1])
    plane /= np.linalg.norm(plane, axis=0)
    normal = np.cross(plane[:, 0], plane[:, 1])
    slant = axes[:, 2] * spacing[2]
    step = float(slant @ normal)
    direction = np.column_stack((plane, normal * math.copysign(1.0, step)))
    # how far the last slice has moved along the rows and columns, in voxels
    moved = (direction.T @ slant)[:2] * (image.GetSize()[2] - 1) / spacing[:2]
    low, high = np.floor(np.minimum(moved, 0)).astype(int), np.ceil(np.maximum(moved, 0)).astype(int)
    columns, rows, slices = image.GetSize()
    size = [int(columns + high[0] - low[0]), int(rows + high[1] - low[1]), int(slices)]
    origin = grid.origin + direction[:, :2] @ (low * spacing[:2])
    matrix = np.linalg.inv(axes * spacing)
    to_index = sitk.AffineTransform(matrix.ravel().tolist(), (-matrix @ grid.origin).tolist())
    resample = sitk.ResampleImageFilter()
    resample.SetSize(size)
    resample.SetOutputSpacing([float(spacing[0]), float(spacing[1]), abs(step)])
    resample.SetOutputOrigin(origin.tolist())
    resample.SetOutputDirection(direction.ravel().tolist())
    resample.SetTransform(to_index)
    resample.SetInterpolator(sitk.sitkNearestNeighbor if is_labels else sitk.sitkLinear)
    resample.SetDefaultPixelValue(0 if is_labels else PADDING_HU)
    return run_filter(resample.Execute, image)
