"""Calibration against R glm and its definition."""

import csv
from pathlib import Path

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.calibration import (
    calibration,
    calibration_curve,
    calibration_slope,
    smoothed_calibration,
)

DATA = Path(__file__).parent / "data"
# R 4.2.2 on scores.csv: coef(glm(y ~ qlogis(P), binomial))[2], coef(glm(y ~ 1 + offset(qlogis(P)), binomial)),
# mean((P - y)^2), with glm.control(epsilon = 1e-14)
R_VALUES = {
    "train": (2.33565333958831, 7.54390347212608e-10, 5.49465985965673e-02),
    "test": (2.0586770290439085, -0.2027399833580708, 0.0719786550287333),
}


def rows_of(name):
    with (DATA / "scores.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == name]
    return np.array([int(r["y"]) for r in rows]), np.array([float(r["P"]) for r in rows])


@pytest.mark.parametrize("name", ["train", "test"])
def test_slope_intercept_and_brier_equal_r(name):
    result = calibration(*rows_of(name))
    np.testing.assert_allclose((result.slope, result.intercept, result.brier), R_VALUES[name], rtol=1e-9, atol=1e-9)


def test_curve_parts_the_rows_and_keeps_ties_together():
    y, probability = rows_of("test")
    curve = calibration_curve(y, np.round(probability, 1), bins=5)
    assert sum(b.observed.total for b in curve) == len(y)
    assert sum(b.observed.count for b in curve) == y.sum()
    predicted = [b.predicted for b in curve]
    assert predicted == sorted(predicted)
    rounded = np.round(probability, 1)
    edges = np.cumsum([b.observed.total for b in curve])[:-1]
    ordered = np.sort(rounded)
    assert all(ordered[e - 1] < ordered[e] for e in edges)


def test_true_probabilities_are_calibrated():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.02, 0.98, 20000)
    result = calibration((rng.uniform(size=20000) < p).astype(int), p)
    assert result.slope == pytest.approx(1, abs=0.05)
    assert result.intercept == pytest.approx(0, abs=0.05)
    assert all(b.observed.lower - 0.03 < b.predicted < b.observed.upper + 0.03 for b in result.curve)


def test_overconfident_predictions_have_a_slope_below_one():
    rng = np.random.default_rng(2)
    x = rng.normal(size=4000)
    y = rng.uniform(size=4000) < 1 / (1 + np.exp(-x))
    assert calibration_slope(y, 1 / (1 + np.exp(-3 * x)), True) == pytest.approx(1 / 3, abs=0.05)


def test_separated_classes_have_no_slope_but_an_intercept():
    result = calibration([0, 0, 1, 1], [0.0, 0.2, 0.9, 1.0])
    assert np.isnan(result.slope)
    assert np.isfinite(result.intercept)
    assert np.isnan(calibration_slope([0, 1, 1], [0.5, 0.5, 0.5]))


def test_bad_input_is_told():
    with pytest.raises(OVCFRiskError, match=r"probability\[0\] is -0.1"):
        calibration([0, 1], [-0.1, 0.5])
    with pytest.raises(OVCFRiskError, match="number of groups must be at least 1, got 0"):
        calibration_curve([0, 1], [0.1, 0.5], bins=0)


def test_the_smooth_curve_follows_the_truth_and_stays_in_bounds():
    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.98, 4000)
    truth = np.clip(1.6 * p - 0.3, 0, 1)
    y = (rng.random(4000) < truth).astype(int)
    grid = np.linspace(0.3, 0.7, 9)
    np.testing.assert_allclose(smoothed_calibration(y, p, grid, span=0.2), 1.6 * grid - 0.3, atol=0.05)
    ends = smoothed_calibration(y, p, [0.0, p.min(), p.max(), 1.0])
    assert np.isnan(ends[[0, 3]]).all()
    assert ((ends[1:3] >= 0) & (ends[1:3] <= 1)).all()


def test_the_smooth_curve_of_a_rule_is_its_frequencies():
    p = np.repeat([0.2, 0.8], 50)
    y = np.r_[np.arange(50) < 10, np.arange(50) < 35].astype(int)
    np.testing.assert_allclose(smoothed_calibration(y, p, [0.2, 0.8], span=0.4), [0.2, 0.7], atol=1e-6)
