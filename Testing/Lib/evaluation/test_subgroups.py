"""Subgroups hold the right bodies, and count what is found at the frozen cut-off; an area only where there is one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.evaluation.figures.small_cohort import FEW_PATIENTS, fewest_patients, small_cohort_note
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.evaluation.subgroups import subgroup_table
from OVCFRiskLib.evaluation.t_score_reference import TScoreReference


def table(groups, scores, patients=None, levels=None, t_scores=None, ages=None):
    count = len(groups)
    return ScoreTable(
        name="t.csv",
        sha256="0" * 64,
        score_column="r_score",
        model_ids=(),
        patients=np.array(patients if patients is not None else [f"P{n}" for n in range(count)]),
        levels=np.array(levels if levels is not None else ["L1"] * count),
        groups=np.array(groups),
        scores=np.array(scores, float),
        t_scores=None if t_scores is None else np.array(t_scores, float),
        ages=None if ages is None else np.array(ages, float),
        sets=None,
    )


def by_name(found):
    return {(row.kind, row.name): row for row in found}


def test_levels_without_a_body_are_left_out_and_counts_are_those_at_the_cutoff(meaning):
    """Cut-off 0.25, higher = more risk: of L1's two fractures one is called, of its two others both are spared."""
    rows = table(["OVCF", "OVCF", "NF", "NF", "OVCF"], [0.9, 0.1, 0.0, 0.2, 0.9], levels=["L1", "L1", "L1", "L1", "L3"])
    found = by_name(subgroup_table(rows, meaning, 50, 0))
    assert set(found) == {("level", "L1"), ("level", "L3")}
    first = found["level", "L1"]
    assert (first.patients, first.fractures, first.controls) == (4, 2, 2)
    assert first.sensitivity.value == pytest.approx(0.5)
    assert first.specificity.value == pytest.approx(1.0)
    # 0.9 beats both controls, 0.1 beats one of two: 3 of 4 pairs
    assert first.auc.value == pytest.approx(0.75)
    assert found["level", "L3"].auc is None
    assert found["level", "L3"].by_patient is None


def test_strata_of_t_score_and_age_have_the_borders_they_name(meaning):
    rows = table(
        ["OVCF"] * 6,
        [1] * 6,
        t_scores=[-2.5, -2.4, -1.0, -1.1, np.nan, 0.5],
        ages=[59.9, 60, 69.9, 70, 80, np.nan],
    )
    found = by_name(subgroup_table(rows, meaning, 10, 0))
    counts = {key: row.fractures for key, row in found.items() if key[0] != "level"}
    assert counts == {
        ("T-score", "osteoporosis, T <= -2.5"): 1,
        ("T-score", "osteopenia"): 2,
        ("T-score", "normal, T >= -1.0"): 2,
        ("T-score", "unknown"): 1,
        ("age, years", "under 60"): 1,
        ("age, years", "60 to 69"): 2,
        ("age, years", "70 to 79"): 1,
        ("age, years", "80 and over"): 1,
        ("age, years", "unknown"): 1,
    }


def test_bodies_of_one_woman_are_one_patient(meaning):
    rows = table(["OVCF", "OVCF", "NF", "NF"], [1, 2, 0, -1], patients=["a", "a", "b", "c"])
    (found,) = subgroup_table(rows, meaning, 20, 1)
    assert found.patients == 3
    assert found.auc.value == pytest.approx(1.0)


@pytest.mark.parametrize(("women", "note"), [(1, "only 1 NF patient"), (12, "only 12 NF patients"), (20, "")])
def test_small_cohorts_are_called_small_by_their_rarer_group(women, note):
    groups = ["NF"] * (2 * women) + ["OVCF"] * 100
    patients = [f"n{n // 2}" for n in range(2 * women)] + [f"o{n}" for n in range(100)]
    rows = table(groups, [0] * len(groups), patients=patients)
    assert fewest_patients(rows) == ("NF", women)
    assert small_cohort_note(rows) == note
    assert FEW_PATIENTS == 20


def test_the_t_scores_line_is_learnt_and_moved_to_a_prevalence():
    random = np.random.default_rng(2)
    groups = np.where(random.random(300) < 0.5, "OVCF", "NF")
    t = np.where(groups == "OVCF", -2.5, -1.5) + random.normal(size=300)
    learnt = TScoreReference.learnt(table(groups, np.zeros(300), t_scores=t))
    assert learnt.slope < 0  # a low T-score means risk
    assert -2.6 < learnt.cutoff < -1.4
    own = learnt.probability(t)
    # maximum likelihood with an intercept: the mean probability is the share of fractures
    assert own.mean() == pytest.approx(np.mean(groups == "OVCF"), abs=1e-9)
    assert (learnt.probability(t, prevalence=0.1) < own).all()


@pytest.mark.parametrize(
    ("groups", "t_scores"),
    [
        (["OVCF", "NF"], None),
        (["OVCF", "OVCF"], [-2, -1]),
        (["OVCF", "NF"], [-2, -2]),
        (["OVCF", "NF", "NF"], [-3, -2, -1]),
        (["OVCF", "NF"], [np.nan, np.nan]),
    ],
)
def test_there_is_no_line_where_none_can_be_learnt(groups, t_scores):
    assert TScoreReference.learnt(table(groups, np.zeros(len(groups)), t_scores=t_scores)) is None


def test_bodies_outside_the_model_are_a_subgroup_of_their_own(meaning):
    rows = dataclasses.replace(
        table(["OVCF", "NF", "OVCF", "NF"], [0.9, 0.0, 0.1, 0.9]), is_outside=np.array([False, False, True, True])
    )
    found = by_name(subgroup_table(rows, meaning, 10, 0))
    assert (found["model", "applies"].sensitivity.value, found["model", "outside the model"].sensitivity.value) == (
        1,
        0,
    )
    assert found["model", "outside the model"].patients == 2
