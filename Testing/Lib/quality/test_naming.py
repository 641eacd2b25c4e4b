"""Names are doubted where ribs or sacrum speak against them, with the evidence, and nowhere else."""

import pytest

from OVCFRiskLib.findings import Severity
from OVCFRiskLib.quality.naming import doubt_of_names, judge_names, renamed, vertebra_name
from OVCFRiskLib.segmentation.landmarks import S1, T12, Landmarks


@pytest.mark.parametrize(
    "seen", [Landmarks(), Landmarks(T12, 2), Landmarks(T12, 1), Landmarks(None, 0, S1), Landmarks(T12, 2, S1)]
)
def test_right_or_unseen_names_are_not_doubted(seen):
    assert judge_names(seen) is None


@pytest.mark.parametrize(
    ("seen", "shift", "severity", "words"),
    [
        (Landmarks(T12 + 1, 2), 1, Severity.WARNING, ["ribs leave the body counted as L1 on both sides", "T12-L3"]),
        (Landmarks(T12 + 2, 2), 2, Severity.WARNING, ["ribs leave the body counted as L2", "T11-L2"]),
        (Landmarks(T12 + 1, 1), 1, Severity.NOTE, ["on one side", "lumbar ribs"]),
        (Landmarks(T12 - 1, 2), -1, Severity.NOTE, ["no ribs leave the body above L1", "L2-L5", "short or absent"]),
        (Landmarks(None, 0, S1 - 1), -1, Severity.WARNING, ["no body lies between the one named L4", "L2-L5"]),
        (Landmarks(None, 0, S1 + 1), 1, Severity.WARNING, ["2 bodies lie between the one named L4", "T12-L3"]),
        (Landmarks(T12 + 1, 2, S1 + 1), 1, Severity.WARNING, ["ribs leave", "2 bodies lie", "seem to be T12-L3"]),
        (Landmarks(T12, 2, S1 + 1), 1, Severity.NOTE, ["6 bodies instead of 5", "from the ribs L1-L4 are L1-L4"]),
        (Landmarks(T12, 2, S1 - 1), -1, Severity.NOTE, ["4 bodies instead of 5", "from the sacrum L2-L5"]),
        (Landmarks(T12 + 1, 2, S1), 1, Severity.WARNING, ["4 bodies instead of 5", "from the ribs L1-L4 are T12-L3"]),
    ],
)
def test_what_speaks_against_the_names(seen, shift, severity, words):
    doubt = judge_names(seen)
    assert (doubt.shift, doubt.severity) == (shift, severity)
    finding = doubt.finding("Each body keeps its score")
    assert finding.level is None
    assert finding.value == shift
    for word in [*words, "Each body keeps its score."]:
        assert word in finding.message
    assert "{" not in finding.message


def test_names_of_numbers():
    assert [vertebra_name(number) for number in (18, 19, 20, 24)] == ["T11", "T12", "L1", "L5"]
    assert renamed(-2) == "L3-L6"


def test_no_sound_mask_names_nothing():
    assert doubt_of_names(None, {}) is None
