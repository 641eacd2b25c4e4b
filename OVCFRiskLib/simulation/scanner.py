"""The scanner of a phantom: slices, the blur of a kernel and the noise it leaves."""

from __future__ import annotations

import numpy as np
from scipy import fft, ndimage

from OVCFRiskLib.reading.hounsfield import LARGEST_12_BIT_HU, PADDING_HU
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings

# Of a Gaussian: 2 sqrt(2 ln 2).
FWHM_PER_SIGMA = 2.3548
# Slices thicker than this are averaged from thinner ones.
THIN_MM = 1.4
# Bone kernels raise what is finer than this (assumed; they peak between 0.3 and 0.7 line pairs a mm).
EDGE_FWHM_MM = 1.5
# Number of the random stream of noise among those of a phantom's seed.
NOISE_STREAM = 3


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
    random = np.random.default_rng([settings.seed, NOISE_STREAM])
    filter_ = noise_filter(hu.shape[1:], settings.spacing_mm[1::-1], settings.blur_fwhm_mm)
    out = np.empty(hu.shape, np.int16)
    for k, plane in enumerate(hu):
        blurred = ndimage.gaussian_filter(plane, sigmas, mode="nearest")
        if settings.noise_hu > 0:
            white = random.standard_normal(plane.shape, dtype=np.float32)
            noise = fft.irfft2(fft.rfft2(white) * filter_, plane.shape)
            blurred += np.float32(settings.noise_hu) * noise
        if settings.edge_gain > 0:
            coarse = [EDGE_FWHM_MM / FWHM_PER_SIGMA / step for step in settings.spacing_mm[1::-1]]
            blurred += np.float32(settings.edge_gain) * (
                blurred - ndimage.gaussian_filter(blurred, coarse, mode="nearest")
            )
        out[k] = np.rint(blurred).clip(PADDING_HU, LARGEST_12_BIT_HU)
    return out


def noise_filter(shape: tuple[int, ...], steps_mm: tuple[float, ...], fwhm_mm: float) -> np.ndarray:
    """What makes white noise into that of a filtered back-projection.

    Its power spectrum is the ramp of the reconstruction times the square of the kernel's transfer function (Riederer,
    Pelc and Chesler 1978, Phys Med Biol 23:446): coarse grain for soft kernels, fine grain for sharp ones.

    Parameters
    ----------
    shape, steps_mm : (rows, columns)
        Of a slice: pixels and their distance.
    fwhm_mm : float
        Width of the kernel's point spread.

    Returns
    -------
    ndarray, float32
        Factor on the half plane of `scipy.fft.rfft2`; keeps a variance of 1.
    """
    rows, columns = shape
    v, u = fft.fftfreq(rows, steps_mm[0])[:, None], fft.rfftfreq(columns, steps_mm[1])[None, :]
    frequency = np.hypot(v, u)
    transfer = np.exp(-2 * (np.pi * fwhm_mm / FWHM_PER_SIGMA * frequency) ** 2)
    amplitude = np.sqrt(frequency) * transfer
    # the columns of the half plane between the first and the last stand for two of the whole plane
    twice = np.full(amplitude.shape[1], 2.0)
    twice[0] = 1.0
    if columns % 2 == 0:
        twice[-1] = 1.0
    power = np.sum(amplitude**2 * twice) / (rows * columns)
    return (amplitude / np.sqrt(power)).astype(np.float32)
