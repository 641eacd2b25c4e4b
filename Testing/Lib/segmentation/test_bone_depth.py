"""Depth below the surface of a cylinder of bone whose voxels were drawn too large or too small."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.segmentation.body_field import DEPTH_MARGIN_VOXELS
from OVCFRiskLib.segmentation.bone_depth import INSET_MM, INSET_VOXEL_MM, WALL_WITHIN_MM, bone_depth
from OVCFRiskLib.segmentation.local_volume import LocalGrid

HALF = np.array([22.0, 17.0, 13.0])
GRID = LocalGrid(BodyFrame(np.zeros(3), np.eye(3)), HALF + 9.0, 0.8)
SIDE, BACK, UP = np.broadcast_arrays(*GRID.coordinates())
WHOLE = tuple(slice(0, n) for n in GRID.shape)


def cylinder(beyond_mm):
    return (np.hypot(SIDE / (HALF[0] + beyond_mm), BACK / (HALF[1] + beyond_mm)) < 1) & (np.abs(UP) < HALF[2])


def depth_of(drawn, hu, slice_mm=1.0):
    ct = sitk.Image(4, 4, 4, sitk.sitkFloat32)
    ct.SetSpacing((0.8, 0.8, slice_mm))
    return bone_depth(ct, GRID, WHOLE, drawn, hu, HALF)


@pytest.mark.parametrize("drawn_mm", [-0.6, 0.0, 0.8])
def test_walls_end_where_hu_say_however_they_were_drawn(drawn_mm):
    hu = ndimage.gaussian_filter(np.where(cylinder(0.0), 220.0, 45.0).astype(np.float32), 1.0)
    depth = depth_of(cylinder(drawn_mm), hu)
    middle = np.abs(UP) < 5
    inside = (depth > 0) & middle
    known = cylinder(-WALL_WITHIN_MM[0]) & middle
    away_mm = (inside.sum() - known.sum()) / known.sum() * HALF[0] * HALF[1] / (HALF[0] + HALF[1])
    assert away_mm == pytest.approx(0.0, abs=0.25)


def test_walls_that_say_nothing_and_plates_are_moved_in_by_the_voxel():
    flat = np.full(GRID.shape, 70.0, np.float32)
    line = tuple(n // 2 for n in GRID.shape[1:])
    for slice_mm in (1.0, 2.0, 5.0):
        along = depth_of(cylinder(0.0), flat, slice_mm)[:, line[0], line[1]]
        top = np.interp(0.0, -along[GRID.shape[0] // 2 :], UP[GRID.shape[0] // 2 :, 0, 0])
        assert top == pytest.approx(HALF[2] - np.interp(slice_mm, INSET_VOXEL_MM, INSET_MM), abs=0.5)


def roughness_mm(inside_hu):
    """SD (mm) of how far a wall lies from its ellipse, drawn with noise of 1 mm, and voxels of the volume."""
    radius = np.hypot(SIDE / HALF[0], BACK / HALF[1])
    noise = ndimage.gaussian_filter(np.random.default_rng(4).normal(size=GRID.shape), 1.5)
    drawn = (radius + noise / noise.std() * 0.05 < 1) & (np.abs(UP) < HALF[2])
    hu = ndimage.gaussian_filter(np.where(cylinder(0.0), inside_hu, 45.0).astype(np.float32), 1.0)
    depth = depth_of(drawn, hu)
    at = np.abs(radius[(np.abs(depth) < 0.4) & (np.abs(UP) < 8)] - 1)
    return float(at.std()) * HALF[1], np.count_nonzero(depth > 0)


def test_noise_draws_less_of_a_weak_edge_and_rims_stay():
    strong, weak = roughness_mm(300.0), roughness_mm(95.0)
    assert weak[0] < 0.85 * strong[0]
    assert weak[1] == pytest.approx(strong[1], rel=0.03)


def test_a_weak_edge_lies_where_it_lies_however_near_the_box_ends():
    drawn = cylinder(0.0)
    hu = ndimage.gaussian_filter(np.where(drawn, 80.0, 45.0).astype(np.float32), 1.0)
    ct = sitk.Image(4, 4, 4, sitk.sitkFloat32)
    ct.SetSpacing((0.8, 0.8, 1.0))
    box = mask_box(drawn, DEPTH_MARGIN_VOXELS)
    whole, near = depth_of(drawn, hu), bone_depth(ct, GRID, box, drawn[box], hu, HALF)
    at = np.abs(whole[box]) < 0.8
    # by reflected depths the surface would lie 0.15 mm further in
    np.testing.assert_allclose(near[at], whole[box][at], atol=0.05)
