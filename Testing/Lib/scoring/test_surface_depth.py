"""Depths near a surface: distances are scipy's, and only those that are asked for need be known."""

import numpy as np
import pytest
from scipy import ndimage

from OVCFRiskLib.scoring.surface_depth import distance_to_zero, signed_depth, slopes_at

SPACINGS = [(1.0, 1.0, 1.0), (2.5, 0.35, 0.35), (0.9, 1.3, 0.7)]


def draw_ball(shape, radius, spacing):
    axes = [(np.arange(n) - n / 2) * step for n, step in zip(shape, spacing, strict=True)]
    return sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")) <= radius**2


@pytest.mark.parametrize("share", [0.3, 0.05, 0.001])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_distances_are_those_of_scipy_as_far_as_they_are_asked_for(spacing, share):
    away = np.random.default_rng(3).random((9, 21, 33)) > share
    away[4, 0, 32] = False
    expected = ndimage.distance_transform_edt(away, spacing)
    for farthest in (0.5, 3.0, 8.0, 1000.0):
        distance = distance_to_zero(away, spacing, farthest)
        assert distance == pytest.approx(np.minimum(expected, farthest), rel=1e-6, abs=0)  # float32


def test_without_a_voxel_to_be_near_all_are_far():
    assert (distance_to_zero(np.ones((3, 4, 5), bool), (1.0, 1.0, 1.0), 7.0) == 7.0).all()


@pytest.mark.parametrize("spacing", SPACINGS)
def test_slopes_are_those_of_numpy(spacing):
    depth = np.random.default_rng(3).random((9, 11, 13))
    inner = np.zeros(depth.shape, bool)
    inner[1:-1, 1:-1, 1:-1] = depth[1:-1, 1:-1, 1:-1] > 0.2
    expected = np.stack([slope[inner] for slope in np.gradient(depth, *spacing)], axis=1)
    assert slopes_at(depth, np.flatnonzero(inner), spacing) == pytest.approx(expected, rel=0, abs=1e-14)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_near_the_surface_the_depth_is_that_of_all_distances(spacing):
    inside = draw_ball((28, 44, 52), 9.0, spacing)
    near_mm = 2.0
    exact = signed_depth(inside, spacing, 1000.0)
    depth = signed_depth(inside, spacing, near_mm)
    # the slope of a voxel so near needs its neighbours along the axes
    near = ndimage.binary_dilation(np.abs(exact) <= near_mm)
    assert depth[near] == pytest.approx(exact[near], rel=0, abs=1e-5)  # float32 of depths up to 10 mm
    assert (np.abs(depth[~near]) > near_mm).all()


@pytest.mark.parametrize("spacing", SPACINGS)
def test_the_depth_of_a_ball_is_its_radius_less_the_distance_to_its_middle(spacing):
    shape, radius = (40, 60, 80), 11.0
    inside = draw_ball(shape, radius, spacing)
    axes = [(np.arange(n) - n / 2) * step for n, step in zip(shape, spacing, strict=True)]
    true = radius - np.sqrt(sum(axis**2 for axis in np.meshgrid(*axes, indexing="ij")))
    near = np.abs(true) <= 2.0
    assert np.abs(signed_depth(inside, spacing, 3.0) - true)[near].max() < max(spacing)
    assert ((signed_depth(inside, spacing, 3.0) > 0) == inside).all()
