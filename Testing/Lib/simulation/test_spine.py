"""Where vertebrae stand: order, distances, curvature, and the way between their axes and LPS."""

import numpy as np
import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import SIZES_MM, Vertebra, level_of, stack_vertebrae


def angle_degrees(a, b):
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


def test_levels_are_those_of_the_method():
    assert [level_of(v) for v in Vertebra] == [None, *LumbarLevel, None, None]


def test_axes_are_orthonormal_and_right_handed():
    for vertebra in stack_vertebrae(PhantomSettings(cobb_degrees=25.0, lordosis_degrees=60.0)).values():
        axes = vertebra.frame.axes
        assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-9)
        assert np.linalg.det(axes) == pytest.approx(1.0)


def test_there_and_back():
    vertebra = stack_vertebrae(PhantomSettings(cobb_degrees=20.0))[Vertebra.L1]
    local = 4.0, -7.0, 11.0
    back = vertebra.to_local(tuple(np.array([x], np.float32) for x in vertebra.place(*local)))
    assert np.ravel(back) == pytest.approx(local, abs=1e-4)


def test_bodies_stand_on_each_other_with_a_disc_between():
    spine = stack_vertebrae(PhantomSettings())
    for lower in (Vertebra.L2, Vertebra.L3, Vertebra.L4):
        upper = Vertebra(lower - 1)
        distance = np.linalg.norm(spine[upper].frame.center - spine[lower].frame.center)
        rigid = spine[upper].half_height + spine[lower].half_height + SIZES_MM[upper].disc
        assert distance == pytest.approx(rigid, abs=1.5)


@pytest.mark.parametrize("degrees", [20.0, 45.0, 65.0])
def test_the_lordosis_is_the_angle_between_l1_and_s1(degrees):
    spine = stack_vertebrae(PhantomSettings(lordosis_degrees=degrees, cobb_degrees=0.0))
    assert angle_degrees(spine[Vertebra.L1].frame.superior, spine[Vertebra.S1].frame.superior) == pytest.approx(
        degrees, abs=5
    )


def test_cobb_s_angle_leans_the_ends_against_each_other():
    spine = stack_vertebrae(PhantomSettings(lordosis_degrees=0.0, cobb_degrees=30.0))
    coronal = [np.degrees(np.arcsin(spine[v].frame.superior[0])) for v in (Vertebra.T12, Vertebra.L4)]
    assert abs(coronal[0] - coronal[1]) == pytest.approx(30.0, abs=3)


def test_a_crushed_body_brings_its_neighbours_together():
    whole, crushed = (
        stack_vertebrae(PhantomSettings(fractures=fractures)) for fractures in ({}, {LumbarLevel.L2: ("crush", 0.4)})
    )
    lost = 0.4 * 2 * whole[Vertebra.L2].half_height
    distances = [np.linalg.norm(f[Vertebra.L1].frame.center - f[Vertebra.L3].frame.center) for f in (whole, crushed)]
    assert distances[0] - distances[1] == pytest.approx(lost, abs=0.5)
    assert np.linalg.norm(crushed[Vertebra.L2].body_center - crushed[Vertebra.L2].frame.center) == pytest.approx(
        lost / 2
    )
