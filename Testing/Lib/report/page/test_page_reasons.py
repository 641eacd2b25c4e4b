"""Why a score is what it is: shares by size, their sum, and values a person can read."""

from dataclasses import replace

import pytest

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.report.page.page_reasons import INTRODUCTION, reasons
from OVCFRiskLib.report.wording import feature_title


def with_score(assessment, **changes):
    """The first level alone, its score changed."""
    row = assessment.levels[0]
    return replace(assessment, levels=(replace(row, score=replace(row.score, **changes)),))


def test_every_scored_level_has_its_article_below_one_introduction(case, read_page):
    page = read_page(reasons(case.assessment))
    assert len(page.tags("article")) == 3
    assert page.text.count(INTRODUCTION) == 1
    assert "L1: risk index 0.78" in page.text
    assert "0.66 to 0.86, ▲ higher risk" in page.text
    assert "L4" not in page.text


def test_without_a_scored_level_there_is_nothing(unscored):
    assert reasons(unscored.assessment) == ""


def test_the_largest_share_comes_first(case, read_page):
    assessment = with_score(case.assessment)
    text = read_page(reasons(assessment)).text
    shares = sorted(assessment.levels[0].score.contributions, key=lambda share: -abs(share.risk))
    places = [text.index(share.sentence) for share in shares]
    assert places == sorted(places)


def test_the_sum_is_that_of_the_shares_and_the_intercept(case, read_page):
    score = case.assessment.levels[0].score
    total = sum(share.r_score for share in score.contributions)
    expected = f"R-score {score.r_score:.3f} = intercept {score.r_score - total:.3f} + sum of the shares {total:.3f}."
    assert expected.rstrip(".") in read_page(reasons(with_score(case.assessment))).text


def test_features_without_a_share_are_named_but_have_no_bar(case, read_page):
    first, *rest = case.assessment.levels[0].score.contributions
    silent = replace(first, risk=0.0, r_score=0.0)
    page = read_page(reasons(with_score(case.assessment, contributions=(silent, *rest))))
    assert f"Without a share: {feature_title(first.feature)}" in page.text
    assert len(page.tags("svg")) == len(rest)


@pytest.mark.parametrize(
    ("value", "shown"), [(12.3456789, "12.346"), (-0.001234567, "-0.0012346"), (2.5e7, "2.500 × 10 7")]
)
def test_values_are_written_for_a_person(case, read_page, value, shown):
    first, *rest = case.assessment.levels[0].score.contributions
    changed = with_score(case.assessment, contributions=(replace(first, value=value), *rest))
    assert shown in read_page(reasons(changed)).text


def test_outside_the_model_the_title_warns(case, read_page):
    page = read_page(reasons(with_score(case.assessment, category=Category.OUTSIDE_MODEL)))
    assert "▨ outside the model, do not rely on it" in page.text
