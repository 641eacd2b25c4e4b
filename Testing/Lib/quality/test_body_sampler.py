"""Rays and profiles across a mask's surface."""

import numpy as np
import pytest

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.body_sampler import ACROSS_MM, BodySampler, across, height_over, last_exit, mean_profile

L2 = LumbarLevel.L2


def test_a_ray_leaves_where_the_mask_falls_to_a_half():
    reach = np.arange(0.0, 3.0, 0.75)
    assert last_exit(np.array([[1.0, 1.0, 0.25, 0.0], [0.0, 0.0, 0.0, 0.0]]), reach) == pytest.approx(
        [0.75 + 0.75 * 2 / 3, np.nan], nan_ok=True
    )


def test_a_ray_through_a_hole_leaves_at_the_last_surface():
    assert last_exit(np.array([[1.0, 0.0, 1.0, 0.0]]), np.arange(4.0)) == pytest.approx([2 + 0.375])


def test_a_peak_is_measured_over_what_lies_beside_it():
    profile = np.where(across((-1.0, 1.0)), 300.0, np.where(ACROSS_MM < 0, 100.0, -50.0))
    assert height_over(profile, (-4.0, 3.0), (-8.0, -4.0)) == 200.0
    assert height_over(profile, (-4.0, 3.0), (4.0, 7.5)) == 350.0


def test_profiles_that_leave_the_field_do_not_count():
    flat = np.full(len(ACROSS_MM), 10.0)
    cut = np.where(ACROSS_MM > 5, np.nan, 99.0)
    assert mean_profile(np.stack([flat, flat, cut])) == pytest.approx(flat)
    assert mean_profile(np.stack([flat, cut])) is None


def test_the_body_is_read_in_its_own_axes(spine):
    place = BodySampler(spine.ct, cut_out_levels(spine.labels, spine.ct)[L2])
    assert place.half == pytest.approx([22.5, 16, 13.5], abs=1.0)
    assert place.inside(np.array([0.0, 40.0]), np.zeros(2), np.zeros(2)).tolist() == [1.0, 0.0]
    assert np.isnan(place.hu(np.array([500.0]), np.zeros(1), np.zeros(1)))
