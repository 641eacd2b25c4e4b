"""The noise of an outline is what Docs/method.md says: SD 0.5 mm everywhere, correlated over 5 mm, smooth."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from OVCFRiskLib.scoring.outline_noise import (
    LATTICE_MM,
    LATTICE_POINTS,
    NOISE_LIMIT_MM,
    OBSERVER_CORRELATION_MM,
    OBSERVER_SD_MM,
    AxisWeights,
    draw_white,
    outline_noise,
)

SPACING = (1.25, 0.7, 0.7)
SHAPE = (24, 50, 60)


def draw_noise(outlines, shape=SHAPE, spacing=SPACING, index=None, seed=3):
    axes = tuple(AxisWeights.at((np.arange(n) - n / 3) * step) for n, step in zip(shape, spacing, strict=True))
    index = np.unravel_index(np.arange(np.prod(shape)), shape) if index is None else index
    rng = np.random.default_rng(seed)
    return outline_noise([draw_white(rng) for _ in range(outlines)], axes, index)


def correlation(first_mm, second_mm):
    """Of the noise at two places of an axis, from its weights alone."""
    weights = AxisWeights.at(np.array([first_mm, second_mm]))
    held = np.zeros((2, LATTICE_POINTS))
    np.put_along_axis(held, weights.points.astype(int), weights.weights, axis=1)
    return float(held[0] @ held[1])


def test_the_sd_is_the_same_at_every_place():
    places = np.linspace(-40.0, 40.0, 997)
    assert [correlation(place, place) for place in places] == pytest.approx([1.0] * len(places), abs=1e-6)


def test_the_correlation_falls_to_1_over_e_at_its_length():
    places = np.arange(0.0, LATTICE_MM, LATTICE_MM / 50)
    at_length = [correlation(place, place + OBSERVER_CORRELATION_MM) for place in places]
    assert np.mean(at_length) == pytest.approx(np.exp(-1), abs=0.01)
    assert np.ptp(at_length) < 0.08  # wherever the lattice lies
    # as a Gaussian: near at half of the length, nothing at three times of it
    nearer, farther = (np.mean([correlation(p, p + n * OBSERVER_CORRELATION_MM) for p in places]) for n in (0.5, 3))
    assert nearer == pytest.approx(np.exp(-0.25), abs=0.01)
    assert abs(farther) < 0.01


def test_fields_that_are_drawn_have_that_sd_and_correlation():
    noise = draw_noise(60).reshape(*SHAPE, -1) / OBSERVER_SD_MM
    assert np.std(noise) == pytest.approx(1.0, abs=0.02)
    assert np.mean(noise) == pytest.approx(0.0, abs=0.02)
    steps = 7  # of 0.7 mm, and 4 of 1.25 mm: 4.9 and 5 mm
    for shifted, length in ((noise[:, steps:] * noise[:, :-steps], 4.9), (noise[4:] * noise[:-4], 5.0)):
        assert np.mean(shifted) == pytest.approx(np.exp(-((length / OBSERVER_CORRELATION_MM) ** 2)), abs=0.04)
    # two outlines have nothing in common
    assert np.mean(noise[..., ::2] * noise[..., 1::2]) == pytest.approx(0.0, abs=0.02)


def test_noise_is_cut_at_three_sd():
    noise = draw_noise(60)
    assert np.abs(noise).max() == NOISE_LIMIT_MM
    assert np.mean(np.abs(noise) == NOISE_LIMIT_MM) == pytest.approx(0.0027, abs=0.0015)  # 2 (1 - Phi(3))


def test_noise_is_white_noise_between_cubic_splines():
    random = np.random.default_rng(5)
    white = draw_white(random)
    places = random.uniform(-20, 20, (40, 3))
    axes = tuple(AxisWeights.at(places[:, axis]) for axis in range(3))
    spline = BSpline.basis_element(np.arange(-2.0, 3.0), extrapolate=False)
    around = np.arange(-LATTICE_POINTS, LATTICE_POINTS)
    expected = []
    for place in places / LATTICE_MM:
        along = [np.nan_to_num(spline(at - around)) for at in place]
        along = [weights / np.linalg.norm(weights) for weights in along]
        held = white.astype(float)[np.ix_(*[around % LATTICE_POINTS] * 3)]
        expected.append(OBSERVER_SD_MM * np.einsum("kji,k,j,i", held, *along))
    every = (np.arange(len(places)),) * 3
    noise = outline_noise([white], axes, every)[:, 0]
    assert noise == pytest.approx(np.clip(expected, -NOISE_LIMIT_MM, NOISE_LIMIT_MM), abs=1e-6)


def test_the_noise_of_a_voxel_does_not_depend_on_the_others():
    everywhere = draw_noise(7)
    number = np.random.default_rng(0).choice(len(everywhere), 500, replace=False)
    assert np.array_equal(draw_noise(7, index=np.unravel_index(number, SHAPE)), everywhere[number])
