"""Logistic regression against R and against what can be worked out by hand."""

import numpy as np
import pytest
from scipy.special import expit

from OVCFRiskLib.statistics.logistic import is_separated, logistic_fit


def test_two_groups_give_the_logits_of_their_frequencies():
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0], bool)
    x = np.repeat([1.0, 0.0], 4)
    intercept, slope = logistic_fit(y, np.column_stack([np.ones(8), x]))
    assert expit(intercept) == pytest.approx(0.25, abs=1e-12)
    assert expit(intercept + slope) == pytest.approx(0.75, abs=1e-12)


def test_an_offset_is_taken_as_it_is():
    rng = np.random.default_rng(1)
    offset = rng.normal(size=300)
    y = rng.random(300) < expit(offset + 0.7)
    (found,) = logistic_fit(y, np.ones((300, 1)), offset)
    # the score equation of the maximum: expected and observed numbers agree
    assert expit(offset + found).sum() == pytest.approx(y.sum(), abs=1e-9)


def test_the_gradient_vanishes_at_the_maximum_also_of_columns_of_very_different_size():
    rng = np.random.default_rng(2)
    design = np.column_stack([np.ones(200), 1e5 * rng.normal(size=200)])
    y = rng.random(200) < expit(0.3 + 1e-5 * design[:, 1])
    beta = logistic_fit(y, design)
    gradient = design.T @ (y - expit(design @ beta))
    assert np.abs(gradient / np.abs(design).sum(axis=0)).max() < 1e-9


@pytest.mark.parametrize(
    ("x", "expected"), [([3, 2, 1, 0], True), ([0, 1, 2, 3], True), ([3, 1, 1, 0], True), ([3, 1, 2, 0], False)]
)
def test_classes_split_by_a_threshold_are_separated(x, expected):
    assert is_separated(np.array([True, True, False, False]), np.array(x, float)) is expected
