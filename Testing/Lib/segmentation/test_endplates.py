"""Endplates of boxes: where they are, how they tilt, and what must not be taken for one."""

from itertools import pairwise

import numpy as np
import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.endplates import LEAST_DISC_MM, LEAST_HEIGHT_MM, find_plates

L1, L2, L3, L4 = LumbarLevel
LEVELS = (L4, L3, L2, L1)
MIDDLES = (40, 76, 112, 148)
PLANES = 190


def plates_of(tubes, spine, pedicles):
    return find_plates(spine, np.full(len(spine.frames), tubes.wall_mm), pedicles)


def pedicles_of(middles=MIDDLES):
    return {level: middle + 5.0 for level, middle in zip(LEVELS, middles, strict=False)}


@pytest.mark.parametrize("bone_hu", [40.0, 130.0])
def test_the_plates_of_boxes_are_their_ends(tubes, bone_hu):
    found = plates_of(tubes, tubes.spine(MIDDLES, PLANES, bone_hu), pedicles_of())
    assert set(found) == set(LEVELS)
    for level, middle in zip(LEVELS, MIDDLES, strict=True):
        lower, upper = found[level]
        assert lower.plane == pytest.approx(middle - 13, abs=2)
        assert upper.plane == pytest.approx(middle + 13, abs=2)
        assert (lower.back_tilt, lower.side_tilt, upper.back_tilt, upper.side_tilt) == (0, 0, 0, 0)
        assert min(lower.edge, upper.edge) > 0.8


@pytest.mark.parametrize("off", [-3.0, 3.0])
def test_pedicles_a_little_off_do_not_move_plates_that_are_clear(tubes, off):
    spine = tubes.spine(MIDDLES, PLANES)
    found = plates_of(tubes, spine, {level: place + off for level, place in pedicles_of().items()})
    for level, middle in zip(LEVELS, MIDDLES, strict=True):
        np.testing.assert_allclose([plate.plane for plate in found[level]], [middle - 13, middle + 13], atol=2)


@pytest.mark.parametrize("direction", [-1, 1])
def test_a_tilted_plate_is_told_with_the_sign_of_its_rise(tubes, direction):
    spine = tubes.spine(MIDDLES, PLANES)
    slope = direction * np.tan(np.radians(8.0))
    middle_back = tubes.wall_mm - 15.0
    for back in spine.back[(spine.back >= -42) & (spine.back <= tubes.wall_mm)]:
        rise = round(slope * (back - middle_back))
        tubes.box(spine, slice(121, 132), (back, back), (-22, 22), 70.0)
        tubes.box(spine, slice(112, 124 + rise), (back, back), (-20, 20), 130.0)
        tubes.box(spine, slice(124 + rise, 126 + rise), (back, back), (-22, 22), 320.0)
    upper = plates_of(tubes, spine, pedicles_of())[L2][1]
    assert upper.plane == pytest.approx(125, abs=2)
    assert upper.back_tilt == pytest.approx(slope, abs=1e-9)
    assert upper.side_tilt == 0


def test_a_crushed_body_is_lower_than_its_neighbours(tubes):
    spine = tubes.spine(MIDDLES, PLANES)
    tubes.box(spine, slice(115, 127), (-42, tubes.wall_mm), (-22, 22), 70.0)
    tubes.box(spine, slice(115, 117), (-42, tubes.wall_mm), (-22, 22), 320.0)
    found = plates_of(tubes, spine, pedicles_of())
    heights = {level: upper.plane - lower.plane for level, (lower, upper) in found.items()}
    assert heights[L2] == pytest.approx(18, abs=2.5)
    assert heights[L3] == pytest.approx(26, abs=2.5)


def test_without_any_edge_the_plates_are_still_in_order_and_of_possible_heights(tubes):
    found = plates_of(tubes, tubes.empty(PLANES), pedicles_of())
    planes = [plate.plane for level in LEVELS for plate in found[level]]
    for n, (lower, upper) in enumerate(pairwise(planes)):
        assert upper - lower >= (LEAST_HEIGHT_MM, LEAST_DISC_MM)[n % 2]
    assert all(plate.edge <= 0 for pair in found.values() for plate in pair)


def test_levels_around_one_without_pedicles_keep_their_own_plates(tubes):
    pedicles = {level: place for level, place in pedicles_of().items() if level is not L3}
    found = plates_of(tubes, tubes.spine(MIDDLES, PLANES), pedicles)
    assert set(found) == {L4, L2, L1}
    np.testing.assert_allclose([p.plane for p in found[L4]], [27, 53], atol=2)
    np.testing.assert_allclose([p.plane for p in found[L2]], [99, 125], atol=2)


@pytest.mark.parametrize("marrow_hu", [25.0, 140.0])
def test_marrow_and_disc_tell_a_plate_that_has_vanished(tubes, marrow_hu):
    """Without a shell, the body ends where its marrow does, though the next body's plate is the only clear one."""
    spine = tubes.spine(MIDDLES, PLANES, marrow_hu)
    tubes.box(spine, slice(121, 126), (-48, tubes.wall_mm), (-24, 24), marrow_hu)
    upper = plates_of(tubes, spine, pedicles_of())[L2][1]
    assert upper.plane == pytest.approx(125, abs=2.5)


def test_a_body_cut_by_the_view_keeps_its_usual_height(tubes):
    spine = tubes.spine(MIDDLES, PLANES, 40.0)
    spine.hu[154:] = spine.hu[153]
    spine.is_seen[154:] = False
    lower, upper = plates_of(tubes, spine, pedicles_of())[L1]
    assert lower.plane == pytest.approx(135, abs=2)
    assert upper.plane == pytest.approx(161, abs=3)
