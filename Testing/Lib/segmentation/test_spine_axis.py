"""Points are refused by name where they cannot lie in the vertebrae they name; frames stand along the spine."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.spine_axis import (
    CLOSEST_LEVELS_MM,
    FARTHEST_LEVELS_MM,
    PointDistanceError,
    PointOrderError,
    PointOutsideError,
    check_points,
    level_frames,
)

L1, L2, L3, L4 = LumbarLevel
STRAIGHT = {L1: (0.0, 0.0, 54.0), L2: (0.0, 0.0, 18.0), L3: (0.0, 0.0, -18.0), L4: (0.0, 0.0, -54.0)}


@pytest.fixture(scope="module")
def ct() -> sitk.Image:
    image = sitk.Image([100, 100, 300], sitk.sitkInt16)
    image.SetOrigin((-50.0, -50.0, -150.0))
    return image


def test_a_straight_spine_has_upright_frames_at_its_points_in_order(ct):
    frames = level_frames(ct, dict(reversed(STRAIGHT.items())))
    assert list(frames) == [L1, L2, L3, L4]
    for level, frame in frames.items():
        np.testing.assert_array_equal(frame.center, STRAIGHT[level])
        np.testing.assert_allclose(frame.axes, np.eye(3), atol=1e-12)


def test_one_point_stands_along_the_patients_axis(ct):
    np.testing.assert_allclose(level_frames(ct, {L3: (5.0, 6.0, 7.0)})[L3].superior, [0, 0, 1])


def test_frames_lean_as_the_points_do_steadied_by_the_patients_axis(ct):
    points = {L1: (0.0, 21.0, 36.0), L2: (0.0, 0.0, 0.0), L3: (0.0, -21.0, -36.0)}
    # L2 sees both neighbours: 42 mm backwards over 72 + 20 mm upwards; L1 only L2
    frames = level_frames(ct, points)
    assert frames[L2].tilt_degrees == pytest.approx(np.degrees(np.arctan2(42, 92)))
    assert frames[L1].tilt_degrees == pytest.approx(np.degrees(np.arctan2(21, 56)))


def test_no_point_at_all_is_asked_for(ct):
    with pytest.raises(OVCFRiskError, match=r"at least one of L1-L4, got none; place one point in each body"):
        check_points(ct, {})


@pytest.mark.parametrize(
    "point", [(0.0, float("nan"), 0.0), (0.0, 0.0, float("inf")), (1.0, 2.0), (1.0, 2.0, 3.0, 4.0)]
)
def test_coordinates_that_are_none_are_named_with_their_level(ct, point):
    with pytest.raises(OVCFRiskError, match=r"L2: expected three coordinates in mm, got"):
        check_points(ct, {L2: point})


def test_a_point_outside_is_told_in_ras_as_slicer_shows_it(ct):
    with pytest.raises(PointOutsideError, match=r"L1: the point at \(-80\.0, -10\.0, 20\.0\) RAS mm lies outside"):
        check_points(ct, {L1: (80.0, 10.0, 20.0)})


def test_swapped_points_are_named_with_how_far_they_are_swapped(ct):
    with pytest.raises(PointOrderError, match=r"L2 and L3: expected L2 nearer to the head, got it 36\.0 mm nearer"):
        check_points(ct, STRAIGHT | {L2: STRAIGHT[L3], L3: STRAIGHT[L2]})


def test_two_points_in_one_vertebra(ct):
    near = {L1: (0.0, 0.0, 0.0), L2: (0.0, 0.0, -CLOSEST_LEVELS_MM + 0.1)}
    with pytest.raises(PointDistanceError, match=r"L1 and L2: the points are 14\.9 mm apart and lie in one vertebra"):
        check_points(ct, near)
    apart = near | {L2: (0.0, 0.0, -CLOSEST_LEVELS_MM)}
    assert list(check_points(ct, apart)) == [L1, L2]


def test_points_of_levels_that_are_no_neighbours_may_not_share_a_vertebra_either(ct):
    with pytest.raises(PointDistanceError, match="L1 and L4: the points are 3"):
        check_points(ct, {L1: (0.0, 0.0, 0.0), L4: (0.0, 0.0, -3.0)})


@pytest.mark.parametrize(("lower", "levels"), [(L2, 1), (L3, 2), (L4, 3)])
def test_the_farthest_distance_grows_with_the_levels_between(ct, lower, levels):
    top = 100.0
    most = FARTHEST_LEVELS_MM * levels
    assert len(check_points(ct, {L1: (0.0, 0.0, top), lower: (0.0, 0.0, top - most)})) == 2
    with pytest.raises(PointDistanceError, match=f"expected at most {most:.0f} mm; a vertebra was skipped"):
        check_points(ct, {L1: (0.0, 0.0, top), lower: (0.0, 0.0, top - most - 0.5)})
