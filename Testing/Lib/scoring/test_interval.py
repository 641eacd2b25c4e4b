import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.scoring.interval import centred_interval

SCORES = st.floats(-10, 10)


def test_the_common_shift_of_redrawn_masks_is_no_part_of_the_interval():
    scatter = np.random.default_rng(3).normal(0, 0.02, 2000)
    interval = centred_interval(0.5, 0.58 + scatter)
    assert interval.shift == pytest.approx(0.08, abs=0.002)
    # 95 % of a normal distribution lie within 1.96 SD
    assert (interval.low, interval.high) == pytest.approx((0.5 - 1.96 * 0.02, 0.5 + 1.96 * 0.02), abs=0.004)


@given(SCORES, st.lists(SCORES, min_size=1, max_size=40))
def test_the_score_lies_in_the_middle_of_its_interval(r_score, redrawn):
    interval = centred_interval(r_score, redrawn)
    assert interval.low <= r_score <= interval.high
    assert np.median(interval.r_scores) == pytest.approx(r_score, abs=1e-9)


def test_a_skewed_scatter_stays_skewed():
    interval = centred_interval(0.0, [-0.01, 0.0, 0.1])
    assert interval.high > 5 * -interval.low


def test_masks_without_scatter_have_an_interval_of_one_point():
    interval = centred_interval(0.1 + 0.2, [0.7, 0.7, 0.7])
    assert interval.low <= 0.1 + 0.2 <= interval.high
    assert interval.high - interval.low == pytest.approx(0, abs=1e-12)
