"""The logistic line is that of maximum likelihood, as scikit-learn's without penalty and as closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from OVCFRiskLib.statistics.logistic import is_separated, logistic_fit


@pytest.fixture
def sample():
    random = np.random.default_rng(4)
    x = random.normal(size=200)
    return random.random(200) < expit(0.3 - 1.2 * x), x


def test_the_line_is_that_of_maximum_likelihood(sample):
    y, x = sample
    intercept, slope = logistic_fit(y, np.column_stack([np.ones(len(x)), x]))
    reference = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(x[:, None], y)
    assert intercept == pytest.approx(reference.intercept_[0], abs=1e-5)
    assert slope == pytest.approx(reference.coef_[0, 0], abs=1e-5)


def test_the_gradient_is_zero_at_the_solution(sample):
    y, x = sample
    design = np.column_stack([np.ones(len(x)), x])
    b = logistic_fit(y, design)
    np.testing.assert_allclose(design.T @ (y - expit(design @ b)), 0, atol=1e-9)


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.99])
def test_an_intercept_alone_gives_the_frequency(share):
    y = np.arange(1000) < 1000 * share
    (b,) = logistic_fit(y, np.ones((1000, 1)))
    assert expit(b) == pytest.approx(share, abs=1e-12)


def test_a_group_is_its_own_frequency():
    """Two groups of 3 of 4 and 1 of 5: the fitted probabilities are the frequencies (a saturated model)."""
    y = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0], bool)
    group = np.array([0] * 4 + [1] * 5)
    intercept, slope = logistic_fit(y, np.column_stack([np.ones(9), group]))
    assert intercept == pytest.approx(logit(3 / 4), abs=1e-10)
    assert intercept + slope == pytest.approx(logit(1 / 5), abs=1e-10)


def test_an_offset_that_is_right_leaves_nothing_to_fit(sample):
    y, x = sample
    design = np.column_stack([np.ones(len(x)), x])
    b = logistic_fit(y, design)
    (left,) = logistic_fit(y, np.ones((len(x), 1)), offset=design @ b)
    assert left == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("y", "x", "separated"),
    [
        ([1, 1, 0, 0], [4, 3, 2, 1], True),
        ([0, 0, 1, 1], [4, 3, 2, 1], True),
        ([1, 1, 0, 0], [4, 2, 2, 1], True),
        ([1, 0, 1, 0], [4, 3, 2, 1], False),
    ],
)
def test_separation_is_seen_in_both_directions(y, x, separated):
    assert is_separated(np.array(y, bool), np.array(x, float)) is separated
