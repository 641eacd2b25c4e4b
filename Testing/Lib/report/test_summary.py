from dataclasses import replace

import pytest

from OVCFRiskLib.assessment import Category, LevelAssessment, Provenance, Score, SpineAssessment, Status
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.acquisition_codes import KERNEL, PATIENT_AGE, SLICE_THICKNESS
from OVCFRiskLib.findings.level_codes import NARROWER_THAN_ABOVE, OVERLAP
from OVCFRiskLib.findings.mask_codes import CRUSHED, FLAT, GAS, HEIGHT, HEIGHT_LOSS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.summary import summarise

L1, L2, L3, L4 = LumbarLevel


def test_a_crushed_body_leads_although_its_mask_is_no_body():
    values = {"value": 0.52, "deformity": "crush", "grade": 3, "own": 13.0, "expected": 27.0, "at_least": ""}
    lost = HEIGHT_LOSS.finding(L2, Severity.STOPS_SCORING, CRUSHED, **values)
    flat = HEIGHT.finding(L2, Severity.STOPS_SCORING, FLAT, value=6.0, what="height", limit="8 to 46")
    row = LevelAssessment(L2, Status.NOT_SCORED, f"{lost.text}; {flat.text}", findings=(lost, flat))
    text = summary_of([scored(L1, 0.2), row])
    lead = "L2: suspected fracture, not scored: 13 mm high where 27 are expected: look at this level."
    assert text.startswith(lead)
    assert "crushed flat or a part of a mask: look" not in text
    assert "L2 was not scored, as the method excludes fractured bodies." in text
    assert row.suspected_fracture is lost
    lost = HEIGHT_LOSS.finding(L2, Severity.STOPS_SCORING, CRUSHED, **values | {"at_least": "at least "})
    text = summary_of([replace(row, findings=(lost,))])
    assert "13 mm high where at least 27 are expected" in text


def test_what_a_crushed_body_does_not_explain_is_said():
    values = {"value": 0.52, "deformity": "crush", "grade": 3, "own": 13.0, "expected": 27.0, "at_least": ""}
    lost = HEIGHT_LOSS.finding(L2, Severity.STOPS_SCORING, CRUSHED, **values)
    overlap = OVERLAP.finding(L2, Severity.STOPS_SCORING, value=40, other="L3")
    row = LevelAssessment(L2, Status.NOT_SCORED, f"{overlap.text}; {lost.text}", findings=(overlap, lost))
    assert f"L2 was not scored, because: {overlap.text.rstrip('.')}" in summary_of([scored(L1, 0.2), row])


def scored(level, index, half=0.05, category=Category.LOWER_RISK, findings=()):
    score = Score(0.0, index, index - half, index + half, 0.0, 0.0, category, 0.0, (), 0.0)
    return LevelAssessment(level, Status.SCORED, score=score, findings=findings)


def summary_of(rows, findings=()):
    provenance = Provenance("0", "m", "0" * 64, "research", {}, "0" * 64, "0" * 64, {})
    return summarise(SpineAssessment(tuple(rows), tuple(findings), 0.5, provenance))


def test_the_highest_level_its_interval_and_category_are_told():
    text = summary_of([scored(L1, 0.2), scored(L2, 0.71, category=Category.HIGHER_RISK), scored(L3, 0.6)])
    assert text.startswith("Scored: L1, L2 and L3. The highest risk index is 0.71 (0.66 to 0.76) at L2, on the higher")


def test_levels_not_scored_come_with_their_reason():
    rows = [scored(L1, 0.2), LevelAssessment(L4, Status.NOT_SCORED, "the body is cut by the field of view.")]
    text = summary_of(rows)
    assert "Only L1 was scored." in text
    assert "L4 was not scored, because: the body is cut by the field of view." in text


def test_levels_with_the_same_reason_are_told_together():
    rows = [scored(L1, 0.2), *(LevelAssessment(level, Status.NOT_SCORED, "outside") for level in (L2, L3, L4))]
    assert "L2, L3 and L4 were not scored, because: outside." in summary_of(rows)


def test_neighbours_that_differ_beyond_their_intervals_are_named():
    assert "L1 and L2 (0.20 and 0.60)" in summary_of([scored(L1, 0.2), scored(L2, 0.6), scored(L3, 0.62)])
    assert "agree" in summary_of([scored(L1, 0.5), scored(L2, 0.6), scored(L3, 0.62)])


def test_levels_that_are_no_neighbours_are_not_compared():
    text = summary_of([scored(L1, 0.1), scored(L3, 0.9)])
    assert "Neighbouring" not in text


def test_warnings_are_pointed_at_but_notes_are_not():
    warning, note = GAS.finding(L1, value=-400.0), NARROWER_THAN_ABOVE.finding(L2, value=0.2, upper="L1")
    text = summary_of([scored(L1, 0.1, findings=(warning,)), scored(L2, 0.1, findings=(note,))])
    assert text.endswith("Warnings apply to L1.")


@pytest.mark.parametrize("category", [c for c in Category if c is not Category.OUTSIDE_MODEL])
def test_every_category_has_words_and_there_is_no_advice(category):
    text = summary_of([scored(L1, 0.5, category=category)]).lower()
    assert "cut-off" in text
    assert not any(word in text for word in ("treat", "recommend", "should", "therapy", "refer"))


def test_no_level_scored_says_so():
    assert summary_of([LevelAssessment(level, Status.NOT_SCORED, "x") for level in LumbarLevel]).startswith("No level")


def fractured(level, loss=0.32, severity=Severity.STOPS_SCORING):
    values = {"value": loss, "deformity": "wedge", "grade": 2, "open": 0.1}
    variant = "fracture" if severity is Severity.STOPS_SCORING else "open"
    return HEIGHT_LOSS.finding(level, severity, variant, **values)


def test_a_suspected_fracture_leads():
    finding = fractured(L1)
    row = LevelAssessment(L1, Status.NOT_SCORED, finding.text, findings=(finding,))
    text = summary_of([row, scored(L2, 0.3)])
    assert text.startswith("L1: height loss of 32% (wedge, grade 2): look at this level. Only L2 was scored.")
    assert row.suspected_fracture is finding


def test_why_a_fracture_has_no_score_is_said_without_its_height_loss_again():
    finding = fractured(L1)
    text = summary_of([LevelAssessment(L1, Status.NOT_SCORED, finding.text, findings=(finding,)), scored(L2, 0.3)])
    assert text.endswith("L1 was not scored, as the method excludes fractured bodies.")
    assert text.count("height loss") == 1
    other = LevelAssessment(L1, Status.NOT_SCORED, f"{finding.text}; a leak", findings=(finding,))
    assert "L1 was not scored, because: height loss of 32%" in summary_of([other, scored(L2, 0.3)])


def test_a_loss_that_may_be_a_fracture_leads_too():
    values = {"value": 0.18, "deformity": "none", "grade": 0, "open": 0.08}
    row = scored(L2, 0.3, findings=(HEIGHT_LOSS.finding(L2, Severity.WARNING, "near", **values),))
    text = summary_of([row])
    assert text.startswith("L2: height loss of 18%, which may be the 20% of a fracture: look at this level.")
    noted = scored(L2, 0.3, findings=(HEIGHT_LOSS.finding(L2, Severity.NOTE, "mild", **values),))
    assert not summary_of([noted]).startswith("L2: height loss")


def test_a_body_without_height_leads_too():
    flat = HEIGHT.finding(L2, Severity.STOPS_SCORING, FLAT, value=6.0, what="height", limit="8 to 46")
    row = LevelAssessment(L2, Status.NOT_SCORED, flat.text, findings=(flat,))
    text = summary_of([row, scored(L3, 0.3)])
    assert text.startswith("L2: 6 mm high, crushed flat or a part of a mask: look at this level.")


def test_a_loss_that_thick_slices_leave_open_leads_too():
    row = scored(L3, 0.3, findings=(fractured(L3, 0.22, Severity.WARNING),))
    assert summary_of([row]).startswith("L3: height loss of 22% (wedge, grade 2): look at this level.")


def test_outside_the_model_the_first_sentence_says_not_to_rely_on_it():
    rows = [scored(level, 0.91, category=Category.OUTSIDE_MODEL) for level in (L1, L2)]
    text = summary_of(rows, [KERNEL.finding(value="B70f"), PATIENT_AGE.finding(value=35.0)])
    first = "Do not rely on the scores of L1 and L2: they are outside the model (kernel, patient age)."
    assert text.startswith(first)
    assert "0.91" not in text, "the number stands in the details only"


def test_one_level_outside_beside_others():
    text = summary_of([scored(L1, 0.91, category=Category.OUTSIDE_MODEL), scored(L2, 0.3), scored(L3, 0.31)])
    assert text.startswith("Do not rely on the score of L1: it is outside the model")
    assert "The highest risk index is 0.30" not in text
    assert "The highest risk index is 0.31 (0.26 to 0.36) at L3" in text


def test_a_fracture_and_the_model_share_the_first_sentence():
    row = LevelAssessment(L1, Status.NOT_SCORED, "height loss", findings=(fractured(L1),))
    thick = SLICE_THICKNESS.finding(variant="method and card", value=5.0, source="method")
    first, _, rest = summary_of([row, scored(L2, 0.3, category=Category.OUTSIDE_MODEL)], [thick]).partition(". ")
    assert "look at this level; do not rely on the score of L2" in first
    assert rest.startswith("Only L2 was scored.")


def test_neighbours_differ_only_when_it_matters():
    near = [scored(L1, 0.20, half=0.01), scored(L2, 0.25, half=0.01)]
    assert "Neighbouring levels agree" in summary_of(near)
    undecided = [scored(L1, 0.40, half=0.01), scored(L2, 0.49, half=0.03, category=Category.INDETERMINATE)]
    assert "Neighbouring levels agree" in summary_of(undecided)
    other_side = [scored(L1, 0.45, half=0.01), scored(L2, 0.55, half=0.01, category=Category.HIGHER_RISK)]
    assert "differ by more than their intervals: L1 and L2 (0.45 and 0.55)" in summary_of(other_side)
