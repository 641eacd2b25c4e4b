"""Splitting by vertebra finds something where there is nothing; splitting by patient does not."""

from dataclasses import replace

import numpy as np
import pytest

from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.leakage import CHANCE, SPLITS_COMPARED, cost_of_leakage, repeated_splits, shared_patients
from OVCFRiskLib.training.options import PAPER_LAMBDA, TrainingOptions, paper_faithful
from OVCFRiskLib.training.pipeline import train

REPEATS = 20


@pytest.fixture(scope="module")
def table_without_signal():
    """60 women with 3 bodies each, 40 features that tell women apart (correlation 0.9) but not the groups."""
    rng = np.random.default_rng(0)
    owner = np.repeat(np.arange(60), 3)
    values = 0.95 * rng.normal(size=(60, 40))[owner] + 0.3 * rng.normal(size=(180, 40))
    return FeatureTable(
        name="none",
        sha256="",
        features=tuple(f"original_glcm_F{i}" for i in range(40)),
        values=values,
        patients=owner.astype(str),
        levels=np.tile(["L1", "L2", "L3"], 60),
        groups=np.where(owner % 2 == 0, "OVCF", "NF"),
        t_scores=None,
        ages=None,
        sets=None,
        lines=tuple(range(2, 182)),
    )


@pytest.fixture
def options():
    return TrainingOptions(family="gaussian", positive_class="NF", lasso_lambda=PAPER_LAMBDA)


def test_splitting_by_vertebra_learns_the_women(table_without_signal, options):
    by_vertebra, by_patient = (
        repeated_splits(table_without_signal, replace(options, **SPLITS_COMPARED[way]), REPEATS, shuffle_outcome=True)
        for way in ("by_vertebra", "by_patient")
    )
    assert by_vertebra.mean > 0.65
    assert abs(by_patient.mean - CHANCE) < 0.06
    assert len(by_patient.aucs) == REPEATS


def test_runs_without_a_model_count_as_chance(table_without_signal, options):
    found = repeated_splits(table_without_signal, replace(options, lasso_lambda=5.0), 4)
    assert found.without_model == 4
    assert (found.aucs == CHANCE).all()


def test_the_cost_is_measured_on_the_runs_own_lambda(table_without_signal, options):
    result = train(table_without_signal, None, paper_faithful(options))
    cost = cost_of_leakage(result, repeats=3)
    assert cost["patients_in_both_sets"] == len(shared_patients(result)) > 0
    assert cost["test_patients"] == len(np.unique(result.table.patients[~result.is_training]))
    wanted = repeated_splits(table_without_signal, replace(result.options, **SPLITS_COMPARED["by_patient"]), 3).mean
    assert cost["same_data"]["by_patient"] == wanted
    assert len(shared_patients(train(table_without_signal, None, options))) == 0
