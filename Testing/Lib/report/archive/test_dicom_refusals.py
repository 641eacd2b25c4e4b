"""What cannot be exported is told in a sentence before anything is written."""

import builtins

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import series_files
from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.archive import write_dicom


@pytest.fixture
def small():
    """A CT of 8 slices and labels of one body."""
    ct = sitk.GetImageFromArray(np.zeros((8, 12, 10), np.int16))
    ct.SetSpacing((0.8, 0.8, 2.0))
    ct.SetOrigin((-40.0, -30.0, 100.0))
    labels = np.zeros((8, 12, 10), np.uint8)
    labels[2:6, 3:9, 3:8] = LumbarLevel.L2
    return ct, image_like(labels, ct)


@pytest.fixture
def export(small, dicom_factory, tmp_path, case):
    """Write the CT with changed headers, export, return the error; nothing may be written."""

    def call(labels=None, source=None, **header):
        dicom_factory.write_series(tmp_path / "ct", small[0], **header)
        source = tmp_path / "ct" if source is None else source
        with pytest.raises(OVCFRiskError) as caught:
            write_dicom(case.assessment, labels or small[1], source, None, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        return str(caught.value)

    return call


def test_a_ct_that_is_not_dicom(export, small, tmp_path):
    sitk.WriteImage(small[0], str(tmp_path / "ct.nii.gz"))
    assert "expected a DICOM series" in export(source=tmp_path / "ct.nii.gz")


def test_files_that_are_not_dicom(export, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear colleague")
    assert "can only be written for a CT read from DICOM" in export(source=[tmp_path / "letter.txt"])


def test_no_files(export):
    assert "got none" in export(source=[])


def test_masks_that_are_shifted(export, small):
    moved = sitk.Image(small[1])
    moved.SetOrigin((-40.0, -30.0, 101.0))
    assert "not on the CT's frames: 0 of the 8 slices" in export(labels=moved)


def test_masks_of_a_part_of_the_ct(small, export):
    part = sitk.RegionOfInterest(small[1], (10, 10, 8), (0, 0, 0))
    assert "not on the CT's frames" in export(labels=part)


def test_masks_of_other_slices(small, export):
    assert "not on the CT's frames" in export(labels=sitk.Expand(small[1], (1, 1, 2)))


def test_empty_masks(small, export):
    assert "20 (L1) to 23 (L4), got none" in export(labels=small[1] * 0)


@pytest.mark.parametrize("keyword", ["FrameOfReferenceUID", "StudyInstanceUID"])
def test_a_header_without_what_references_need(export, keyword):
    assert f"lacks {keyword}" in export(**{keyword: None})


def test_slices_of_several_series(small, dicom_factory, case, tmp_path):
    files = [
        *dicom_factory.write_series(tmp_path / "a", small[0]),
        *dicom_factory.write_series(tmp_path / "b", small[0]),
    ]
    with pytest.raises(OVCFRiskError, match="expected the files of one CT series, got 2"):
        write_dicom(case.assessment, small[1], files, None, tmp_path / "out")


def test_without_highdicom(export, monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name.split(".")[0] == "highdicom":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert "pip install highdicom" in export()
    assert issubclass(MissingDependencyError, OVCFRiskError)


@pytest.mark.parametrize(
    "header",
    [
        dict.fromkeys(("PatientID", "PatientName", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime")),
        {"SliceThickness": None, "SeriesNumber": None},
        {"PatientSex": "W"},
        {"PatientName": "Anonymous"},
        {"PatientBirthDate": "1960", "StudyTime": "noon"},
        {"StudyID": None, "AccessionNumber": None, "ReferringPhysicianName": None},
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_poor_headers_still_give_objects(small, dicom_factory, case, tmp_path, header):
    with pydicom.config.disable_value_validation():
        dicom_factory.write_series(tmp_path / "ct", small[0], **header)
        files = write_dicom(case.assessment, small[1], tmp_path / "ct", None, tmp_path / "out")
    source = pydicom.dcmread(series_files(tmp_path / "ct")[0])
    for path in files:
        assert pydicom.dcmread(path).StudyInstanceUID == source.StudyInstanceUID
