"""Checks of settings: the value comes back as it is meant, what is wrong is named."""

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.setting_checks import checked_densities, checked_number, checked_seed, checked_triple


def test_ends_of_a_range_are_allowed():
    assert checked_number("noise_hu", 0, (0.0, 5.0)) == 0.0
    assert checked_number("noise_hu", 5.0, (0.0, 5.0)) == 5.0


@pytest.mark.parametrize("value", [-0.1, 5.1, float("nan"), float("inf"), True, "3", None])
def test_what_is_no_number_of_the_range_is_refused(value):
    with pytest.raises(OVCFRiskError, match="noise_hu within 0 to 5, got"):
        checked_number("noise_hu", value, (0.0, 5.0))


@pytest.mark.parametrize("value", [(1, 2), 3.0, "123", (1, 2, 99)])
def test_three_numbers_are_three_numbers(value):
    with pytest.raises(OVCFRiskError, match="spacing_mm"):
        checked_triple("spacing_mm", value, (0.0, 10.0))
    assert checked_triple("spacing_mm", [1, 2, 3], (0.0, 10.0)) == (1.0, 2.0, 3.0)


@pytest.mark.parametrize("value", [-1, 1.0, True, "0"])
def test_a_seed_is_a_whole_number(value):
    with pytest.raises(OVCFRiskError, match="whole number"):
        checked_seed(value)


def test_densities_are_one_or_by_level():
    bounds = (-50.0, 500.0)
    assert checked_densities(120, bounds) == 120.0
    assert checked_densities({20: 90, LumbarLevel.L2: 100.0}, bounds) == {LumbarLevel.L1: 90.0, LumbarLevel.L2: 100.0}
    with pytest.raises(OVCFRiskError, match="trabecular_hu"):
        checked_densities({LumbarLevel.L1: 900.0}, bounds)
