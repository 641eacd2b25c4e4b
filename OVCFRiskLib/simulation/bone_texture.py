"""Trabecular bone of a phantom: a random field that belongs to the bone, not to the scanner's grid."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

# The field is drawn on this lattice in the vertebra's own frame: a trabecula's distance.
TEXTURE_LATTICE_MM = 0.8
# Marrow spaces: 0.7-1 mm between trabeculae (Hildebrand et al. 1999†, J Bone Miner Res 14:1167), finer than CT shows.
FINE_SIGMA_MM = 0.4
# Regional differences of density: a few marrow spaces sideways, more along the upright trabeculae that carry the load
# and are lost last (Mosekilde 1988†, Bone 9:247).
COARSE_SIGMA_MM = (2.0, 2.0, 4.0)
# SD of the regional differences in fractions of the mean: 10-20 % between regions of one body (Hulme et al. 2007†, Bone
# 41:946); marrow that is fat here and red there adds some HU to bone without density.
COARSE_SD_AT_ZERO_HU = 12.0
COARSE_SD_PER_HU = 0.1
# SD of the fine field before the scanner's blur, which leaves about a third of it.
FINE_SD_AT_ZERO_HU = 25.0
FINE_SD_PER_HU = 0.25
# Trabeculae are few and dense in much marrow: the fine field is skewed like a lognormal one of this shape.
FINE_SKEWNESS = 0.5
# Points of the lattice beyond the body, for the interpolation.
LATTICE_MARGIN = 4
# Bone is denser near the endplates than in the middle (quantitative CT, about a tenth).
ENDPLATE_GAIN = 0.08
# Beneath cortex and endplates trabeculae stand close and merge with the shell: the gain falls to 1/e over this depth
# (Hulme et al. 2007†: most of it within 3-4 mm; Silva et al. 1994†, Bone 15:105, on the blurred border of the shell).
SUBCORTICAL_MM = 1.8


def trabecular_hu(
    local: tuple[np.ndarray, np.ndarray, np.ndarray],
    half_sizes: tuple[float, float, float],
    mean_hu: float,
    scale: float,
    random: np.random.Generator,
    grain: float = 1.0,
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
    grain : float
        Factor on the size of the marrow spaces. Fewer trabeculae in as much bone leave the SD before the blur as it
        is, since that follows from the fraction of bone; the blur then takes less of it.

    Returns
    -------
    ndarray (n,), float32
        HU.
    """
    half = [int(np.ceil(size / TEXTURE_LATTICE_MM)) + LATTICE_MARGIN for size in half_sizes]
    shape = [2 * n + 1 for n in half]
    density = max(mean_hu, 0.0)
    fine = np.expm1(FINE_SKEWNESS * smooth_field(random, shape, (grain * FINE_SIGMA_MM,) * 3))
    field = (FINE_SD_AT_ZERO_HU + FINE_SD_PER_HU * density) * fine / fine.std()
    field += (COARSE_SD_AT_ZERO_HU + COARSE_SD_PER_HU * density) * smooth_field(random, shape, COARSE_SIGMA_MM)
    index = [axis / TEXTURE_LATTICE_MM + n for axis, n in zip(local, half, strict=True)]
    texture = ndimage.map_coordinates(field, index, order=1, mode="nearest")
    toward_plates = (local[2] / half_sizes[2]) ** 2
    return (mean_hu * (1 + ENDPLATE_GAIN * toward_plates) + scale * (texture - texture.mean())).astype(np.float32)


def subcortical_hu(depth_mm: np.ndarray, gain_hu: float) -> np.ndarray:
    """What dense trabeculae add beneath the shell.

    Parameters
    ----------
    depth_mm : ndarray
        Beneath the cortex.
    gain_hu : float
        At the cortex.
    """
    return (gain_hu * np.exp(-np.maximum(depth_mm, 0) / SUBCORTICAL_MM)).astype(np.float32)


def smooth_field(random: np.random.Generator, shape: list[int], sigmas_mm: tuple[float, ...]) -> np.ndarray:
    """Gaussian field of SD 1 with a Gaussian autocorrelation, on the lattice."""
    sigmas = [sigma / TEXTURE_LATTICE_MM for sigma in sigmas_mm]
    field = ndimage.gaussian_filter(random.standard_normal(shape, dtype=np.float32), sigmas, mode="wrap")
    return field / field.std()
