"""Bands of decision curves, held against patients that are really repeated."""

import numpy as np

from OVCFRiskLib.evaluation.decision_analysis import THRESHOLDS, decision_analysis
from OVCFRiskLib.statistics.bootstrap import PatientBootstrap
from OVCFRiskLib.statistics.decision_curve import net_benefit


def test_net_benefit_and_its_band_equal_those_of_repeated_rows():
    rng = np.random.default_rng(3)
    patients = np.sort(rng.integers(0, 25, 70)).astype(str)
    is_fracture = np.isin(patients, np.unique(patients)[::2])
    p = 1 / (1 + np.exp(-np.round(rng.normal(size=70) + is_fracture, 1)))
    bootstrap = PatientBootstrap.draw(patients, is_fracture, 20, seed=2)
    (curve,) = decision_analysis({"score": p}, is_fracture, bootstrap, 0.2).curves
    weights = bootstrap.weights.astype(int)
    drawn = [net_benefit(np.repeat(is_fracture, w), np.repeat(p, w), THRESHOLDS, 0.2, True) for w in weights]
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    np.testing.assert_allclose(curve.lower, low, atol=1e-12)
    np.testing.assert_allclose(curve.upper, high, atol=1e-12)
    np.testing.assert_allclose(curve.benefit, net_benefit(is_fracture, p, THRESHOLDS, 0.2, True), atol=1e-12)
