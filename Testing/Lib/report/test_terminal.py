"""The table in a terminal of 100 columns."""

from dataclasses import replace

from OVCFRiskLib.report.terminal import format_table
from OVCFRiskLib.statements import RESEARCH_ONLY


def test_fits_the_terminal(case):
    assert max(len(line) for line in format_table(case.assessment).splitlines()) <= 100


def test_shows_scores_with_their_intervals(case):
    line = next(line for line in format_table(case.assessment).splitlines() if line.startswith("L1 "))
    assert line.split()[:3] == ["L1", "scored", "0.120"]
    assert "0.66 to 0.86" in line


def test_says_why_a_level_is_not_scored(case):
    assert "L4: the body is cut by the field of view" in format_table(case.assessment)


def test_says_everything_a_number_must_not_stand_without(case):
    text = " ".join(format_table(case.assessment).split())
    assert RESEARCH_ONLY in text
    assert "DEMONSTRATION MODEL" in text
    assert "CT: Slices of 5 mm" in text
    assert "L1: 14 voxels below -200 HU" in text


def test_research_model_is_not_called_a_demonstration(case):
    provenance = replace(case.assessment.provenance, model_status="research")
    assert "DEMONSTRATION MODEL" not in format_table(replace(case.assessment, provenance=provenance))


def test_works_with_nothing_scored(unscored):
    lines = format_table(unscored.assessment).splitlines()
    assert sum("not scored" in line for line in lines[2:6]) == 4
    assert any(line == "L3: no mask of this level" for line in lines)
