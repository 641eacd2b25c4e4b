"""Moved clicks: what is measured, repeatable, and refused."""

import numpy as np
import pytest

from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.points import jitter_point
from OVCFRiskLib.robustness.moved_points import repeat_clicks
from OVCFRiskLib.scoring import load_model

L2, L3 = LumbarLevel.L2, LumbarLevel.L3


@pytest.fixture(scope="module")
def points(phantom):
    return {level: phantom.points[level] for level in (L2, L3)}


@pytest.fixture(scope="module")
def found(phantom, points):
    return repeat_clicks(phantom.ct, points, load_model(), repeats=3, jitter_mm=5.0, seed=4)


def test_what_is_measured(found):
    assert [row.level for row in found.levels] == [L2, L3]
    for row in found.levels:
        assert row.dice.shape == row.risk_index.shape == (3,)
        assert row.dice.min() > 0.9
        assert row.dice.max() <= 1.0
        score = found.reference.level(row.level).score
        assert abs(row.risk_index - score.risk_index).max() < 0.1
        assert found.reference.level(row.level).mask_origin is MaskOrigin.SOFTWARE
    assert set(found.reliability) == set(load_model().feature_names)
    assert all(value.lower <= value.value <= value.upper for value in found.reliability.values())


def test_the_same_seed_gives_the_same_numbers(phantom, points, found):
    again = repeat_clicks(phantom.ct, points, load_model(), repeats=3, jitter_mm=5.0, seed=4)
    for one, other in zip(found.levels, again.levels, strict=True):
        np.testing.assert_array_equal(one.r_score, other.r_score)


def test_points_move_within_the_ball_and_fill_it():
    random = np.random.default_rng(0)
    moved = np.array([jitter_point((1.0, 2.0, 3.0), 4.0, random) for _ in range(2000)]) - (1, 2, 3)
    distance = np.linalg.norm(moved, axis=1)
    assert distance.max() <= 4.0
    # evenly filled: half of the volume lies beyond 0.794 of the radius
    assert np.mean(distance > 0.794 * 4.0) == pytest.approx(0.5, abs=0.05)
    assert abs(moved.mean(axis=0)).max() < 0.2


@pytest.mark.parametrize(("repeats", "jitter_mm"), [(1, 5.0), (3, 0.0), (3, 50.0)])
def test_numbers_out_of_range_are_refused(phantom, points, repeats, jitter_mm):
    with pytest.raises(OVCFRiskError, match="expected at least 2 repeats"):
        repeat_clicks(phantom.ct, points, load_model(), repeats, jitter_mm)


def test_it_can_be_cancelled(phantom, points):
    with pytest.raises(CancelledError):
        repeat_clicks(phantom.ct, points, load_model(), progress=lambda fraction, message: fraction < 0.3)
