"""Analytic bodies: boxes and elliptic cylinders of known size in a small CT."""

from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel

SPACING = (1.0, 1.0, 1.25)
SIZE = (80, 70, 160)  # x, y, z
BODY_MM = (44.0, 32.0, 27.0)  # width, depth, height
PITCH_MM = 36.0


def _draw_spine(
    spacing=SPACING, size=SIZE, levels=tuple(LumbarLevel), bone_hu=120.0, noise_hu=15.0, shift_mm=(0.0, 0.0, 0.0)
):
    """CT and labels of elliptic cylinders, L1 uppermost, as sitk images; `centers` in LPS mm."""
    extent = np.array([(n - 1) * s for n, s in zip(size, spacing, strict=True)])
    x, y, z = (np.arange(n) * s for n, s in zip(size, spacing, strict=True))
    x, y, z = x[None, None, :], y[None, :, None], z[:, None, None]
    labels = np.zeros(size[::-1], np.uint8)
    centers = {}
    for level in levels:
        up = extent[2] / 2 + PITCH_MM * (21.5 - level)
        center = np.array([extent[0] / 2, extent[1] / 2 - 3, up]) + shift_mm
        disc = ((x - center[0]) / (BODY_MM[0] / 2)) ** 2 + ((y - center[1]) / (BODY_MM[1] / 2)) ** 2 <= 1
        labels[disc & (np.abs(z - center[2]) <= BODY_MM[2] / 2)] = level
        centers[level] = center
    rng = np.random.default_rng(1)
    hu = np.where(labels > 0, bone_hu, 50.0) + rng.normal(0, noise_hu, labels.shape)
    return SimpleNamespace(ct=_image(hu.astype(np.int16), spacing), labels=_image(labels, spacing), centers=centers)


def _image(array, spacing):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    return image


@pytest.fixture(scope="session")
def draw_spine():
    """The function that draws a spine of elliptic cylinders."""
    return _draw_spine


@pytest.fixture(scope="session")
def spine():
    """A whole spine L1-L4 of elliptic cylinders; not to be changed."""
    return _draw_spine()


@pytest.fixture
def change():
    """A copy of an image after ``edit(array)``."""

    def changed(image, edit):
        array = sitk.GetArrayFromImage(image)
        edited = edit(array)
        array = array if edited is None else edited
        result = sitk.GetImageFromArray(array)
        result.CopyInformation(image)
        return result

    return changed
