import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.scoring.mask_variants import _moves, mask_variants, stacked_variants
from OVCFRiskLib.scoring.outline_noise import OBSERVER_SD_MM


def draw_body(spacing=(1.0, 1.0, 1.25), radii=(20.0, 15.0, 12.0)):
    """A mask of an ellipsoid with room around it."""
    size = [int(2 * (r + 7) / s) for r, s in zip(radii, spacing, strict=True)]
    axes = [(np.arange(n) - n / 2) * s / r for n, s, r in zip(size, spacing, radii, strict=True)]
    x, y, z = axes[0][None, None, :], axes[1][None, :, None], axes[2][:, None, None]
    mask = sitk.GetImageFromArray((x**2 + y**2 + z**2 <= 1).astype(np.uint8))
    mask.SetSpacing(spacing)
    mask.SetOrigin((-31.0, 12.0, -140.0))
    return mask


@pytest.fixture(scope="module")
def body():
    return draw_body()


def volumes(variants):
    return np.array([np.count_nonzero(variant) for variant in variants])


def test_same_seed_same_masks_other_seed_other_masks(body):
    first, again, other = (list(mask_variants(body, 6, seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    assert not any(np.array_equal(first[0], variant) for variant in first[1:])


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.25), (0.7, 0.7, 2.5)])
def test_the_first_pair_grows_and_shrinks_by_half_a_voxel(spacing):
    body = draw_body(spacing)
    radii = np.array([20.0, 15.0, 12.0])
    whole = np.count_nonzero(sitk.GetArrayFromImage(body))
    # of several seeds, for the noise of a single outline makes a body larger or smaller too
    grown, shrunk = np.mean([volumes(mask_variants(body, 2, seed)) for seed in range(8)], axis=0) / whole
    bigger, smaller = (np.prod(1 + sign * np.array(spacing) / 2 / radii) for sign in (1, -1))
    assert shrunk < 1 < grown
    assert grown - shrunk == pytest.approx(bigger - smaller, rel=0.25)


def test_variants_surround_the_mask(body):
    whole = np.count_nonzero(sitk.GetArrayFromImage(body))
    sizes = volumes(mask_variants(body, 30)) / whole
    assert np.mean(sizes) == pytest.approx(1, abs=0.02)
    assert 5 <= np.count_nonzero(sizes > 1) <= 25


def test_variants_differ_like_observers_and_stay_near_the_surface(body):
    inside = sitk.GetArrayFromImage(body) > 0
    reach = np.linalg.norm(body.GetSpacing()) / 2 + max(body.GetSpacing()) + 3 * OBSERVER_SD_MM
    depth = sitk.GetArrayFromImage(
        sitk.SignedMaurerDistanceMap(body, insideIsPositive=True, squaredDistance=False, useImageSpacing=True)
    )
    for variant in mask_variants(body, 30):
        dice = 2 * np.count_nonzero(variant & inside) / (np.count_nonzero(variant) + np.count_nonzero(inside))
        assert 0.90 < dice < 0.995
        assert np.abs(depth[variant != inside]).max() <= reach


@settings(max_examples=10, deadline=None)
@given(st.permutations([0, 1, 2]), st.tuples(*[st.booleans()] * 3))
def test_the_order_and_direction_of_the_axes_do_not_matter(body, order, flips):
    turned = sitk.Flip(sitk.PermuteAxes(body, list(order)), list(flips))
    assert not np.allclose(turned.GetDirection(), body.GetDirection()) or (list(order) == [0, 1, 2] and not any(flips))
    for variant, expected in zip(mask_variants(turned, 6, 5), mask_variants(body, 6, 5), strict=True):
        image = sitk.GetImageFromArray(variant.astype(np.uint8))
        image.CopyInformation(turned)
        back = sitk.Resample(image, body, sitk.Transform(), sitk.sitkNearestNeighbor)
        # rounding may turn a voxel that lies on the new surface
        assert np.count_nonzero((sitk.GetArrayFromImage(back) > 0) != expected) <= 3


def test_the_place_of_the_body_does_not_matter(body):
    moved = sitk.Image(body)
    moved.SetOrigin((500.0, -20.0, 300.0))
    pairs = zip(mask_variants(moved, 6), mask_variants(body, 6), strict=True)
    assert all(np.count_nonzero(a != b) <= 3 for a, b in pairs)


def test_an_empty_mask_is_refused():
    with pytest.raises(OVCFRiskError, match="empty"):
        next(mask_variants(sitk.Image(9, 9, 9, sitk.sitkUInt8)))


@pytest.mark.parametrize("repeats", [1, 30, 37])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.25), (0.35, 0.35, 2.5)])
def test_variants_laid_on_each_other_are_the_same_masks(spacing, repeats):
    body = draw_body(spacing, (9.0, 8.0, 7.0))
    part = (slice(2, None), slice(1, -3), slice(0, -1))
    shape = sitk.GetArrayViewFromImage(body)[part].shape
    everywhere = np.ones(shape, bool)
    wanted = np.random.default_rng(0).random(shape) < 0.4
    expected = [variant[part] for variant in mask_variants(body, repeats, 5)]
    for voxels in (everywhere, wanted):
        stacks = list(stacked_variants(body, part, voxels, repeats, 5))
        masks = [stack.mask(number) for stack in stacks for number in range(stack.count)]
        assert len(masks) == repeats
        assert all(np.array_equal(mask[voxels], other[voxels]) for mask, other in zip(masks, expected, strict=True))


@pytest.mark.parametrize("pairs", [1, 2, 15, 40])
def test_growth_and_shift_are_spread_evenly_over_the_pairs(pairs):
    moves = _moves(np.random.default_rng(3), pairs)
    assert moves.shape == (pairs, 2, 3)
    assert (moves[0, 0] == 1).all(), "the first pair grows by half a voxel along every axis"
    moves = moves.reshape(pairs, 6)
    parts = np.floor((moves + 1) / 2 * pairs)
    assert (np.sort(parts[:, 3:], axis=0) == np.arange(pairs)[:, None]).all()
    assert all(len(set(parts[1:, axis])) == pairs - 1 for axis in range(6))
    # uniform from -1 to 1
    assert np.mean(moves[:, 3:] ** 2) == pytest.approx(1 / 3, abs=0.7 / pairs)
    # different axes have nothing to do with each other
    if pairs == 40:
        assert np.abs(np.corrcoef(moves[1:].T) - np.eye(6)).max() < 0.4


def test_the_scatter_of_sizes_hardly_depends_on_the_seed(body):
    scatter = [np.std(volumes(mask_variants(body, 30, seed))) for seed in range(10)]
    assert np.std(scatter) < 0.12 * np.mean(scatter)
