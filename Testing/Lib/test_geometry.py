"""Lengths and extents of many vectors, against NumPy's own along a short axis."""

import numpy as np
import pytest

from OVCFRiskLib.geometry import extent, lengths


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lengths_are_numpys_to_the_bit(dtype):
    vectors = np.random.default_rng(0).standard_normal((20, 30, 3)).astype(dtype)
    np.testing.assert_array_equal(lengths(vectors), np.linalg.norm(vectors, axis=-1))
    assert lengths(vectors).dtype == dtype


def test_the_extent_holds_all_points_and_touches_them():
    points = np.random.default_rng(1).standard_normal((7, 5, 3))
    low, high = extent(points)
    np.testing.assert_array_equal(low, points.min(axis=(0, 1)))
    np.testing.assert_array_equal(high, points.max(axis=(0, 1)))
