"""The hull of an outline is that of SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from OVCFRiskLib.bodies.plane_hull import hull_of_outline


@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(2, 12), st.integers(2, 12)), st.floats(0.05, 0.9))
def test_area_and_length_are_those_of_qhull(seed, shape, share):
    filled = np.random.default_rng(seed).random(shape) < share
    filled[0, 0] = filled[-1, 0] = filled[0, -1] = True
    hull = ConvexHull(np.argwhere(filled))  # in the plane it calls the area volume and the length area
    assert hull_of_outline(filled) == pytest.approx((hull.volume, hull.area), rel=1e-12)


@pytest.mark.parametrize("places", [[(2, 3)], [(1, 1), (1, 2), (1, 4)], [(0, 1), (2, 1), (3, 1)], [(0, 0), (2, 2)]])
def test_a_line_of_places_has_no_area(places):
    filled = np.zeros((4, 5), bool)
    filled[tuple(np.transpose(places))] = True
    length = 2 * np.linalg.norm(np.subtract(places[-1], places[0]))
    assert hull_of_outline(filled) == pytest.approx((0.0, length))


def test_a_square_of_three_by_three_places_spans_two_by_two_steps():
    assert hull_of_outline(np.ones((3, 3), bool)) == (4.0, 8.0)
