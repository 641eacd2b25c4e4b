"""The words beside an archived number."""

from dataclasses import replace

from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import CRUSHED, HEIGHT_LOSS
from OVCFRiskLib.report.archive.coding import algorithm_parameters
from OVCFRiskLib.report.archive.level_notes import level_notes
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY


def test_warnings_of_level_and_ct_come_before_the_notices(case):
    row = case.assessment.levels[0]
    notes = level_notes(case.assessment, row)
    assert notes[0] == row.warnings[0].message
    assert case.assessment.warnings[0].message in notes
    assert notes[-3:] == (DEMONSTRATION_NOTICE, RESEARCH_ONLY, LIMITS)


def test_a_level_without_a_score_says_why_once(case):
    row = case.assessment.levels[3]
    notes = level_notes(case.assessment, row)
    assert notes[0] == f"Not scored, because: {row.reason}"
    assert sum(row.reason in note for note in notes) == 1


def test_a_research_model_is_not_called_a_demonstration(case):
    provenance = replace(case.assessment.provenance, model_status="research")
    assessment = replace(case.assessment, provenance=provenance)
    assert DEMONSTRATION_NOTICE not in level_notes(assessment, assessment.levels[0])


def test_the_algorithm_is_named_with_card_settings_and_inputs(case):
    said = algorithm_parameters(case.assessment.provenance)
    names = ["model id", "model SHA-256", "model status", "settings", "CT SHA-256", "labels SHA-256"]
    assert [text.split(":")[0] for text in said] == names


def test_a_crushed_body_has_no_grade(case):
    values = {"value": 0.52, "deformity": "crush", "grade": 3, "own": 13.0, "expected": 27.0, "at_least": ""}
    row = case.assessment.levels[3]
    lost = HEIGHT_LOSS.finding(row.level, Severity.STOPS_SCORING, CRUSHED, **values)
    row = replace(row, reason=lost.text, findings=(lost,))
    notes = level_notes(case.assessment, row)
    assert notes[0] == "Suspected fracture: 13 mm high where 27 are expected: look at this level."
    assert not any("grade" in note or "52" in note for note in notes)
