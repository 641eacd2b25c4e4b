"""Vertebrae are counted by their pedicles: crushed bodies lie nearer, and a place without pedicles ends the count."""

import numpy as np
import pytest

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.straightened import IN_FRONT_OF_CANAL, StraightSpine
from OVCFRiskLib.segmentation.vertebra_count import count_vertebrae

L1, L2, L3, L4 = LumbarLevel
PEDICLE_ABOVE_MM = 5
# Middles of T11 to S1, mm from below: 34 mm apart.
MIDDLES = {number: 300.0 - 34.0 * (number - 18) for number in range(18, 26)}


def spine(middles, named, without=()):
    """A straight spine of bodies in front of a dark canal, with pedicles but of some vertebrae."""
    extent = IN_FRONT_OF_CANAL
    back = np.arange(-extent.forwards, extent.backwards + 0.5)
    side = np.arange(-extent.sideways, extent.sideways + 0.5)
    planes = 340
    hu = np.full((planes, len(back), len(side)), 20.0, np.float32)
    hu[:, back < -8] = 130.0
    for number, middle in middles.items():
        if number in without:
            continue
        up = np.abs(np.arange(planes) - middle - PEDICLE_ABOVE_MM) <= 7
        is_pedicle = (np.abs(side) >= 9) & (np.abs(side) <= 17)
        hu[np.ix_(up, (back >= -8) & (back <= 1), is_pedicle)] = 350.0
    frames = tuple(BodyFrame(np.array([0.0, 0.0, float(plane)]), np.eye(3)) for plane in range(planes))
    clicks = {level: middles[int(level)] for level in named}
    return StraightSpine(frames, extent, hu, np.ones(hu.shape, bool), clicks)


def count(middles, named=tuple(LumbarLevel), without=()):
    """The count of that spine."""
    found = count_vertebrae(spine(middles, named, without))
    assert found is not None
    return found


@pytest.mark.parametrize("named", [tuple(LumbarLevel), (L2, L3), (L1, L2, L4), (L3,)])
def test_whole_vertebrae_are_counted_to_both_sides(named):
    found = count(MIDDLES, named)
    expected = {n for n in MIDDLES if min(named) - 3 <= n <= max(named) + 3}
    assert expected <= found.clear
    for number in expected:
        assert found.up_mm[number] == pytest.approx(MIDDLES[number], abs=2.5)
        assert float(found.number_at(MIDDLES[number])) == pytest.approx(number, abs=0.1)


@pytest.mark.parametrize("number", [19, 24])
@pytest.mark.parametrize("lost_mm", [6.0, 12.0])
def test_a_crushed_body_beyond_the_named_ones_is_counted(number, lost_mm):
    middles = {n: m - (lost_mm / 2 if n == number else lost_mm if n < number else 0.0) for n, m in MIDDLES.items()}
    found = count(middles)
    assert set(MIDDLES) <= found.clear
    for n, middle in middles.items():
        assert found.up_mm[n] == pytest.approx(middle, abs=3.5)


@pytest.mark.parametrize("number", [19, 24])
def test_nothing_is_counted_beyond_a_vertebra_without_pedicles(number):
    found = count(MIDDLES, without={number})
    beyond = {n for n in MIDDLES if (n <= number if number < 20 else n >= number)}
    assert not beyond & found.clear


def test_levels_that_are_no_neighbours_are_not_counted_from():
    middles = {20: 250.0, 21: 182.0}
    assert count_vertebrae(spine(middles, (L1, L2))) is None


def test_numbers_end_one_beyond_the_last():
    found = count(MIDDLES)
    assert np.isnan(found.number_at(-200.0))
