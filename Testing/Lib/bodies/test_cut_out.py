"""Levels cut out of labels and CT: places, sizes and HU of boxes with a known answer."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import as_box, image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.volume_part import Part

SPACING = (1.0, 2.0, 2.5)
BOX = (slice(6, 14), slice(10, 20), slice(15, 45))  # 20 x 20 x 30 mm


@pytest.fixture(scope="module")
def labels() -> sitk.Image:
    """One box as L2, another at the border as L4."""
    array = np.zeros((40, 30, 60), np.uint8)
    array[BOX] = LumbarLevel.L2
    array[36:, 10:20, 15:45] = LumbarLevel.L4
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(SPACING)
    image.SetOrigin((100.0, -50.0, 7.0))
    return image


@pytest.fixture(scope="module")
def ct(labels) -> sitk.Image:
    """HU that name their voxel."""
    image = sitk.GetImageFromArray(np.arange(40 * 30 * 60, dtype=np.int32).reshape(40, 30, 60))
    image.CopyInformation(labels)
    return image


def test_only_levels_with_voxels_are_there_and_lie_where_they_were(labels):
    bodies = cut_out_levels(labels)
    assert list(bodies) == [LumbarLevel.L2, LumbarLevel.L4]
    body = bodies[LumbarLevel.L2]
    assert body.tight_box == BOX
    assert body.volume_ml == pytest.approx(12.0)
    np.testing.assert_allclose(body.center_lps, (129.5, -21.0, 7 + 9.5 * 2.5))
    np.testing.assert_allclose(body.low_lps, (115, -30, 22))
    np.testing.assert_allclose(body.high_lps, (144, -12, 39.5))
    mask = sitk.GetArrayFromImage(body.mask_in(labels[:, :, 1:], (1, 0, 0)))
    np.testing.assert_array_equal(mask, sitk.GetArrayFromImage(labels)[1:] == LumbarLevel.L2)


def test_hu_are_those_of_the_crop(labels, ct):
    body = cut_out_levels(labels, ct)[LumbarLevel.L2]
    whole = sitk.GetArrayFromImage(ct)
    np.testing.assert_array_equal(body.hu, whole[body.box])
    np.testing.assert_array_equal(body.hu[body.mask], whole[BOX].ravel())


def test_without_a_ct_there_are_no_hu(labels):
    with pytest.raises(OVCFRiskError, match="L2: expected a level cut out of labels and CT"):
        _ = cut_out_levels(labels)[LumbarLevel.L2].hu


def test_the_body_alone_has_a_margin_where_the_volume_has_one(labels):
    bodies = cut_out_levels(labels)
    assert bodies[LumbarLevel.L2].mask_image.GetSize() == (34, 14, 12)
    assert bodies[LumbarLevel.L4].mask_image.GetSize() == (34, 14, 6), "ends with the volume"


def test_the_frame_of_a_box_is_the_patients(labels):
    frame = cut_out_levels(labels)[LumbarLevel.L2].frame
    np.testing.assert_allclose(frame.axes, np.eye(3), atol=0.02)


def test_another_grid_is_refused(labels, ct):
    with pytest.raises(OVCFRiskError, match="grid"):
        cut_out_levels(labels, ct[1:, :, :])


def test_labels_held_in_a_smaller_part_than_the_ct_are_cut_out_as_if_they_were_not():
    array = np.zeros((60, 50, 40), np.uint8)
    array[20:30, 10:40, 5:30], array[31:45, 12:38, 8:28] = 21, 20
    whole = image_like(array, sitk.Image(40, 50, 60, sitk.sitkUInt8))
    ct = Part.of(image_like(np.random.default_rng(1).integers(-100, 900, array.shape).astype(np.int16), whole))
    ct = ct.narrowed(as_box((slice(4, 55), slice(0, 50), slice(0, 40))))
    wide = cut_out_levels(Part.of(whole).narrowed(ct.box), ct)
    small = cut_out_levels(Part.of(whole).narrowed(as_box((slice(20, 45), slice(10, 40), slice(5, 30)))), ct)
    assert list(small) == list(wide) == [20, 21]
    for level, body in wide.items():
        other = small[level]
        assert (other.box, other.tight_box, other.volume_shape) == (body.box, body.tight_box, body.volume_shape)
        assert other.grid.GetOrigin() == body.grid.GetOrigin()
        for name in ("mask", "labels", "hu"):
            np.testing.assert_array_equal(getattr(other, name), getattr(body, name))
