"""Patient and study of a CT from a DICOM header."""

from __future__ import annotations

import datetime
import re

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.reading.character_sets import is_readable
from OVCFRiskLib.reading.dicom_header import SliceHeader

# As DICOM writes a time (hours, minutes, seconds; the fraction is not kept) and an offset from UTC (hours, minutes).
TIME = re.compile(r"(\d{2})(\d{2})?(\d{2})?(?:\.\d{1,6})?")
OFFSET_FORMAT = re.compile(r"([+-])(\d{2})(\d{2})")


def identity_of(header: SliceHeader) -> Identity:
    """Patient and study of a slice.

    Raises
    ------
    OVCFRiskError
        If the patient's ID is not in the character set that the header names: two IDs may look alike then.
    """
    patient_id = header.text("PatientID")
    if patient_id is not None and not is_readable(patient_id):
        named = header.text("SpecificCharacterSet") or "ASCII"
        raise OVCFRiskError(
            f"the patient ID of the CT is not in the character set that its header names ({named}), so it cannot be "
            "written; correct (0008,0005) or export the series again, or leave the patient ID out"
        )
    number = header.number("SeriesNumber")
    return Identity(
        patient_id=patient_id,
        study_date=date_of(header.text("StudyDate")),
        acquired=_acquired(header),
        series_description=header.text("SeriesDescription"),
        series_number=None if number is None else int(number),
        study_uid=header.text("StudyInstanceUID"),
        series_uid=header.text("SeriesInstanceUID"),
    )


def date_of(text: str | None) -> datetime.date | None:
    """A date of DICOM, or None."""
    try:
        return datetime.datetime.strptime(text or "", "%Y%m%d").date()
    except ValueError:
        return None


def _acquired(header: SliceHeader) -> datetime.datetime | None:
    """Date and time of the acquisition, else of the study; None without both."""
    for kind in ("Acquisition", "Study"):
        date, time = date_of(header.text(f"{kind}Date")), _time(header.text(f"{kind}Time"))
        if date is not None and time is not None:
            return datetime.datetime.combine(date, time, zone_of(header.text("TimezoneOffsetFromUTC")))
    return None


def _time(text: str | None) -> datetime.time | None:
    """A time of DICOM, to the second; None where it is none."""
    match = TIME.fullmatch((text or "").strip())
    try:
        return datetime.time(int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None
    except ValueError:
        return None


def zone_of(text: str | None) -> datetime.timezone | None:
    """The time zone of ``"+0100"``."""
    match = OFFSET_FORMAT.fullmatch((text or "").strip())
    if match is None or int(match[2]) > 14 or int(match[3]) > 59:
        return None
    offset = datetime.timedelta(hours=int(match[2]), minutes=int(match[3]))
    return datetime.timezone(offset if match[1] == "+" else -offset)
