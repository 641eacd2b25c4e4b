"""Estimators: scikit-learn's own checks, and the numbers of the command line to the digit."""

import csv
import json
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.estimators import ICCSelector, LassoPath1SE, MRMRSelector, RScoreClassifier, read_features
from OVCFRiskLib.estimators.feature_frames import patients_of
from OVCFRiskLib.estimators.linear_score import possible_folds
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.freezing import write_card
from OVCFRiskLib.statistics.icc import icc
from OVCFRiskLib.training.description import gather_description
from OVCFRiskLib.training.mrmr import mrmr

# many of the checks train on noise, where a constant score is the right answer and comes with a warning
pytestmark = pytest.mark.filterwarnings("ignore")


@parametrize_with_checks(
    [
        ICCSelector(),
        MRMRSelector(),
        LassoPath1SE(),
        LassoPath1SE(family="gaussian"),
        RScoreClassifier(),
        RScoreClassifier(family="gaussian", positive_class="NF"),
    ]
)
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.fixture
def cohort(feature_rows, tmp_path):
    """Folder with both observers' tables and their description, patients split in the table."""
    rows = feature_rows.simulate_rows()
    for row in rows:
        row["split"] = "test" if int(row["patient_id"][1:]) % 10 < 3 else "train"
    other = feature_rows.simulate_rows(observer_noise=0.3)
    (tmp_path / "features.csv").write_text(feature_rows.table_text(rows))
    (tmp_path / "features_observer2.csv").write_text(feature_rows.table_text(other))
    (tmp_path / "description.json").write_text(json.dumps(feature_rows.DESCRIPTION))
    return tmp_path


def frames(folder):
    """Features, outcomes, and the second observer's features."""
    x, outcomes = read_features(folder / "features.csv")
    return x, outcomes, read_features(folder / "features_observer2.csv", list(x.columns), has_outcome=False)[0]


@pytest.mark.parametrize(
    ("options", "parameters"),
    [
        ([], {}),
        (["--family", "gaussian"], {"family": "gaussian"}),
        (["--positive-class", "NF"], {"positive_class": "NF"}),
        (
            ["--family", "gaussian", "--positive-class", "NF", "--features", "the-eight", "--lambda", "0.0315"],
            {"family": "gaussian", "positive_class": "NF", "feature_set": "the-eight", "lasso_lambda": 0.0315},
        ),
        (["--seed", "5", "--folds", "5"], {"seed": 5, "folds": 5}),
    ],
)
def test_the_classifier_equals_the_command_line_to_the_digit(cohort, options, parameters):
    table, out = str(cohort / "features.csv"), cohort / "out"
    assert main(["train", table, "--out", str(out / "m.json"), *options]) == 0
    x, outcomes, _ = frames(cohort)
    rows = (outcomes["split"] == "train").to_numpy()
    patients = x.index.get_level_values("patient_id")
    fitted = RScoreClassifier(**parameters).fit(x[rows], outcomes["group"][rows], groups=patients[rows])
    model = load_model(out / "m.json")
    card = fitted.to_card(gather_description(table), "m", "R-score")
    for key in (
        "features",
        "intercept",
        "cutoff",
        "link",
        "positive_class",
        "higher_is_risk",
        "risk_index_scale",
        "extraction",
    ):
        assert card[key] == json.loads((out / "m.json").read_text())[key], key
    assert card["training"] | {"input_sha256": 0} == dict(model.training) | {"input_sha256": 0}
    with (out / "training_scores.csv").open() as file:
        scores = np.array([float(row["r_score"]) for row in csv.DictReader(file)])
    np.testing.assert_array_equal(fitted.r_score(x), scores)
    if parameters.get("family") != "gaussian":
        turned = -1 if parameters.get("positive_class") == "NF" else 1
        np.testing.assert_array_equal(fitted.decision_function(x), turned * scores)


def test_with_the_second_observer_as_a_step_the_pipeline_equals_the_command_line(cohort):
    table, out = str(cohort / "features.csv"), cohort / "out"
    second = ["--second-observer", str(cohort / "features_observer2.csv")]
    assert main(["train", table, *second, "--out", str(out / "m.json")]) == 0
    x, outcomes, observer = frames(cohort)
    rows = (outcomes["split"] == "train").to_numpy()
    pipeline = make_pipeline(ICCSelector(observer).set_output(transform="pandas"), RScoreClassifier())
    patients = x.index.get_level_values("patient_id")[rows]
    pipeline.fit(x[rows], outcomes["group"][rows], rscoreclassifier__groups=patients)
    model = load_model(out / "m.json")
    assert [(t.name, t.mean, t.sd, t.coefficient) for t in pipeline[-1].terms_] == [
        (t.name, t.mean, t.sd, t.coefficient) for t in model.terms
    ]
    log = json.loads((out / "training_log.json").read_text())
    measured = {name: found.value for name, found in pipeline[0].iccs_.items()}
    assert {name: found["value"] for name, found in log["observers"]["icc_2_1"].items()} == measured


def test_a_card_goes_round(cohort):
    x, outcomes, _ = frames(cohort)
    y = (outcomes["group"] == "OVCF").astype(int)
    fitted = RScoreClassifier().fit(x, y, groups=x.index.get_level_values("patient_id"))
    write_card(fitted.to_card(gather_description(cohort / "features.csv"), "mine", "Mine"), cohort / "mine.json")
    again = RScoreClassifier.from_card(cohort / "mine.json")
    wider = x.assign(another=1.0)[["another", *reversed(x.columns)]]
    np.testing.assert_array_equal(again.r_score(wider), fitted.r_score(x))
    np.testing.assert_array_equal(again.predict_proba(wider), fitted.predict_proba(x))
    assert list(again.classes_) == ["NF", "OVCF"]
    assert again.cutoff_ == fitted.cutoff_
    model = load_model(cohort / "mine.json")
    row = dict(x.iloc[3])
    assert model.r_score(row) == pytest.approx(again.r_score(x)[3], abs=1e-12)
    with pytest.raises(OVCFRiskError, match="which the frame lacks"):
        again.r_score(x.drop(columns=[model.feature_names[0]]))
    with pytest.raises(OVCFRiskError, match="no trained score to freeze"):
        again.to_card(gather_description(cohort / "features.csv"), "mine", "Mine")


def test_the_bundled_demonstration_is_a_classifier_too():
    model = load_model()
    fitted = RScoreClassifier.from_card(model)
    means = pd.DataFrame([{term.name: term.mean for term in model.terms}])
    assert fitted.r_score(means)[0] == pytest.approx(model.intercept)
    lower = means.copy()
    # the weights of a card change with its cohort; that of the strongest feature is not 0
    strongest = max(model.terms, key=lambda term: abs(term.coefficient))
    lower[strongest.name] -= 2 * strongest.sd * np.sign(strongest.coefficient)
    assert fitted.r_score(lower)[0] == pytest.approx(model.intercept - 2 * abs(strongest.coefficient))
    assert fitted.decision_function(lower)[0] > fitted.decision_function(means)[0]


def test_it_takes_part_in_search_and_cross_validation(cohort):
    x, outcomes, _ = frames(cohort)
    y, patients = (outcomes["group"] == "OVCF").astype(int), x.index.get_level_values("patient_id")
    folds = StratifiedGroupKFold(4, shuffle=True, random_state=0)
    scores = cross_val_score(RScoreClassifier(), x, y, groups=patients, cv=folds, scoring="roc_auc")
    assert scores.mean() > 0.75
    search = GridSearchCV(RScoreClassifier(folds=4), {"mrmr_features": [3, 12]}, cv=folds, scoring="roc_auc")
    assert search.fit(x, y, groups=patients).best_params_["mrmr_features"] in (3, 12)
    fitted = RScoreClassifier().fit(x, y, groups=patients)
    assert np.array_equal(pickle.loads(pickle.dumps(fitted)).predict(x), fitted.predict(x))
    assert clone(fitted).get_params() == fitted.get_params()
    assert list(fitted.feature_names_in_) == list(x.columns)


def test_a_fitted_classifier_keeps_no_rows_of_the_data(cohort):
    x, outcomes, _ = frames(cohort)
    fitted = RScoreClassifier().fit(x, outcomes["group"], groups=x.index.get_level_values("patient_id"))
    assert "P000" not in repr(fitted.__dict__)
    assert len(pickle.dumps(fitted)) < 20_000


def test_the_steps_are_the_functions_of_the_library(cohort):
    x, outcomes, observer = frames(cohort)
    y = (outcomes["group"] == "OVCF").astype(int)
    chosen = MRMRSelector(6).fit(x, y)
    np.testing.assert_array_equal(chosen.selected_, mrmr(x.to_numpy(), y.to_numpy(float), 6))
    assert list(chosen.get_feature_names_out()) == [x.columns[i] for i in sorted(chosen.selected_)]
    few = x.iloc[:40]
    agreement = ICCSelector(observer.sample(frac=1, random_state=0)).fit(few)
    name = x.columns[2]
    assert agreement.iccs_[name] == icc(np.column_stack([few[name], observer.loc[few.index, name]]))
    assert agreement.n_bodies_ == 40
    fitted = LassoPath1SE(folds=5).fit(x, y, groups=x.index.get_level_values("patient_id"))
    assert fitted.lambda_ == fitted.validation_.lambda_1se
    assert 0 < np.count_nonzero(fitted.coef_) < x.shape[1]


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (lambda o: o.iloc[:, 1:], "the second observer lacks feature"),
        (lambda o: o.iloc[[0, 0, 1]], "has a duplicate row"),
        (lambda o: o.iloc[:2], "2 rows are measured by both observers"),
        (lambda o: o.to_numpy()[:5], "has shape"),
        (lambda o: o.sample(frac=1, random_state=0).set_axis(o.index), "no feature has an ICC above 0.8"),
    ],
)
def test_observers_that_do_not_match_are_refused(cohort, second, message):
    x, _, observer = frames(cohort)
    with pytest.raises(OVCFRiskError, match=message):
        ICCSelector(second(observer)).fit(x)


def test_small_classes_get_fewer_folds_and_one_patient_none():
    patients = patients_of(None, 6)
    assert list(patients) == ["0", "1", "2", "3", "4", "5"]
    assert possible_folds(patients, np.array([1, 1, 0, 0, 0, 0], bool), 10) == 2
    with pytest.raises(OVCFRiskError, match="a class has 1 patient"):
        possible_folds(np.array(["A", "A", "B", "C"]), np.array([1, 1, 0, 0], bool), 10)


def test_noise_gives_a_constant_score_and_says_so():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 8)), rng.permutation(60) % 2
    with pytest.warns(UserWarning, match="the score is a constant: no feature has a coefficient"):
        fitted = RScoreClassifier().fit(x, y)
    np.testing.assert_allclose(fitted.predict_proba(x), 0.5)
    with pytest.raises(OVCFRiskError, match="no trained score to freeze"):
        fitted.to_card(None, "m", "m")
