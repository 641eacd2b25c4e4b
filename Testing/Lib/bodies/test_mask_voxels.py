"""Voxels near a mask and within its holes, against SciPy's distance map and filling."""

import numpy as np
import pytest
from scipy import ndimage

from OVCFRiskLib.bodies.mask_voxels import MOST_VOXEL_STEPS, is_near, steps_to, without_holes

SPACINGS = [(1.25, 0.7, 0.7), (0.8, 0.8, 0.8), (5.0, 0.8, 0.8), (0.5, 0.5, 2.0)]


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("reach_mm", [0.5, 2.0, 4.0, 5.0])
@pytest.mark.parametrize("filled", [0.001, 0.02, 0.4, 1.0])
def test_near_voxels_are_those_of_the_distance_map(spacing, reach_mm, filled):
    mask = np.random.default_rng(3).random((14, 21, 25)) < filled
    mask[7, 10, 12] = True
    distance = ndimage.distance_transform_edt(~mask, spacing)
    np.testing.assert_array_equal(is_near(mask, spacing, reach_mm), distance <= reach_mm)
    np.testing.assert_array_equal(is_near(mask, spacing, reach_mm, is_below=True), distance < reach_mm)


def test_a_distance_as_long_as_the_reach_is_near_and_not_below_it():
    mask = np.zeros((1, 1, 9), bool)
    mask[0, 0, 0] = True
    assert np.count_nonzero(is_near(mask, (1.0, 1.0, 1.0), 4.0)) == 5
    assert np.count_nonzero(is_near(mask, (1.0, 1.0, 1.0), 4.0, is_below=True)) == 4


def test_nothing_is_near_an_empty_mask_and_no_row_goes_on_in_the_next():
    assert not is_near(np.zeros((4, 5, 6), bool), (1.0, 1.0, 1.0), 3.0).any()
    mask = np.zeros((1, 5, 6), bool)
    mask[0, 2, 5] = True
    assert is_near(mask, (1.0, 1.0, 1.0), 1.0).sum() == 4


def test_how_an_array_lies_in_memory_does_not_matter():
    mask = np.random.default_rng(6).random((25, 21, 14)) < 0.02
    for turned in (mask.T, np.asfortranarray(mask), mask[::-1, :, ::2]):
        distance = ndimage.distance_transform_edt(~turned, SPACINGS[0])
        np.testing.assert_array_equal(is_near(turned, SPACINGS[0], 3.0), distance <= 3.0)
        np.testing.assert_array_equal(without_holes(turned), ndimage.binary_fill_holes(turned))
        squared = np.rint(ndimage.distance_transform_edt(~turned) ** 2)
        np.testing.assert_array_equal(steps_to(turned), np.minimum(squared, MOST_VOXEL_STEPS**2))


@pytest.mark.parametrize("filled", [0.0, 0.5, 0.65, 0.75, 0.9, 1.0])
@pytest.mark.parametrize("shape", [(9, 9, 9), (3, 5, 7), (1, 8, 8), (20, 20, 20)])
def test_holes_are_filled_as_scipy_fills_them(filled, shape):
    mask = np.random.default_rng(5).random(shape) < filled
    kept = mask.copy()
    np.testing.assert_array_equal(without_holes(mask), ndimage.binary_fill_holes(mask))
    np.testing.assert_array_equal(mask, kept)


@pytest.mark.parametrize("filled", [0.001, 0.02, 0.4, 1.0])
@pytest.mark.parametrize("most", [3, MOST_VOXEL_STEPS])
def test_steps_to_a_mask_are_those_of_the_distance_map(filled, most):
    mask = np.random.default_rng(4).random((16, 23, 28)) < filled
    mask[3, 10, 12] = True
    squared = np.rint(ndimage.distance_transform_edt(~mask) ** 2)
    np.testing.assert_array_equal(steps_to(mask, most), np.minimum(squared, most**2))


def test_without_a_mask_all_is_as_far_as_is_looked():
    assert (steps_to(np.zeros((2, 3, 40), bool), 7) == 49).all()
