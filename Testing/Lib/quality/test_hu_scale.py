import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import HU_CALIBRATION
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.hu_scale import check_hu_scale, scale_and_fat
from OVCFRiskLib.quality.masks import check_masks


def draw_torso(air_hu=-1000.0, fat_hu=-105.0, noise_hu=12.0, shift_hu=0.0):
    """An ellipse of muscle in a ring of fat in air."""
    y, x = np.meshgrid(np.linspace(-1, 1, 128), np.linspace(-1, 1, 128), indexing="ij")
    radius = np.hypot(x, y)
    plane = np.where(radius < 0.7, 55.0, np.where(radius < 0.85, fat_hu, air_hu))
    noise = np.random.default_rng(0).normal(0, noise_hu, (20, 128, 128))
    array = np.maximum(plane + noise + shift_hu, -1024).astype(np.int16)
    return sitk.GetImageFromArray(array)


def names(ct):
    return [finding.code for finding in check_hu_scale(ct)]


@pytest.mark.parametrize(("noise_hu", "fat_hu"), [(5.0, -105.0), (30.0, -105.0), (12.0, -92.0), (12.0, -118.0)])
def test_a_right_scale_passes(noise_hu, fat_hu):
    assert names(draw_torso(noise_hu=noise_hu, fat_hu=fat_hu)) == []


def test_air_clipped_to_the_lowest_value_passes():
    assert names(draw_torso(air_hu=-1024.0)) == []


def test_a_shifted_scale_is_found_by_air_and_fat():
    assert names(draw_torso(shift_hu=50.0)) == ["hu_air", "hu_fat"]


def test_a_stretched_scale_is_found_by_fat():
    findings = check_hu_scale(draw_torso(fat_hu=-160.0))
    assert [f.code for f in findings] == ["hu_fat"]
    assert findings[0].value == pytest.approx(-160, abs=6)


@pytest.mark.parametrize(
    ("kvp", "expected"), [(None, ["hu_fat"]), (120.0, ["hu_fat"]), (100.0, ["hu_fat"]), (80.0, [])]
)
def test_fat_as_dark_as_a_slope_of_a_quarter_makes_it_is_told_unless_the_voltage_is_low(kvp, expected):
    assert [finding.code for finding in check_hu_scale(draw_torso(fat_hu=-128.0), kvp)] == expected


def test_a_crop_without_air_and_fat_is_not_judged_and_says_so():
    noise = np.random.default_rng(0).normal(80, 60, (30, 40, 40)).astype(np.int16)
    assert names(sitk.GetImageFromArray(noise)) == ["hu_unchecked"]


@pytest.mark.parametrize(("slope", "expected"), [(1.0, []), (1.1, ["hu_air"]), (1.2, ["hu_air", "hu_fat"]), (0.9, [])])
def test_gas_of_the_bowel_shows_a_steep_scale_however_little_it_is(change, slope, expected):
    """Nothing is darker than air; less dark gas may be blurred."""

    def edit(array):
        array[array < -500] = 55  # no air around the patient
        array[8:12, 60:64, 60:64] = -1000

    ct = sitk.Cast(change(draw_torso(), edit), sitk.sitkFloat32)
    assert names(ct * slope) == expected


def test_streaks_in_air_are_no_steep_scale(change):
    """Long streaks of arms beside the belly are not averaged away by small blocks."""
    rng = np.random.default_rng(0)

    def edit(array):
        array[array < -500] += (
            rng.normal(0, 40, array.shape[:2])[:, :, None].repeat(128, 2)[array < -500].astype(np.int16)
        )
        return array

    assert names(change(draw_torso(), edit)) == []


@pytest.mark.parametrize("floor", [-200, -160])
def test_hu_cut_by_a_window_are_no_fat(change, floor):
    """What is cut lies at the floor, and was taken for fat that is shifted."""
    torso = draw_torso()
    torso.SetSpacing((3.0, 3.0, 3.0))
    cut = change(torso, lambda array: np.maximum(array, floor))
    assert scale_and_fat(cut)[0] is None
    assert names(cut) == []
    assert scale_and_fat(cut)[1] == pytest.approx(-105, abs=6)


def test_padding_is_neither_air_nor_fat(change):
    def pad(array):
        array[:, :, :40] = -3024

    assert names(change(draw_torso(), pad)) == []


def test_a_real_ct_passes(shared_data):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(shared_data / "crlm-ct-1006-dicom"))[::5])
    assert names(reader.Execute()) == []


@pytest.mark.parametrize(
    ("slope", "offset", "is_wrong"),
    [(1.0, 0.0, False), (1.1, 0.0, False), (0.9, 0.0, False), (2.0, 0.0, True), (0.5, 0.0, True), (3.0, 0.0, True)],
)
def test_a_slope_that_is_wrong_by_a_factor_stops_as_calibration(phantom, slope, offset, is_wrong):
    ct = sitk.Cast(phantom.ct, sitk.sitkFloat32) * slope + offset
    assert (scale_and_fat(ct)[0] is not None) == is_wrong
    found = check_masks(ct, cut_out_levels(phantom.labels, ct))
    codes = {f.code for f in found.findings[LumbarLevel.L2] if f.severity is Severity.STOPS_SCORING}
    assert ("hu_calibration" in codes) == is_wrong
    assert not codes - {"hu_calibration"}
    if is_wrong:
        assert "rescale slope is wrong" in found.reason_against_mask(LumbarLevel.L2)


@pytest.mark.parametrize(("fat", "soft"), [(-115.0, 65.0), (-95.0, 50.0), (-105.0, 130.0), (-120.0, 150.0)])
def test_voltages_and_contrast_medium_are_no_wrong_scale(fat, soft):
    rng = np.random.default_rng(0)
    hu = np.where(rng.random((60, 60, 60)) < 0.3, fat, soft) + rng.normal(0, 12, (60, 60, 60))
    assert scale_and_fat(sitk.GetImageFromArray(hu.astype(np.float32)))[0] is None


@pytest.mark.parametrize(
    ("slope", "offset", "variant"),
    [
        (1.0, 0.0, None),
        (1.05, 0.0, None),
        (0.95, 0.0, None),
        (1.0, 25.0, None),
        (1.2, 0.0, "air"),
        (1.5, 0.0, "air"),
        (0.8, 0.0, "air"),
        (0.7, 0.0, "air"),
        (1.0, 60.0, "offset"),
        (1.0, -60.0, "offset"),
    ],
)
def test_air_and_fat_together_tell_stretch_and_shift(slope, offset, variant):
    """A slope wrong by a fifth is no voltage: air and fat lie 895 HU apart at any."""
    found, _ = scale_and_fat(sitk.Cast(draw_torso(), sitk.sitkFloat32) * slope + offset)
    assert (found and found[0]) == variant
    if variant == "air":
        assert found[1]["slope"] == pytest.approx(slope, abs=0.03)
        text = HU_CALIBRATION.finding(variant=variant, **found[1]).text
        assert "slope is wrong" in text


def test_slopes_below_what_stops_are_warned_of_where_air_is_seen():
    assert names(sitk.Cast(draw_torso(), sitk.sitkFloat32) * 1.06) == ["hu_air"]


def test_lungs_are_no_compressed_air(change):
    """All the dark there is measures -860 HU; fat is where it should be."""

    def fill(array):
        array[array < -500] += 140

    assert scale_and_fat(change(draw_torso(), fill))[0] is None
    assert names(change(draw_torso(), fill)) == []


def test_padding_cut_off_and_stretched_is_not_taken_for_air():
    torso = sitk.GetArrayFromImage(draw_torso()).astype(np.float32)
    torso[:, :40] = -2000
    assert scale_and_fat(sitk.GetImageFromArray(torso))[0] is None


def test_noise_of_thin_slices_does_not_move_fat():
    assert names(draw_torso(noise_hu=80.0)) == []
    assert scale_and_fat(draw_torso(noise_hu=80.0))[0] is None


def test_real_cts_pass(shared_data):
    ct = read_ct(shared_data / "crlm-ct-1006-dicom")
    assert scale_and_fat(ct)[0] is None
    found = scale_and_fat(sitk.Cast(ct, sitk.sitkFloat32) * 1.2)[0]
    assert found is not None
    assert found[0] == "air"
    assert scale_and_fat(read_ct(shared_data / "tptbox-l3" / "sub-ct_label-22_ct.nii.gz"))[0] is None
