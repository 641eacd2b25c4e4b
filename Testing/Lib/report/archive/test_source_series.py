"""Where each slice of a series lies in the labels, whatever way the axes run; what is elsewhere is refused."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.archive.source_series import read_source_series


def small_ct(slices=6) -> sitk.Image:
    ct = sitk.GetImageFromArray(np.zeros((slices, 12, 10), np.int16))
    ct.SetSpacing((0.8, 0.9, 2.5))
    ct.SetOrigin((-40.0, -30.0, 100.0))
    return ct


@pytest.fixture
def series(dicom_factory, tmp_path):
    """Function that writes a series and gives its files and the labels' grid."""

    def write(**header):
        ct = small_ct()
        return dicom_factory.write_series(tmp_path / "ct", ct, **header), sitk.Cast(ct, sitk.sitkUInt8)

    return write


def test_slices_are_in_ascending_k_whatever_the_order_of_the_files(series):
    files, labels = series()
    shuffled = [files[n] for n in (3, 0, 5, 1, 4, 2)]
    source = read_source_series(shuffled, labels)
    assert source.slice_of_frame == (0, 1, 2, 3, 4, 5)
    heights = [float(dataset.ImagePositionPatient[2]) for dataset in source.datasets]
    np.testing.assert_allclose(heights, 100.0 + 2.5 * np.arange(6))
    assert source.slice_mm == pytest.approx(2.5)


def test_library_entries_are_identity_and_place_and_nothing_of_the_patient(series):
    files, labels = series()
    source = read_source_series(files, labels)
    entries = source.library_entries()
    assert [e.SOPInstanceUID for e in entries] == [d.SOPInstanceUID for d in source.datasets]
    for entry in entries:
        assert "PatientName" not in entry
        assert "PatientID" not in entry
        assert [float(mm) for mm in entry.PixelSpacing] == [0.9, 0.8]


def test_a_thickness_that_is_missing_is_the_distance_of_the_slices(series):
    files, labels = series(SliceThickness=None)
    source = read_source_series(files, labels)
    assert {float(entry.SliceThickness) for entry in source.library_entries()} == {2.5}


def test_a_position_a_little_off_is_the_slice_and_half_a_slice_is_not(series):
    def moved_by(mm):
        def edit(k, dataset):
            if k == 3:
                x, y, z = (float(value) for value in dataset.ImagePositionPatient)
                dataset.ImagePositionPatient = [x, y, z + mm]

        return edit

    files, labels = series(per_slice=moved_by(0.2))
    assert read_source_series(files, labels).slice_of_frame == (0, 1, 2, 3, 4, 5)
    files, labels = series(per_slice=moved_by(1.25))
    with pytest.raises(OVCFRiskError, match=r"5 of the 6 slices of the labels .* among 6 frames of the series"):
        read_source_series(files, labels)


def test_a_slice_too_few_is_refused_with_what_to_give(series):
    files, labels = series()
    with pytest.raises(OVCFRiskError, match="give the series that was scored, and masks on its own grid"):
        read_source_series(files[:-1], labels)


def test_a_frame_that_says_no_place_is_named(series, tmp_path):
    files, labels = series()
    dataset = pydicom.dcmread(files[0])
    dataset.NumberOfFrames = 1
    dataset.save_as(tmp_path / "frames.dcm")
    with pytest.raises(OVCFRiskError, match="multi-frame CT lacks PlanePositionSequence for frame 1"):
        read_source_series([tmp_path / "frames.dcm"], labels)
