"""A surface as arrays, which can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceArrays:
    """Polygons with normals.

    Attributes
    ----------
    points, normals : ndarray (n, 3) of float32
    offsets, corners : ndarray of int
        Where each polygon begins in ``corners``, the numbers of its points.
    """

    points: np.ndarray
    normals: np.ndarray
    offsets: np.ndarray
    corners: np.ndarray

    @classmethod
    def of(cls, surface: vtkPolyData) -> SurfaceArrays:
        """The arrays of a surface."""
        polygons = surface.GetPolys()
        points, normals = surface.GetPoints().GetData(), surface.GetPointData().GetNormals()
        arrays = points, normals, polygons.GetOffsetsArray(), polygons.GetConnectivityArray()
        return cls(*(vtk_to_numpy(array) for array in arrays))

    def surface(self) -> vtkPolyData:
        """The surface again."""
        points, polygons, surface = vtkPoints(), vtkCellArray(), vtkPolyData()
        points.SetData(numpy_to_vtk(self.points, deep=True))
        polygons.SetData(numpy_to_vtk(self.offsets, deep=True), numpy_to_vtk(self.corners, deep=True))
        surface.SetPoints(points)
        surface.SetPolys(polygons)
        surface.GetPointData().SetNormals(numpy_to_vtk(self.normals, deep=True))
        return surface
