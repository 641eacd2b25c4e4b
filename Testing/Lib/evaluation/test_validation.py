"""A frozen score is measured, not refitted."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.characteristics import characteristics
from OVCFRiskLib.evaluation.score_meaning import RISK_INDEX, ScoreMeaning, moved_to_prevalence
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable, read_score_table
from OVCFRiskLib.evaluation.validation import evaluate
from OVCFRiskLib.statistics.decision_curve import net_benefit
from OVCFRiskLib.statistics.delong import delong_test, delong_test_unpaired, roc_auc


@pytest.fixture
def table(score_rows, write_scores):
    return read_score_table(write_scores(score_rows()))


@pytest.fixture
def evaluation(table, meaning):
    return evaluate(table, meaning, 0.1, draws=50)


def test_sets_are_measured_apart_and_compared(evaluation, table, meaning):
    assert [part.name for part in evaluation.sets] == ["training", "test"]
    for part, key in zip(evaluation.sets, ("train", "test"), strict=True):
        rows = table.subset(table.sets == key)
        assert part.discriminations[0].auc == roc_auc(rows.groups, rows.scores, "OVCF", True)
        assert part.discriminations[1].auc == roc_auc(rows.groups, rows.t_scores, "OVCF", False)
        rule = (rows.t_scores <= -2.5).astype(float)
        assert part.discriminations[2].auc == roc_auc(rows.groups, rule, "OVCF", True)
        wanted = delong_test(rows.groups, rows.scores, rows.t_scores, "OVCF", (True, False))
        assert part.comparisons[0].delong == wanted
    train, test = (table.subset(table.sets == key) for key in ("train", "test"))
    assert evaluation.between_sets.delong == delong_test_unpaired(
        train.groups, train.scores, test.groups, test.scores, "OVCF", True
    )


def test_the_cutoff_is_the_frozen_one_and_counts_are_about_the_fracture_class(evaluation, table, meaning):
    for part in evaluation.sets:
        at = part.operating_points[0]
        assert at.cutoff == meaning.cutoff
        assert at.rule == "R-score >= 0.25"
        rows = part.table
        assert at.confusion.sensitivity.count == (rows.scores[rows.groups == "OVCF"] >= 0.25).sum()
        assert at.confusion.specificity.count == (rows.scores[rows.groups == "NF"] < 0.25).sum()
        who = part.operating_points[1]
        assert who.rule == "T-score <= -2.5"
        assert who.confusion.true_positives == (rows.t_scores[rows.groups == "OVCF"] <= -2.5).sum()
        youden = part.operating_points[2]
        assert youden.cutoff == evaluation.t_reference.cutoff


def test_the_t_score_line_is_learnt_from_training_rows_only(evaluation, table):
    rows = table.subset(table.sets == "train")
    reference = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(rows.t_scores[:, None], rows.is_fracture)
    assert evaluation.t_reference.slope == pytest.approx(reference.coef_[0, 0], rel=1e-4)
    assert evaluation.t_reference.intercept == pytest.approx(reference.intercept_[0], rel=1e-4)


def test_decision_curves_are_those_of_the_frozen_probabilities_at_the_stated_prevalence(evaluation, meaning):
    part = evaluation.sets[1]
    decision = part.decision
    assert decision.prevalence == 0.1
    frozen = 1 / (1 + np.exp(-part.table.scores))
    p = moved_to_prevalence(frozen, 2 / 3, 0.1)
    curve = {curve.name: curve for curve in decision.curves}
    np.testing.assert_allclose(
        curve["R-score, probability"].benefit,
        net_benefit(part.table.groups, p, decision.thresholds, 0.1, "OVCF"),
        atol=1e-12,
    )
    rule = part.table.t_scores <= -2.5
    tpr, fpr = rule[part.table.is_fracture].mean(), rule[~part.table.is_fracture].mean()
    odds = decision.thresholds / (1 - decision.thresholds)
    np.testing.assert_allclose(curve["T <= -2.5"].benefit, tpr * 0.1 - fpr * 0.9 * odds, atol=1e-12)
    assert (curve["T <= -2.5"].lower <= curve["T <= -2.5"].upper).all()


def test_a_score_of_the_other_direction_gives_the_same_evaluation(table, meaning):
    turned = replace(meaning, higher_is_risk=False, cutoff=-meaning.cutoff)
    one = evaluate(table, meaning, draws=20)
    other = evaluate(replace(table, scores=-table.scores), turned, draws=20)
    for a, b in zip(one.sets, other.sets, strict=True):
        assert a.discriminations == b.discriminations
        assert a.operating_points[0].confusion == b.operating_points[0].confusion
        assert a.calibration.brier == pytest.approx(b.calibration.brier, abs=1e-12)
        assert a.subgroups == b.subgroups


def test_subgroups_part_the_bodies_and_small_ones_have_no_area(evaluation):
    for part in evaluation.sets:
        for kind in ("level", "T-score", "age, years"):
            groups = [group for group in part.subgroups if group.kind == kind]
            assert sum(group.fractures for group in groups) == part.table.is_fracture.sum()
            assert sum(group.controls for group in groups) == (~part.table.is_fracture).sum()
            assert sum(group.sensitivity.count for group in groups) == part.operating_points[0].confusion.true_positives
        assert all((group.auc is None) == (min(group.fractures, group.controls) < 2) for group in part.subgroups)


def test_missing_t_scores_leave_bodies_out_of_the_comparison_only(table, meaning):
    t_scores = table.t_scores.copy()
    t_scores[::4] = np.nan
    part = evaluate(replace(table, t_scores=t_scores, sets=None), meaning, draws=20).sets[0]
    assert part.name == "validation"
    assert part.discriminations[0].fractures + part.discriminations[0].controls == len(table.scores)
    assert part.discriminations[1].fractures + part.discriminations[1].controls == np.isfinite(t_scores).sum()
    known = np.isfinite(t_scores)
    wanted = roc_auc(table.groups[known], table.scores[known], "OVCF", True).value
    assert part.comparisons[0].delong.auc_a == wanted
    assert [point.origin for point in part.operating_points] == ["frozen", "WHO"]


def test_without_t_scores_and_without_a_probability_the_rest_is_measured(table):
    part = evaluate(replace(table, t_scores=None, ages=None, sets=None), RISK_INDEX, draws=20).sets[0]
    assert len(part.discriminations) == 1
    assert part.calibration is None
    assert [curve.name for curve in part.decision.curves] == ["risk index, frozen cut-off"]
    assert {group.kind for group in part.subgroups} == {"level"}


def test_the_papers_test_set_has_the_corrected_numbers():
    """43 of 45 bodies without fracture and 40 of 54 with one on their side of 0.522 make 83.8 %, not the paper's."""
    scores = np.concatenate([np.full(40, 0.3), np.full(14, 0.7), np.full(43, 0.8), np.full(2, 0.2)])
    groups = np.array(["OVCF"] * 54 + ["NF"] * 45)
    bodies = np.arange(99)
    table = ScoreTable(
        "paper", "", "r_score", (), bodies.astype(str), np.full(99, "L1"), groups, scores, None, None, None
    )
    meaning = ScoreMeaning("R-score", 0.522, False, "identity", 119 / 230)
    confusion = evaluate(table, meaning, draws=20).sets[0].operating_points[0].confusion
    assert (confusion.sensitivity.count, confusion.sensitivity.total) == (40, 54)
    assert (confusion.specificity.count, confusion.specificity.total) == (43, 45)
    assert confusion.accuracy.value == pytest.approx(0.838, abs=5e-4)


def test_a_set_of_one_class_is_refused(table, meaning):
    sets = np.where(table.is_fracture, "train", "test")
    with pytest.raises(OVCFRiskError, match="column 'split': the training set holds OVCF only"):
        evaluate(replace(table, sets=sets), meaning, draws=20)


def test_characteristics_count_patients_once(table):
    for group in characteristics(table):
        rows = table.subset(table.groups == group.group)
        by_patient = dict(zip(rows.patients, rows.ages, strict=True))
        assert group.patients == len(by_patient) == group.age_years.known
        assert sum(group.bodies_per_level.values()) == group.bodies == len(rows.scores)
        first = [rows.ages[list(rows.patients).index(patient)] for patient in by_patient]
        assert group.age_years.mean == pytest.approx(np.mean(first))
