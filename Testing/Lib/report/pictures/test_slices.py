"""Slices show the patient the way radiologists look, whatever way the CT's axes run."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.pictures.ct_region import ct_extent, patient_box
from OVCFRiskLib.report.pictures.slices import PIXEL_MM, axial_slice, sagittal_slice

# Half a voxel of the small spine, and half a pixel.
HALF_VOXEL_MM = 1.3
ORIENTATIONS = ("RAI", "ASL", "SPR", "PIL")


def area(lines):
    """Area inside closed lines, mm2 (shoelace)."""
    total = 0.0
    for line in lines:
        x, y = line.T
        total += abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    return total


def marked(case, point_lps):
    """The CT with a ball of metal at a point."""
    array = sitk.GetArrayFromImage(case.ct)
    k, j, i = np.round(lps_to_index(case.ct, np.array([point_lps]))[0]).astype(int)
    array[k - 1 : k + 2, j - 2 : j + 3, i - 2 : i + 3] = 3000
    return image_like(array, case.ct)


def brightest(picture):
    """Middle of what is white, mm from the upper left corner."""
    rows, columns = np.nonzero(picture.pixels == 255)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5]) * PIXEL_MM


def test_bodies_have_the_masks_extent(case, bodies):
    assert list(bodies) == list(LumbarLevel)
    for level, body in bodies.items():
        statistics = sitk.LabelShapeStatisticsImageFilter()
        statistics.Execute(case.labels)
        np.testing.assert_allclose(body.center_lps, statistics.GetCentroid(int(level)), atol=1e-6)
        count = int(sitk.GetArrayViewFromImage(body.mask_image).sum())
        assert count == statistics.GetNumberOfPixels(int(level))


def test_labels_of_other_vertebrae_are_no_bodies(case):
    other = sitk.GetArrayFromImage(case.labels)
    other[other == LumbarLevel.L4] = 24
    assert list(cut_out_levels(image_like(other, case.labels))) == [LumbarLevel.L1, LumbarLevel.L2, LumbarLevel.L3]


def test_axial_slice_has_the_patients_right_on_the_left_and_front_on_top(case, bodies):
    center = bodies[LumbarLevel.L2].center_lps
    picture = axial_slice(marked(case, np.add(center, (-30.0, -20.0, 0.0))), bodies, LumbarLevel.L2)
    x, y = brightest(picture)
    width, height = picture.size_mm
    assert picture.sides == ("R", "L", "A", "P")
    assert x < width / 2
    assert y < height / 2
    outline = np.concatenate(picture.outlines[LumbarLevel.L2])
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    np.testing.assert_allclose((x, y) - middle, (-30.0, -20.0), atol=HALF_VOXEL_MM)


def test_sagittal_slice_has_front_on_the_left_and_head_on_top(case, bodies):
    center = bodies[LumbarLevel.L3].center_lps
    picture = sagittal_slice(marked(case, np.add(center, (0.0, -25.0, 8.0))), bodies)
    outline = np.concatenate(picture.outlines[LumbarLevel.L3])
    middle = (outline.min(axis=0) + outline.max(axis=0)) / 2
    assert picture.sides == ("A", "P", "S", "I")
    np.testing.assert_allclose(brightest(picture) - middle, (-25.0, -8.0), atol=HALF_VOXEL_MM)


@pytest.mark.parametrize("level", LumbarLevel)
def test_sagittal_slice_passes_through_the_middle_of_every_body(bodies, case, level):
    lines = sagittal_slice(case.ct, bodies).outlines[level]
    body = bodies[level]
    depth, height = np.ptp(np.concatenate(lines), axis=0)
    # the body is as deep in its middle as anywhere
    assert depth == pytest.approx(body.high_lps[1] - body.low_lps[1] + 1.5, abs=HALF_VOXEL_MM)
    assert height == pytest.approx(body.high_lps[2] - body.low_lps[2] + 2.0, abs=HALF_VOXEL_MM)


def test_outlines_follow_the_mask(case, bodies):
    for level, body in bodies.items():
        lines = axial_slice(case.ct, bodies, level).outlines[level]
        voxels = sitk.GetArrayViewFromImage(body.mask_image)
        k = round(lps_to_index(body.mask_image, body.center_lps[None])[0, 0])
        assert area(lines) == pytest.approx(voxels[k].sum() * 1.5 * 1.5, rel=0.03)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_axes_of_the_ct_do_not_matter(case, bodies, orientation):
    turned = cut_out_levels(sitk.DICOMOrient(case.labels, orientation))
    ct = sitk.DICOMOrient(case.ct, orientation)
    for here, there in (
        (sagittal_slice(case.ct, bodies), sagittal_slice(ct, turned)),
        (axial_slice(case.ct, bodies, LumbarLevel.L1), axial_slice(ct, turned, LumbarLevel.L1)),
    ):
        assert here.pixels.shape == there.pixels.shape
        # rounding may fall to either side
        assert np.abs(here.pixels.astype(int) - there.pixels.astype(int)).max() <= 1
        for level, lines in here.outlines.items():
            assert area(there.outlines[level]) == pytest.approx(area(lines), rel=1e-3)


def test_slice_ends_where_the_ct_ends(case, bodies):
    picture = sagittal_slice(case.ct, bodies)
    low, high = ct_extent(case.ct)
    assert picture.size_mm[1] <= high[2] - low[2] + PIXEL_MM
    assert (picture.pixels[[0, -1]] > 0).any(axis=1).all()


def test_one_body_is_enough(case, bodies):
    alone = {LumbarLevel.L2: bodies[LumbarLevel.L2]}
    assert list(sagittal_slice(case.ct, alone).outlines) == [LumbarLevel.L2]


def test_patient_box_holds_the_points_and_stays_in_the_ct(case):
    for orientation in ORIENTATIONS:
        ct = sitk.DICOMOrient(case.ct, orientation)
        box = patient_box(ct, np.array([-10.0, -20.0, -500.0]), np.array([5.0, 8.0, 4.0]))
        index = lps_to_index(ct, np.array([[-10.0, -20.0, 0.0], [5.0, 8.0, 4.0]]))
        for axis, part in enumerate(box):
            assert 0 <= part.start <= index[:, axis].min() + 1e-9
            assert index[:, axis].max() <= part.stop <= ct.GetSize()[::-1][axis]


@pytest.mark.filterwarnings("error")
def test_what_has_no_number_is_black(case, bodies):
    """On every machine: what becomes of such a number as a pixel is not defined."""
    array = sitk.GetArrayFromImage(case.ct).astype(np.float32)
    _, j, i = np.round(lps_to_index(case.ct, bodies[LumbarLevel.L3].center_lps[None])[0]).astype(int)
    array[:, j - 1 : j + 2, i - 2 : i + 3] = np.nan
    pixels = sagittal_slice(image_like(array, case.ct), bodies).pixels
    plain = sagittal_slice(case.ct, bodies).pixels
    assert not pixels[pixels != plain].any()
    assert (pixels != plain).any()
