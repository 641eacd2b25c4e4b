"""Vertebrae of plain shapes, with bodies known exactly: for tests of arch cutting and of label import."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

# Millimetres: half width, half depth and half height of the body; its posterior wall lies at +BODY[1] backwards.
BODY = (23.0, 17.0, 13.0)
SPACING_OF_BODIES = 36.0


def body_at(side: np.ndarray, back: np.ndarray, up: np.ndarray) -> np.ndarray:
    """An elliptic cylinder with a waist, flat behind."""
    waist = 1 - 0.12 * (1 - np.clip(up / BODY[2], -1, 1) ** 2)
    radius = (side / (BODY[0] * waist)) ** 2 + (np.minimum(back, 9.0) / (BODY[1] * waist)) ** 2
    return (radius <= 1) & (back <= 13.0) & (np.abs(up) <= BODY[2])


def arch_at(side: np.ndarray, back: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Pedicles, pillars, lamina, transverse and spinous processes."""
    beside = np.abs(side)
    pedicle = (np.abs(beside - 15) <= 4) & (back > 8) & (back <= 30) & (np.abs(up - 4) <= 7)
    pillar = (np.abs(beside - 16) <= 5.5) & (np.abs(back - 32) <= 6) & (up <= 20) & (up >= -24)
    lamina = (beside <= 18) & (np.abs(back - 36 + 0.2 * beside) <= 3.5) & (up <= 4) & (up >= -16)
    transverse = (beside >= 14) & (beside <= 40) & (np.abs(back - 24 - 0.2 * beside) <= 3.5) & (np.abs(up - 2) <= 4)
    spinous = (beside <= 4) & (back > 34) & (back <= 64) & (np.abs(up + 8 + 0.2 * (back - 34)) <= 9)
    return pedicle | pillar | lamina | transverse | spinous


def make_vertebrae(
    centers: Mapping[int, tuple[float, float, float]],
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.5),
    degrees: tuple[float, float, float] = (0.0, 0.0, 0.0),
    size_mm: tuple[float, float, float] = (110.0, 130.0, 100.0),
    origin: tuple[float, float, float] = (-55.0, -40.0, -50.0),
) -> tuple[sitk.Image, sitk.Image]:
    """Whole vertebrae and their bodies as label images.

    Parameters
    ----------
    centers : mapping of int to tuple of float
        Label value to the body's middle, LPS mm.
    spacing, size_mm, origin : tuple of float
        The grid, without turn.
    degrees : tuple of float
        Each vertebra's turn about x, y and z.

    Returns
    -------
    vertebrae, bodies : SimpleITK.Image
        uint8.
    """
    image = sitk.Image([round(n / s) for n, s in zip(size_mm, spacing, strict=True)], sitk.sitkUInt8)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    k, j, i = np.indices(image.GetSize()[::-1])
    points = np.stack([i, j, k], axis=-1) * spacing + origin
    axes = np.reshape(sitk.Euler3DTransform((0, 0, 0), *np.radians(degrees).tolist()).GetMatrix(), (3, 3))
    whole, bodies = np.zeros(k.shape, np.uint8), np.zeros(k.shape, np.uint8)
    for value, center in centers.items():
        local = np.moveaxis((points - center) @ axes, -1, 0)
        is_body = body_at(*local)
        whole[is_body | arch_at(*local)] = value
        bodies[is_body] = value
    return _like(whole, image), _like(bodies, image)


def make_spine(values: tuple[int, ...], **grid: object) -> tuple[sitk.Image, sitk.Image]:
    """Vertebrae one below the other, the first value uppermost, with a little lordosis."""
    middle = (len(values) - 1) / 2
    centers = {
        value: (0.0, 0.01 * (SPACING_OF_BODIES * (middle - n)) ** 2 / 10, SPACING_OF_BODIES * (middle - n))
        for n, value in enumerate(values)
    }
    height = SPACING_OF_BODIES * len(values) + 30
    shape = {"size_mm": (110.0, 130.0, height), "origin": (-55.0, -40.0, -height / 2)}
    return make_vertebrae(centers, **(shape | grid))


def _like(array: np.ndarray, image: sitk.Image) -> sitk.Image:
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(image)
    return result
