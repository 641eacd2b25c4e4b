"""Curves through clicks and along a canal, against lines, parabolas and circles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.segmentation.spine_curve import BEYOND_MM, SpineCurve

HEIGHTS = np.array([54.0, 18.0, -18.0, -54.0])


def points_on(x, y, z=HEIGHTS) -> np.ndarray:
    return np.column_stack(np.broadcast_arrays(x, y, z)).astype(float)


def test_clicks_on_the_patients_axis_give_that_axis_and_a_body_more_at_both_ends():
    curve = SpineCurve.through_clicks(points_on(3.0, -7.0))
    np.testing.assert_allclose(curve.at(np.array([-90.0, 0.0, 90.0]))[:, :2], [[3.0, -7.0]] * 3, atol=1e-6)
    np.testing.assert_allclose(curve.directions(np.array([0.0, 50.0])), [[0, 0, 1]] * 2, atol=1e-9)
    assert (curve.low, curve.high) == (-54.0 - BEYOND_MM, 54.0 + BEYOND_MM)


def test_one_click_goes_straight_up():
    curve = SpineCurve.through_clicks(np.array([[1.0, 2.0, 3.0]]), beyond_mm=10.0)
    np.testing.assert_allclose(curve.at(np.array([-7.0, 13.0])), [[1, 2, -7], [1, 2, 13]], atol=1e-6)


@given(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_a_leaning_line_is_followed_but_never_further_than_it_leans(sideways, backwards):
    curve = SpineCurve.through_clicks(points_on(sideways * HEIGHTS, backwards * HEIGHTS))
    slope = curve.directions(np.zeros(1))[0, :2]
    for found, given_slope in zip(slope, (sideways, backwards), strict=True):
        assert abs(found) <= abs(given_slope) + 1e-9
        assert found == pytest.approx(given_slope, abs=0.06 * abs(given_slope) + 1e-9)


@given(st.floats(-50, 50), st.floats(-50, 50), st.floats(-500, 500))
def test_moved_clicks_move_the_curve(x, y, z):
    points = points_on([0.0, 4.0, 5.0, 1.0], [0.0, -6.0, -7.0, 2.0])
    move = np.array([x, y, z])
    here, there = SpineCurve.through_clicks(points), SpineCurve.through_clicks(points + move)
    at = np.linspace(-80, 80, 9)
    np.testing.assert_allclose(there.at(at + z), here.at(at) + move, atol=1e-5)


def test_one_stray_click_moves_a_straight_curve_by_less_than_it_is_off():
    curve = SpineCurve.through_clicks(points_on([0.0, 10.0, 0.0, 0.0], 0.0))
    assert 0 < curve.at(np.array([18.0]))[0, 0] < 8.0


def test_a_lordosis_along_a_dense_path_is_followed_within_a_millimetre():
    z = np.linspace(-80.0, 80.0, 81)
    radius = 150.0
    arc = points_on(0.0, radius - np.sqrt(radius**2 - z**2), z)
    curve = SpineCurve.through_path(arc, np.ones(len(arc)))
    assert (curve.low, curve.high) == (-80.0, 80.0)
    np.testing.assert_allclose(curve.at(z), arc, atol=1.0)
    np.testing.assert_allclose(curve.directions(np.array([60.0]))[0, 1], 60.0 / np.sqrt(radius**2 - 60.0**2), atol=0.05)


def test_points_without_weight_do_not_bend_the_path():
    z = np.linspace(-80.0, 80.0, 81)
    path, weights = points_on(0.0, 0.1 * z, z), np.ones(81)
    path[30:40, 0], weights[30:40] = 25.0, 0.0
    found = SpineCurve.through_path(path, weights).at(z)
    np.testing.assert_allclose(found, points_on(0.0, 0.1 * z, z), atol=0.01)


def test_frames_are_equally_far_apart_along_the_curve_and_stand_on_it():
    z = np.linspace(-80.0, 80.0, 81)
    curve = SpineCurve.through_path(points_on(0.1 * z, z**2 / 300, z), np.ones(81))
    frames = curve.frames(2.0)
    centers = np.array([frame.center for frame in frames])
    np.testing.assert_allclose(np.linalg.norm(np.diff(centers, axis=0), axis=1), 2.0, atol=0.01)
    assert centers[0, 2] == pytest.approx(curve.low)
    for frame in frames[::10]:
        np.testing.assert_allclose(frame.axes @ frame.axes.T, np.eye(3), atol=1e-12)
        along = curve.directions(frame.center[2:])[0]
        np.testing.assert_allclose(frame.superior, along / np.linalg.norm(along), atol=1e-9)
