"""PNG is what other programs read."""

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkIOImage import vtkPNGReader

from OVCFRiskLib.report.pictures.png import png_bytes


def read_by_vtk(path):
    reader = vtkPNGReader()
    reader.SetFileName(str(path))
    reader.Update()
    image = reader.GetOutput()
    width, height, _ = image.GetDimensions()
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[::-1]


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (1, 1), (1, 1, 3), (1, 40), (40, 1, 3), (300, 200, 3)])
def test_pixels_come_back(tmp_path, shape):
    pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
    (tmp_path / "a.png").write_bytes(png_bytes(pixels))
    np.testing.assert_array_equal(read_by_vtk(tmp_path / "a.png"), pixels.reshape(*shape[:2], -1))


def test_a_view_of_an_array_is_written_as_it_is_seen(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 3)).astype(np.uint8)[::-2, 3:20]
    (tmp_path / "a.png").write_bytes(png_bytes(pixels))
    np.testing.assert_array_equal(read_by_vtk(tmp_path / "a.png"), pixels)


def test_same_pixels_same_bytes():
    pixels = np.full((20, 30, 3), 7, np.uint8)
    assert png_bytes(pixels) == png_bytes(pixels.copy())
