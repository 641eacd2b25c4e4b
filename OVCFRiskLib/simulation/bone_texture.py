"""Trabecular bone of a phantom: a random field that belongs to the bone, not to the scanner's grid."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

# The field is drawn on this lattice in the vertebra's own frame.
LATTICE_MM = 1.0
# Marrow spaces at the limit of clinical CT.
FINE_SIGMA_MM = 0.7
# Regional differences of density.
COARSE_SIGMA_MM = 3.5
# Fraction of the variance in those.
COARSE_FRACTION = 0.35
# Points of the lattice beyond the body, for the interpolation.
LATTICE_MARGIN = 4
# SD of the attenuation of trabecular bone before the scanner's blur: rises with density, since marrow stays marrow
# (whole-body SDs of clinical CT are 30-60 HU, Pickhardt 2013, Ann Intern Med 158:588).
SD_AT_ZERO_HU = 25.0
SD_PER_HU = 0.3
# Bone is denser near the endplates than in the middle (quantitative CT, about a tenth).
ENDPLATE_GAIN = 0.08


def trabecular_hu(
    local: tuple[np.ndarray, np.ndarray, np.ndarray],
    half_sizes: tuple[float, float, float],
    mean_hu: float,
    scale: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Attenuation of trabecular bone at points of a body.

    Parameters
    ----------
    local : (u, v, w), each (n,)
        Points in the vertebra's frame, mm.
    half_sizes : (float, float, float)
        Half edges of the body, mm.
    mean_hu : float
        At mid-height.
    scale : float
        Factor on the texture's SD.
    random : numpy.random.Generator

    Returns
    -------
    ndarray (n,), float32
        HU.
    """
    half = [int(np.ceil(size / LATTICE_MM)) + LATTICE_MARGIN for size in half_sizes]
    shape = [2 * n + 1 for n in half]
    field = np.sqrt(1 - COARSE_FRACTION) * _smooth(random, shape, FINE_SIGMA_MM)
    field += np.sqrt(COARSE_FRACTION) * _smooth(random, shape, COARSE_SIGMA_MM)
    index = [axis / LATTICE_MM + n for axis, n in zip(local, half, strict=True)]
    texture = ndimage.map_coordinates(field, index, order=1, mode="nearest")
    toward_plates = (local[2] / half_sizes[2]) ** 2
    sd = scale * (SD_AT_ZERO_HU + SD_PER_HU * max(mean_hu, 0.0))
    return (mean_hu * (1 + ENDPLATE_GAIN * toward_plates) + sd * (texture - texture.mean())).astype(np.float32)


def _smooth(random: np.random.Generator, shape: list[int], sigma_mm: float) -> np.ndarray:
    """Gaussian field of SD 1 with a Gaussian autocorrelation."""
    field = ndimage.gaussian_filter(random.standard_normal(shape, dtype=np.float32), sigma_mm / LATTICE_MM, mode="wrap")
    return field / field.std()
