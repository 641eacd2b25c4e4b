"""Grids that no CT has are refused, whatever their numbers are."""

import math

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.single_volume import LARGEST_PLACE_MM, require_sound_grid
from OVCFRiskLib.volume_part import Grid

SPACING = (0.7, 0.8, 1.25)


@pytest.mark.parametrize("place", [2 * LARGEST_PLACE_MM, math.nan, -math.inf])
def test_places_beyond_any_room_are_refused(place):
    grid = Grid((4, 4, 4), SPACING, (0.0, place, 0.0), tuple(np.eye(3).ravel()))
    with pytest.raises(OVCFRiskError, match="within 100 m of the scanner's origin"):
        require_sound_grid(grid, "x")


@pytest.mark.parametrize("direction", [np.zeros(9), np.full(9, math.nan), np.ones(9)])
def test_axes_that_are_none_are_refused(direction):
    with pytest.raises(OVCFRiskError, match="perpendicular axes"):
        require_sound_grid(Grid((4, 4, 4), SPACING, (0.0, 0.0, 0.0), tuple(direction)), "x")
