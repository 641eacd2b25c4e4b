"""Endplates between the slices: bodies whose height is no multiple of them, in CTs with partial volume."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.ndimage import uniform_filter1d

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.body_columns import stand_columns
from OVCFRiskLib.quality.height_profile import measure_six_points
from OVCFRiskLib.quality.plate_fit import fit_plates

L2 = LumbarLevel.L2
FINE_MM = 0.25
FRONT_MM, BACK_MM = 15.0, 45.0
MIDDLE_MM = 30.0


def slab(front_mm, back_mm, slice_mm, phase_mm=0.0, plate_hu=600.0, bone_hu=120.0, disc_hu=80.0, noise_hu=15.0):
    """CT and labels of a block, straight from front to back, whose lower plate is level; averaged from fine slices."""
    x, y = np.arange(56) * 1.0, np.arange(60) * 1.0
    z = np.arange(0, 60, FINE_MM) + FINE_MM / 2
    part = np.clip((y - FRONT_MM) / (BACK_MM - FRONT_MM), 0, 1)
    height = front_mm + (back_mm - front_mm) * part
    bottom = MIDDLE_MM - max(front_mm, back_mm) / 2 + phase_mm
    up = z[:, None, None] - bottom
    within = ((y >= FRONT_MM) & (y < BACK_MM))[None, :, None] & ((x >= 8) & (x < 48))[None, None, :]
    inside = within & (up > 0) & (up < height[None, :, None])
    is_plate = inside & ((up < 0.5) | (up > height[None, :, None] - 0.5))
    hu = np.where(is_plate, plate_hu, np.where(inside, bone_hu, disc_hu))
    many = round(slice_mm / FINE_MM)
    thick = hu[: len(z) // many * many].reshape(-1, many, *hu.shape[1:]).mean(axis=1)
    part_of = inside[: len(z) // many * many].reshape(-1, many, *hu.shape[1:]).mean(axis=1)
    thick = thick + np.random.default_rng(1).normal(0, noise_hu, thick.shape)
    images = [sitk.GetImageFromArray(a) for a in (thick.astype(np.int16), (part_of > 0.5).astype(np.uint8) * int(L2))]
    for image in images:
        image.SetSpacing((1.0, 1.0, slice_mm))
    return images


def overlapping(front_mm, back_mm, slice_mm, every_mm):
    """As `slab`, of slices that are thicker than they lie apart."""
    thin, labels = slab(front_mm, back_mm, every_mm, noise_hu=0.0)
    hu = sitk.GetArrayFromImage(thin).astype(float)
    hu = uniform_filter1d(hu, round(slice_mm / every_mm), axis=0) + np.random.default_rng(1).normal(0, 15.0, hu.shape)
    ct = sitk.GetImageFromArray(hu.astype(np.int16))
    ct.CopyInformation(labels)
    return ct, labels


def heights_of(ct, labels, slice_thickness_mm=None):
    found = measure_six_points(cut_out_levels(labels, ct, slice_thickness_mm)[L2])
    return found, np.array([found.anterior_mm, found.middle_mm, found.posterior_mm])


@pytest.mark.parametrize(("slice_mm", "most_mm"), [(1.0, 0.6), (2.0, 0.8), (3.0, 2.2)])
def test_a_height_is_found_whatever_the_phase_of_the_slices(slice_mm, most_mm):
    for phase in (0.0, slice_mm / 3, slice_mm / 2):
        found, heights = heights_of(*slab(26.3, 26.3, slice_mm, phase))
        assert found.is_from_ct
        # plates as level as the slices are the worst case: all voxels cut them at one height
        np.testing.assert_allclose(heights, 26.3, atol=most_mm)


@pytest.mark.parametrize(("slice_mm", "most"), [(1.0, 0.03), (2.0, 0.05), (3.0, 0.08)])
@pytest.mark.parametrize("bone_hu", [40.0, 120.0])
def test_a_wedge_of_a_third_is_measured_within_a_few_percent(slice_mm, most, bone_hu):
    for phase in (0.0, slice_mm / 2):
        _, (front, _, back) = heights_of(*slab(17.8, 27.0, slice_mm, phase, bone_hu=bone_hu))
        assert 1 - front / back == pytest.approx(0.34, abs=most)


def test_the_mask_may_end_a_few_millimetres_off_the_plate():
    ct, labels = slab(26.3, 26.3, 1.0)
    array = sitk.GetArrayFromImage(labels)
    array[np.flatnonzero(array.any(axis=(1, 2)))[-3:]] = 0
    short = sitk.GetImageFromArray(array)
    short.CopyInformation(labels)
    np.testing.assert_allclose(heights_of(ct, short)[1], 26.3, atol=0.8)


def test_bone_without_an_edge_leaves_the_mask_to_be_measured():
    ct, labels = slab(26.0, 26.0, 1.0, plate_hu=90.0, bone_hu=90.0, disc_hu=90.0)
    found, heights = heights_of(ct, labels)
    assert not found.is_from_ct
    np.testing.assert_allclose(heights, 26.0, atol=0.6)
    assert found.anterior_uncertainty_mm > heights_of(*slab(26.0, 26.0, 1.0))[0].anterior_uncertainty_mm


def test_plates_far_from_the_ends_of_the_mask_are_not_its_plates():
    ct, labels = slab(26.0, 26.0, 1.0)
    array = sitk.GetArrayFromImage(labels)
    array[np.flatnonzero(array.any(axis=(1, 2)))[-12:]] = 0
    short = sitk.GetImageFromArray(array)
    short.CopyInformation(labels)
    assert not heights_of(ct, short)[0].is_from_ct


def test_thicker_slices_leave_more_open():
    opened = [heights_of(*slab(26.0, 26.0, mm))[0].anterior_uncertainty_mm for mm in (1.0, 3.0, 5.0)]
    assert opened == sorted(opened)


def test_slices_that_overlap_leave_as_much_open_as_their_thickness_does():
    ct, labels = overlapping(24.0, 26.6, 5.0, 1.0)
    believed, _ = heights_of(ct, labels)
    found, heights = heights_of(ct, labels, 5.0)
    np.testing.assert_allclose(heights, (24.0, 25.3, 26.6), atol=1.0)
    assert found.anterior_uncertainty_mm > 1.5 * believed.anterior_uncertainty_mm


def test_a_header_that_says_thinner_slices_than_lie_apart_changes_nothing():
    ct, labels = slab(24.0, 26.0, 3.0)
    assert heights_of(ct, labels, 1.0)[0] == heights_of(ct, labels)[0]


def test_what_is_fitted_are_heights_with_their_spread():
    ct, labels = slab(24.0, 28.0, 1.0)
    body = cut_out_levels(labels, ct)[L2]
    plates = fit_plates(body, stand_columns(body))
    heights, spread = plates.heights(np.array([0.0, 0.5, 1.0]))
    np.testing.assert_allclose(heights, (24.0, 26.0, 28.0), atol=0.6)
    assert ((spread > 0) & (spread < 0.5)).all()
