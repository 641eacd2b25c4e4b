"""What scikit-learn computes too is the same number."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve as groups_of_scikit_learn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, confusion_matrix, roc_auc_score
from sklearn.metrics import roc_curve as curve_of_scikit_learn

from OVCFRiskLib.statistics.calibration import brier_score, calibration_curve, calibration_slope
from OVCFRiskLib.statistics.delong import roc_auc
from OVCFRiskLib.statistics.patient_folds import make_folds
from OVCFRiskLib.statistics.roc import confusion_at, roc_curve


@pytest.fixture
def rows():
    """Outcomes and probabilities with ties, seeds of their own."""
    rng = np.random.default_rng(8)
    p = np.round(rng.uniform(0.02, 0.98, 400), 2)
    return (rng.random(400) < p**1.3).astype(int), p


def test_area_and_curve(rows):
    y, p = rows
    assert roc_auc(y, p, 1, True).value == pytest.approx(roc_auc_score(y, p), abs=1e-14)
    false_rate, true_rate, _ = curve_of_scikit_learn(y, p, drop_intermediate=False)
    curve = roc_curve(y, p, 1, True)
    np.testing.assert_allclose(curve.sensitivity, true_rate, atol=1e-14)
    np.testing.assert_allclose(1 - curve.specificity, false_rate, atol=1e-14)


def test_confusion_and_brier(rows):
    y, p = rows
    (tn, fp), (fn, tp) = confusion_matrix(y, p >= 0.4)
    found = confusion_at(y, p, 0.4, 1, True)
    counts = (found.true_positives, found.false_negatives, found.true_negatives, found.false_positives)
    assert counts == (tp, fn, tn, fp)
    assert brier_score(y, p) == pytest.approx(brier_score_loss(y, p), abs=1e-14)


def test_groups_of_the_calibration_curve_where_no_predictions_are_tied():
    rng = np.random.default_rng(9)
    p = rng.permutation(np.linspace(0.01, 0.99, 200))
    y = (rng.random(200) < p).astype(int)
    observed, predicted = groups_of_scikit_learn(y, p, n_bins=10, strategy="quantile")
    ours = calibration_curve(y, p, bins=10)
    np.testing.assert_allclose([group.predicted for group in ours], predicted, atol=1e-12)
    np.testing.assert_allclose([group.observed.value for group in ours], observed, atol=1e-12)


def test_the_calibration_slope_is_that_of_an_unpenalised_regression(rows):
    y, p = rows
    logit = np.log(p / (1 - p))[:, None]
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit, y)
    assert calibration_slope(y, p) == pytest.approx(fitted.coef_[0, 0], rel=1e-4)


def test_our_folds_are_folds_for_scikit_learn():
    from sklearn.model_selection import PredefinedSplit

    patients = np.repeat(np.arange(30).astype(str), 3)
    is_fracture = np.repeat(np.arange(30) % 3 > 0, 3)
    folds = make_folds(patients, is_fracture, 5, 1)
    for train, test in PredefinedSplit(folds).split():
        assert not set(patients[train]) & set(patients[test])
        assert 0 < is_fracture[test].sum() < len(test)
