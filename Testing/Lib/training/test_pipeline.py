"""The training pipeline: equal to R on the golden table, without leaks, pointing the right way."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.radiomics.names import FROZEN_FEATURES
from OVCFRiskLib.statistics.delong import roc_auc
from OVCFRiskLib.statistics.roc import confusion_at
from OVCFRiskLib.training.feature_table import FeatureTable, read_feature_table
from OVCFRiskLib.training.options import PAPER_LAMBDA, TrainingOptions, paper_faithful
from OVCFRiskLib.training.pipeline import _direction_and_cutoffs, scores_of, train
from OVCFRiskLib.training.regression_path import kkt_violation

DATA = Path(__file__).parent / "data"


@pytest.fixture
def trained(cohort_rows, write_rows):
    """Function that trains on a simulated cohort."""

    def run(second=True, rows=None, **options):
        rows = cohort_rows() if rows is None else rows
        other = cohort_rows(observer_noise=0.3) if second else None
        table = read_feature_table(write_rows(rows))
        return train(
            table, read_feature_table(write_rows(other, "o2.csv")) if other else None, TrainingOptions(**options)
        )

    return run


@pytest.fixture(scope="module")
def golden_table():
    """The golden table of R as a feature table; every row its own patient."""
    with (DATA / "golden_features.csv").open() as file:
        rows = list(csv.DictReader(file))
    names = tuple(name for name in rows[0] if name.startswith("f"))
    return FeatureTable(
        name="golden_features.csv",
        sha256="0" * 64,
        features=names,
        values=np.array([[float(row[n]) for n in names] for row in rows]),
        patients=np.array([f"P{i}" for i in range(len(rows))]),
        levels=np.full(len(rows), "L1"),
        groups=np.array(["OVCF" if row["y"] == "1" else "NF" for row in rows]),
        t_scores=None,
        ages=None,
        sets=np.array([row["set"] for row in rows]),
        lines=tuple(range(2, len(rows) + 2)),
    )


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_golden_table_gives_the_numbers_of_r(golden_table, family):
    result = train(golden_table, None, TrainingOptions(family=family, lasso_lambda=PAPER_LAMBDA))
    with (DATA / "mrmre_classic_numeric.csv").open() as file:
        assert result.candidates == tuple(row["feature"] for row in csv.DictReader(file))
    with (DATA / "zscore_train_mean_sd.csv").open() as file:
        scaling = {row["feature"]: (float(row["mean"]), float(row["sd"])) for row in csv.DictReader(file)}
    with (DATA / f"glmnet_coef_s0.0315_{family}.csv").open() as file:
        coef = {row["term"]: float(row["exact"]) for row in csv.DictReader(file)}
    for term in result.terms:
        np.testing.assert_allclose((term.mean, term.sd), scaling[term.name], rtol=1e-10)
        # glmnet's default tolerance there
        assert term.coefficient == pytest.approx(coef[term.name], abs=2e-3)
    assert result.intercept == pytest.approx(coef["(Intercept)"], abs=2e-3)
    missing = set(result.candidates) - {term.name for term in result.terms}
    assert all(abs(coef[name]) < 2e-3 for name in missing)


def test_pipeline_selects_reliable_features_and_separates_the_classes(trained):
    result = trained()
    assert 0 < len(result.terms) <= len(result.candidates) <= 25
    unreliable = {name for i, name in enumerate(result.table.features) if i % 4 == 3}
    assert unreliable <= set(result.reliability.left_out)
    assert not unreliable & set(result.candidates)
    assert result.lasso_lambda == result.validation.lambda_1se
    assert result.auc.value > 0.85
    test = ~result.is_training
    assert roc_auc(result.table.groups[test], result.r_scores[test], "OVCF", True).value > 0.75
    x = result.table.columns(result.candidates)[result.is_training]
    z = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1)
    assert kkt_violation(result.validation.path, z, result.table.is_fracture[result.is_training]).max() <= 1e-6


def test_lambda_min_shrinks_less_and_both_rules_look_at_the_training_rows_alone(trained):
    by_1se, by_min = (trained(feature_set="the-eight", lambda_rule=rule) for rule in ("1se", "min"))
    assert by_min.lasso_lambda == by_min.validation.lambda_min < by_1se.lasso_lambda == by_1se.validation.lambda_1se
    assert len(by_min.folds) == by_min.is_training.sum()
    shrunk, free = (sum(abs(term.coefficient) for term in result.terms) for result in (by_1se, by_min))
    assert shrunk < free


def test_split_and_folds_keep_women_whole_unless_the_paper_is_followed(trained):
    result = trained()
    patients = result.table.patients
    assert not set(patients[result.is_training]) & set(patients[~result.is_training])
    inside = patients[result.is_training]
    assert all(len(set(result.folds[inside == patient])) == 1 for patient in inside)
    table = result.table
    faithful = train(table, None, paper_faithful(TrainingOptions()))
    assert set(patients[faithful.is_training]) & set(patients[~faithful.is_training])
    assert (faithful.options.family, faithful.options.positive_class) == ("gaussian", "NF")


def test_nothing_is_learnt_from_the_test_rows(trained, cohort_rows):
    rows = cohort_rows()
    for row in rows:
        row["split"] = "test" if int(row["patient_id"][1:]) % 10 < 3 else "train"
    result = trained(rows=rows, second=False)
    assert list(result.is_training) == [row["split"] == "train" for row in rows]
    for number, row in enumerate(rows):
        if row["split"] == "test":
            row |= {name: row[name] * 7 + number for name in result.table.features}
    changed = trained(rows=rows, second=False)
    assert changed.terms == result.terms
    assert changed.intercept == result.intercept
    assert changed.cutoff == result.cutoff
    scaled_on_all = trained(rows=rows, second=False, scale_on="all")
    assert scaled_on_all.terms != result.terms


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
@pytest.mark.parametrize("positive_class", ["OVCF", "NF"])
def test_direction_is_right_whichever_class_is_coded_one(trained, family, positive_class):
    result = trained(family=family, positive_class=positive_class, feature_set="the-eight", lasso_lambda=PAPER_LAMBDA)
    assert tuple(term.name for term in result.terms) == FROZEN_FEATURES
    assert result.higher_is_risk == (positive_class == "OVCF")
    assert result.auc.value > 0.5
    means = [result.r_scores[result.table.groups == group].mean() for group in ("OVCF", "NF")]
    assert (means[0] > means[1]) == result.higher_is_risk
    # a body of lower density, all else equal, never has a lower risk
    median = result.terms[1]
    assert median.name == "original_firstorder_Median"
    denser = replace(result.table, values=result.table.values.copy())
    denser.values[:, denser.features.index(median.name)] -= 3 * median.sd
    change = scores_of(denser, result.terms, result.intercept) - result.r_scores
    assert (change * (1 if result.higher_is_risk else -1) >= 0).all()


def test_cutoff_is_the_youden_point_of_the_training_set(trained):
    result = trained(family="gaussian", positive_class="NF")
    rows = result.is_training
    at = confusion_at(result.table.groups[rows], result.r_scores[rows], result.cutoff.threshold, "OVCF", False)
    assert at.sensitivity.value == pytest.approx(result.cutoff.sensitivity)
    assert at.specificity.value == pytest.approx(result.cutoff.specificity)
    assert result.cutoff in result.tied_cutoffs
    assert result.cutoff.sensitivity == max(c.sensitivity for c in result.tied_cutoffs)


def test_same_seed_gives_the_same_numbers_and_another_seed_another_split(trained):
    one, two, other = trained(seed=1), trained(seed=1), trained(seed=2)
    assert one.terms == two.terms
    np.testing.assert_array_equal(one.r_scores, two.r_scores)
    assert (one.is_training != other.is_training).any()


def test_gaussian_model_is_the_same_line_whichever_class_is_coded_one(trained):
    one = trained(family="gaussian", feature_set="the-eight", lasso_lambda=0.01)
    other = trained(family="gaussian", feature_set="the-eight", lasso_lambda=0.01, positive_class="NF")
    for a, b in zip(one.terms, other.terms, strict=True):
        assert a.coefficient == pytest.approx(-b.coefficient, abs=1e-9)
    np.testing.assert_allclose(one.r_scores, 1 - other.r_scores, atol=1e-9)


def test_what_cannot_be_trained_is_told(trained, cohort_rows):
    with pytest.raises(OVCFRiskError, match=r"cannot make 50 folds .* expected 2 to 42,"):
        trained(folds=50)
    with pytest.raises(OVCFRiskError, match="no feature has a coefficient at lambda 5: it is too large"):
        trained(lasso_lambda=5.0)
    with pytest.raises(OVCFRiskError, match=r"no feature has an ICC above 0\.99999"):
        trained(icc_threshold=0.99999)
    rows = [row | {"split": "train" if row["group"] == "NF" else "test"} for row in cohort_rows()]
    with pytest.raises(OVCFRiskError, match="set 'train' does not hold bodies of both classes"):
        trained(rows=rows)
    with pytest.raises(OVCFRiskError, match="option family: expected gaussian or binomial, got 'cox'"):
        trained(family="cox")
    with pytest.raises(OVCFRiskError, match="option lasso_lambda: expected a positive number, got -1"):
        trained(lasso_lambda=-1.0)
    with pytest.raises(OVCFRiskError, match="seed: expected 0 or a positive whole number, got -3"):
        trained(seed=-3)


def test_a_score_that_points_the_wrong_way_is_refused():
    groups = np.array(["OVCF", "OVCF", "NF", "NF"])
    with pytest.raises(OVCFRiskError, match=r"points the wrong way: AUC of risk against OVCF is 0\.000"):
        _direction_and_cutoffs(groups, np.array([1.0, 2.0, 3.0, 4.0]), TrainingOptions())


def test_cancel_stops_the_training(cohort_rows, write_rows):
    with pytest.raises(CancelledError):
        train(read_feature_table(write_rows(cohort_rows(12))), progress=lambda fraction, message: fraction < 0.3)
