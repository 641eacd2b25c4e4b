"""The surface of a body: where it lies on its own axes, and what a fracture takes from it."""

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.simulation.body_shape import body_distance, posterior_wall, smooth_max
from OVCFRiskLib.simulation.fracture import Fracture
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

L3 = stack_vertebrae(PhantomSettings())[Vertebra.L3]


def distance(*point, frame=L3):
    return float(body_distance(frame, [np.array([x], np.float32) for x in point])[0][0])


def surface(axis, sign, frame=L3):
    """Where the ray from the middle along an axis leaves the body, mm."""
    ray = np.linspace(0, 40, 4001, dtype=np.float32)
    local = [np.zeros_like(ray)] * 3
    local[axis] = sign * ray
    outside = body_distance(frame, local)[0] > 0
    return float(ray[np.argmax(outside)])


def test_the_middle_is_inside_and_far_away_is_outside():
    assert distance(0, 0, 0) < -8
    assert distance(60, 0, 0) > 20
    assert distance(0, 0, 60) > 20


def test_it_is_as_wide_and_deep_as_its_frame_says():
    waist = 0.91
    assert surface(0, 1) == pytest.approx(surface(0, -1), abs=0.02)
    assert surface(0, 1) == pytest.approx(waist * L3.half_width, abs=0.3)
    assert surface(1, -1) == pytest.approx(waist * L3.half_depth, abs=0.3)


def test_the_posterior_wall_is_flat_and_hollowed():
    assert surface(1, 1) < posterior_wall(L3) < L3.half_depth


def test_the_endplates_are_hollow_in_the_middle():
    upper, lower = (L3.half_height - surface(2, sign) for sign in (1, -1))
    assert lower == pytest.approx(0.17 * L3.half_height, abs=0.1)
    # Wang et al. 2012, PMC3481085: 1.5 mm above a disc, 0.7 mm below it
    assert upper / lower == pytest.approx(0.7 / 1.5, abs=0.05)


def test_the_distance_is_a_distance_to_first_order():
    """Its slope across the surface is one, so that a cortex is as thick as asked for."""
    step = 0.05
    for axis, sign in ((0, 1), (1, -1), (1, 1), (2, 1), (2, -1)):
        at = surface(axis, sign)
        ends = []
        for place in (at - step, at + step):
            point = [0.0, 0.0, 0.0]
            point[axis] = sign * place
            ends.append(distance(*point))
        assert (ends[1] - ends[0]) / (2 * step) == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize("loss", [0.2, 0.5])
@pytest.mark.parametrize(
    ("shape", "anterior", "middle"), [("wedge", 0.85, 0.5), ("biconcave", 0.51, 1.0), ("crush", 1.0, 1.0)]
)
def test_a_fracture_takes_its_fraction(shape, anterior, middle, loss):
    """Seven tenths of the way to the front, and in the middle: a biconcave loss is a paraboloid, a wedge a line."""
    broken = dataclasses.replace(L3, fracture=Fracture(shape, loss))
    line = np.linspace(-25, 25, 5001, dtype=np.float32)
    for v, fraction in ((0.0, middle), (-0.7 * L3.half_depth, anterior)):
        local = [np.zeros_like(line), np.full_like(line, v), line]
        whole, lower = (float((body_distance(frame, local)[0] < 0).sum()) * 0.01 for frame in (L3, broken))
        assert whole - lower == pytest.approx(fraction * loss * 2 * L3.half_height, abs=0.4)


def test_the_larger_of_two_distances_with_a_round_edge():
    a, b = np.array([0.0, 5.0]), np.array([0.0, 0.0])
    assert smooth_max(a, b, np.float32(2.0)).tolist() == [0.5, 5.0]
