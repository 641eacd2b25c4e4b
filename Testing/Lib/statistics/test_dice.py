"""Overlaps with a known answer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from OVCFRiskLib.statistics.dice import dice

HALF = np.arange(10) < 5


@pytest.mark.parametrize(
    ("other", "expected"),
    [(HALF, 1.0), (~HALF, 0.0), (np.ones(10, bool), 2 * 5 / 15), (np.arange(10) < 1, 2 * 1 / 6), (HALF & False, 0.0)],
)
def test_shares_of_a_half(other, expected):
    assert dice(HALF, other) == dice(other, HALF) == pytest.approx(expected)


def test_two_empty_masks_have_no_overlap():
    assert math.isnan(dice(HALF & False, HALF & False))


def test_a_ball_off_by_its_rim():
    # of balls with the radii r < R it is 2 r^3 / (r^3 + R^3)
    radius = np.linalg.norm(np.indices((81, 81, 81)) - 40.0, axis=0)
    assert dice(radius < 30, radius < 36) == pytest.approx(2 * 30**3 / (30**3 + 36**3), abs=2e-3)
