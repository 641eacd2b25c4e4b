"""The scanner of a phantom: slices, blur and noise."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.simulation.phantom_settings import PhantomSettings

# Of a Gaussian: 2 sqrt(2 ln 2).
FWHM_PER_SIGMA = 2.3548
# Slices thicker than this are averaged from thinner ones.
THIN_MM = 1.4
# Noise of a filtered back-projection is correlated over about half the width of the point spread.
NOISE_WIDTH_FRACTION = 0.45
# Range of 12-bit CT with an intercept of -1024.
LOWEST_HU = -1024
HIGHEST_HU = 3071
# Noise weaker than this before scaling is no noise (numerical).
LEAST_NOISE = 1e-3


def thin_slices(settings: PhantomSettings) -> int:
    """Odd number of thin slices that make one slice, so that the middle one lies at the slice's centre."""
    count = int(np.ceil(settings.spacing_mm[2] / THIN_MM))
    return count + 1 - count % 2


def scan(hu: np.ndarray, settings: PhantomSettings) -> np.ndarray:
    """CT of a finely sliced volume.

    Parameters
    ----------
    hu : ndarray, float32, [k * thin_slices, j, i]
        Attenuation without blur and noise; used up.
    settings : PhantomSettings

    Returns
    -------
    ndarray, int16, [k, j, i]
    """
    count = thin_slices(settings)
    if count > 1:
        hu = hu.reshape(-1, count, *hu.shape[1:]).mean(axis=1)
    sigmas = [settings.blur_fwhm_mm / FWHM_PER_SIGMA / step for step in settings.spacing_mm[1::-1]]
    random = np.random.default_rng([settings.seed, 3])
    out = np.empty(hu.shape, np.int16)
    for k, plane in enumerate(hu):
        blurred = ndimage.gaussian_filter(plane, sigmas, mode="nearest")
        if settings.noise_hu > 0:
            noise = random.standard_normal(plane.shape, dtype=np.float32)
            noise = ndimage.gaussian_filter(noise, [NOISE_WIDTH_FRACTION * sigma for sigma in sigmas], mode="wrap")
            blurred += np.float32(settings.noise_hu) / max(float(noise.std()), LEAST_NOISE) * noise
        out[k] = np.rint(blurred).clip(LOWEST_HU, HIGHEST_HU)
    return out
