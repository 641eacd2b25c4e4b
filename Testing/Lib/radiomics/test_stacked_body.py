"""A mask among others has the features it has alone, to the last bit."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import add_margin, image_like, mask_box
from OVCFRiskLib.radiomics import ExtractionSettings, extract_features, extract_many
from OVCFRiskLib.radiomics.grid import prepare_grid
from OVCFRiskLib.radiomics.grid_placement import placement
from OVCFRiskLib.radiomics.mask_stack import STACK_MASKS, MaskStack, stacks_of
from OVCFRiskLib.radiomics.stacked_body import stacked_body

OWN_GRID = ExtractionSettings()
RESAMPLED = ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0))


def draw_masks(inside, count=30, seed=0):
    """Masks of which each lacks or adds voxels near the surface."""
    random = np.random.default_rng(seed)
    near = np.zeros(inside.shape, int)
    for axis in range(3):
        near += np.roll(inside, 1, axis) ^ inside
        near += np.roll(inside, -1, axis) ^ inside
    return [inside ^ ((near > 0) & (random.random(inside.shape) < 0.3)) for _ in range(count)]


def draw_scene(shape, radii, spacing=(1.0, 1.0, 1.0), dtype=np.int16, at_edge=False, sd=60.0):
    """CT and masks of an ellipsoid; the masks are of its box with a voxel around."""
    random = np.random.default_rng(sum(shape))
    center = [0 if at_edge else n / 2 for n in shape]
    axes = np.meshgrid(*[np.arange(n) - c for n, c in zip(shape, center, strict=True)], indexing="ij")
    inside = sum((axis / radius) ** 2 for axis, radius in zip(axes, radii, strict=True)) <= 1
    ct = sitk.GetImageFromArray((random.normal(130, sd, shape) + 300 * inside).astype(dtype))
    ct.SetSpacing(spacing)
    box = mask_box(inside)
    margin = max(spacing)
    return ct, box, margin, draw_masks(inside[add_margin(box, margin, ct)])


SCENES = {
    "body": {"shape": (22, 40, 48), "radii": (9, 15, 20), "spacing": (0.7, 0.7, 1.25)},
    "thick slices": {"shape": (12, 40, 48), "radii": (4, 15, 20), "spacing": (0.5, 0.9, 4.0)},
    "tiny": {"shape": (9, 9, 9), "radii": (1.5, 1.5, 1.5)},
    "flat": {"shape": (7, 16, 16), "radii": (1.0, 5, 6), "spacing": (1.0, 0.8, 2.0)},
    "at the CT's edge": {"shape": (14, 24, 24), "radii": (9, 15, 20), "at_edge": True},
    "HU of 32 bits": {"shape": (14, 24, 24), "radii": (5, 8, 9), "dtype": np.int32},
    "fractions of HU": {"shape": (14, 24, 24), "radii": (5, 8, 9), "dtype": np.float32},
    "many levels": {"shape": (14, 24, 24), "radii": (5, 8, 9), "sd": 900.0},
}


@pytest.mark.parametrize(
    "settings",
    [
        OWN_GRID,
        RESAMPLED,
        ExtractionSettings(bin_width=7.3),
        ExtractionSettings(bin_width=0.1, resampled_spacing=(2.0, 2.0, 2.0)),
        ExtractionSettings(resegment_range=(150.0, 700.0)),
    ],
    ids=["own grid", "resampled", "width 7.3", "width 0.1", "limits"],
)
@pytest.mark.parametrize("scene", SCENES)
def test_every_mask_has_the_eight_features_it_has_alone(single_mask, scene, settings):
    ct, box, margin, masks = draw_scene(**SCENES[scene])
    grid = prepare_grid(ct, box, settings, margin)
    place = placement(grid)
    try:
        expected = [single_mask.features_alone(grid, place(mask), settings) for mask in masks]
    except OVCFRiskError as error:  # the same error must come from the masks together
        with pytest.raises(OVCFRiskError, match=str(error)[:20]):
            list(extract_many(ct, masks, settings=settings, box=box, margin_mm=margin))
        return
    assert list(extract_many(ct, masks, settings=settings, box=box, margin_mm=margin)) == expected


@pytest.mark.parametrize(("width", "shared"), [(25.0, True), (7.3, False)])
def test_tables_are_shared_where_rounding_leaves_the_edges_alike(width, shared):
    ct, box, margin, masks = draw_scene(**SCENES["fractions of HU"])
    settings = ExtractionSettings(bin_width=width)
    grid = prepare_grid(ct, box, settings, margin)
    place = placement(grid)
    (stack,) = stacks_of(masks, place.taken.shape)
    body = stacked_body(grid, MaskStack(place(stack.words), stack.count), settings)
    values = [body.shared_values(n, {"gldm", "ngtdm", "glcm"}) for n in range(stack.count)]
    assert all(len(of_mask) == 3 for of_mask in values) == shared


def test_masks_on_the_cts_own_grid_have_the_features_of_whole_masks():
    ct, box, margin, masks = draw_scene(**SCENES["body"])
    room = add_margin(box, margin, ct)
    for mask, features in zip(
        masks, extract_many(ct, masks, settings=OWN_GRID, box=box, margin_mm=margin), strict=True
    ):
        whole = np.zeros(ct.GetSize()[::-1], np.uint8)
        whole[room] = mask
        assert features == extract_features(ct, image_like(whole, ct), settings=OWN_GRID)


def test_masks_that_share_nothing_and_masks_that_are_equal(single_mask):
    ct = sitk.GetImageFromArray(np.random.default_rng(1).normal(100, 80, (6, 12, 12)).astype(np.int16))
    one, other = np.zeros((2, 6, 12, 12), bool)
    one[1:5, 1:5, 1:5] = other[1:5, 7:11, 7:11] = True
    grid = prepare_grid(ct, (slice(0, 6), slice(0, 12), slice(0, 12)), OWN_GRID)
    for masks in ([one, other], [one] * 3, [other], [one, one | other]):
        expected = [single_mask.features_alone(grid, mask, OWN_GRID) for mask in masks]
        assert list(extract_many(ct, masks, settings=OWN_GRID)) == expected


def test_more_masks_than_a_stack_holds():
    ct, box, margin, masks = draw_scene(**SCENES["tiny"])
    masks = masks[:7] * 10
    assert len(masks) > 2 * STACK_MASKS
    rows = list(extract_many(ct, masks, settings=OWN_GRID, box=box, margin_mm=margin))
    assert rows == rows[:7] * 10


def test_a_mask_that_cannot_be_measured_is_refused_at_its_turn():
    ct, box, margin, masks = draw_scene(**SCENES["body"])
    empty, line = np.zeros_like(masks[0]), np.zeros_like(masks[0])
    line[3, 4, 5:9] = True
    for bad, message in ((empty, "spans 0 x 0 x 0"), (line, "spans 4 x 1 x 1")):
        rows = extract_many(ct, [masks[0], bad, masks[1]], settings=OWN_GRID, box=box, margin_mm=margin)
        assert next(rows)
        with pytest.raises(OVCFRiskError, match=message):
            next(rows)


def test_an_absurd_value_spoils_only_the_masks_that_hold_it():
    ct, box, margin, masks = draw_scene(**SCENES["fractions of HU"])
    array = sitk.GetArrayFromImage(ct)
    room = add_margin(box, margin, ct)
    place = tuple(axis.start + 1 for axis in room)
    array[place] = np.nan
    clean = [mask.copy() for mask in masks[:3]]
    for mask in clean:
        mask[1, 1, 1] = False
    clean[1][1, 1, 1] = True
    rows = extract_many(image_like(array, ct), clean, settings=OWN_GRID, box=box, margin_mm=margin)
    assert np.isfinite(list(next(rows).values())).all()
    with pytest.raises(OVCFRiskError, match="NaN"):
        next(rows)
