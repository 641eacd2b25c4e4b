"""The shell is thick at the rim and the pedicles, uneven elsewhere, and as thick as asked for on the whole."""

import numpy as np
import pytest

from OVCFRiskLib.simulation.body_shape import posterior_wall
from OVCFRiskLib.simulation.cortex import PLACE_SPREAD, ROOT_HEIGHT, ROOT_SIDE, cortex_thickness
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

L3 = stack_vertebrae(PhantomSettings())[Vertebra.L3]


def thickness(*points, seeds=60):
    local = [np.array(axis, np.float32) for axis in zip(*points, strict=True)]
    # the mean over many bodies, so that what is left is the place
    return np.mean([cortex_thickness(L3, local, 0.4, np.random.default_rng(seed)) for seed in range(seeds)], axis=0)


def test_the_plain_shell_is_as_thick_as_asked_for():
    front, plate = thickness((0.0, -0.9 * L3.half_depth, 0.0), (0.0, 0.0, 0.85 * L3.half_height))
    assert front == pytest.approx(0.4, rel=0.2)
    assert plate == pytest.approx(0.4, rel=0.2)


def test_the_rim_and_the_roots_of_the_pedicles_are_thicker():
    front, rim, root = thickness(
        (0.0, -0.9 * L3.half_depth, 0.0),
        (0.0, -L3.half_depth, L3.half_height),
        (ROOT_SIDE * L3.half_width, posterior_wall(L3), ROOT_HEIGHT * L3.half_height),
    )
    assert rim > 1.5 * front
    assert root > 2.5 * front


def test_it_is_uneven_by_its_spread():
    line = np.linspace(-10, 10, 400, dtype=np.float32)
    local = [line, np.full_like(line, -0.95 * L3.half_depth), np.zeros_like(line)]
    logs = [np.log(cortex_thickness(L3, local, 0.4, np.random.default_rng(seed))) for seed in range(40)]
    assert np.std(logs) == pytest.approx(PLACE_SPREAD, rel=0.25)
    assert cortex_thickness(L3, local, 0.4, np.random.default_rng(0)).min() > 0
