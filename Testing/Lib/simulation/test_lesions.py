"""Lesions as settings: what they are given as, what is refused."""

import dataclasses

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.lesions import (
    LESION_LIMITS,
    BoneIsland,
    Bridge,
    CalcifiedDisc,
    Haemangioma,
    Lesion,
    NarrowDisc,
    Osteophytes,
    Plate,
    SchmorlNode,
    ScleroticEndplate,
    Side,
    VacuumDisc,
    WideVein,
    checked_lesions,
)
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings

ALL = (
    BoneIsland,
    Bridge,
    CalcifiedDisc,
    Haemangioma,
    NarrowDisc,
    Osteophytes,
    SchmorlNode,
    ScleroticEndplate,
    VacuumDisc,
    WideVein,
)


@pytest.mark.parametrize("kind", ALL)
def test_every_lesion_has_a_usual_size_within_limits_and_says_its_source(kind):
    lesion = kind()
    for field in dataclasses.fields(lesion):
        if field.name in LESION_LIMITS:
            low, high = LESION_LIMITS[field.name]
            assert low <= getattr(lesion, field.name) <= high
    assert any(year in kind.__doc__ for year in ("19", "20")), "names no publication"


def test_names_become_members_of_their_enums():
    assert SchmorlNode(plate="lower").plate is Plate.LOWER
    assert Bridge(side="front").side is Side.FRONT


@pytest.mark.parametrize(
    ("kind", "values", "message"),
    [
        (SchmorlNode, {"depth_mm": 40.0}, "depth_mm of SchmorlNode within 0.5 to 15"),
        (SchmorlNode, {"plate": "middle"}, "plate of SchmorlNode as one of upper, lower"),
        (Bridge, {"side": "behind"}, "left, front, right"),
        (NarrowDisc, {"fraction": 0.0}, "fraction of NarrowDisc"),
    ],
)
def test_what_is_no_lesion_is_refused(kind, values, message):
    with pytest.raises(OVCFRiskError, match=message):
        kind(**values)


def test_levels_hold_one_or_several():
    both = SchmorlNode(), BoneIsland()
    assert checked_lesions({20: both[0], LumbarLevel.L3: [*both]}) == {
        LumbarLevel.L1: both[:1],
        LumbarLevel.L3: both,
    }
    with pytest.raises(OVCFRiskError, match="expected lesions such as"):
        PhantomSettings(lesions={LumbarLevel.L1: ["SchmorlNode"]})


def test_a_lesion_is_none_of_the_base():
    assert all(issubclass(kind, Lesion) for kind in ALL)
