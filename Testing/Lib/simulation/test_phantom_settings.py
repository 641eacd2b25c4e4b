"""Settings of a phantom: what follows from them."""

import dataclasses

import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.fracture import Fracture
from OVCFRiskLib.simulation.phantom_settings import RANGES, PhantomSettings

L1, L2, _L3, L4 = LumbarLevel


def test_the_grid_follows_from_field_and_spacing():
    settings = PhantomSettings(spacing_mm=(0.5, 1.0, 5.0), field_mm=(100.0, 100.0, 102.0))
    assert settings.size == (200, 100, 20)


def test_levels_without_a_density_of_their_own_get_the_mean():
    settings = PhantomSettings(trabecular_hu={L1: 80.0, L4: 120.0})
    assert [settings.trabecular_of(level) for level in (L1, L2, L4, None)] == [80.0, 100.0, 120.0, 100.0]
    assert PhantomSettings(trabecular_hu=70.0).trabecular_of(None) == 70.0


def test_fractures_belong_to_a_level():
    settings = PhantomSettings(fractures={L2: ("wedge", 0.3)})
    assert settings.fracture_of(L2) == Fracture("wedge", 0.3)
    assert settings.fracture_of(L1) is None
    assert settings.fracture_of(None) is None


@pytest.mark.parametrize("name", RANGES)
def test_the_defaults_lie_within_every_range(name):
    low, high = RANGES[name]
    assert low <= getattr(PhantomSettings(), name) <= high


def test_a_copy_with_a_change_is_checked_and_the_same():
    settings = PhantomSettings(trabecular_hu={L1: 80.0}, fractures={L2: ("wedge", 0.3)})
    assert dataclasses.replace(settings) == settings
