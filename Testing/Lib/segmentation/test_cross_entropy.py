"""The search finds the top of hills with a known place, from several starts, the same way every time."""

from __future__ import annotations

import numpy as np
import pytest

from OVCFRiskLib.segmentation.cross_entropy import SearchSettings, SearchState, search

SETTINGS = SearchSettings(drawn=60, kept=10, rounds=30)
NARROWEST = np.array([1e-3, 1e-3])
TOP = np.array([3.0, -2.0])


def hill(x):
    return -((x - TOP) ** 2).sum(axis=1)


def two_hills(x):
    """A low hill at 0 and a high one at 8."""
    return np.exp(-((x**2).sum(axis=1))) + 2 * np.exp(-(((x - 8) ** 2).sum(axis=1)))


@pytest.mark.parametrize("start", [(0, 0), (3, -2), (10, 10), (-8, 5)])
def test_the_top_is_found_from_anywhere(start):
    state = SearchState(np.array([start], float), np.full((1, 2), 5.0))
    found = search(state, hill, SETTINGS, NARROWEST, np.random.default_rng(0))
    np.testing.assert_allclose(found.mean[0], TOP, atol=0.02)


def test_a_narrow_ridge_is_climbed_too():
    def value(x):
        turned = (x - TOP) @ np.array([[1.0, 1.0], [1.0, -1.0]]) / np.sqrt(2)
        return -(turned[:, 0] ** 2) - 50 * turned[:, 1] ** 2

    state = SearchState(np.zeros((1, 2)), np.full((1, 2), 5.0))
    found = search(state, value, SearchSettings(200, 20, 40), NARROWEST, np.random.default_rng(1))
    np.testing.assert_allclose(found.mean[0], TOP, atol=0.1)


def test_chains_stay_apart_and_the_best_is_chosen():
    state = SearchState(np.array([[0.3, 0.3], [7.5, 8.2]]), np.full((2, 2), 0.5))
    found = search(state, two_hills, SETTINGS, NARROWEST, np.random.default_rng(2))
    np.testing.assert_allclose(found.mean, [[0, 0], [8, 8]], atol=0.05)
    best = found.best(two_hills, 1)
    np.testing.assert_allclose(best.mean, [[8, 8]], atol=0.05)
    assert best.spread.shape == (1, 2)


def test_the_same_draws_give_the_same_answer_and_the_start_is_kept():
    state = SearchState(np.zeros((1, 2)), np.ones((1, 2)))
    found = [search(state, hill, SETTINGS, NARROWEST, np.random.default_rng(5)).mean for _ in range(2)]
    np.testing.assert_array_equal(*found)
    assert not state.mean.any()


def test_the_spread_never_falls_below_the_narrowest():
    narrow = np.array([0.5, 0.25])
    state = SearchState(TOP[None], np.ones((1, 2)))
    found = search(state, hill, SETTINGS, narrow, np.random.default_rng(6))
    assert (found.spread >= narrow).all()
