"""Contours of fields by VTK, an independent tool for where a surface lies; and CTs that lie obliquely."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkMatrixToLinearTransform
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D
from vtkmodules.vtkFiltersGeneral import vtkTransformPolyDataFilter


@pytest.fixture(scope="session")
def contour():
    """Makes a closed surface in RAS mm of a field."""

    def make(field) -> vtkPolyData:
        data = vtkImageData()
        data.SetDimensions(*field.values.shape[::-1])
        data.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(field.values).ravel(), deep=True))
        edges = vtkFlyingEdges3D()
        edges.SetInputData(data)
        edges.SetValue(0, 0.0)
        matrix, transform, to_ras = vtkMatrix4x4(), vtkMatrixToLinearTransform(), vtkTransformPolyDataFilter()
        matrix.DeepCopy(field.to_ras.ravel().tolist())
        transform.SetInput(matrix)
        to_ras.SetInputConnection(edges.GetOutputPort())
        to_ras.SetTransform(transform)
        to_ras.Update()
        return to_ras.GetOutput()

    return make


@pytest.fixture(scope="session")
def turned():
    """Turns an image: the same voxels in a CT that lies obliquely, and the matrix of the turn."""

    def turn(image, angles=(0.35, 0.2, 0.15)) -> tuple[sitk.Image, np.ndarray]:
        transform = sitk.Euler3DTransform()
        transform.SetRotation(*angles)
        matrix = np.array(transform.GetMatrix()).reshape(3, 3)
        image = sitk.Image(image)
        image.SetOrigin((matrix @ np.array(image.GetOrigin())).tolist())
        image.SetDirection(matrix.ravel().tolist())
        return image, matrix

    return turn
