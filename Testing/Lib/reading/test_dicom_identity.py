"""Patient, study and time of the acquisition from a header."""

import datetime
from datetime import datetime as moment
from pathlib import Path

import pytest

from OVCFRiskLib.ct import read_identity
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.reading.dicom_header import SliceHeader
from OVCFRiskLib.reading.dicom_identity import date_of, identity_of

BERLIN = datetime.timezone(datetime.timedelta(hours=1))


def identity(**tags):
    return identity_of(SliceHeader(Path("x.dcm"), tags, (1, 1, 1), 2))


def test_takes_what_the_header_says():
    found = identity(
        PatientID="7",
        StudyDate="20240301",
        SeriesNumber="4",
        SeriesDescription="Abdomen",
        StudyInstanceUID="1.2",
        SeriesInstanceUID="1.3",
    )
    assert found == Identity("7", datetime.date(2024, 3, 1), None, "Abdomen", 4, "1.2", "1.3")
    assert identity() == Identity()


@pytest.mark.parametrize(
    ("tags", "time"),
    [
        ({"AcquisitionDate": "20240301", "AcquisitionTime": "101530.25"}, moment(2024, 3, 1, 10, 15, 30)),
        ({"StudyDate": "20240301", "StudyTime": "10"}, moment(2024, 3, 1, 10)),
        (
            {"AcquisitionDate": "20240301", "StudyDate": "20240302", "StudyTime": "11"},
            moment(2024, 3, 2, 11),
        ),
        ({"StudyDate": "20240301"}, None),
        ({"StudyDate": "2024-03-01", "StudyTime": "10"}, None),
        ({"StudyDate": "20240301", "StudyTime": "256199"}, None),
    ],
)
def test_time_of_the_acquisition_else_of_the_study(tags, time):
    assert identity(**tags).acquired == time


@pytest.mark.parametrize(
    ("offset", "zone"), [("+0100", BERLIN), ("-0530", datetime.timezone(-datetime.timedelta(hours=5.5))), ("x", None)]
)
def test_time_zone_of_the_header(offset, zone):
    found = identity(StudyDate="20240301", StudyTime="101500", TimezoneOffsetFromUTC=offset)
    assert found.acquired.tzinfo == zone


def test_dates_that_are_none():
    assert [date_of(text) for text in (None, "", "20241301", "2024")] == [None] * 4


def test_a_file_without_a_header_has_no_identity(small_ct, tmp_path):
    import SimpleITK as sitk

    sitk.WriteImage(small_ct, str(tmp_path / "ct.nii.gz"))
    assert read_identity(tmp_path / "ct.nii.gz") == Identity()
