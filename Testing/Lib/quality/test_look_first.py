"""Where a reviewer looks first, by the surgeon's names of a body's surfaces."""

import pytest

from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.look_first import look_first


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (["posterior wall"], "look first at its posterior wall:"),
        (["upper endplate", "left wall"], "look first at its upper endplate and left wall:"),
        (["left wall", "lower endplate", "right wall"], "look first at its left wall, lower endplate and right wall:"),
    ],
)
def test_parts_are_named_in_their_order(parts, words):
    (finding,) = look_first(LumbarLevel.L3, parts)
    assert finding.text.startswith(words)
    assert finding.severity is Severity.NOTE
    assert finding.value == len(parts)


def test_clear_surfaces_are_not_mentioned():
    assert look_first(LumbarLevel.L3, []) == ()
