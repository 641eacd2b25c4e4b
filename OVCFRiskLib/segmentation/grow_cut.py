"""Slicer's grow from seeds, on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.segmentation.slicer_filter import grow_cut_filter

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkImageData

# Where intensity says nothing, seeds meet half way.
DISTANCE_PENALTY_HU_PER_MM = 5.0


def grow_from_seeds(intensity: np.ndarray, seeds: np.ndarray, is_excluded: np.ndarray, spacing: float) -> np.ndarray:
    """Grow seeds until they meet where the intensity changes.

    Parameters
    ----------
    intensity : np.ndarray
        float32 [k, j, i].
    seeds : np.ndarray
        uint8, 0 where unknown.
    is_excluded : np.ndarray
        bool, True where nothing grows.
    spacing : float
        mm.

    Returns
    -------
    np.ndarray
        Labels of the seeds that reached each voxel first, uint8.

    Raises
    ------
    MissingDependencyError
        Where Slicer's filter is absent.

    References
    ----------
    Zhu et al. 2014, "An effective interactive medical image segmentation method using fast GrowCut", MICCAI IMIC.
    """
    from vtkmodules.util.numpy_support import vtk_to_numpy

    filter_ = grow_cut_filter(DISTANCE_PENALTY_HU_PER_MM)
    filter_.SetInputData(0, _as_vtk(intensity.astype(np.float32, copy=False), spacing))
    filter_.SetInputData(1, _as_vtk(seeds.astype(np.uint8, copy=False), spacing))
    filter_.SetInputData(2, _as_vtk(is_excluded.astype(np.uint8), spacing))
    filter_.Update()
    return vtk_to_numpy(filter_.GetOutput().GetPointData().GetScalars()).reshape(seeds.shape).astype(np.uint8)


def _as_vtk(array: np.ndarray, spacing: float) -> vtkImageData:
    """A vtkImageData that shares the array's memory."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(*array.shape[::-1])
    image.SetSpacing(spacing, spacing, spacing)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(array).ravel(), deep=False))
    return image
