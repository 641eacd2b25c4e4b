"""What a fold's left-out rows cost, on four rows by hand and against scikit-learn's measures."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error, roc_auc_score

from OVCFRiskLib.training.fold_losses import LOSSES, PROBABILITY_CLIP, fold_loss, is_better_higher

Y = np.array([1.0, 0.0, 1.0, 0.0])
P = np.array([[0.9, 0.5], [0.2, 0.5], [0.4, 0.5], [0.6, 0.5]])


def test_numbers_by_hand():
    np.testing.assert_allclose(fold_loss(Y, P, "gaussian", "mae")[0], (0.1 + 0.2 + 0.6 + 0.6) / 4)
    np.testing.assert_allclose(fold_loss(Y, P, "gaussian", "mse")[0], (0.01 + 0.04 + 0.36 + 0.36) / 4)
    np.testing.assert_allclose(fold_loss(Y, P, "binomial", "class"), [0.5, 0.5])
    np.testing.assert_allclose(fold_loss(Y, P, "binomial", "auc"), [0.75, 0.5])
    np.testing.assert_allclose(fold_loss(Y, P, "binomial", "deviance")[1], 2 * np.log(2))


@pytest.mark.parametrize(("family", "measure"), [(f, m) for f, names in LOSSES.items() for m in names])
def test_measures_of_scikit_learn(family, measure):
    random = np.random.default_rng(3)
    y = (random.random(40) < 0.4).astype(float)
    p = random.random((40, 3))
    expected = {
        "mse": lambda q: mean_squared_error(y, q) * (2 if family == "binomial" else 1),
        "mae": lambda q: mean_absolute_error(y, q) * (2 if family == "binomial" else 1),
        "deviance": lambda q: 2 * log_loss(y, q) if family == "binomial" else mean_squared_error(y, q),
        "class": lambda q: np.mean((q > 0.5) != y),
        "auc": lambda q: roc_auc_score(y, q),
    }[measure]
    np.testing.assert_allclose(fold_loss(y, p, family, measure), [expected(column) for column in p.T], rtol=1e-12)


def test_certain_and_wrong_costs_much_but_not_everything():
    found = fold_loss(np.array([1.0]), np.array([[0.0]]), "binomial", "deviance")
    np.testing.assert_allclose(found, -2 * np.log(PROBABILITY_CLIP))


def test_a_fold_of_one_class_has_no_area():
    assert np.isnan(fold_loss(np.ones(3), P[:3], "binomial", "auc")).all()


def test_only_the_area_is_better_high():
    assert [name for names in LOSSES.values() for name in names if is_better_higher(name)] == ["auc"]
