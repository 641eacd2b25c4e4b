"""Rules of the figures: what is drawn with a band, what is not drawn at all, legends beside the curves."""

from dataclasses import replace

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.decision_analysis import DecisionAnalysis, DecisionCurve
from OVCFRiskLib.evaluation.figures.calibration_figure import calibration_figure
from OVCFRiskLib.evaluation.figures.decision_figure import _banded, decision_figure
from OVCFRiskLib.evaluation.figures.groups_figure import groups_figure
from OVCFRiskLib.evaluation.figures.roc_figure import roc_figure
from OVCFRiskLib.evaluation.figures.small_cohort import FEW_PATIENTS, fewest_patients, small_cohort_note
from OVCFRiskLib.evaluation.figures.subgroup_figure import subgroup_figure
from OVCFRiskLib.evaluation.scored_bodies import read_score_table
from OVCFRiskLib.evaluation.validation import evaluate


@pytest.fixture
def evaluation(score_rows, write_scores, meaning):
    return evaluate(read_score_table(write_scores(score_rows(60))), meaning, draws=30)


def analysis(*names):
    line = np.zeros(3)
    curves = tuple(DecisionCurve(name, line, line, line) for name in names)
    return DecisionAnalysis(np.array([0.1, 0.2, 0.3]), 0.5, False, curves, line)


def test_probabilities_have_bands_and_rules_none():
    decision = analysis("R-score, probability", "R-score, frozen cut-off", "T-score, probability", "T <= -2.5")
    assert _banded(decision) == {"R-score, probability", "T-score, probability"}
    assert _banded(analysis("risk index, frozen cut-off", "T <= -2.5")) == {"risk index, frozen cut-off"}


@pytest.mark.parametrize("make", [calibration_figure, decision_figure])
def test_a_legend_of_the_figure_meets_no_panel(evaluation, make):
    figure = make(evaluation)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    for axes in figure.axes:
        assert axes.get_legend() is None
        assert not axes.get_window_extent().overlaps(box)


def test_the_legend_of_a_roc_panel_lies_below_it(evaluation):
    figure = roc_figure(evaluation)
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert axes.get_legend().get_window_extent().y1 < axes.get_window_extent().y0


def test_a_score_without_probability_cannot_be_drawn_as_calibrated(evaluation):
    sets = tuple(replace(part, calibration=None) for part in evaluation.sets)
    with pytest.raises(OVCFRiskError, match="stands for no probability"):
        calibration_figure(replace(evaluation, sets=sets))


def test_groups_and_subgroups_are_drawn_with_their_counts(evaluation):
    labels = [text.get_text() for text in groups_figure(evaluation).axes[0].get_xticklabels()]
    counts = [int((part.table.groups == group).sum()) for part in evaluation.sets for group in ("OVCF", "NF")]
    assert [int(label.split("= ")[1]) for label in labels] == counts
    rows = subgroup_figure(evaluation).axes[0].get_yticklabels()
    assert len(rows) == 1 + len(evaluation.sets[-1].subgroups)


def test_small_is_told_by_patients_not_by_bodies(evaluation):
    table = evaluation.sets[-1].table
    group, count = fewest_patients(table)
    assert count == len(np.unique(table.patients[table.groups == group])) < FEW_PATIENTS
    assert small_cohort_note(table) == f"only {count} {group} patients"
