"""Slices, blur and noise of a phantom's scanner."""

import numpy as np
import pytest

from OVCFRiskLib.reading.hounsfield import LARGEST_12_BIT_HU, PADDING_HU
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.scanner import noise_filter, scan, thin_slices

SHAPE = (12, 80, 80)


def settings(**values):
    return PhantomSettings(**{"spacing_mm": (1.0, 1.0, 1.0), "noise_hu": 0.0, **values})


@pytest.mark.parametrize(("slice_mm", "count"), [(0.6, 1), (1.25, 1), (2.0, 3), (3.0, 3), (5.0, 5)])
def test_a_thick_slice_is_an_odd_number_of_thin_ones(slice_mm, count):
    assert thin_slices(settings(spacing_mm=(1.0, 1.0, slice_mm))) == count


def test_noise_has_the_sd_asked_for_and_no_mean():
    noise = scan(np.zeros(SHAPE, np.float32), settings(noise_hu=20.0)).astype(float)
    assert noise.std() == pytest.approx(20.0, rel=0.02)
    assert abs(noise.mean()) < 0.5


@pytest.mark.parametrize("size", [(80, 80), (61, 84), (84, 61)])
@pytest.mark.parametrize("fwhm", [0.0, 0.7, 1.8])
def test_the_noise_filter_keeps_the_variance_and_no_mean(size, fwhm):
    filter_ = noise_filter(size, (0.7, 0.7), fwhm)
    whole = np.fft.fft2(np.fft.irfft2(filter_, size)).real
    assert np.mean(whole**2) == pytest.approx(1.0, rel=0.03)
    assert filter_[0, 0] == 0


def test_a_soft_kernel_leaves_coarse_grain_and_a_sharp_one_fine_grain():
    alike = []
    for fwhm in (0.6, 1.8):
        noise = scan(np.zeros(SHAPE, np.float32), settings(noise_hu=50.0, blur_fwhm_mm=fwhm)).astype(float)
        alike.append([np.mean(noise[:, :, n:] * noise[:, :, :-n]) / noise.var() for n in (1, 3)])
    assert alike[0][0] < 0.2 < 0.4 < alike[1][0]
    # the ramp leaves no power at low frequencies: grain is followed by its opposite
    assert alike[1][1] < 0


def test_the_same_seed_gives_the_same_noise():
    a, b, c = (scan(np.zeros(SHAPE, np.float32), settings(noise_hu=20.0, seed=seed)) for seed in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()


def test_blur_keeps_the_amount_and_spreads_a_point():
    point = np.zeros(SHAPE, np.float32)
    point[:, 40, 40] = 3000.0
    image = scan(point, settings(blur_fwhm_mm=2.5)).astype(float)
    assert image[0].sum() == pytest.approx(3000.0, rel=0.02)
    profile = image[0, 40]
    assert (profile > profile.max() / 2).sum() in (2, 3)


def test_a_thick_slice_holds_the_mean_of_what_it_covers():
    hu = np.zeros((10, 20, 20), np.float32)
    hu[2] = 500.0
    image = scan(hu, settings(spacing_mm=(1.0, 1.0, 5.0), blur_fwhm_mm=0.0))
    assert image[:, 10, 10].tolist() == [100, 0]


def test_hu_end_where_those_of_scanners_end():
    image = scan(np.array([[[-5000.0, 9000.0]]], np.float32), settings(blur_fwhm_mm=0.0))
    assert image.ravel().tolist() == [PADDING_HU, LARGEST_12_BIT_HU]


def test_a_bone_kernel_raises_edges_and_leaves_level_bone_alone():
    step = np.zeros(SHAPE, np.float32)
    step[:, :, 40:] = 200.0
    plain, raised = (
        scan(step.copy(), settings(blur_fwhm_mm=0.6, edge_gain=gain)).astype(float)[6, 40] for gain in (0.0, 0.8)
    )
    assert raised.max() > 210
    assert raised.min() < -10
    for column in (20, 60):
        assert raised[column] == plain[column]
