"""DICOM folders as they come: several series, strangers among them, slices that are gone."""

import random
import shutil

import numpy as np
import pytest
import SimpleITK as sitk
from pydicom.uid import generate_uid

from OVCFRiskLib.ct import read_acquisition, read_ct, read_ct_and_acquisition, series_files
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import same_grid

ENHANCED_SR, SEGMENTATION = "1.2.840.10008.5.1.4.1.1.88.22", "1.2.840.10008.5.1.4.1.1.66.4"


def assert_same(ct: sitk.Image, expected: sitk.Image) -> None:
    assert same_grid(ct, expected)
    assert np.array_equal(sitk.GetArrayFromImage(ct), sitk.GetArrayFromImage(expected))


@pytest.mark.parametrize(("slope", "intercept"), [(1, -1024), (1, 0), (2, -1024)])
def test_hu_and_grid_come_back(tmp_path, small_ct, dicom_factory, slope, intercept):
    small_ct = small_ct // 2 * 2
    dicom_factory.write_series(tmp_path, small_ct, slope=slope, intercept=intercept)
    ct = read_ct(tmp_path)
    assert_same(ct, small_ct)
    assert ct.GetPixelID() == sitk.sitkInt16


def test_slices_come_in_order_of_place_not_of_name(tmp_path, small_ct, dicom_factory):
    names = [f"{n}" for n in range(12)]
    random.Random(3).shuffle(names)
    paths = dicom_factory.write_series(tmp_path, small_ct, name=lambda k: names[k])
    assert_same(read_ct(tmp_path), small_ct)
    assert series_files(tmp_path) == tuple(paths)


def test_oblique_slices_keep_their_axes(tmp_path, small_ct, dicom_factory):
    turn = sitk.Euler3DTransform((0, 0, 0), 0.2, -0.1, 0.3)
    small_ct.SetDirection(turn.GetMatrix())
    dicom_factory.write_series(tmp_path, small_ct)
    assert_same(read_ct(tmp_path), small_ct)


def test_descending_stack_is_turned_to_ascend(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path, small_ct, per_slice=lambda k, d: d.update({"InstanceNumber": 12 - k}))
    assert_same(read_ct(tmp_path), small_ct)


def test_each_slice_has_its_own_slope_and_intercept(tmp_path, small_ct, dicom_factory):
    expected = sitk.GetArrayFromImage(small_ct).astype(float)

    def change(k, dataset):
        if k == 5:
            dataset.RescaleSlope, dataset.RescaleIntercept = "0.5", "-512"
        if k == 6:
            dataset.RescaleIntercept = "-1000"

    dicom_factory.write_series(tmp_path, small_ct, per_slice=change)
    expected[5] = (expected[5] + 1024) * 0.5 - 512
    expected[6] += 24
    ct = read_ct(tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(ct), expected)
    assert ct.GetPixelID() == sitk.sitkFloat32


def test_largest_axial_series_is_chosen_and_said(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path / "a" / "b", small_ct, SeriesInstanceUID="1.2.3")
    dicom_factory.write_series(tmp_path / "c", small_ct[:, :, :8], SeriesInstanceUID="1.2.4")
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    assert_same(ct, small_ct)
    assert acquisition.series_uid == "1.2.3"
    assert any("2 CT series" in note and "12 slices" in note and "1.2.4" in note for note in acquisition.notes)
    assert_same(read_ct(tmp_path, series="1.2.4"), small_ct[:, :, :8])
    assert len(series_files(tmp_path, series="1.2.4")) == 8


def test_coronal_series_with_more_slices_is_not_chosen(tmp_path, small_ct, dicom_factory):
    coronal = sitk.PermuteAxes(small_ct, (0, 2, 1))
    dicom_factory.write_series(tmp_path / "coronal", coronal, SeriesInstanceUID="1.2.5")
    dicom_factory.write_series(tmp_path / "axial", small_ct, SeriesInstanceUID="1.2.6")
    assert read_acquisition(tmp_path).series_uid == "1.2.6"
    with pytest.raises(OVCFRiskError, match=r"expected an axial CT series.*not axial, 20 slices"):
        read_ct(tmp_path / "coronal")
    assert read_ct(tmp_path, series="1.2.5").GetSize() == (24, 12, 20)


def test_unknown_series_names_the_known(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path, small_ct, SeriesInstanceUID="1.2.3")
    with pytest.raises(OVCFRiskError, match=r"no CT series '9\.9'.*1\.2\.3"):
        read_ct(tmp_path, series="9.9")


def test_strangers_are_left_out(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path, small_ct)
    dicom_factory.write_series(tmp_path / "mr", small_ct, Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    dicom_factory.write_series(tmp_path / "scout", small_ct[:, :, :3], ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    dicom_factory.write_object(tmp_path / "report.dcm", dicom_factory.plain_object(ENHANCED_SR, "SR"))
    dicom_factory.write_object(tmp_path / "seg.dcm", dicom_factory.plain_object(SEGMENTATION, "SEG"))
    (tmp_path / "readme.txt").write_text("not DICOM")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "._IM0001.dcm").write_bytes(b"\0\5\26\7" + b"\0" * 200)
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    assert_same(ct, small_ct)
    assert acquisition.notes == ()


def test_localiser_in_the_same_series(tmp_path, small_ct, dicom_factory):
    uid = generate_uid()
    dicom_factory.write_series(tmp_path, small_ct, SeriesInstanceUID=uid)
    scout = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"], "SeriesInstanceUID": uid}
    dicom_factory.write_series(tmp_path / "scout", small_ct[:, :, :2], **scout)
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    assert_same(ct, small_ct)
    assert acquisition.notes == ("2 localiser images left out",)


def test_scout_across_the_stack_without_a_mark(tmp_path, small_ct, dicom_factory):
    uid = generate_uid()
    dicom_factory.write_series(tmp_path, small_ct, SeriesInstanceUID=uid)
    sagittal = sitk.PermuteAxes(small_ct, (1, 2, 0))[:, :, :1]
    dicom_factory.write_series(tmp_path / "scout", sagittal, SeriesInstanceUID=uid)
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    assert_same(ct, small_ct)
    assert acquisition.notes == ("1 image of another orientation than the axial stack left out",)


def test_one_slice_stands_for_its_series(tmp_path, small_ct, dicom_factory):
    paths = dicom_factory.write_series(tmp_path, small_ct, SeriesInstanceUID="1.2.3")
    other = dicom_factory.write_series(tmp_path, small_ct, SeriesInstanceUID="1.2.4", name="other{}".format)
    assert_same(read_ct(paths[4]), small_ct)
    assert read_acquisition(other[0]).series_uid == "1.2.4"


def test_files_without_extension_and_without_preamble(tmp_path, small_ct, dicom_factory):
    for path in dicom_factory.write_series(tmp_path, small_ct, name=str):
        path.write_bytes(path.read_bytes()[132:])
    assert_same(read_ct(tmp_path), small_ct)


def test_copied_files_count_once(tmp_path, small_ct, dicom_factory):
    paths = dicom_factory.write_series(tmp_path / "a", small_ct)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    assert_same(ct, small_ct)
    assert acquisition.notes == ("12 copied slices left out",)
    assert series_files(tmp_path) == tuple(paths)


@pytest.mark.parametrize(("gone", "expected"), [((5,), "1 missing slice "), ((5, 6), "2 missing slices ")])
def test_missing_slices_are_named(tmp_path, small_ct, dicom_factory, gone, expected):
    for k, path in enumerate(dicom_factory.write_series(tmp_path, small_ct)):
        if k in gone:
            path.unlink()
    after = max(gone) + 1
    place = f"{-640.25 + 1.25 * after:.2f} mm"
    with pytest.raises(
        OVCFRiskError, match=rf"{expected}between 'IM0004.dcm' at -635.25 mm and 'IM{after:04d}.dcm' at {place}"
    ):
        read_ct(tmp_path)


def test_uneven_spacing_is_named(tmp_path, small_ct, dicom_factory):
    def change(k, dataset):
        if k >= 8:
            dataset.ImagePositionPatient[2] = float(dataset.ImagePositionPatient[2]) + 0.4

    dicom_factory.write_series(tmp_path, small_ct, per_slice=change)
    with pytest.raises(OVCFRiskError, match=r"uneven spacing between 'IM0007\.dcm'.*1\.25 mm apart, got 1\.65 mm"):
        read_ct(tmp_path)


def test_two_phases_in_one_series(tmp_path, small_ct, dicom_factory):
    uid = generate_uid()
    dicom_factory.write_series(tmp_path / "a", small_ct, SeriesInstanceUID=uid)
    dicom_factory.write_series(tmp_path / "b", small_ct, SeriesInstanceUID=uid, AcquisitionNumber=2)
    with pytest.raises(OVCFRiskError, match=r"two slices lie at the same place.*acquisitions 1, 2"):
        read_ct(tmp_path)


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("PixelSpacing", ["0.9", "0.9"], "pixel spacing"),
        ("ImageOrientationPatient", ["1", "0", "0", "0", "0.98", "0.199"], "orientation"),
    ],
)
def test_mixed_slices_are_named(tmp_path, small_ct, dicom_factory, keyword, value, expected):
    def change(k, dataset):
        if k == 9:
            setattr(dataset, keyword, value)

    dicom_factory.write_series(tmp_path, small_ct, per_slice=change)
    with pytest.raises(OVCFRiskError, match=rf"different {expected}: 'IM0000\.dcm'.*'IM0009\.dcm'"):
        read_ct(tmp_path)


def test_mixed_sizes_are_named(tmp_path, small_ct, dicom_factory):
    uid = generate_uid()
    dicom_factory.write_series(tmp_path, small_ct[:, :, :9], SeriesInstanceUID=uid)
    rest = small_ct[:20, :, 9:]
    dicom_factory.write_series(tmp_path / "rest", rest, SeriesInstanceUID=uid)
    with pytest.raises(OVCFRiskError, match=r"different size.*\(24, 20\).*\(20, 20\)"):
        read_ct(tmp_path)


@pytest.mark.parametrize("keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"])
def test_slice_without_a_place(tmp_path, small_ct, dicom_factory, keyword):
    dicom_factory.write_series(tmp_path, small_ct, **{keyword: None})
    with pytest.raises(OVCFRiskError, match=keyword if keyword != "ImageOrientationPatient" else "axial"):
        read_ct(tmp_path)


def test_tilted_gantry_is_refused(tmp_path, small_ct, dicom_factory):
    angle = np.radians(12)
    rows = ["1", "0", "0", "0", f"{np.cos(angle):.8f}", f"{np.sin(angle):.8f}"]
    dicom_factory.write_series(tmp_path, small_ct, ImageOrientationPatient=rows)
    with pytest.raises(OVCFRiskError, match=r"tilted by 12\.0 degrees"):
        read_ct(tmp_path)


def test_slice_shifted_sideways_is_named(tmp_path, small_ct, dicom_factory):
    def change(k, dataset):
        if k == 6:
            dataset.ImagePositionPatient[0] = float(dataset.ImagePositionPatient[0]) + 3

    dicom_factory.write_series(tmp_path, small_ct, per_slice=change)
    with pytest.raises(OVCFRiskError, match=r"slice 7 of 12 is shifted sideways by 3\.00 mm"):
        read_ct(tmp_path)


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99])
def test_truncated_slice_is_named(tmp_path, small_ct, dicom_factory, kept):
    path = dicom_factory.write_series(tmp_path, small_ct)[11]
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(OVCFRiskError, match=r"IM0011\.dcm' is a CT image that cannot be read.*cut"):
        read_ct(tmp_path)


def test_folders_without_a_ct(tmp_path, small_ct, dicom_factory):
    with pytest.raises(OVCFRiskError, match="does not exist"):
        read_ct(tmp_path / "missing")
    with pytest.raises(OVCFRiskError, match="an empty folder"):
        read_ct(tmp_path)
    dicom_factory.write_series(tmp_path, small_ct, Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
    with pytest.raises(OVCFRiskError, match="got 12 images of modality MR"):
        read_ct(tmp_path)
    with pytest.raises(OVCFRiskError, match="got 1 image of modality MR"):
        read_ct(tmp_path / "IM0000.dcm")


def test_two_slices_are_no_volume(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path, small_ct[:, :, :2], SeriesInstanceUID="1.2.3")
    with pytest.raises(OVCFRiskError, match="at least 3 slices"):
        read_ct(tmp_path)
    with pytest.raises(OVCFRiskError, match="has 2 slices, expected at least 3"):
        read_ct(tmp_path, series="1.2.3")


def test_padding_of_the_header_becomes_air(tmp_path, small_ct, dicom_factory):
    def pad(_k, dataset):
        pixels = np.frombuffer(dataset.PixelData, np.uint16).copy()
        pixels[:30] = 63536  # what GE writes for -2000 in unsigned pixels
        dataset.PixelData = pixels.tobytes()
        dataset.add_new("PixelPaddingValue", "US", 63536)

    dicom_factory.write_series(tmp_path, small_ct, per_slice=pad)
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    array = sitk.GetArrayFromImage(ct).reshape(12, -1)
    assert (array[:, :30] == -1024).all()
    assert np.array_equal(array[:, 30:], sitk.GetArrayFromImage(small_ct).reshape(12, -1)[:, 30:])
    assert ct.GetPixelID() == sitk.sitkInt16
    assert "padding" in acquisition.notes[0]


def test_unsigned_without_intercept_is_refused(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path, small_ct, RescaleIntercept="0")
    with pytest.raises(OVCFRiskError, match=r"expected Hounsfield units.*from 24 to 19\d\d.*intercept"):
        read_ct(tmp_path)


def test_real_ct(shared_data):
    ct, acquisition = read_ct_and_acquisition(shared_data / "crlm-ct-1006-dicom")
    assert ct.GetSize() == (512, 512, 51)
    assert ct.GetPixelID() == sitk.sitkInt16
    assert acquisition.spacing_mm == pytest.approx((0.804688, 0.804688, 5.0))
    assert (acquisition.kvp, acquisition.patient_sex, acquisition.patient_age_years) == (120.0, "F", 49.0)
    assert acquisition.contrast_agent == "GASTRO & OMNI"
    assert sitk.GetArrayViewFromImage(ct).min() == -1024
