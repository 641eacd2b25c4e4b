"""Figures show the numbers they are made of, and say when the model is a demonstration."""

import re
from dataclasses import replace

import pytest

from OVCFRiskLib.evaluation.evaluation_figures import evaluation_figures
from OVCFRiskLib.evaluation.score_meaning import RISK_INDEX
from OVCFRiskLib.evaluation.scored_bodies import read_score_table
from OVCFRiskLib.evaluation.validation import evaluate
from OVCFRiskLib.figures.style import interval_text, typeset
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE


@pytest.fixture
def table(score_rows, write_scores):
    return read_score_table(write_scores(score_rows()))


def words(svg):
    """Text of an SVG file; letters stay letters."""
    return " ".join(re.findall(r">([^<>]+)</text>", svg.decode("utf-8")))


def test_figures_carry_numbers_units_and_the_notice(table, meaning):
    evaluation = evaluate(table, replace(meaning, notice=DEMONSTRATION_NOTICE), 0.1, draws=30)
    figures = evaluation_figures(evaluation)
    text = {name: words(content) for name, content in figures.items() if name.endswith(".svg")}
    assert all(DEMONSTRATION_NOTICE in found for found in text.values())
    for part in evaluation.sets:
        best = part.discriminations[0]
        assert interval_text(best.auc.value, best.by_patient.lower, best.by_patient.upper) in text["roc.svg"]
        assert f"slope {part.calibration.slope:.2f}" in text["calibration.svg"]
    assert "prevalence 0.1, stated" in text["decision_curves.svg"]
    assert "higher = more risk" in text["scores_by_group.svg"]
    assert "T ≤ −2.5" in text["roc.svg"]
    for group in evaluation.sets[-1].subgroups:
        assert typeset(group.name) in text["subgroups.svg"]


def test_a_score_without_probability_has_no_calibration_figure(table):
    figures = evaluation_figures(evaluate(replace(table, sets=None, t_scores=None), RISK_INDEX, draws=30))
    assert "calibration.svg" not in figures
    assert "Validation set" in words(figures["roc.svg"])
    assert DEMONSTRATION_NOTICE not in words(figures["roc.svg"])


@pytest.mark.parametrize("name", ["calibration.svg", "decision_curves.svg", "roc.svg"])
def test_the_notice_is_printed_below_the_legend(table, meaning, name):
    figures = evaluation_figures(evaluate(table, replace(meaning, notice=DEMONSTRATION_NOTICE), draws=30))
    lines = re.findall(r'<text [^>]*y="([\d.]+)"[^>]*>([^<]+)</text>', figures[name].decode("utf-8"))
    baselines = {text: float(y) for y, text in lines}
    notice = baselines.pop(DEMONSTRATION_NOTICE)
    assert len(baselines) > 10
    # SVG counts downwards, in points; the notice is 6 points high
    assert notice - max(baselines.values()) > 6


def test_small_cohorts_are_drawn_as_such(score_rows, write_scores, meaning):
    evaluation = evaluate(read_score_table(write_scores(score_rows(14))), meaning, draws=30)
    text = {name: words(content) for name, content in evaluation_figures(evaluation).items() if name.endswith(".svg")}
    assert "only 1 NF patient" in text["calibration.svg"]
    assert "slope not estimable" in text["calibration.svg"]
    assert "smoothed" not in text["calibration.svg"]
    assert "only 4 NF patients" in text["roc.svg"]
    assert "1.000 (too few for an interval)" in text["roc.svg"]
    assert "too few bodies of a class" in text["subgroups.svg"]
    assert not any("0.000–0.000" in found or "1.000–1.000" in found or "nan" in found for found in text.values())


def test_decision_curves_have_at_most_two_bands(table, meaning):
    drawing = evaluation_figures(evaluate(table, meaning, draws=30))["decision_curves.svg"].decode("utf-8")
    panels = len(evaluate(table, meaning, draws=30).sets)
    assert 0 < drawing.count("FillBetweenPolyCollection") <= 2 * panels


def test_the_smooth_curve_is_drawn_where_there_is_something_to_smooth(table, meaning):
    text = words(evaluation_figures(evaluate(table, meaning, draws=30))["calibration.svg"])
    assert "smoothed (loess)" in text
