"""Half falls of walls: profiles with known answers, and a cylinder whose shell lies where the surface is not."""

import numpy as np
import pytest
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.segmentation.local_volume import LocalGrid
from OVCFRiskLib.segmentation.wall_anchor import ANCHOR_MM, LARGEST_SHIFT_MM, STRIPS, half_fall, wall_shifts

HALF = np.array([22.0, 17.0, 13.0])
GRID = LocalGrid(BodyFrame(np.zeros(3), np.eye(3)), HALF + 9.0, 0.8)


def step(place_mm, inside, outside):
    return np.where(place_mm > ANCHOR_MM, inside, outside)


@pytest.mark.parametrize("edge_mm", [-1.0, 0.0, 0.7])
@pytest.mark.parametrize(("inside", "outside"), [(300.0, 60.0), (120.0, 50.0), (700.0, 45.0)])
def test_a_blurred_step_falls_to_half_at_the_step(edge_mm, inside, outside):
    fine = np.linspace(-8.0, 9.0, 1701)
    blurred = ndimage.gaussian_filter1d(np.where(fine < edge_mm, inside, outside), 60.0)
    assert half_fall(np.interp(ANCHOR_MM, fine, blurred)) == pytest.approx(edge_mm, abs=0.1)


def test_fat_beside_a_wall_counts_as_soft_tissue():
    fat, muscle = step(0.3, 300.0, -90.0), step(0.3, 300.0, 40.0)
    smooth = [ndimage.gaussian_filter1d(np.maximum(profile, 40.0), 2.0, mode="nearest") for profile in (fat, muscle)]
    assert half_fall(smooth[0]) == pytest.approx(half_fall(smooth[1]), abs=0.01)


def test_what_lies_beyond_the_surroundings_says_nothing():
    """A vessel with contrast 4 mm outside of the wall."""
    profile = np.where(ANCHOR_MM > 3.5, 400.0, step(0.2, 300.0, 50.0))
    assert half_fall(profile) == pytest.approx(0.2, abs=0.2)


@pytest.mark.parametrize("profile", [np.full(len(ANCHOR_MM), 80.0), step(0.0, 60.0, 50.0), step(0.0, 40.0, 300.0)])
def test_no_fall_says_nothing(profile):
    assert np.isnan(half_fall(profile))


def shell(beyond_mm):
    """HU of an elliptic cylinder that ends so far beyond the half axes, and places and normals at the half axes."""
    side, back, _ = np.broadcast_arrays(*GRID.coordinates())
    radius = np.hypot(side / (HALF[0] + beyond_mm), back / (HALF[1] + beyond_mm))
    hu = ndimage.gaussian_filter(np.where(radius < 1, 200.0, 50.0).astype(np.float32), 1.0)
    angle, up = (axis.ravel() for axis in np.meshgrid(np.linspace(0, 2 * np.pi, 200), np.arange(-9, 9.1, 0.8)))
    places = np.stack([HALF[0] * np.cos(angle), HALF[1] * np.sin(angle), up], axis=1)
    outwards = np.stack([np.cos(angle) / HALF[0], np.sin(angle) / HALF[1], np.zeros_like(angle)], axis=1)
    return hu, places, outwards / np.linalg.norm(outwards, axis=1, keepdims=True)


@pytest.mark.parametrize("beyond_mm", [-0.8, 0.0, 0.6])
def test_all_strips_of_a_cylinder_find_where_it_ends(beyond_mm):
    shifts = wall_shifts(shell(beyond_mm)[0], GRID, *shell(beyond_mm)[1:], HALF)
    assert shifts.shape == (STRIPS,)
    assert shifts == pytest.approx(np.full(STRIPS, beyond_mm), abs=0.2)


def test_a_vessel_against_one_strip_moves_no_wall_beyond_the_others():
    hu, places, outwards = shell(0.0)
    side, back, _ = np.broadcast_arrays(*GRID.coordinates())
    vessel = np.hypot(side, back + HALF[1] + 9.0) < 9.0
    shifts = wall_shifts(np.where(vessel, 350.0, hu), GRID, places, outwards, HALF)
    assert np.abs(shifts).max() <= LARGEST_SHIFT_MM
    assert np.median(np.abs(shifts)) < 0.15
    assert np.abs(shifts - np.median(shifts)).max() < 0.75


def test_without_any_edge_no_strip_says_anything():
    hu, places, outwards = shell(0.0)
    assert wall_shifts(np.full_like(hu, 70.0), GRID, places, outwards, HALF) is None
