"""Analytic bodies: boxes and elliptic cylinders of known size in a small CT."""

from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage
from scipy.spatial.transform import Rotation

from OVCFRiskLib.levels import LumbarLevel

SPACING = (1.0, 1.0, 1.25)
SIZE = (80, 70, 160)  # x, y, z
BODY_MM = (44.0, 32.0, 27.0)  # width, depth, height
PITCH_MM = 36.0
ARCH_HU, CANAL_HU, SOFT_TISSUE_HU = 300.0, 20.0, 50.0
CORTEX_HU, CORTEX_MM = 150.0, 1.5  # over the bone within


def _draw_spine(
    spacing=SPACING, size=SIZE, levels=tuple(LumbarLevel), bone_hu=120.0, noise_hu=15.0, shift_mm=(0.0, 0.0, 0.0)
):
    """CT and labels of elliptic cylinders with a cortex, each with a canal between two pedicles behind, L1 uppermost.

    `centers` in LPS mm; `tissue` is the HU of all that is no body, without noise.
    """
    extent = np.array([(n - 1) * s for n, s in zip(size, spacing, strict=True)])
    x, y, z = (np.arange(n) * s for n, s in zip(size, spacing, strict=True))
    x, y, z = x[None, None, :], y[None, :, None], z[:, None, None]
    labels = np.zeros(size[::-1], np.uint8)
    centers, arch, canal = {}, np.zeros(size[::-1], bool), np.zeros(size[::-1], bool)
    for level in levels:
        up = extent[2] / 2 + PITCH_MM * (21.5 - level)
        center = np.array([extent[0] / 2, extent[1] / 2 - 3, up]) + shift_mm
        width = BODY_MM[0] + level - LumbarLevel.L1  # lumbar bodies widen downwards
        disc = ((x - center[0]) / (width / 2)) ** 2 + ((y - center[1]) / (BODY_MM[1] / 2)) ** 2 <= 1
        labels[disc & (np.abs(z - center[2]) <= BODY_MM[2] / 2)] = level
        behind, aside = y - center[1] - BODY_MM[1] / 2, np.abs(x - center[0])
        arch |= (aside > 8) & (aside < 16) & (behind > -8) & (behind < 14) & (np.abs(z - center[2] - 4) < 7)
        canal |= (aside <= 8) & (behind >= 0) & (z > -np.inf)
        centers[level] = center
    rng = np.random.default_rng(1)
    tissue = np.where(arch, ARCH_HU, np.where(canal, CANAL_HU, SOFT_TISSUE_HU))
    cortex = ndimage.distance_transform_edt(labels, spacing[::-1]) <= CORTEX_MM
    hu = np.where(labels > 0, bone_hu + CORTEX_HU * cortex, tissue) + rng.normal(0, noise_hu, labels.shape)
    ct = _image(hu.astype(np.int16), spacing)
    return SimpleNamespace(ct=ct, labels=_image(labels, spacing), centers=centers, tissue=tissue)


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


def _draw_bodies(heights, spacing=(1.0, 1.0, 1.25), euler_deg=(0.0, 0.0, 0.0), shift_mm=0.0, pitch_mm=PITCH_MM):
    """Labels of bodies with known (anterior, middle, posterior) heights, {level: heights}, all turned by Euler angles.

    Endplates have a flat rim and a hollow; the axial outline is an ellipse of `BODY_MM`.
    """
    levels = sorted(heights)
    length = 60 + pitch_mm * (levels[-1] - levels[0])
    extent = np.array([76.0, 70.0, length])
    turn = Rotation.from_euler("xyz", euler_deg, degrees=True).as_matrix()
    extent = np.maximum(extent, np.abs(turn) @ extent * 0.9)
    size = [int(e / s) for e, s in zip(extent, spacing, strict=True)]
    labels = np.zeros(size[::-1], np.uint8)
    place = np.stack(np.meshgrid(*[np.arange(n) * s for n, s in zip(size, spacing, strict=True)], indexing="ij"), -1)
    for level in levels:
        up = pitch_mm * ((levels[0] + levels[-1]) / 2 - level)
        offset = (place - extent / 2 - shift_mm) @ turn - np.array([0, 0, up])
        x, y, z = np.moveaxis(offset, -1, 0)
        part = np.clip(y / BODY_MM[1] + 0.5, 0, 1)
        front, middle, back = heights[level]
        # a flat rim of a seventh of the depth, then a smooth hollow to the centre
        hollow = np.clip((0.72 - np.hypot(2 * part - 1, 2 * x / BODY_MM[0])) / 0.5, 0, 1)
        height = front + (back - front) * part + hollow**2 * (3 - 2 * hollow) * (middle - (front + back) / 2)
        inside = ((2 * x / BODY_MM[0]) ** 2 + (2 * y / BODY_MM[1]) ** 2 <= 1) & (np.abs(z) <= height / 2)
        labels[inside.transpose(2, 1, 0)] = level
    return _image(labels, spacing)


@pytest.fixture(scope="session")
def draw_bodies():
    """The function that draws labels of bodies with known heights."""
    return _draw_bodies
