"""Draws of patients, held against rows that are really repeated."""

import numpy as np
import pytest
from scipy.integrate import trapezoid

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.bootstrap import PatientBootstrap, percentile_interval
from OVCFRiskLib.statistics.delong import roc_auc


@pytest.fixture
def cohort():
    """Patients, cases, and a risk with ties."""
    rng = np.random.default_rng(3)
    patients = np.sort(rng.integers(0, 25, 70)).astype(str)
    is_positive = np.isin(patients, np.unique(patients)[::2])
    return patients, is_positive, np.round(rng.normal(size=70) + is_positive, 1)


def repeated(values, weights):
    return np.repeat(values, weights.astype(int))


def test_every_draw_holds_whole_patients_and_as_many_as_there_are(cohort):
    patients, is_positive, _ = cohort
    bootstrap = PatientBootstrap.draw(patients, is_positive, 50, seed=1)
    for weights in bootstrap.weights:
        drawn = [np.unique(weights[patients == patient]) for patient in np.unique(patients)]
        assert all(len(values) == 1 for values in drawn)
        for members in (is_positive, ~is_positive):
            names = np.unique(patients[members])
            assert sum(weights[patients == name][0] for name in names) == len(names)


def test_areas_and_rates_equal_those_of_repeated_rows(cohort):
    patients, is_positive, risk = cohort
    bootstrap = PatientBootstrap.draw(patients, is_positive, 20, seed=2)
    aucs = bootstrap.aucs(risk)
    thresholds = np.array([-0.5, 0.0, 0.7])
    true_rates, false_rates = bootstrap.rates_above(risk, thresholds)
    for number, weights in enumerate(bootstrap.weights):
        y, score = repeated(is_positive, weights), repeated(risk, weights)
        assert aucs[number] == pytest.approx(roc_auc(y, score, True, True).value, abs=1e-12)
        above = score[:, None] > thresholds
        np.testing.assert_allclose(true_rates[number], above[y].mean(axis=0))
        np.testing.assert_allclose(false_rates[number], above[~y].mean(axis=0))


def test_a_roc_band_is_the_height_of_the_drawn_curves(cohort):
    patients, is_positive, risk = cohort
    bootstrap = PatientBootstrap.draw(patients, is_positive, 5, seed=2)
    fine = np.linspace(0, 1, 20001)
    heights = bootstrap.sensitivities(risk, fine)
    assert (np.diff(heights, axis=1) >= 0).all()
    # the area under the drawn curve is the drawn area
    np.testing.assert_allclose(trapezoid(heights, fine, axis=1), bootstrap.aucs(risk), atol=2e-4)


def test_intervals_are_wider_by_patient_than_by_body_when_bodies_of_a_woman_are_alike():
    rng = np.random.default_rng(0)
    patients = np.repeat(np.arange(60).astype(str), 4)
    is_positive = np.repeat(np.arange(60) % 2 == 0, 4)
    risk = np.repeat(rng.normal(size=60), 4) + 0.1 * rng.normal(size=240) + is_positive
    by_patient = percentile_interval(PatientBootstrap.draw(patients, is_positive).aucs(risk))
    delong = roc_auc(is_positive, risk, True, True)
    # four copies of a woman say what one says: the variance is four times larger
    assert 1.6 < (by_patient.upper - by_patient.lower) / (delong.upper - delong.lower) < 2.4


def test_seeds_repeat_and_impossible_draws_are_told(cohort):
    patients, is_positive, risk = cohort
    one, two, other = (PatientBootstrap.draw(patients, is_positive, 10, seed).aucs(risk) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()
    with pytest.raises(OVCFRiskError, match="at least 2 draws, got 1"):
        PatientBootstrap.draw(patients, is_positive, 1)
    with pytest.raises(OVCFRiskError, match="seed: expected 0 or a positive whole number, got -1"):
        PatientBootstrap.draw(patients, is_positive, 10, -1)
    with pytest.raises(OVCFRiskError, match="needs both classes"):
        PatientBootstrap.draw(patients, np.ones(70, bool))
