"""The smooth posterior wall through places of which some are not of it."""

import numpy as np
import pytest

from OVCFRiskLib.segmentation.wall_fit import fit_wall

SIDE, UP = (axis.ravel() for axis in np.meshgrid(np.arange(-14.0, 14.5, 1.0), np.arange(-10.0, 10.5, 1.0)))


def wall(side, up):
    """Tilted, turned and hollow in front of the canal."""
    return 15.0 + 0.05 * side + 0.008 * side**2 + 0.1 * up


def test_it_is_found_and_goes_on_to_both_sides():
    fitted = fit_wall(SIDE, UP, wall(SIDE, UP), 14.0, (-10.0, 10.0))
    at = np.array([-12.0, 0.0, 13.0]), np.array([8.0, -3.0, 5.0])
    assert fitted.back(*at) == pytest.approx(wall(*at), abs=0.25)


def test_pedicles_and_rounded_corners_do_not_draw_it():
    back = wall(SIDE, UP)
    back[(np.abs(SIDE) > 10) & (UP > 0)] += 9.0
    back[(np.abs(SIDE) > 12) & (UP < 0)] -= 4.0
    fitted = fit_wall(SIDE, UP, back, 14.0, (-10.0, 10.0))
    assert fitted.back(np.array([0.0, 7.0]), np.array([0.0, 5.0])) == pytest.approx(
        wall(np.array([0.0, 7.0]), np.array([0.0, 5.0])), abs=0.5
    )


def test_rounded_corners_bend_no_flat_wall_forwards():
    fitted = fit_wall(SIDE, UP, 15.0 - 0.01 * SIDE**2, 15.0, (-10.0, 10.0))
    assert fitted.coefficients[2] == pytest.approx(0.0, abs=1e-6)


def test_beyond_what_was_seen_the_nearest_place_counts():
    fitted = fit_wall(SIDE, UP, wall(SIDE, UP), 14.0, (-10.0, 10.0))
    assert fitted.back(np.array([30.0]), np.array([20.0])) == pytest.approx(
        fitted.back(np.array([14.0]), np.array([10.0]))
    )
