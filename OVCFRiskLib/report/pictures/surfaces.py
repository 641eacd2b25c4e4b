"""Smooth surfaces of fields, in RAS mm; nothing but NumPy and VTK is loaded for it."""

from __future__ import annotations

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

from OVCFRiskLib.report.pictures.surface_field import SurfaceField

# Of the windowed-sinc smoothing, which takes out the steps of the samples and keeps volume and edges: chosen by eye.
PASS_BAND = 0.08
SMOOTHING_ITERATIONS = 25  # as many as the filter takes to follow that band


def contour_surface(field: SurfaceField) -> vtkPolyData:
    """Smoothed contour of a field.

    Returns
    -------
    vtkPolyData
        RAS mm, with point normals; without points where the field does not reach its level.
    """
    data = vtkImageData()
    data.SetDimensions(*field.values.shape[::-1])
    data.GetPointData().SetScalars(numpy_to_vtk(field.values.ravel(), deep=True))
    contour = vtkFlyingEdges3D()
    contour.SetInputData(data)
    contour.SetValue(0, field.level)
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
    matrix, transform = vtkMatrix4x4(), vtkMatrixToLinearTransform()
    matrix.DeepCopy(field.to_ras.ravel().tolist())
    transform.SetInput(matrix)
    to_ras.SetTransform(transform)
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(to_ras.GetOutputPort())
    normals.SplittingOff()
    normals.ConsistencyOff()
    normals.Update()
    return normals.GetOutput()
