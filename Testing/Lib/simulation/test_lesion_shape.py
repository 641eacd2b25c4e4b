"""Holes, lips and the ends of bridges lie where a body's shape says."""

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.simulation.lesion_shape import (
    bridge_ends,
    diseased_distance,
    lip_distance,
    node_distance,
    plate_height,
)
from OVCFRiskLib.simulation.lesions import Osteophytes, Plate, SchmorlNode
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

SPINE = stack_vertebrae(PhantomSettings())
L3 = SPINE[Vertebra.L3]


def at(function, *arguments, point):
    return float(np.ravel(function(L3, *arguments, [np.array([x], np.float32) for x in point]))[0])


def test_without_lesions_it_is_the_body():
    assert at(diseased_distance, point=(0.0, 0.0, 0.0)) < -8


@pytest.mark.parametrize("plate", Plate)
def test_a_node_is_as_deep_as_it_says(plate):
    node = SchmorlNode(plate=plate, depth_mm=6.0, radius_mm=7.0, left=0.0, back=0.0)
    height = plate_height(L3, plate, 0.0, 0.0)
    for depth, is_inside in ((5.5, True), (6.5, False)):
        inside = at(node_distance, node, point=(0.0, 0.0, height - np.sign(height) * depth)) < 0
        assert inside == is_inside
    holed = dataclasses.replace(L3, lesions=(node,))
    local = [np.array([x], np.float32) for x in (0.0, 0.0, height - np.sign(height) * 3)]
    assert diseased_distance(holed, local)[0] > 0


def test_a_lip_is_as_long_as_it_says_and_at_the_front_only():
    lips = Osteophytes(length_mm=6.0, thickness_mm=3.0)
    rim = L3.half_height + 1
    assert at(lip_distance, lips, point=(0.0, -L3.half_depth - 5, rim)) < 0
    assert at(lip_distance, lips, point=(0.0, -L3.half_depth - 9, rim)) > 0
    assert at(lip_distance, lips, point=(0.0, L3.half_depth + 3, rim)) > 0
    assert at(lip_distance, lips, point=(0.0, -L3.half_depth - 5, -rim)) > 0


def test_the_ends_of_a_bridge_lie_on_facing_rims():
    upper, lower = SPINE[Vertebra.L2], SPINE[Vertebra.L3]
    start, end = bridge_ends(upper, lower, 0.8, -0.55)
    assert start[2] > end[2]
    assert upper.frame.local(start)[2] < 0 < lower.frame.local(end)[2]
    assert np.linalg.norm(start - end) < upper.disc_mm + 10
