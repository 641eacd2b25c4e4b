import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import as_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.imported_masks import ImportedMasks, mask_part, onto_grid, require_apart
from OVCFRiskLib.volume_part import Grid, Part

L1, L2, L3, L4 = LumbarLevel
LPS = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
GRID = Grid((40, 30, 500), (1.0, 1.0, 2.0), (-20.0, -15.0, -500.0), LPS)


def mask_of(k, grid=GRID):
    inside = np.zeros(grid.shape, bool)
    inside[k, 5:20, 10:30] = True
    return mask_part(inside, grid)


def test_a_mask_is_held_in_its_box_and_a_voxel_around():
    mask = mask_of(slice(100, 110))
    assert mask.box == as_box((slice(99, 111), slice(4, 21), slice(9, 31)))
    assert mask_of(slice(0, 10)).box[0] == slice(0, 11)


def test_labels_lie_where_the_masks_do_and_the_upper_level_has_a_common_voxel():
    masks = ImportedMasks({L1: mask_of(slice(100, 112)), L2: mask_of(slice(90, 101))}, ())
    region = Part.of(sitk.Image(*GRID.size, sitk.sitkUInt8)).narrowed(
        as_box((slice(95, 400),) * 1 + (slice(0, 40),) * 2)
    )
    labels = sitk.GetArrayFromImage(masks.labels(region).image)
    assert [int(labels[k - 95, 10, 20]) for k in (95, 99, 100, 111, 112)] == [L2, L2, L1, L1, 0]
    assert masks.box[0] == slice(89, 113)


def test_a_mask_of_another_grid_is_brought_onto_the_cts():
    fine = Grid((40, 30, 1000), (1.0, 1.0, 1.0), (-20.0, -15.0, -500.0), LPS)
    moved = onto_grid(mask_of(slice(200, 240), fine), GRID, L2)
    inside = sitk.GetArrayFromImage(moved.filled()) != 0
    assert [int(k) for k in np.flatnonzero(inside.any(axis=(1, 2)))[[0, -1]]] == [100, 119]
    assert Grid.of(moved.filled()) == GRID


def test_a_mask_outside_of_the_ct_is_refused():
    elsewhere = Grid(GRID.size, GRID.spacing, (-20.0, -15.0, 3000.0), LPS)
    with pytest.raises(OVCFRiskError, match=r"L2: only 0\.0 of .* ml of its mask lie in the CT"):
        onto_grid(mask_of(slice(200, 240), elsewhere), GRID, L2)


def test_masks_that_share_voxels_are_refused_and_others_not():
    require_apart(L1, mask_of(slice(100, 110)), L2, mask_of(slice(90, 100)))
    require_apart(L1, mask_of(slice(100, 110)), L2, mask_of(slice(10, 20)))
    with pytest.raises(OVCFRiskError, match="L1 and L2 share 600 voxels"):
        require_apart(L1, mask_of(slice(100, 110)), L2, mask_of(slice(90, 102)))
