"""Net benefit against R rmda 1.6 and its definition."""

import csv
from pathlib import Path

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.decision_curve import net_benefit, net_benefit_of_treating_all

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def test_rows():
    """Outcome and probability P of the test rows of the synthetic score table."""
    with (DATA / "scores.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "test"]
    return np.array([int(r["y"]) for r in rows]), np.array([float(r["P"]) for r in rows])


def rmda_rows(model):
    with (DATA / "rmda_decision_curve.csv").open() as file:
        return [r for r in csv.DictReader(file) if r["model"] == model and "fitted.risk TRUE" in r["config"]]


def test_net_benefit_equals_rmda(test_rows):
    y, probability = test_rows
    rows = rmda_rows("y ~ P")
    thresholds = [float(row["thresholds"]) for row in rows]
    benefit = net_benefit(y, probability, thresholds)
    expected = [np.nan if row["NB"] == "NA" else float(row["NB"]) for row in rows]
    np.testing.assert_allclose(benefit, expected, rtol=0, atol=1e-12)
    expected = [np.nan if row["sNB"] == "NA" else float(row["sNB"]) for row in rows]
    np.testing.assert_allclose(benefit / y.mean(), expected, rtol=0, atol=1e-12)
    assert np.isnan(benefit).sum() == 1  # the threshold 1


def test_treating_all_equals_rmda(test_rows):
    y, _ = test_rows
    rows = [row for row in rmda_rows("All") if row["NB"] != "NA"]
    benefit = net_benefit_of_treating_all([float(row["thresholds"]) for row in rows], y.mean())
    np.testing.assert_allclose(benefit, [float(row["NB"]) for row in rows], rtol=0, atol=1e-12)


def test_given_prevalence_replaces_the_share_of_cases(test_rows):
    y, probability = test_rows
    thresholds = np.array([0.05, 0.2, 0.5])
    tpr = np.array([(probability[y == 1] > t).mean() for t in thresholds])
    fpr = np.array([(probability[y == 0] > t).mean() for t in thresholds])
    expected = tpr * 0.1 - fpr * 0.9 * thresholds / (1 - thresholds)
    np.testing.assert_allclose(net_benefit(y, probability, thresholds, prevalence=0.1), expected, atol=1e-14)


def test_risk_equal_to_the_threshold_is_not_treated():
    assert net_benefit([1, 0], [0.5, 0.1], [0.5])[0] == 0.0
    assert net_benefit([1, 0], [0.5, 0.1], [0.4999])[0] == 0.5


def test_positive_class_may_be_named():
    benefit = net_benefit(["OVCF", "NF", "NF"], [0.9, 0.2, 0.6], [0.3], positive="OVCF")
    assert benefit[0] == pytest.approx(1 / 3 - 1 / 3 * 0.3 / 0.7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 1], [0.2, 1.2], [0.1]), r"probability\[1\] is 1.2, outside \[0, 1\]"),
        (([0, 1], [0.2, 0.9], [1.5]), r"threshold probabilities must lie in \[0, 1\], got 1.5"),
        (([0, 1], [0.2, 0.9], [0.1], 5), "prevalence must lie in"),
        (([1, 1], [0.2, 0.9], [0.1]), "two classes"),
    ],
)
def test_bad_input_is_told(arguments, message):
    with pytest.raises(OVCFRiskError, match=message):
        net_benefit(*arguments)
