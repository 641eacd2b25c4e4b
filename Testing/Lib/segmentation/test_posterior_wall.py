"""Posterior walls in front of a canal, on boxes whose walls are known."""

import numpy as np
import pytest

from OVCFRiskLib.segmentation.posterior_wall import find_posterior_wall

PLANES = 80


def assert_at(found, wall):
    """The first rise is taken, so a sharp wall is met up to 1.5 mm behind itself, never inside the bone."""
    np.testing.assert_array_less(found, wall + 1.75)
    np.testing.assert_array_less(wall - 0.75, found)


@pytest.mark.parametrize("wall", [-6.0, -9.0, -13.0])
@pytest.mark.parametrize("bone_hu", [60.0, 130.0, 400.0])
def test_a_level_wall_is_found_however_dense_the_bone(tubes, wall, bone_hu):
    spine = tubes.empty(PLANES, hu=20.0)
    tubes.box(spine, slice(None), (-48, wall), (-24, 24), bone_hu)
    assert_at(find_posterior_wall(spine), wall)


def test_fat_between_sac_and_arch_is_no_wall(tubes):
    spine = tubes.empty(PLANES, hu=20.0)
    tubes.box(spine, slice(None), (-4, 2), (-24, 24), -90.0)
    tubes.box(spine, slice(None), (-48, -10), (-24, 24), 130.0)
    assert_at(find_posterior_wall(spine), -10.0)


def test_the_first_edge_counts_and_not_the_denser_one_behind_it(tubes):
    spine = tubes.empty(PLANES, hu=20.0)
    tubes.box(spine, slice(None), (-48, -8), (-24, 24), 80.0)
    tubes.box(spine, slice(None), (-48, -15), (-24, 24), 160.0)
    assert_at(find_posterior_wall(spine), -8.0)


def test_a_bulging_disc_is_followed(tubes):
    spine = tubes.empty(PLANES, hu=20.0)
    tubes.box(spine, slice(None), (-48, -10), (-24, 24), 130.0)
    tubes.box(spine, slice(34, 46), (-48, -7), (-24, 24), 80.0)
    wall = find_posterior_wall(spine)
    assert_at(wall[40], -7.0)
    assert_at(wall[[10, 70]], -10.0)


def test_planes_without_an_edge_take_their_neighbours_wall(tubes):
    spine = tubes.empty(PLANES, hu=20.0)
    tubes.box(spine, slice(0, 35), (-48, -12), (-24, 24), 130.0)
    tubes.box(spine, slice(45, None), (-48, -12), (-24, 24), 130.0)
    assert_at(find_posterior_wall(spine), -12.0)
