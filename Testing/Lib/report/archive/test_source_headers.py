"""Headers of the source as new objects may copy from them, and times in its zone."""

import datetime

import pytest
from pydicom import Dataset

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.archive.carried_attributes import carry_attributes
from OVCFRiskLib.report.archive.source_headers import read_source_headers


def test_texts_are_decoded_and_will_be_written_as_utf8(case, dicom_factory, tmp_path):
    who = {"SpecificCharacterSet": "ISO_IR 100", "PatientID": "é", "StudyDescription": "Wirbelsäule"}
    dicom_factory.write_series(tmp_path, case.ct[:, :, :3], **who)
    for dataset in read_source_headers(sorted(tmp_path.iterdir())):
        assert (dataset.SpecificCharacterSet, dataset.PatientID) == ("ISO_IR 192", "é")
        assert dataset.StudyDescription == "Wirbelsäule"


def test_a_text_outside_its_character_set_is_left_out_and_the_id_refused(case, dicom_factory, tmp_path):
    dicom_factory.write_series(tmp_path, case.ct[:, :, :3], SpecificCharacterSet="ISO_IR 100", PatientName="Müller")
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"ISO_IR 192"))
    assert {str(dataset.PatientName) for dataset in read_source_headers(sorted(tmp_path.iterdir()))} == {""}


def test_no_files_are_refused():
    with pytest.raises(OVCFRiskError, match="got none"):
        read_source_headers([])


def test_without_a_zone_in_the_source_no_time_is_touched():
    source, made = Dataset(), Dataset()
    made.ContentDate, made.ContentTime = "20200101", "120000"
    source.IssuerOfPatientID = "hospital"
    carry_attributes(source, made)
    assert (made.ContentDate, made.ContentTime, made.IssuerOfPatientID) == ("20200101", "120000", "hospital")
    assert "TimezoneOffsetFromUTC" not in made
    source.TimezoneOffsetFromUTC = "-1000"
    carry_attributes(source, made)
    zone = datetime.timezone(datetime.timedelta(hours=-10))
    assert made.ContentDate == datetime.datetime.now(zone).strftime("%Y%m%d")
