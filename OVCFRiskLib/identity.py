"""Whose CT it is: read from headers only for who asked to have it written."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """Patient and study of a CT; ``None`` where the file does not say.

    Apart from `Acquisition`, which travels into every result and names nobody.

    Attributes
    ----------
    patient_id : str or None
    study_date : datetime.date or None
    acquired : datetime.datetime or None
        When the CT was acquired, with the time zone where the header tells it.
    series_description : str or None
    series_number : int or None
    study_uid, series_uid : str or None
    """

    patient_id: str | None = None
    study_date: datetime.date | None = None
    acquired: datetime.datetime | None = None
    series_description: str | None = None
    series_number: int | None = None
    study_uid: str | None = None
    series_uid: str | None = None
