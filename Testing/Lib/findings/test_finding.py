"""A finding's sentence is made of its values; the level is never part of the text."""

from string import Formatter

import pytest

from OVCFRiskLib.findings import About, Check, Finding, Severity, above_note
from OVCFRiskLib.findings.level_codes import CONTACT
from OVCFRiskLib.findings.mask_codes import GAS, HEIGHT_LOSS, ISLANDS, TOO_SMALL
from OVCFRiskLib.levels import LumbarLevel

L2, L3 = LumbarLevel.L2, LumbarLevel.L3


def test_the_sentence_is_made_of_the_values():
    finding = TOO_SMALL.finding(L3, value=12)
    assert finding.text == "mask has 12 voxels, at least 500 are needed; add seeds or correct the segment."
    assert finding.message == f"L3: {finding.text}"
    assert (finding.code, finding.about, finding.level) == ("too_small", About.MASK, L3)
    assert (finding.value, finding.limit, finding.unit) == (12, 500, "voxels")


def test_a_finding_of_the_ct_stands_without_a_level():
    check = Check("made_up", About.ACQUISITION, (Severity.NOTE,), {"": "nothing of {value} happened."})
    assert check.finding(value="note").message == "Nothing of note happened."


def test_the_severity_is_one_the_check_can_have():
    assert ISLANDS.finding(L2, Severity.NOTE, value=0.001, pieces=2).severity is Severity.NOTE
    with pytest.raises(ValueError, match="check 'gas': expected a severity"):
        GAS.finding(L2, Severity.STOPS_SCORING, value=-300.0)


def test_notes_are_left_out_of_what_qualifies_a_score():
    note, warning = ISLANDS.finding(L2, Severity.NOTE, value=0.001, pieces=2), GAS.finding(L2, value=-300.0)
    assert above_note((note, warning)) == (warning,)


def test_findings_are_equal_when_their_data_are():
    values = {"value": 0.25, "deformity": "wedge", "grade": 2}
    one, other = (HEIGHT_LOSS.finding(L2, **values) for _ in range(2))
    assert one == other
    assert one != HEIGHT_LOSS.finding(L3, **values)
    assert isinstance(one, Finding)


def test_values_with_braces_are_text_not_templates():
    assert "{x}" in CONTACT.finding(L2, value=30.0, other="{x}").text


def test_fields_of_a_wording_are_names_of_values():
    names = {name for _, name, _, _ in Formatter().parse(HEIGHT_LOSS.wordings["open"]) if name}
    assert names == {"value", "deformity", "grade", "open"}
