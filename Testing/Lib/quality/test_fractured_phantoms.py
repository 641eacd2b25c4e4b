"""Fractured bodies of the phantom are recognised, whole ones are not - from true masks and from our own."""

import pytest

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.heights import check_heights, measure_heights
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
FIELD_MM, SPACING_MM = (110.0, 110.0, 190.0), (1.0, 1.0, 1.25)
# losses that may be the 20 % of a fracture, that lie beyond them by more than their uncertainty, and one far below;
# a wedge of 28 % in a lordotic body of L3 leaves it 20 % lower in front than behind
SUSPECTED, SURE, TOO_LITTLE = 0.28, (0.35, 0.45), 0.12


def phantom_with(fractures=None, **settings):
    return make_phantom(
        PhantomSettings(spacing_mm=SPACING_MM, field_mm=FIELD_MM, fractures=fractures or {}, **settings)
    )


def stopped(phantom, labels=None, severities=(Severity.STOPS_SCORING,)):
    """{level: deformity} of the levels whose height loss stops scoring, or is of one of some other severities."""
    heights = measure_heights(cut_out_levels(phantom.labels if labels is None else labels, phantom.ct))
    findings = check_heights(heights, SPACING_MM[2])
    return {
        level: heights[level].deformity
        for level, found in findings.items()
        if any(finding.severity in severities for finding in found)
    }


@pytest.mark.parametrize("level", [L1, L3])
@pytest.mark.parametrize("loss", SURE)
@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
def test_a_fracture_is_recognised_and_its_neighbours_are_whole(shape, loss, level):
    assert stopped(phantom_with({level: (shape, loss)}, seed=int(level))) == {level: shape}


@pytest.mark.parametrize("level", [L1, L3])
@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
def test_what_may_be_a_fracture_is_warned_of_at_least(shape, level):
    phantom = phantom_with({level: (shape, SUSPECTED)}, seed=int(level))
    assert stopped(phantom, severities=(Severity.STOPS_SCORING, Severity.WARNING)) == {level: shape}


@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
def test_a_small_loss_does_not_stop_scoring(shape):
    assert stopped(phantom_with({L2: (shape, TOO_LITTLE)})) == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"seed": 1},
        {"seed": 2, "lordosis_degrees": 65.0},
        {"seed": 3, "cobb_degrees": 20.0},
        {"seed": 4, "body_scale": 0.88},
        {"seed": 5, "trabecular_hu": 45.0, "cortex_mm": 0.3},
    ],
    ids=str,
)
def test_whole_bodies_are_whole(settings):
    assert stopped(phantom_with(**settings)) == {}


def test_our_own_masks_show_the_fracture_too():
    phantom = phantom_with({L3: ("wedge", 0.35)})
    assert stopped(phantom, segment_bodies(phantom.ct, phantom.points)) == {L3: "wedge"}
