"""What a new object takes over from its source beside patient and study, and its times in the source's time zone."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from OVCFRiskLib.reading.dicom_identity import zone_of

if TYPE_CHECKING:
    from pydicom import Dataset

# Patient and study modules (PS3.3, C.7.1.1, C.7.1.2, C.7.2.1): whose ID it is, and that the images were de-identified.
CARRIED = (
    "IssuerOfPatientID",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
    "StudyDescription",
    "ProcedureCodeSequence",
)
# Dates with their times that highdicom sets from this machine's clock.
OWN_TIMES = (
    ("ContentDate", "ContentTime"),
    ("InstanceCreationDate", "InstanceCreationTime"),
    ("SeriesDate", "SeriesTime"),
)
OFFSET_KEYWORD = "TimezoneOffsetFromUTC"


def carry_attributes(source: Dataset, made: Dataset) -> None:
    """Copy what is missing, and state every time of the new object in the time zone of the old one.

    An object has one time zone for all its times (PS3.3, C.12.1.1.8): with the study's times copied, its own have to be
    converted. Without a zone in the source none is stated.
    """
    for keyword in CARRIED:
        if keyword in source and keyword not in made:
            made[keyword] = source[keyword]
    zone = zone_of(source.get(OFFSET_KEYWORD))
    if zone is None:
        return
    setattr(made, OFFSET_KEYWORD, source.get(OFFSET_KEYWORD))
    now = datetime.datetime.now(zone)
    for date, time in OWN_TIMES:
        if date in made and time in made:
            setattr(made, date, now.strftime("%Y%m%d"))
            setattr(made, time, now.strftime("%H%M%S.%f"))
