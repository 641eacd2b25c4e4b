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
# a loss that is told apart from the 20 % that stop scoring by more than half a voxel of a height
SURE, TOO_LITTLE = (0.28, 0.35, 0.45), 0.12


def phantom_with(fractures=None, **settings):
    return make_phantom(
        PhantomSettings(spacing_mm=SPACING_MM, field_mm=FIELD_MM, fractures=fractures or {}, **settings)
    )


def stopped(labels):
    """{level: deformity} of the levels whose height loss stops scoring."""
    heights = measure_heights(cut_out_levels(labels))
    findings = check_heights(heights, SPACING_MM[2])
    return {
        level: heights[level].deformity
        for level, found in findings.items()
        if any(finding.severity is Severity.STOPS_SCORING for finding in found)
    }


@pytest.mark.parametrize("level", [L1, L3])
@pytest.mark.parametrize("loss", SURE)
@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
def test_a_fracture_is_recognised_and_its_neighbours_are_whole(shape, loss, level):
    assert stopped(phantom_with({level: (shape, loss)}, seed=int(level)).labels) == {level: shape}


@pytest.mark.parametrize("shape", ["wedge", "biconcave", "crush"])
def test_a_small_loss_does_not_stop_scoring(shape):
    assert stopped(phantom_with({L2: (shape, TOO_LITTLE)}).labels) == {}


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
    assert stopped(phantom_with(**settings).labels) == {}


def test_our_own_masks_show_the_fracture_too():
    phantom = phantom_with({L3: ("wedge", 0.35)})
    assert stopped(segment_bodies(phantom.ct, phantom.points)) == {L3: "wedge"}
