"""The small rooms of reading, each alone: ages, padding, kinds of images, axes, HU, layouts."""

from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.dicom_acquisition import patient_age_years
from OVCFRiskLib.reading.dicom_header import SliceHeader, is_damaged_ct, looks_like_dicom
from OVCFRiskLib.reading.dicom_series import find_series, is_axial
from OVCFRiskLib.reading.dicom_slices import stack_slices
from OVCFRiskLib.reading.dicom_volume import read_stack, stack_series
from OVCFRiskLib.reading.enhanced_ct import ENHANCED_KEYWORDS
from OVCFRiskLib.reading.grid_axes import GridAxes
from OVCFRiskLib.reading.hounsfield import PADDING_HU, as_hounsfield
from OVCFRiskLib.reading.image_kind import is_derived, special_kinds
from OVCFRiskLib.reading.nifti_geometry import decide_grid, read_nifti_layout
from OVCFRiskLib.reading.nifti_header import read_nifti_header
from OVCFRiskLib.reading.nifti_volume import default_grid, place_voxels
from OVCFRiskLib.reading.quiet import itk_reason, quiet_itk
from OVCFRiskLib.reading.series_choice import choose_series


def header(**tags):
    return SliceHeader(Path("IM1.dcm"), tags, (512, 512, 1), sitk.sitkInt16)


@pytest.mark.parametrize(
    ("tags", "years"),
    [
        ({"PatientAge": "062Y"}, 62.0),
        ({"PatientAge": "018M"}, 1.5),
        ({"PatientBirthDate": "19600304", "StudyDate": "20220303"}, 61.0),
        ({"PatientBirthDate": "19600304", "StudyDate": "20220304"}, 62.0),
        ({"PatientBirthDate": "20230101", "StudyDate": "20220304"}, None),
        ({"PatientBirthDate": "20220304", "StudyDate": "20220304"}, None),
        ({"PatientAge": "about 60"}, None),
        ({}, None),
    ],
)
def test_ages(tags, years):
    assert patient_age_years(header(**tags)) == years


@pytest.mark.parametrize(
    ("text", "count", "numbers"),
    [("1\\2.5", 2, (1.0, 2.5)), ("1\\x", 2, None), ("1", 2, None), ("1\\inf", 2, None), ("", 1, None)],
)
def test_numbers_of_a_header(text, count, numbers):
    assert header(PixelSpacing=text).numbers("PixelSpacing", count) == numbers


def test_padding_is_told_in_hu_whatever_its_sign():
    unsigned = header(PixelPaddingValue="0", RescaleIntercept="-1024", RescaleSlope="1", PixelRepresentation="0")
    assert unsigned.padding_hu == (-1024.0, -1024.0)
    turned = header(PixelPaddingValue="63536", RescaleIntercept="0", RescaleSlope="1", PixelRepresentation="1")
    assert turned.padding_hu == (-2000.0, -2000.0)
    assert header().padding_hu is None


@pytest.mark.parametrize(
    ("tags", "derived", "kinds"),
    [
        ({"ImageType": "ORIGINAL\\PRIMARY\\AXIAL"}, False, ()),
        ({"ImageType": "derived\\secondary\\mip"}, True, ("maximum intensity projection",)),
        (
            {"ImageType": "ORIGINAL\\PRIMARY\\AXIAL", "SeriesDescription": "65 keV"},
            False,
            ("virtual monoenergetic, 65 keV",),
        ),
        ({"RescaleType": "hu"}, False, ()),
    ],
)
def test_kinds(tags, derived, kinds):
    assert is_derived(header(**tags)) is derived
    assert special_kinds(header(**tags)) == kinds


def test_axial_and_other_slices():
    assert is_axial(header(ImageOrientationPatient="1\\0\\0\\0\\1\\0"))
    assert not is_axial(header(ImageOrientationPatient="1\\0\\0\\0\\0\\-1"))
    assert not is_axial(header())


def test_what_begins_like_dicom(tmp_path):
    (tmp_path / "a").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "b").write_bytes(b"\x08\x00\x05\x00" + b"\0" * 200)
    (tmp_path / "c.dcm").write_bytes(b"PNG")
    assert looks_like_dicom(tmp_path / "a")
    assert looks_like_dicom(tmp_path / "b")
    assert not looks_like_dicom(tmp_path / "c.dcm")
    assert is_damaged_ct(tmp_path / "c.dcm")  # its name says that it was one
    assert not looks_like_dicom(tmp_path / "absent")


def test_a_series_from_folder_to_voxels(tmp_path, small_ct, dicom_factory):
    dicom_factory.write_series(tmp_path, small_ct, SeriesInstanceUID="1.2.3")
    (series,) = find_series(tmp_path)
    assert (series.slices, series.is_axial, series.is_volume) == (12, True, True)
    assert series.extent_mm == pytest.approx(11 * 1.25)
    chosen, notes = choose_series([series])
    assert (chosen, notes) == (series, ())
    stack = stack_slices(series.headers)
    assert stack == stack_series(series)
    assert stack.spacing == pytest.approx(small_ct.GetSpacing())
    assert np.array_equal(sitk.GetArrayFromImage(read_stack(stack)), sitk.GetArrayFromImage(small_ct))


def test_enhanced_keywords_are_those_of_single_slices():
    assert ENHANCED_KEYWORDS["XRayTubeCurrentInmA"] == "XRayTubeCurrent"
    assert ENHANCED_KEYWORDS["RescaleType"] == "RescaleType"


def test_axes_apart_and_perpendicular():
    turn = np.reshape(sitk.Euler3DTransform((0, 0, 0), 0.3, 0.2, -0.4).GetMatrix(), (3, 3))
    axes = GridAxes.of_matrix(turn * (0.7, 0.8, 1.25))
    assert axes.spacing == pytest.approx((0.7, 0.8, 1.25))
    assert axes.deviation < 1e-9
    assert axes.tilt_degrees == pytest.approx(0.0, abs=1e-5)
    sheared = turn @ np.array([[1, 0, 0], [0, 1, np.tan(np.radians(12))], [0, 0, 1.0]])
    tilted = GridAxes.of_matrix(sheared)
    assert tilted.is_sheared
    assert tilted.tilt_degrees == pytest.approx(12.0)
    nearest = tilted.perpendicular()
    assert nearest.T @ nearest == pytest.approx(np.eye(3))
    assert np.linalg.det(nearest) == pytest.approx(1.0)
    mirrored = GridAxes.of_matrix(np.diag([1.0, 1.0, -1.0]))
    assert np.linalg.det(mirrored.perpendicular()) == pytest.approx(-1.0)
    assert not GridAxes.of_matrix(turn @ np.diag([1, 1, 0])).is_sheared


def test_hounsfield_units_come_back_whole(small_ct):
    as_float = sitk.Cast(small_ct, sitk.sitkFloat64)
    image, notes = as_hounsfield(as_float, "ct")
    assert image.GetPixelID() == sitk.sitkInt16
    padded = sitk.GetArrayFromImage(small_ct)
    padded[:, :3] = -2000
    image, notes = as_hounsfield(sitk.GetImageFromArray(padded), "ct")
    assert (sitk.GetArrayFromImage(image)[:, :3] == PADDING_HU).all()
    assert "padding" in " ".join(notes)


@pytest.mark.parametrize(
    ("low", "high", "hint"),
    [(0, 4000, "intercept"), (10, 300, "may be an MR"), (-1000, 50, "may be an MR"), (7, 7, "every voxel")],
)
def test_what_is_no_ct_is_refused(low, high, hint):
    array = np.linspace(low, high, 1000).reshape(10, 10, 10).astype(np.int16)
    with pytest.raises(OVCFRiskError, match=hint):
        as_hounsfield(sitk.GetImageFromArray(array), "x")


def test_a_layout_by_both_byte_orders(tmp_path):
    data = np.arange(24, dtype=np.int16).reshape(2, 3, 4)
    affine = np.diag([-0.5, -0.5, 2.0, 1.0])
    for order in "<>":
        image = nibabel.Nifti1Image(data, affine, nibabel.Nifti1Header(endianness=order))
        image.set_data_dtype(np.int16)
        image.set_qform(affine, 1)
        path = tmp_path / f"{'little' if order == '<' else 'big'}.nii"
        nibabel.save(image, path)
        layout = read_nifti_layout(path)
        assert (layout.shape, layout.type_code, layout.byte_order) == ((2, 3, 4), 4, order)
        assert layout.sform == pytest.approx(affine)
        assert layout.qform == pytest.approx(affine)
        grid = decide_grid(layout, "x")
        assert grid.axes.spacing == pytest.approx((0.5, 0.5, 2.0))
        assert grid.notes == ()
        header = read_nifti_header(path)
        assert (header.voxel_bytes, header.has_orientation) == (48, True)
    (tmp_path / "text.nii").write_text("no NIfTI " * 100)
    assert read_nifti_layout(tmp_path / "text.nii") is None


def test_a_file_without_a_place_gets_the_usual_one(tmp_path):
    image = nibabel.Nifti2Image(np.zeros((3, 3, 3), np.int16), None)
    image.header.set_zooms((0.5, 0.6, 2.0))
    nibabel.save(image, tmp_path / "x.nii")
    layout = read_nifti_layout(tmp_path / "x.nii")
    assert decide_grid(layout, "x") is None
    grid = default_grid(layout)
    assert grid.axes.spacing == pytest.approx((0.5, 0.6, 2.0))
    placed = place_voxels(sitk.Image(3, 3, 3, sitk.sitkInt16), grid, False)
    assert placed.GetSpacing() == pytest.approx((0.5, 0.6, 2.0))


def test_itk_is_quiet_inside_and_as_before_outside():
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    with quiet_itk():
        assert not sitk.ProcessObject.GetGlobalWarningDisplay()
    assert sitk.ProcessObject.GetGlobalWarningDisplay() == before
    assert itk_reason(RuntimeError("x\nitk::ERROR: Class(0x1): The file is short.\n")) == "The file is short"


@pytest.mark.parametrize(
    ("name", "kind"), [("x.png", r"a picture \(PNG"), ("x.vtk", "a VTK file"), ("x.txt", "no known image format")]
)
def test_files_of_other_formats_are_called_by_their_name(tmp_path, name, kind):
    if name.endswith(".txt"):
        (tmp_path / name).write_text("words")
    else:
        size = (4, 4) if name.endswith(".png") else (4, 4, 4)
        sitk.WriteImage(sitk.Image(size, sitk.sitkUInt8), str(tmp_path / name))
    with pytest.raises(OVCFRiskError, match=kind):
        read_ct(tmp_path / name)
