"""Colour, sign and words of a level are one for every picture, page and scene."""

from dataclasses import replace

import pytest

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, OUTSIDE_COLOR, RISK_COLORS, level_color, risk_color
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, age_text, outcome


def with_category(row, category):
    return replace(row, score=replace(row.score, category=category))


def test_no_risk_colour_and_no_number_outside_the_model(case):
    row = with_category(case.assessment.levels[0], Category.OUTSIDE_MODEL)
    assert level_color(row) == OUTSIDE_COLOR
    assert outcome(row) == "L1 ▨ outside the model"
    assert level_color(case.assessment.levels[3]) == NOT_SCORED_COLOR
    assert outcome(case.assessment.levels[3]) == "L4 not scored"


@pytest.mark.parametrize("category", [c for c in Category if c is not Category.OUTSIDE_MODEL])
def test_inside_the_model_the_index_gives_the_colour_and_the_category_the_sign(case, category):
    row = with_category(case.assessment.levels[0], category)
    assert level_color(row) == risk_color(row.score.risk_index)
    assert outcome(row) == f"L1 {CATEGORY_SIGNS[category]} 0.78"


def test_neutral_colours_are_greys_and_the_risk_colours_are_not():
    def spread(rgb):
        return max(rgb) - min(rgb)

    assert max(spread(NOT_SCORED_COLOR), spread(OUTSIDE_COLOR)) < 0.03
    assert min(spread(rgb) for _, *rgb in RISK_COLORS) > 0.2
    assert len(set(CATEGORY_SIGNS.values())) == len(Category)


def test_an_age_that_could_name_a_person_is_rounded():
    assert age_text(103.0, is_named=False) == "90 years or more"
    assert age_text(103.0, is_named=True) == "103 years"
