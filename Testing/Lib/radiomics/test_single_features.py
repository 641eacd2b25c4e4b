"""Each of the eight features on shapes whose answer can be worked out by hand."""

import math

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import whole_box
from OVCFRiskLib.radiomics.cooccurrence import cooccurrence_features
from OVCFRiskLib.radiomics.dependence import dependence_features
from OVCFRiskLib.radiomics.diameter import diameter_features
from OVCFRiskLib.radiomics.first_order import first_order_features
from OVCFRiskLib.radiomics.gray_levels import MAX_GRAY_LEVELS, NEIGHBOUR_DIRECTIONS, to_gray_levels
from OVCFRiskLib.radiomics.grid import prepare_grid
from OVCFRiskLib.radiomics.neighbourhood import neighbourhood_features
from OVCFRiskLib.radiomics.region import body_region
from OVCFRiskLib.radiomics.resampling import BSPLINE_SUPPORT_VOXELS, aligned_grid, resample_hu, resample_mask
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.volume_part import Part

WIDTH = 25.0


def region_of(hu, inside=None, spacing=(1.0, 1.0, 1.0), limits=None):
    """The body of an array [k, j, i]; all of it unless ``inside`` says otherwise."""
    hu = np.asarray(hu)
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing(spacing)
    grid = prepare_grid(image, whole_box(image), ExtractionSettings())
    return body_region(grid, np.ones(hu.shape, bool) if inside is None else np.asarray(inside, bool), limits)


def levels_of(levels):
    """Gray levels 1.. as given, one slice."""
    hu = (np.asarray(levels, np.int16) - 1) * int(WIDTH)
    return to_gray_levels(region_of(hu[None]), WIDTH)


def test_first_order_of_four_values():
    features = first_order_features(region_of([[[1, 2], [3, 4]]]))
    assert features == {"10Percentile": pytest.approx(1.3), "Median": 2.5, "Energy": 30.0}


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_counted_and_sorted_percentiles_agree(dtype):
    hu = np.random.default_rng(0).integers(-300, 900, (5, 6, 7)).astype(dtype)
    features = first_order_features(region_of(hu))
    assert features["10Percentile"] == pytest.approx(np.percentile(hu, 10))
    assert features["Median"] == pytest.approx(np.median(hu))
    fractions = first_order_features(region_of(hu + np.float32(0.25)))
    assert fractions["Median"] == pytest.approx(features["Median"] + 0.25)


def test_edges_of_gray_levels_are_multiples_of_the_width():
    levels = to_gray_levels(region_of(np.array([[[-30, -25, -1], [0, 24, 25]]], np.int16)), WIDTH)
    rows = levels.flat.reshape(1, 3, 4)[0, :2, :3]
    assert rows.tolist() == [[1, 2, 2], [3, 3, 4]]
    assert levels.counts.tolist() == [0, 1, 2, 2, 1]
    assert levels.highest == 4


def test_thirteen_directions_and_their_opposites_are_all_neighbours():
    both = {*NEIGHBOUR_DIRECTIONS, *(tuple(-step for step in direction) for direction in NEIGHBOUR_DIRECTIONS)}
    assert len(NEIGHBOUR_DIRECTIONS) == 13
    assert len(both) == 26
    assert all(levels_of([[1, 1], [1, 1]]).shift(direction) > 0 for direction in NEIGHBOUR_DIRECTIONS)


def test_too_many_gray_levels_are_refused():
    with pytest.raises(OVCFRiskError, match=f"more than {MAX_GRAY_LEVELS} gray levels"):
        to_gray_levels(region_of(np.array([[[0, 30000], [0, 0]]], np.int32)), WIDTH)


def test_dependence_of_four_equal_voxels():
    # each has three neighbours of its level, so a dependence of 4
    assert dependence_features(levels_of([[1, 1], [1, 1]])) == {
        "LargeDependenceHighGrayLevelEmphasis": 16.0,
        "DependenceNonUniformity": 4.0,
    }


def test_dependence_of_four_different_voxels():
    # a dependence of 1 each: (1 + 4 + 9 + 16) / 4, and one column of four
    assert dependence_features(levels_of([[1, 2], [3, 4]])) == {
        "LargeDependenceHighGrayLevelEmphasis": 7.5,
        "DependenceNonUniformity": 4.0,
    }


def test_strength_of_two_columns():
    # every voxel of levels 1 and 2 has one equal and two other neighbours: s = 2 * 2/3 each, p = 1/2 each
    assert neighbourhood_features(levels_of([[1, 2], [1, 2]]))["Strength"] == pytest.approx(2 / (8 / 3))
    assert neighbourhood_features(levels_of([[1, 1], [1, 1]]))["Strength"] == 0.0


def test_imc2_of_a_line_whose_neighbours_always_differ():
    # pairs (1, 2) and (2, 1) alike: HXY = 1 bit, HXY2 = 2 bits; only one direction has pairs inside the body
    hu = np.zeros((1, 2, 6), np.int16)
    hu[0, 0] = [0, 25, 0, 25, 0, 25]
    inside = np.zeros(hu.shape, bool)
    inside[0, 0] = True
    inside[0, 1, 5] = True  # a body needs two rows
    hu[0, 1, 5] = 25
    line = levels_of([[1, 2, 1, 2, 1, 2]] * 1 + [[1, 2, 1, 2, 1, 2]])
    value = cooccurrence_features(line)["Imc2"]
    # along a row neighbours differ, along a column they are equal, on diagonals they differ: known either way
    assert value == pytest.approx(math.sqrt(1 - math.exp(-2)), rel=0.02)


def test_imc2_of_one_level_is_nothing():
    assert cooccurrence_features(levels_of([[1, 1], [1, 1]]))["Imc2"] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(
    ("rows", "columns", "spacing", "longest"),
    [
        (3, 4, (1.0, 1.0, 1.0), math.sqrt(3**2 + 3**2)),
        (2, 2, (1.0, 1.0, 1.0), math.sqrt(2**2 + 1)),
        (3, 4, (0.5, 2.0, 1.0), math.sqrt((3 * 0.5) ** 2 + (3 * 2.0) ** 2)),
    ],
)
def test_diameter_of_a_rectangle(rows, columns, spacing, longest):
    features = diameter_features(region_of(np.zeros((2, rows, columns), np.int16), spacing=spacing))
    corners = max(
        math.hypot(columns * spacing[0], (rows - 1) * spacing[1]),
        math.hypot((columns - 1) * spacing[0], rows * spacing[1]),
    )
    assert features["Maximum2DDiameterSlice"] == pytest.approx(corners)
    assert corners >= longest * 0.99


def test_a_body_is_cut_to_its_box_and_to_its_limits():
    hu = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    inside = np.zeros(hu.shape, bool)
    inside[1, 1:3, 1:4] = True
    region = region_of(hu, inside)
    assert region.hu.shape == region.inside.shape == (1, 2, 3)
    assert region.values.tolist() == hu[inside].tolist()
    limited = region_of(hu, inside, limits=(27, 32))
    assert limited.values.tolist() == [27, 28, 31, 32]
    assert limited.outline.sum() == 6  # the shape keeps what the limits take from the texture


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e9])
def test_values_that_no_ct_has_are_refused(bad):
    with pytest.raises(OVCFRiskError, match="NaN, infinite or absurd"):
        region_of(np.array([[[0.0, bad], [1.0, 2.0]]]))


def test_a_coarser_grid_starts_at_the_corner_of_the_first_voxel():
    ct = sitk.Image(12, 10, 8, sitk.sitkInt16)
    ct.SetSpacing((0.5, 0.5, 0.5))
    grid = aligned_grid(ct, whole_box(ct), ExtractionSettings(resampled_spacing=(1, 1, 1)))
    assert grid.GetOutputSpacing() == (1.0, 1.0, 1.0)
    assert grid.GetOutputOrigin() == pytest.approx((0.25, 0.25, 0.25))
    assert aligned_grid(ct, whole_box(ct), ExtractionSettings(resampled_spacing=(0.5, 0.5, 0.5))) is None


def test_resampling_keeps_types_and_refuses_splines_on_slivers():
    ct = sitk.GaussianSource(sitk.sitkInt16, (12, 10, 8), scale=500.0)
    grid = aligned_grid(ct, whole_box(ct), ExtractionSettings(resampled_spacing=(2, 2, 2)))
    assert resample_hu(grid, Part.of(ct), whole_box(ct), "linear").dtype == np.int16
    mask = sitk.Cast(ct > 100, sitk.sitkUInt8)
    assert set(np.unique(sitk.GetArrayFromImage(resample_mask(grid, mask)))) <= {0, 1}
    sliver = ct[:, :, : BSPLINE_SUPPORT_VOXELS - 1]
    with pytest.raises(OVCFRiskError, match="B-spline interpolation needs 4 voxels"):
        resample_hu(grid, Part.of(sliver), whole_box(sliver), "bspline")
