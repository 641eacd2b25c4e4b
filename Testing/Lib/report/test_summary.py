import pytest

from OVCFRiskLib.assessment import Category, LevelAssessment, Score, Status
from OVCFRiskLib.findings.mask_codes import GAS, NARROWER_THAN_ABOVE
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.summary import summarise

L1, L2, L3, L4 = LumbarLevel


def scored(level, index, half=0.05, category=Category.LOWER_RISK, findings=()):
    score = Score(0.0, index, index - half, index + half, 0.0, 0.0, category, 0.0, ())
    return LevelAssessment(level, Status.SCORED, score=score, findings=findings)


def test_the_highest_level_its_interval_and_category_are_told():
    text = summarise([scored(L1, 0.2), scored(L2, 0.71, category=Category.HIGHER_RISK), scored(L3, 0.6)])
    assert text.startswith("Scored: L1, L2 and L3. The highest risk index is 0.71 (0.66 to 0.76) at L2, on the higher")


def test_levels_not_scored_come_with_their_reason():
    rows = [scored(L1, 0.2), LevelAssessment(L4, Status.NOT_SCORED, "the body is cut by the field of view.")]
    text = summarise(rows)
    assert "Only L1 was scored." in text
    assert "L4 was not scored, because: the body is cut by the field of view." in text


def test_levels_with_the_same_reason_are_told_together():
    rows = [scored(L1, 0.2), *(LevelAssessment(level, Status.NOT_SCORED, "outside") for level in (L2, L3, L4))]
    assert "L2, L3 and L4 were not scored, because: outside." in summarise(rows)


def test_neighbours_that_differ_beyond_their_intervals_are_named():
    assert "L1 and L2 (0.20 and 0.60)" in summarise([scored(L1, 0.2), scored(L2, 0.6), scored(L3, 0.62)])
    assert "agree within" in summarise([scored(L1, 0.5), scored(L2, 0.6), scored(L3, 0.62)])


def test_levels_that_are_no_neighbours_are_not_compared():
    text = summarise([scored(L1, 0.1), scored(L3, 0.9)])
    assert "Neighbouring" not in text


def test_warnings_are_pointed_at_but_notes_are_not():
    warning, note = GAS.finding(L1, value=-400.0), NARROWER_THAN_ABOVE.finding(L2, value=0.2, upper="L1")
    text = summarise([scored(L1, 0.1, findings=(warning,)), scored(L2, 0.1, findings=(note,))])
    assert text.endswith("Warnings apply to L1.")


@pytest.mark.parametrize("category", list(Category))
def test_every_category_has_words_and_there_is_no_advice(category):
    text = summarise([scored(L1, 0.5, category=category)]).lower()
    assert "cut-off" in text
    assert not any(word in text for word in ("treat", "recommend", "should", "therapy", "refer"))


def test_no_level_scored_says_so():
    assert summarise([LevelAssessment(level, Status.NOT_SCORED, "x") for level in LumbarLevel]).startswith("No level")
