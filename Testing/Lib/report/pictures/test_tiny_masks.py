"""No mask crashes a picture: a voxel, a line, a slice, crumbs, at every edge of every grid."""

import itertools

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.page.page_pictures import page_pictures
from OVCFRiskLib.report.pictures.mask_field import mask_field
from OVCFRiskLib.report.pictures.picture import draw_overlay
from OVCFRiskLib.report.pictures.thumbnail import mask_thumbnail

SHAPE = (100, 80, 72)  # of the small spine, k, j, i


def crumbs(count):
    """Voxels of all levels at random places."""
    random = np.random.default_rng(count)
    return tuple(random.integers(0, n, count) for n in SHAPE), random.integers(20, 24, count)


MASKS = {
    "one voxel": ((50, 40, 36), 20),
    "one voxel in the first corner": ((0, 0, 0), 20),
    "one voxel in the last corner": ((-1, -1, -1), 23),
    "a line up": ((slice(40, 70), 40, 36), 21),
    "a line across": ((50, 40, slice(20, 50)), 21),
    "a single slice": ((50, slice(20, 60), slice(20, 50)), 22),
    "a single slice at the edge": ((0, slice(20, 60), slice(20, 50)), 22),
    "two voxels far apart": (([10, 90], [20, 70], [5, 66]), 20),
    "everything": ((slice(None),) * 3, 20),
    **{f"{count} crumbs": crumbs(count) for count in (2, 5, 12, 30)},
}


@pytest.mark.parametrize(("place", "value"), MASKS.values(), ids=MASKS.keys())
def test_every_picture_is_made_of_any_mask(case, place, value):
    array = np.zeros(SHAPE, np.uint8)
    array[place] = value
    labels = image_like(array, case.labels)
    bodies = cut_out_levels(labels, case.ct)
    assert mask_thumbnail(case.ct, labels).startswith(b"\x89PNG")
    assert len(page_pictures(case.assessment, case.ct, bodies, None).axial) == len(bodies)
    assert draw_overlay(case.assessment, case.ct, bodies).std() > 0


GRIDS = [((0.3, 0.3, 5.0), (40, 44, 12)), ((0.8, 0.8, 5.0), (30, 30, 1)), ((3.0, 3.0, 0.3), (12, 10, 50))]


@pytest.mark.parametrize(("spacing", "size"), GRIDS)
@pytest.mark.parametrize("direction", [(1, 0, 0, 0, 1, 0, 0, 0, 1), (0.8, 0.6, 0, -0.6, 0.8, 0, 0, 0, 1)])
def test_a_single_voxel_has_a_surface_around_itself_on_every_grid(contour, spacing, size, direction):
    ct = sitk.Image(size, sitk.sitkInt16)
    ct.SetSpacing(spacing)
    ct.SetDirection(direction)
    for place in itertools.product(*((0, n // 2, n - 1) for n in size)):
        labels = sitk.Image(size, sitk.sitkUInt8)
        labels.CopyInformation(ct)
        labels[place] = 20
        surface = contour(mask_field(cut_out_levels(labels, ct)[LumbarLevel.L1].mask_image))
        assert surface.GetNumberOfPoints()
        x, y, z = labels.TransformIndexToPhysicalPoint(place)
        np.testing.assert_allclose(surface.GetCenter(), (-x, -y, z), atol=0.6 * max(spacing))
