"""Smooth surfaces of masks and fields, in RAS mm."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkMatrixToLinearTransform
from vtkmodules.vtkFiltersCore import (
    vtkFlyingEdges3D,
    vtkPolyDataNormals,
    vtkWindowedSincPolyDataFilter,
)
from vtkmodules.vtkFiltersGeneral import vtkTransformPolyDataFilter

from OVCFRiskLib.geometry import index_to_lps_matrix

# A picture of a body 45 mm wide shows no detail below this; slices of 5 mm are interpolated to it.
SURFACE_SPACING_MM = 1.0
BODY_SMOOTHING_MM = 0.9
ROOM_VOXELS = 2  # for a surface that closes
PASS_BAND = 0.08
SMOOTHING_ITERATIONS = 25


def body_surface(mask: sitk.Image) -> vtkPolyData:
    """Smooth closed surface of a body.

    Parameters
    ----------
    mask : SimpleITK.Image
        0 or 1, of any geometry, at least one voxel filled.

    Returns
    -------
    vtkPolyData
        RAS mm, with point normals. A body that ends at the image's edge is closed there.
    """
    inside = np.pad(sitk.GetArrayViewFromImage(mask) != 0, ROOM_VOXELS)
    spacing = np.array(mask.GetSpacing()[::-1])
    # The signed distance turns thick slices into slopes instead of steps.
    distance = ndimage.distance_transform_edt(inside, sampling=spacing)
    distance -= ndimage.distance_transform_edt(~inside, sampling=spacing)
    field, step = resample(distance, spacing, SURFACE_SPACING_MM)
    field = ndimage.gaussian_filter(field, BODY_SMOOTHING_MM / (step * spacing))
    if field.max() <= 0:  # a mask of a few voxels or one slice, which smoothing wipes out
        field, step = distance, np.ones(3)
    return contour_surface(field, 0.0, mask, np.full(3, -ROOM_VOXELS), step)


def resample(field: np.ndarray, spacing: np.ndarray, target_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Field at about ``target_mm`` from its first voxel on, and the step between samples in voxels."""
    shape = np.maximum(np.ceil((np.array(field.shape) - 1) * spacing / target_mm).astype(int) + 1, 2)
    step = (np.array(field.shape) - 1) / (shape - 1)
    step[step == 0] = 1.0  # a single slice
    blurred = ndimage.gaussian_filter(field, np.where(step > 1.5, step / 3, 0)) if (step > 1.5).any() else field
    out = ndimage.zoom(blurred, shape / np.array(field.shape), order=1, mode="nearest")
    return out, step


def contour_surface(
    field: np.ndarray, level: float, image: sitk.Image, start: np.ndarray, step: np.ndarray
) -> vtkPolyData:
    """Smoothed contour of a field whose samples lie at ``start + index * step`` of the image's [k, j, i]."""
    data = vtkImageData()
    data.SetDimensions(*field.shape[::-1])
    values = np.ascontiguousarray(field, np.float32)
    data.GetPointData().SetScalars(numpy_to_vtk(values.ravel(), deep=True))
    contour = vtkFlyingEdges3D()
    contour.SetInputData(data)
    contour.SetValue(0, level)
    contour.ComputeNormalsOff()
    contour.ComputeScalarsOff()
    smooth = vtkWindowedSincPolyDataFilter()
    smooth.SetInputConnection(contour.GetOutputPort())
    smooth.SetPassBand(PASS_BAND)
    smooth.SetNumberOfIterations(SMOOTHING_ITERATIONS)
    smooth.NormalizeCoordinatesOn()
    smooth.BoundarySmoothingOff()
    to_ras = vtkTransformPolyDataFilter()
    to_ras.SetInputConnection(smooth.GetOutputPort())
    transform = vtkMatrixToLinearTransform()
    transform.SetInput(_sample_to_ras(image, start, step))
    to_ras.SetTransform(transform)
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(to_ras.GetOutputPort())
    normals.SplittingOff()
    normals.ConsistencyOff()
    normals.Update()
    return normals.GetOutput()


def _sample_to_ras(image: sitk.Image, start: np.ndarray, step: np.ndarray) -> vtkMatrix4x4:
    """4x4 matrix from (i, j, k) samples of the field to RAS mm."""
    axes = index_to_lps_matrix(image)
    affine = np.eye(4)
    affine[:3, :3] = axes * step[::-1]
    affine[:3, 3] = axes @ start[::-1] + np.array(image.GetOrigin())
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(affine.ravel().tolist())
    return matrix
