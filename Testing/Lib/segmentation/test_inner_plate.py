"""A plate within a body is found, and on which side of it the disc lies."""

import numpy as np
import pytest

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.inner_plate import InnerPlate, find_inner_plate
from OVCFRiskLib.segmentation.local_volume import LocalGrid
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels

MARROW_HU, DISC_HU, PLATE_HU = 50.0, 85.0, 300.0
HALF = np.array([20.0, 15.0, 13.0])
TEMPLATE = BodyTemplate(BodyFrame(np.zeros(3), np.eye(3)), HALF, 1.0)
GRID = LocalGrid(TEMPLATE.frame, HALF + 5.0, 0.8)
SIDE, BACK, UP = np.broadcast_arrays(*GRID.coordinates())
DEPTH = np.minimum((1 - np.hypot(SIDE / HALF[0], BACK / HALF[1])) * HALF[1], HALF[2] - np.abs(UP))


def found_in(hu, own=UNKNOWN_LEVELS):
    """The plate within a body of these HU on the grid."""
    return find_inner_plate(GRID, np.broadcast_to(hu, GRID.shape), DEPTH, TEMPLATE, own)


def with_plate_at(up_mm):
    """Marrow below a plate, a disc above it."""
    return np.where(np.abs(UP - up_mm) < 1.0, PLATE_HU, np.where(up_mm < UP, DISC_HU, MARROW_HU))


def test_an_even_body_holds_no_plate():
    assert found_in(MARROW_HU) is None


@pytest.mark.parametrize("bright", [300.0, -50.0])
def test_a_vein_or_an_island_is_no_plate(bright):
    assert found_in(np.where((np.abs(UP) < 2) & (np.hypot(SIDE, BACK) < 6), bright, MARROW_HU)) is None


def test_density_that_rises_to_a_plate_is_no_plate():
    assert found_in(MARROW_HU + 8 * UP) is None
    assert found_in(MARROW_HU + UP**2) is None


@pytest.mark.parametrize("up_mm", [-4.0, 0.0, 4.0])
def test_the_disc_is_told_from_the_marrow(up_mm):
    plate = found_in(with_plate_at(up_mm), OwnLevels(MARROW_HU, DISC_HU))
    assert plate is not None
    assert plate.up_mm == pytest.approx(up_mm, abs=1.0)
    assert (plate.is_above, plate.is_below) == (True, False)


@pytest.mark.parametrize("disc_hu", [np.nan, (MARROW_HU + DISC_HU) / 2])
def test_either_side_may_be_the_disc_where_nothing_tells(disc_hu):
    plate = found_in(with_plate_at(0.0), OwnLevels(MARROW_HU, disc_hu))
    assert plate is not None
    assert (plate.is_above, plate.is_below) == (True, True)


def test_what_lies_beyond():
    beyond = InnerPlate(2.0, is_above=True, is_below=False).is_beyond(np.array([-5.0, 1.0, 3.0]))
    assert beyond.tolist() == [False, False, True]


def test_a_flat_body_says_nothing():
    flat = np.minimum(DEPTH, 4.5 - np.abs(UP))
    assert find_inner_plate(GRID, with_plate_at(0.0), flat, TEMPLATE, UNKNOWN_LEVELS) is None
