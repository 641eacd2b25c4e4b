import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import as_box, index_to_lps, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import jitter_point
from OVCFRiskLib.spine_region import (
    LARGEST_PITCH_MM,
    LEAST_MARGIN_SLICES,
    POINT_REACH_MM,
    REGION_MARGIN_MM,
    around_bodies,
    region_of_labels,
    region_of_points,
    slice_axis,
)
from OVCFRiskLib.volume_part import Grid, Part

L1, L2, L3, L4 = LumbarLevel
LPS = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
LONG = Grid((40, 50, 1000), (5.0, 5.0, 1.25), (-100.0, -120.0, -625.0), LPS)
POINTS = {L1: (0.0, 0.0, 55.0), L4: (0.0, 0.0, -55.0)}


def test_the_region_reaches_so_far_beyond_points_and_keeps_whole_slices():
    k, j, i = region_of_points(LONG, POINTS)
    assert (j, i) == (slice(0, 50), slice(0, 40))
    low, high = (-625.0 + 1.25 * n for n in (k.start, k.stop - 1))
    reach = REGION_MARGIN_MM + POINT_REACH_MM
    assert (low, high) == pytest.approx((-55.0 - reach, 55.0 + reach), abs=1.25)


def test_levels_to_be_found_take_more():
    plain, found = (region_of_points(LONG, {L3: (0.0, 0.0, 0.0)}, is_completed)[0] for is_completed in (False, True))
    assert plain.start - found.start == pytest.approx(LARGEST_PITCH_MM / 1.25, abs=1)  # L4 lies below L3
    assert found.stop - plain.stop == pytest.approx(2 * LARGEST_PITCH_MM / 1.25, abs=1)  # L2 and L1 above


@pytest.mark.parametrize("turn_deg", [0.0, 17.0])
def test_the_region_of_moved_points_lies_within_that_of_points_to_be_moved(turn_deg):
    turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), np.radians(turn_deg), np.radians(turn_deg / 2), 0.0)
    grid = Grid(LONG.size, LONG.spacing, turn.TransformPoint(LONG.origin), turn.GetMatrix())
    points = {level: turn.TransformPoint(point) for level, point in POINTS.items()}
    wide, random = region_of_points(grid, points, moved_mm=7.0)[0], np.random.default_rng(3)
    assert wide != region_of_points(grid, points)[0]
    for _ in range(300):
        moved = region_of_points(grid, {n: jitter_point(point, 7.0, random) for n, point in points.items()})[0]
        assert wide.start <= moved.start < moved.stop <= wide.stop


def test_the_field_ends_the_region():
    grid = Grid((40, 50, 120), (5.0, 5.0, 1.25), (-100.0, -120.0, -75.0), LPS)
    assert region_of_points(grid, POINTS) == as_box((slice(0, 120), slice(0, 50), slice(0, 40)))


def test_thick_slices_keep_enough_of_them():
    grid = Grid((40, 50, 200), (5.0, 5.0, 5.0), (-100.0, -120.0, -500.0), LPS)
    k, *_ = region_of_labels(grid, as_box((slice(95, 105), slice(10, 20), slice(10, 20))))
    assert (k.start, k.stop) == (95 - LEAST_MARGIN_SLICES, 105 + LEAST_MARGIN_SLICES)


@pytest.mark.parametrize("axes", ["LPS", "RAI", "SAR", "PIL", "IRA"])
def test_the_region_is_the_same_place_however_the_axes_run(axes):
    image = sitk.Image(20, 24, 400, sitk.sitkUInt8)
    image.SetSpacing((5.0, 5.0, 1.25))
    turned = sitk.DICOMOrient(image, axes)
    points = {L2: (50.0, 60.0, 250.0)}
    box = region_of_points(turned, points)
    axis = slice_axis(turned)
    ends = np.array([[b.start for b in box], [b.stop - 1 for b in box]])
    heights = np.sort(index_to_lps(turned, ends)[:, 2])
    expected = region_of_points(image, points)[0]
    np.testing.assert_allclose(heights, (1.25 * expected.start, 1.25 * (expected.stop - 1)))
    assert all((box[n].start, box[n].stop) == (0, size) for n, size in enumerate(turned.GetSize()[::-1]) if n != axis)


def test_tilted_slices_hold_the_margin_along_the_spine():
    tilt = np.radians(25)
    direction = (1.0, 0.0, 0.0, 0.0, np.cos(tilt), -np.sin(tilt), 0.0, np.sin(tilt), np.cos(tilt))
    grid = Grid((100, 100, 900), (2.0, 2.0, 1.0), (-100.0, 0.0, -450.0), direction)
    center = index_to_lps(grid, np.array([[450.0, 50.0, 50.0]]))[0]
    k, *_ = region_of_points(grid, {L2: tuple(center)})
    for up in (-REGION_MARGIN_MM, REGION_MARGIN_MM):
        at = lps_to_index(grid, center[None] + [[0, 0, up]])[0, 0]
        assert k.start <= at <= k.stop


def test_rounding_of_the_origin_moves_no_region():
    box = region_of_points(LONG, POINTS)
    for off in (1e-12, -1e-12):
        moved = Grid(LONG.size, LONG.spacing, (-100.0, -120.0, -625.0 + off), LPS)
        assert region_of_points(moved, POINTS) == box


def test_other_values_do_not_count_as_bodies():
    array = np.zeros((600, 4, 4), np.uint8)
    array[10, 0, 0], array[300:305, 1:3, 1:3] = 19, L2
    labels = sitk.GetImageFromArray(array)
    ct, around = around_bodies(Part.of(labels), Part.of(labels))
    assert (
        ct.box == around.box == region_of_labels(Grid.of(labels), as_box((slice(300, 305), slice(1, 3), slice(1, 3))))
    )
    empty = Part.of(sitk.Image(4, 4, 4, sitk.sitkUInt8))
    assert around_bodies(empty, empty) == (empty, empty)
