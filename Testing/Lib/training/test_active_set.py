"""The LASSO's solutions meet the conditions of optimality, and those of scikit-learn where that is exact."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import Lasso

from OVCFRiskLib.training.active_set import ACCEPTED_VIOLATION, ActiveSet
from OVCFRiskLib.training.columns import standardise


def problem(seed=0, rows=80, columns=12, is_binomial=False):
    random = np.random.default_rng(seed)
    z = standardise(random.normal(size=(rows, columns))).z
    line = z[:, 0] - 0.7 * z[:, 1] + 0.4 * z[:, 2]
    if is_binomial:
        return z, (random.random(rows) < expit(line)).astype(float)
    return z, line + random.normal(size=rows)


def violation(z, y, active, penalty, is_binomial):
    """By how much, relative to lambda, the conditions of optimality are missed."""
    eta = active.intercept + z @ active.coefficients
    gradient = z.T @ (y - (expit(eta) if is_binomial else eta)) / len(y)
    b = active.coefficients
    inside = np.abs(gradient[b == 0]).max(initial=0) - penalty
    at = np.abs(gradient[b != 0] - penalty * np.sign(b[b != 0])).max(initial=0)
    return max(inside, at) / penalty


@pytest.mark.parametrize("is_binomial", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_every_solution_along_the_path_is_optimal(seed, is_binomial):
    z, y = problem(seed, is_binomial=is_binomial)
    active = ActiveSet(z, y, is_binomial)
    for penalty in active.lambda_max * np.geomspace(1, 1e-3, 15):
        active.solve(penalty)
        assert violation(z, y, active, penalty, is_binomial) <= ACCEPTED_VIOLATION


@pytest.mark.parametrize("is_binomial", [False, True])
def test_at_the_largest_lambda_nothing_is_in_the_model(is_binomial):
    z, y = problem(is_binomial=is_binomial)
    active = ActiveSet(z, y, is_binomial)
    active.solve(active.lambda_max)
    assert not active.coefficients.any()
    mean = y.mean()
    assert active.intercept == pytest.approx(np.log(mean / (1 - mean)) if is_binomial else mean)
    active.solve(0.99 * active.lambda_max)
    assert np.count_nonzero(active.coefficients) == 1


@pytest.mark.parametrize("fraction", [0.5, 0.1, 0.01])
def test_the_coefficients_of_scikit_learn(fraction):
    z, y = problem(5)
    active = ActiveSet(z, y, False)
    for step in (0.9, fraction):  # a path is followed downwards
        active.solve(step * active.lambda_max)
    reference = Lasso(alpha=fraction * active.lambda_max, tol=1e-12, max_iter=100_000).fit(z, y)
    np.testing.assert_allclose(active.coefficients, reference.coef_, atol=1e-7)
    assert active.intercept == pytest.approx(reference.intercept_, abs=1e-7)


def test_one_column_has_a_closed_form():
    """b = sign(c) max(|c| - lambda, 0) with c = z'y/n."""
    z, y = problem(columns=3)
    z = z[:, :1]
    active = ActiveSet(z, y, False)
    c = float(z[:, 0] @ y / len(y))
    assert active.lambda_max == pytest.approx(abs(c))
    active.solve(0.25 * abs(c))
    assert active.coefficients[0] == pytest.approx(np.sign(c) * 0.75 * abs(c))


def test_nearly_equal_columns_are_solved_too():
    z, y = problem(7, columns=4)
    random = np.random.default_rng(8)
    z = standardise(np.column_stack([z, z[:, 0] + 1e-7 * random.normal(size=len(y))])).z
    active = ActiveSet(z, y, False)
    for penalty in active.lambda_max * np.geomspace(0.9, 1e-2, 8):
        active.solve(penalty)
        assert violation(z, y, active, penalty, False) <= ACCEPTED_VIOLATION
