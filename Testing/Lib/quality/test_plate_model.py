"""The blurred profile and the shape of a plate, against their definitions."""

import numpy as np
import pytest

from OVCFRiskLib.quality.plate_blur import PLATE_MIDDLE_MM, PlateBlur
from OVCFRiskLib.quality.plate_shape import PLATE_TERMS, plate_terms

MM = np.arange(-15, 15, 0.05)


@pytest.mark.parametrize("slice_mm", [0.5, 2.0, 5.0])
def test_a_blurred_plate_keeps_its_mass_and_its_place(slice_mm):
    plate, outside, _ = PlateBlur.of_slices(slice_mm).parts(MM)
    assert plate.sum() * 0.05 == pytest.approx(1.0, abs=0.01)
    assert (plate * MM).sum() * 0.05 == pytest.approx(-PLATE_MIDDLE_MM, abs=0.03)
    assert outside[0] == pytest.approx(0.0, abs=1e-6)
    assert outside[-1] == pytest.approx(1.0, abs=1e-6)
    # the step lies at the surface: what is outside of it balances what is missing
    assert (outside - (MM > 0)).sum() * 0.05 == pytest.approx(0.0, abs=0.03)


def test_a_step_blurred_by_a_slice_rises_over_the_slice():
    _, outside, _ = PlateBlur.of_slices(5.0).parts(np.array([-1.25, 0.0, 1.25]))
    np.testing.assert_allclose(outside, (0.25, 0.5, 0.75), atol=0.01)


def test_slopes_are_the_derivatives_of_the_parts():
    blur = PlateBlur.of_slices(2.0)
    at = np.array([-3.0, -0.7, 0.4, 1.2])
    for part, slope, low, high in zip(
        blur.parts(at), blur.slopes_at(at), blur.parts(at - 0.05), blur.parts(at + 0.05), strict=True
    ):
        assert part.shape == slope.shape
        np.testing.assert_allclose(slope, (high - low) / 0.1, atol=5e-3)


@pytest.mark.parametrize("rim", [0.0, 0.3])
def test_terms_are_heights_at_the_walls_and_a_hollow_of_1_in_the_middle(rim):
    terms = plate_terms(np.array([0.0, 0.5, 1.0]), np.zeros(3), rim)
    assert terms.shape == (3, PLATE_TERMS)
    np.testing.assert_allclose(terms[:, :3], [[1, 0, 0], [0.5, 0.5, 1], [0, 1, 0]], atol=1e-12)
