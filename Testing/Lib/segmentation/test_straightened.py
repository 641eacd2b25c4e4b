"""A CT resampled along a curve: where its planes lie, what they hold, and what lies outside."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.spine_curve import SpineCurve
from OVCFRiskLib.segmentation.straightened import Extent, straighten

L1, L2, L3, L4 = LumbarLevel
SMALL = Extent(step=1.0, sideways=6.0, forwards=8.0, backwards=10.0)


def ramp(coefficients, size=(60, 60, 90), spacing=(1.0, 1.0, 1.5)) -> sitk.Image:
    """A CT whose HU are a linear function of LPS mm, which linear resampling returns exactly."""
    k, j, i = np.indices(size[::-1])
    origin = (-30.0, -30.0, -60.0)
    places = [n * s + o for n, s, o in zip((i, j, k), spacing, origin, strict=True)]
    image = sitk.GetImageFromArray(sum(c * p for c, p in zip(coefficients, places, strict=True)).astype(np.float32))
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    return image


def straight_curve(low=-20.0, high=20.0, x=0.0, y=0.0) -> SpineCurve:
    return SpineCurve(np.array([x, y, 0.0]), 1.0, np.zeros((1, 2)), low, high)


@pytest.mark.parametrize(
    ("coefficients", "axis"), [((10.0, 0.0, 0.0), 2), ((0.0, 10.0, 0.0), 1), ((0.0, 0.0, 10.0), 0)]
)
def test_planes_run_upwards_rows_backwards_columns_to_the_left(coefficients, axis):
    spine = straighten(ramp(coefficients), {}, straight_curve(), SMALL)
    places = (np.arange(len(spine.frames)) - 20.0, spine.back, spine.side)[axis]
    expected = np.expand_dims(10.0 * places, [a for a in range(3) if a != axis])
    np.testing.assert_allclose(spine.hu, np.broadcast_to(expected, spine.hu.shape), atol=0.01)


def test_the_extent_is_kept_to_the_millimetre():
    spine = straighten(ramp((1.0, 0.0, 0.0)), {}, straight_curve(), SMALL)
    assert (spine.back[0], spine.back[-1]) == (-8.0, 10.0)
    assert (spine.side[0], spine.side[-1]) == (-6.0, 6.0)
    assert spine.is_seen.all()


def test_what_lies_outside_of_the_ct_is_told_and_filled_with_the_nearest_voxel():
    spine = straighten(ramp((10.0, 0.0, 0.0)), {}, straight_curve(x=27.0), SMALL)
    is_outside = spine.side + 27.0 > 29.5
    assert is_outside.any()
    assert not spine.is_seen[..., is_outside].any()
    assert spine.is_seen[..., ~is_outside].all()
    np.testing.assert_allclose(spine.hu[..., is_outside], 290.0, atol=0.01)


def test_clicks_keep_their_plane_with_its_fraction():
    clicks = {L1: np.array([3.0, 4.0, 10.25]), L3: np.array([-3.0, 0.0, -7.5])}
    spine = straighten(ramp((1.0, 0.0, 0.0)), clicks, straight_curve(), SMALL)
    assert spine.clicks == {L1: pytest.approx(30.25), L3: pytest.approx(12.5)}


def test_a_frame_between_planes_and_beside_the_curve():
    spine = straighten(ramp((1.0, 0.0, 0.0)), {}, straight_curve(), SMALL)
    np.testing.assert_allclose(spine.frame_at(12.25, back=3.0, side=-2.0).center, [-2.0, 3.0, -7.75], atol=1e-9)


def test_a_leaning_curve_has_planes_at_right_angles_to_it():
    slope = np.tan(np.radians(20.0))
    curve = SpineCurve(np.zeros(3), 1.0, np.array([[0.0, 0.0], [0.0, slope]]), -20.0, 20.0)
    spine = straighten(ramp((0.0, 0.0, 10.0)), {}, curve, SMALL)
    assert spine.frames[20].tilt_degrees == pytest.approx(20.0, abs=0.01)
    # one mm backwards in a plane goes down by the sine of the lean
    per_mm = np.diff(spine.hu.mean(axis=(0, 2)))
    np.testing.assert_allclose(per_mm, -10.0 * np.sin(np.radians(20.0)), atol=0.02)


def test_nothing_is_read_beside_the_curve_where_nothing_is_looked_for():
    ct = ramp((10.0, 0.0, 0.0))
    whole = straighten(ct, {}, straight_curve(), SMALL)
    sides = straighten(ct, {}, straight_curve(), replace(SMALL, beside=3.0))
    is_read = np.abs(sides.side) >= 3.0
    np.testing.assert_array_equal(sides.hu[..., is_read], whole.hu[..., is_read])
    assert not sides.hu[..., ~is_read].any()
    np.testing.assert_array_equal(sides.is_seen, whole.is_seen)
