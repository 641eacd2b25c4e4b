"""The posterior elements leave the canal open and reach where bone reaches."""

import numpy as np
import pytest

from OVCFRiskLib.simulation.body_shape import posterior_wall
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.posterior_arch import ARCH_REACH_MM, CANAL_DEPTH_MM, arch_distance
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

SPINE = stack_vertebrae(PhantomSettings())


def distance(frame, *point):
    return float(arch_distance(frame, [np.array([x], np.float32) for x in point])[0])


@pytest.mark.parametrize("vertebra", [Vertebra.L1, Vertebra.L4])
def test_the_canal_is_open_and_bone_is_behind_it(vertebra):
    frame = SPINE[vertebra]
    wall = posterior_wall(frame)
    assert distance(frame, 0.0, wall + CANAL_DEPTH_MM / 2, 0.0) > 4
    assert distance(frame, 0.0, wall + CANAL_DEPTH_MM + 20, -0.6 * frame.half_height) < 0


def test_pedicles_stand_on_both_sides_of_the_canal():
    frame = SPINE[Vertebra.L2]
    place = posterior_wall(frame) + 3, 0.31 * frame.half_height
    for sign in (-1, 1):
        assert distance(frame, sign * 14.0, *place) < 0


def test_only_t12_has_ribs_and_the_sacrum_has_wings():
    far = 70.0  # beyond the wings of the sacrum
    inside = {v: (arch_distance(SPINE[v], _plane(far)) < 0).any() for v in Vertebra}
    assert [v.name for v, is_inside in inside.items() if is_inside] == ["T12"]
    assert distance(SPINE[Vertebra.S1], 45.0, 10.0, -8.0) < 0


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.3])
def test_nothing_reaches_beyond_the_stated_reach(scale):
    u = np.arange(-110, 110, 2.0, dtype=np.float32)[:, None, None]
    v = np.arange(-40, 100, 2.0, dtype=np.float32)[None, :, None]
    w = np.arange(-60, 60, 2.0, dtype=np.float32)[None, None, :]
    for body in stack_vertebrae(PhantomSettings(body_scale=scale)).values():
        inside = np.nonzero(arch_distance(body, (u, v, w)) < 0)
        reach = [max(1.0, body.scale) * value for value in ARCH_REACH_MM]
        assert np.abs(u.ravel()[inside[0]]).max() <= reach[0]
        assert v.ravel()[inside[1]].max() <= reach[1]
        assert np.abs(w.ravel()[inside[2]]).max() <= reach[2]


def _plane(u):
    """Points beside the spine, at one distance."""
    v, w = np.meshgrid(np.arange(-20, 60, 1.0, np.float32), np.arange(-34, 34, 1.0, np.float32))
    return np.full_like(v, u), v, w
