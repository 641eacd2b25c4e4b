"""ROC areas, DeLong tests and cut-offs against R pROC 1.18."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.delong import delong_test, delong_test_unpaired, roc_auc
from OVCFRiskLib.statistics.roc import confusion_at, roc_curve, wilson_interval, youden_cutoff

DATA = Path(__file__).parent / "data"
GOLDEN = json.loads((DATA / "A_proc.json").read_text(encoding="utf-8"))
A = np.genfromtxt(DATA / "A_scores.csv", delimiter=",", names=True)
COHORT_2 = np.genfromtxt(DATA / "A_cohort2.csv", delimiter=",", names=True)


def golden_scores():
    """Rows of the synthetic score table by set, with pROC's direction of each score."""
    with (DATA / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    return {s: {k: np.array([float(r[k]) for r in rows if r["set"] == s]) for k in "yRTO"} for s in ("train", "test")}


SCORES = golden_scores()
HIGHER = {"R": True, "T": False, "O": True}


def read_rows(name):
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["s1", "s2"])
@pytest.mark.parametrize("level", [95, 90])
def test_area_variance_and_interval_equal_proc(name, level):
    result = roc_auc(A["y_bin"], A[name], 1, True, confidence=level / 100)
    expected = GOLDEN[name]
    assert result.value == pytest.approx(expected["auc"], abs=1e-12)
    assert result.se**2 == pytest.approx(expected["var_delong"], abs=1e-12)
    np.testing.assert_allclose([result.lower, result.value, result.upper], expected[f"ci{level}"], rtol=0, atol=1e-10)


@pytest.mark.parametrize("row", read_rows("proc_roc.csv"), ids=lambda r: r["set"] + "-" + r["score"])
def test_area_and_cutoff_equal_proc_for_scores_with_ties_and_both_directions(row):
    data, higher = SCORES[row["set"]], row["direction"] == "<"
    assert higher == HIGHER[row["score"]]
    result = roc_auc(data["y"], data[row["score"]], 1, higher)
    expected = [float(row[key]) for key in ("auc", "var", "lo", "hi")]
    np.testing.assert_allclose([result.value, result.se**2, result.lower, result.upper], expected, rtol=0, atol=1e-10)
    (best,) = youden_cutoff(data["y"], data[row["score"]], 1, higher)
    np.testing.assert_allclose(
        [best.threshold, best.sensitivity, best.specificity],
        [float(row[key]) for key in ("youden_thr", "sens", "spec")],
        rtol=0,
        atol=1e-10,
    )
    at = confusion_at(data["y"], data[row["score"]], best.threshold, 1, higher)
    assert at.sensitivity.value == best.sensitivity
    assert at.specificity.value == pytest.approx(best.specificity)
    assert at.accuracy.value == pytest.approx(float(row["acc"]))


@pytest.mark.parametrize(
    ("key", "alternative"), [("paired", "two-sided"), ("paired_greater", "greater"), ("paired_less", "less")]
)
def test_paired_test_equals_proc(key, alternative):
    result = delong_test(A["y_bin"], A["s1"], A["s2"], 1, True, alternative)
    expected = GOLDEN[key]
    assert result.statistic == pytest.approx(expected["statistic"], abs=1e-10)
    assert result.p_value == pytest.approx(expected["p"], abs=1e-10)
    np.testing.assert_allclose([result.lower, result.upper], expected["conf_int"], rtol=0, atol=1e-10)
    assert result.df is None


@pytest.mark.parametrize("row", read_rows("proc_tests.csv"), ids=lambda r: f"{r['type']}-{r['a']}-{r['b']}")
def test_tests_between_scores_of_opposite_direction_equal_proc(row):
    (set_a, a), (set_b, b) = row["a"].split(), row["b"].split()
    if row["type"] == "paired":
        y = SCORES[set_a]["y"]
        result = delong_test(y, SCORES[set_a][a], SCORES[set_b][b], 1, (HIGHER[a], HIGHER[b]))
    else:
        one, other = SCORES[set_a], SCORES[set_b]
        result = delong_test_unpaired(one["y"], one[a], other["y"], other[b], 1, HIGHER[a])
        assert result.df == pytest.approx(float(row["df"]), rel=1e-10)
    assert result.statistic == pytest.approx(float(row["stat"]), abs=1e-10)
    assert result.p_value == pytest.approx(float(row["p"]), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("key", "score", "y_b", "score_b"),
    [
        ("unpaired", "s1", COHORT_2["y"], COHORT_2["s"]),
        ("unpaired_s2", "s2", COHORT_2["y"], COHORT_2["s"]),
        ("self_unpaired", "s1", A["y_bin"], A["s2"]),
    ],
)
def test_unpaired_test_equals_proc(key, score, y_b, score_b):
    result = delong_test_unpaired(A["y_bin"], A[score], y_b, score_b, 1, True)
    expected = GOLDEN[key]
    assert result.statistic == pytest.approx(expected["statistic"], abs=1e-10)
    assert result.p_value == pytest.approx(expected["p"], abs=1e-10)
    assert result.df == pytest.approx(expected["parameter"], abs=1e-8)


@pytest.mark.parametrize(
    ("key", "y", "score"),
    [
        ("s1", A["y_bin"], A["s1"]),
        ("s2", A["y_bin"], A["s2"]),
        ("cohort2", COHORT_2["y"], COHORT_2["s"]),
        ("s1_inverted", A["y_bin"], -A["s1"]),
    ],
)
def test_all_tied_cutoffs_of_proc_are_reported(key, y, score):
    found = youden_cutoff(y, score, 1, True)
    expected = GOLDEN[key]["youden"]
    assert len(found) == len(expected)
    for cutoff, wanted in zip(found, expected, strict=True):
        if wanted["threshold"] is None:  # JSON has no infinity
            assert np.isinf(cutoff.threshold)
        else:
            assert cutoff.threshold == pytest.approx(wanted["threshold"], abs=1e-12)
        assert cutoff.sensitivity == pytest.approx(wanted["sensitivity"])
        assert cutoff.specificity == pytest.approx(wanted["specificity"])
        assert cutoff.youden == pytest.approx(wanted["youden"] - 1)


def test_direction_is_taken_as_told_never_guessed():
    assert roc_auc(A["y_bin"], A["s1"], 1, False).value == pytest.approx(GOLDEN["s1_inverted"]["auc"], abs=1e-12)
    assert roc_auc(A["y_bin"], A["s1"], 0, True).value == pytest.approx(GOLDEN["s1_inverted"]["auc"], abs=1e-12)


def test_identical_curves_differ_by_nothing():
    result = delong_test(A["y_bin"], A["s1"], 2 * A["s1"] + 1, 1, True)
    assert (result.statistic, result.p_value, result.difference) == (0.0, 1.0, 0.0)


def test_perfect_separation_has_a_closed_interval():
    result = roc_auc([0, 0, 1, 1], [1, 2, 3, 4], 1, True)
    assert (result.value, result.lower, result.upper, result.se) == (1.0, 1.0, 1.0, 0.0)


def test_one_row_in_a_class_has_an_area_but_no_interval():
    result = roc_auc([0, 0, 0, 1], [1, 2, 5, 4], 1, True)
    assert result.value == pytest.approx(2 / 3)
    assert np.isnan([result.lower, result.upper, result.se]).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(-4, 4)), min_size=4, max_size=30))
def test_area_is_the_share_of_pairs_won(rows):
    y, score = np.array(rows, int).T
    assume(0 < y.sum() < len(y))
    pairs = score[y == 1][:, None] - score[y == 0][None, :]
    expected = ((pairs > 0) + 0.5 * (pairs == 0)).mean()
    assert roc_auc(y, score, 1, True).value == pytest.approx(expected)
    curve = roc_curve(y, score, 1, True)
    heights, widths = curve.sensitivity, np.diff(1 - curve.specificity)
    trapezoid = (widths * (heights[1:] + heights[:-1]) / 2).sum()
    assert trapezoid == pytest.approx(expected)
    for i, threshold in enumerate(curve.thresholds):
        at = confusion_at(y, score, threshold, 1, True)
        assert (at.true_positives, at.false_positives) == (curve.true_positives[i], curve.false_positives[i])


def test_a_row_at_the_cutoff_is_positive_in_both_directions():
    t_score = np.array([-3.0, -2.5, -2.4, 0.0])
    at = confusion_at(["OVCF", "OVCF", "NF", "NF"], t_score, -2.5, "OVCF", False)
    assert (at.true_positives, at.false_negatives, at.true_negatives, at.false_positives) == (2, 0, 2, 0)
    assert confusion_at([1, 0], [0.5, 0.4], 0.5, 1, True).true_positives == 1


def test_wilson_interval_equals_prop_test_of_r():
    # prop.test(40, 54, correct = FALSE) and prop.test(3, 10, correct = FALSE, conf.level = 0.9) of R 4.2.2
    p = wilson_interval(40, 54)
    np.testing.assert_allclose([p.lower, p.upper], [0.6106910949571832, 0.8388134737397925], atol=1e-14)
    p = wilson_interval(3, 10, confidence=0.9)
    np.testing.assert_allclose([p.lower, p.upper], [0.1268765839031979, 0.5583002041301648], atol=1e-14)
    assert (wilson_interval(0, 7).lower, wilson_interval(7, 7).upper) == (0.0, 1.0)
    assert np.isnan(wilson_interval(0, 0).value)


@pytest.mark.parametrize(
    ("y", "score", "positive", "message"),
    [
        ([1, 1, 1], [1, 2, 3], 1, r"two classes.*got 1 class\(es\) \(1\)"),
        ([0, 1, 2], [1, 2, 3], 1, r"got 3 class\(es\)"),
        ([0, 1, 1], [1, 2, 3], "OVCF", "positive class 'OVCF'"),
        ([0, 1, 1], [1, 2], 1, r"expected \(3,\), got \(2,\)"),
        ([0, 1, 1], [1, np.nan, 2], 1, r"score\[1\] is nan"),
    ],
)
def test_bad_input_is_told(y, score, positive, message):
    with pytest.raises(OVCFRiskError, match=message):
        roc_auc(y, score, positive, True)


def test_unknown_alternative_is_refused():
    with pytest.raises(OVCFRiskError, match="alternative must be one of two-sided"):
        delong_test(A["y_bin"], A["s1"], A["s2"], 1, True, "bigger")


def test_a_class_of_one_body_has_an_area_but_no_test():
    y, a, b = np.array([1, 0, 0, 0]), np.array([4.0, 1, 2, 3]), np.array([2.0, 1, 4, 3])
    assert roc_auc(y, a, 1, True).value == 1.0
    assert np.isnan(roc_auc(y, a, 1, True).se)
    for result in (delong_test(y, a, b, 1, True), delong_test_unpaired(y, a, y, b, 1, True)):
        assert np.isnan(result.p_value)
        assert np.isnan(result.statistic)
