"""The smooth surface that the segmentation keeps: volume, distance to the truth, and what of it is in doubt."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.bodies import find_bodies
from OVCFRiskLib.segmentation.body_field import OUTSIDE_DEPTH_MM
from OVCFRiskLib.segmentation.surface_doubt import Part
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L2, L3 = LumbarLevel.L2, LumbarLevel.L3


@pytest.fixture(scope="module")
def spine():
    """Thin bone in slices of 2 mm."""
    return make_phantom(
        PhantomSettings(
            seed=22,
            trabecular_hu=60.0,
            cortex_mm=0.3,
            field_mm=(110.0, 130.0, 120.0),
            shift_mm=(0.0, 15.0, 0.0),
            spacing_mm=(0.9, 0.9, 2.0),
        )
    )


@pytest.fixture(scope="module")
def fields(spine):
    return find_bodies(spine.ct, {level: spine.points[level] for level in (L2, L3)})


@pytest.mark.parametrize("level", [L2, L3])
def test_the_surface_lies_within_a_third_of_a_millimetre_on_average(spine, fields, level):
    known = sitk.GetArrayFromImage(spine.labels) == level
    voxel_ml = np.prod(spine.ct.GetSpacing()) / 1000
    area_mm2 = 7500.0  # of a lumbar body: two plates of 1400 mm2 and a wall of 125 mm by 27 mm, rounded up
    off_ml = fields[level].volume_ml - np.count_nonzero(known) * voxel_ml
    assert abs(off_ml) * 1000 / area_mm2 < 0.33


def test_depth_is_read_anywhere(spine, fields):
    middle = np.array(spine.points[L3])
    depth = fields[L3].depth_at(middle + np.array([[0.0, 0, 0], [0, 0, 40], [0, 200, 0]]))
    assert depth[0] > 8.0
    assert (depth[1:] < 0).all()
    assert depth[2] == OUTSIDE_DEPTH_MM


def test_drawn_labels_are_where_the_depth_is_positive(spine, fields):
    from OVCFRiskLib.segmentation import segment_bodies

    labels = segment_bodies(spine.ct, {level: spine.points[level] for level in (L2, L3)})
    index = np.argwhere(sitk.GetArrayFromImage(labels) == L3)[::97]
    points = [spine.ct.TransformIndexToPhysicalPoint(kji[::-1].tolist()) for kji in index]
    assert (fields[L3].depth_at(np.array(points)) > -0.01).all()


def test_a_blurred_plate_is_less_sharp_than_the_others(spine):
    """Trabecular bone goes on into the disc above L3: its upper plate is in doubt, the lower one is not."""
    z = spine.ct.GetOrigin()[2] + np.arange(spine.ct.GetSize()[2]) * spine.ct.GetSpacing()[2]
    array = sitk.GetArrayFromImage(spine.ct)
    near = np.abs(z - (spine.points[L3][2] + 15.0)) < 6.0
    body = np.broadcast_to(near[:, None, None], array.shape)
    array[body & (array > 90)] = 85
    field = find_bodies(image_like(array, spine.ct), {level: spine.points[level] for level in (L2, L3)})[L3]
    assert set(field.parts) == set(Part)
    assert field.parts[Part.UPPER_PLATE].sharpness < 0.6 * field.parts[Part.LOWER_PLATE].sharpness
    assert Part.LOWER_PLATE not in field.doubtful


def test_the_points_of_a_part_lie_on_its_side_of_the_body(spine, fields):
    middle = np.array(spine.points[L3])
    for part, axis, sign in (
        (Part.UPPER_PLATE, 2, 1),
        (Part.LOWER_PLATE, 2, -1),
        (Part.POSTERIOR_WALL, 1, 1),
        (Part.ANTERIOR_WALL, 1, -1),
        (Part.LEFT_WALL, 0, 1),
        (Part.RIGHT_WALL, 0, -1),
    ):
        points = fields[L3].parts[part].places
        assert np.abs(fields[L3].depth_at(points)).max() < 0.5
        assert sign * (points[:, axis] - middle[axis]).mean() > 8.0
