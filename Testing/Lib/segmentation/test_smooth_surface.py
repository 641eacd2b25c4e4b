"""The smooth surface of strongest edges, on planes, waves and cylinders with a known answer."""

import numpy as np
import pytest

from OVCFRiskLib.segmentation.smooth_surface import best_surface

PLACES = 21


def valley(place: np.ndarray) -> np.ndarray:
    """Cost with one minimum at a place of each row and column."""
    return -np.exp(-((np.arange(PLACES) - place[..., None]) ** 2) / 4.0)


def test_a_plane_is_found_between_the_candidates():
    place = np.broadcast_to(8.0 + 0.2 * np.arange(12)[:, None], (12, 15))
    np.testing.assert_allclose(best_surface(valley(place)), place, atol=0.15)


def test_a_hole_without_edges_is_bridged():
    place = np.full((20, 20), 9.0)
    cost = valley(place)
    cost[6:13, 6:13] = 0.0
    np.testing.assert_allclose(best_surface(cost), place, atol=0.2)


def test_a_stronger_edge_elsewhere_in_a_few_places_is_passed_over():
    place = np.full((20, 20), 9.0)
    cost = valley(place)
    cost[9:11, 9:11] = 0.6 * valley(np.full((2, 2), 9.0)) + valley(np.full((2, 2), 18.0))
    np.testing.assert_allclose(best_surface(cost), place, atol=0.5)


def test_a_step_is_kept():
    place = np.where(np.arange(30)[:, None] < 15, 5.0, 15.0) + np.zeros((30, 10))
    found = best_surface(valley(place))
    np.testing.assert_allclose(found[:13], 5.0, atol=0.2)
    np.testing.assert_allclose(found[17:], 15.0, atol=0.2)


@pytest.mark.parametrize("start", [0, 7])
def test_a_wall_around_has_no_seam(start):
    angle = np.arange(24) * 2 * np.pi / 24
    place = np.broadcast_to(10 + 3 * np.cos(angle), (8, 24))
    turned = np.roll(place, start, axis=1)
    np.testing.assert_allclose(best_surface(valley(turned), is_cyclic=True), turned, atol=0.25)
