"""The report's table: one body of rows per level, numbers where they are known, warnings once."""

from dataclasses import replace

import pytest

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.findings.acquisition_codes import SLICE_THICKNESS
from OVCFRiskLib.report.page.page_levels import level_table


@pytest.fixture
def table(read_page):
    return lambda assessment: read_page(level_table(assessment, "gradient"))


def with_first(assessment, **changes):
    first, *rest = assessment.levels
    return replace(assessment, levels=(replace(first, **changes), *rest))


def test_every_level_has_its_body_of_rows(table, case):
    page = table(case.assessment)
    assert [attributes.get("class") for attributes in page.tags("tbody")] == [None, None, None, "unscored"]
    assert [f"L{n}" in page.text for n in (1, 2, 3, 4)] == [True] * 4


def test_the_numbers_of_a_level_stand_in_its_row(table, case):
    row = case.assessment.levels[0]
    only = replace(case.assessment, levels=(row,))
    words = table(only).text
    for expected in (
        "0.78 0.66 to 0.86",
        "▲ higher risk",
        "0% of redrawn masks fall on the other side",
        "0.120 0.040 to 0.240",
        "92 ± 31 in 8.1 ml",
        "33.0",
        "26.1 / 25.2 / 27.0 ± 0.7 / 0.6 / 0.7 loss 7% ± 3%, grade 0",
    ):
        assert expected in words


def test_slices_that_leave_a_whole_fracture_open_give_no_grade(table, case):
    heights = case.assessment.levels[0].heights
    for loss, uncertainty, words in ((0.23, 0.31, "23% ± 31%, grade open"), (0.57, 0.3, "57% ± 30%, grade 3, wedge")):
        grade, deformity = (3, "wedge") if loss > 0.4 else (1, "crush")
        thick = replace(heights, loss=loss, loss_uncertainty=uncertainty, grade=grade, deformity=deformity)
        assert f"loss {words}" in table(with_first(case.assessment, heights=thick)).text


def test_a_warning_stands_once_below_its_level(table, case):
    warning = case.assessment.levels[0].warnings[0].text
    assert table(case.assessment).text.count(warning) == 1


def test_why_a_level_is_not_scored_is_said_once(table, case):
    row = case.assessment.levels[3]
    words = table(case.assessment).text
    assert f"Not scored, because: {row.reason}" in words
    # what stops scoring is the reason already, and no warning besides
    assert f"Warning: {row.reason}" not in words


def test_what_was_not_measured_is_a_dash_and_no_zero(table, unscored):
    words = table(unscored.assessment).text
    assert words.count("–") == 4 * 5
    assert "0.00" not in words
    assert "None" not in words


def test_outside_the_model_no_number_stands_in_the_score_s_cells(table, case):
    score = replace(case.assessment.levels[0].score, category=Category.OUTSIDE_MODEL)
    thick = SLICE_THICKNESS.finding(variant="card", value=5.0, limit="0.6 to 1.25")
    assert thick.is_outside_model
    assessment = replace(with_first(case.assessment, score=score), findings=(thick,))
    page = table(replace(assessment, levels=assessment.levels[:1]))
    assert "do not rely on it" in page.text
    assert "0.78" not in page.text
    assert "Outside the model, because: slice thickness (warnings about the CT)." in page.text
    assert [attributes.get("class") for attributes in page.tags("tbody")] == ["unscored"]


def test_words_of_findings_are_text_and_no_markup(table, case):
    row = case.assessment.levels[3]
    hostile = replace(row, reason="<script>alert(1)</script>", findings=())
    page = table(replace(case.assessment, levels=(*case.assessment.levels[:3], hostile)))
    assert page.tags("script") == []
    assert "<script>alert(1)</script>" in page.text
