"""The training log: numbers that follow from each other, no patient, strict JSON."""

import json

import numpy as np
import pytest

from OVCFRiskLib.training.description import description_from
from OVCFRiskLib.training.feature_table import read_feature_table
from OVCFRiskLib.training.options import TrainingOptions
from OVCFRiskLib.training.pipeline import train
from OVCFRiskLib.training.training_files import make_outputs
from OVCFRiskLib.training.training_log import training_log


@pytest.fixture
def logged(cohort_rows, write_rows, feature_rows):
    """A run on a simulated cohort: its result and its log, as it is read back."""
    second = read_feature_table(write_rows(cohort_rows(observer_noise=0.3), "o2.csv"), has_outcome=False)
    result = train(read_feature_table(write_rows(cohort_rows())), second, TrainingOptions())
    description = description_from(feature_rows.DESCRIPTION, "d.json")
    outputs = make_outputs(result, description, "m", "t", second)
    log = training_log(result, description, outputs.card, outputs.evaluation, second)
    return result, outputs.card, json.loads(json.dumps(log, allow_nan=False))


def test_the_log_names_its_model_and_inputs_and_no_patient(logged):
    result, card, log = logged
    assert log["schema"] == "ovcfrisk-training-log"
    assert log["model"] == {"id": "m", "sha256": card["sha256"], "status": card["status"]}
    assert result.table.sha256 in json.dumps(log["inputs"])
    rows = json.dumps({key: value for key, value in log.items() if key != "data"})
    assert not any(patient in rows for patient in set(result.table.patients))


def test_counts_of_the_split_add_up_and_no_woman_stands_on_both_sides(logged):
    result, _, log = logged
    split = log["split"]
    bodies = sum(split[part][group] for part in ("training", "test") for group in ("OVCF", "NF"))
    assert bodies == len(result.table.lines)
    assert split["training"]["patients"] + split["test"]["patients"] == len(set(result.table.patients))
    assert split["patients_in_both"] == 0
    assert split["from_table"] is False


def test_rows_are_named_by_line_with_folds_in_training_only(logged):
    result, _, log = logged
    assert [row["line"] for row in log["rows"]] == list(result.table.lines)
    for row in log["rows"]:
        assert (row["fold"] is None) == (row["set"] == "test")
    assert {row["fold"] for row in log["rows"]} - {None} == set(result.folds.tolist())


def test_scores_follow_from_the_logged_terms_and_scaling(logged):
    result, _, log = logged
    terms, scaling = log["score"]["terms"], log["scaling"]
    names = [term["name"] for term in terms]
    values = result.table.values[:, [result.table.features.index(name) for name in names]]
    z = (values - [scaling[name]["mean"] for name in names]) / [scaling[name]["sd"] for name in names]
    expected = log["score"]["intercept"] + z @ [term["coefficient"] for term in terms]
    np.testing.assert_allclose([row["r_score"] for row in log["rows"]], expected, rtol=1e-9, atol=1e-9)


def test_the_path_is_one_of_a_lasso(logged):
    _, _, log = logged
    path = log["path"]
    assert path["lambdas"] == sorted(path["lambdas"], reverse=True)
    assert path["nonzero"][0] <= path["nonzero"][-1]
    assert path["lambda_min"] <= path["lambda_1se"]
    assert 0 <= path["largest_kkt_violation_of_lambda"] < 1e-3
    assert set(path["coefficients"]) == set(log["mrmr_order"])


def test_unreliable_features_are_named_with_their_icc(logged):
    _, _, log = logged
    observers = log["observers"]
    assert observers["bodies"] > 0
    assert not set(observers["kept"]) & set(observers["left_out"])
    assert all(observers["icc_2_1"][name]["value"] > 0.8 for name in observers["kept"])
