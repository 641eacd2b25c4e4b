import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import as_box, crop
from OVCFRiskLib.volume_part import (
    Grid,
    Part,
    VoxelHash,
    as_part,
    empty_part,
    image_sha256,
    part_of_array,
    sparse_sha256,
    writable_view,
)

BOX = as_box((slice(3, 9), slice(2, 7), slice(1, 5)))


@pytest.fixture
def image():
    random = np.random.default_rng(1)
    image = sitk.GetImageFromArray(random.integers(-1000, 1000, (12, 10, 8)).astype(np.int16))
    image.SetSpacing((0.7, 0.8, 1.25))
    image.SetOrigin((-178.9, 33.3, -901.7))
    image.SetDirection((0.0, 0.6, 0.8, 1.0, 0.0, 0.0, 0.0, 0.8, -0.6))
    return image


def test_a_part_lies_where_its_voxels_lie(image):
    part = Part.of(image).narrowed(BOX)
    assert part.box == BOX
    assert not part.is_whole
    np.testing.assert_array_equal(sitk.GetArrayFromImage(part.image), sitk.GetArrayFromImage(image)[BOX])
    assert part.image.GetOrigin() == crop(image, BOX).GetOrigin()
    assert part.image.GetDirection() == image.GetDirection()


def test_a_part_of_a_part_is_a_part_of_the_whole(image):
    inner = as_box((slice(4, 8), slice(3, 5), slice(2, 4)))
    once, twice = Part.of(image).narrowed(inner), Part.of(image).narrowed(BOX).narrowed(inner)
    assert once.image.GetOrigin() == twice.image.GetOrigin()  # to the last bit
    assert once.start == twice.start
    np.testing.assert_array_equal(*(sitk.GetArrayFromImage(part.image) for part in (once, twice)))


def test_nothing_is_copied_where_nothing_falls_away(image):
    part = Part.of(image)
    assert part.narrowed(as_box((slice(-5, 50),) * 3)) is part
    assert part.is_whole
    assert as_part(part) is part
    assert as_part(image).image is image


def test_labels_are_filled_with_zeros(image):
    array = np.zeros((12, 10, 8), np.uint8)
    array[BOX] = 7
    labels = part_of_array(array[BOX], BOX, Grid.of(image))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels.filled()), array)
    assert Grid.of(labels.filled()) == Grid.of(image)
    assert sparse_sha256(labels) == image_sha256(labels.filled())


@pytest.mark.parametrize("box", [BOX, as_box((slice(0, 1), slice(0, 10), slice(0, 8))), as_box((slice(0, 12),) * 3)])
def test_a_hash_does_not_depend_on_the_pieces(image, box):
    whole = VoxelHash(Grid.of(image), image.GetPixelIDValue())
    for plane in sitk.GetArrayFromImage(image):
        whole.add(plane)
    assert whole.hexdigest() == image_sha256(image)
    moved = sitk.Image(image)
    moved.SetOrigin((0.0, 0.0, 0.0))
    assert image_sha256(moved) != image_sha256(image)


def test_a_grid_answers_as_its_image(image):
    grid = Grid.of(image)
    for name in ("GetSize", "GetSpacing", "GetOrigin", "GetDirection"):
        assert getattr(grid, name)() == getattr(image, name)()
    for index in itertools.product((0, 3, 7), (0, 4, 9), (0, 11)):
        assert grid.TransformIndexToPhysicalPoint(index) == image.TransformIndexToPhysicalPoint(index)
    place = [0.3, 4.75, 11.2]
    assert grid.TransformContinuousIndexToPhysicalPoint(place) == image.TransformContinuousIndexToPhysicalPoint(place)


def test_an_image_is_filled_without_a_copy(image):
    part = empty_part(BOX, Grid.of(image), sitk.sitkInt16)
    writable_view(part.image)[:] = sitk.GetArrayFromImage(image)[BOX]
    expected = Part.of(image).narrowed(BOX)
    np.testing.assert_array_equal(*(sitk.GetArrayFromImage(each.image) for each in (part, expected)))
    assert Grid.of(part.image) == Grid.of(expected.image)
    wider = as_box((slice(1, 10), slice(0, 10), slice(0, 8)))
    found = sitk.GetArrayFromImage(part.widened(wider).image)
    np.testing.assert_array_equal(found[2:8, 2:7, 1:5], sitk.GetArrayFromImage(expected.image))
    assert np.count_nonzero(found) == np.count_nonzero(sitk.GetArrayFromImage(expected.image))
