"""The words of overlay.png: beside which body, in which order, and what must never be missing."""

import itertools
from dataclasses import replace

import pytest

from OVCFRiskLib.assessment import Category, LevelAssessment, Status
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.pictures.drawn_marks import Text
from OVCFRiskLib.report.pictures.lettering import text_cover
from OVCFRiskLib.report.pictures.overlay_labels import (
    LABEL_COLUMN,
    LABEL_DISTANCE,
    TEXT_SIZE,
    frame,
    level_labels,
)

L1, L2, L3, L4 = LumbarLevel
SIZE = (1000, 1400)
ENDS = {L1: (400.0, 1200.0), L2: (410.0, 950.0), L3: (420.0, 700.0), L4: (430.0, 450.0)}


def labelled(assessment, ends=ENDS):
    """Texts of the picture to their places."""
    return texts(level_labels(assessment, ends, SIZE))


def texts(marks):
    return {mark.words: mark.place for mark in marks if isinstance(mark, Text)}


def with_row(assessment, row):
    return replace(assessment, levels=tuple(row if r.level is row.level else r for r in assessment.levels))


def test_every_level_has_its_number_interval_and_category(case):
    said = labelled(case.assessment)
    for row in case.assessment.levels[:3]:
        title = f"{row.level.name}       {row.score.risk_index:.2f}"
        assert title in said
        assert said[title][0] == LABEL_COLUMN * SIZE[0]
    assert "0.66 to 0.86   higher risk" in said
    assert "L4   not scored" in said


def test_labels_of_bodies_close_together_do_not_cover_each_other(case):
    said = labelled(case.assessment, {level: (400.0, 900.0 - 20 * n) for n, level in enumerate(LumbarLevel)})
    heights = [y for text, (_, y) in said.items() if text[:2] in LumbarLevel.__members__]
    assert heights == sorted(heights, reverse=True)
    gaps = [a - b for a, b in itertools.pairwise(heights)]
    assert gaps == pytest.approx([LABEL_DISTANCE * TEXT_SIZE] * 3)


def test_levels_without_a_body_are_named_once_below(case):
    said = labelled(case.assessment, {L1: ENDS[L1], L3: ENDS[L3]})
    assert "not scored, no mask: L2, L4" in said
    assert not any(text.startswith(("L2 ", "L4 ")) for text in said)


def test_a_suspected_fracture_is_told_with_and_without_a_score(case):
    lost = HEIGHT_LOSS.finding(L2, value=0.31, deformity="wedge", grade=2)
    scored = replace(case.assessment.level(L2), findings=(lost,))
    unscored = LevelAssessment(L2, Status.NOT_SCORED, "a reason", findings=(lost,))
    for row in (scored, unscored):
        said = labelled(with_row(case.assessment, row))
        assert "height loss 31% (wedge):" in said
        assert "look at this level" in said


def test_of_a_long_reason_the_brackets_go_before_the_sentence_is_cut(case):
    reason = (
        "the body is cut by the field of view (its mask touches the first slice of the CT); a larger field is needed"
    )
    said = labelled(with_row(case.assessment, LevelAssessment(L2, Status.NOT_SCORED, reason)))
    assert {"the body is cut by the field of", "view"} <= set(said)
    assert not any("(its" in words or "..." in words for words in said)


def test_a_long_reason_is_cut_and_says_so(case):
    row = LevelAssessment(L3, Status.NOT_SCORED, "one two three four five six seven eight nine ten " * 4)
    said = [text for text in labelled(with_row(case.assessment, row)) if text.startswith(("one", "seven", "eight"))]
    assert len(said) == 2
    assert said[-1].endswith(" ...")


def test_outside_the_model_no_number_is_shown(case):
    row = case.assessment.level(L1)
    outside = replace(row, score=replace(row.score, category=Category.OUTSIDE_MODEL))
    said = labelled(with_row(case.assessment, outside))
    assert "L1" in said
    assert "do not rely on its score" in said
    assert not any("0.78" in text for text in said)


@pytest.mark.parametrize(("status", "begin"), [("demonstration", "DEMONSTRATION MODEL.  "), ("research", "")])
def test_the_notice_stands_in_every_picture(case, status, begin):
    provenance = replace(case.assessment.provenance, model_status=status)
    marks = frame(replace(case.assessment, provenance=provenance), SIZE)
    assert f"{begin}Research software, not a medical device" in texts(marks)


def test_every_text_has_letters(case):
    marks = level_labels(case.assessment, ENDS, SIZE) + frame(case.assessment, SIZE)
    for mark in marks:
        if isinstance(mark, Text):
            assert text_cover(mark.words, mark.size, is_bold=mark.is_bold).any(), mark
