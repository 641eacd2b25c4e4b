"""Acquisition from DICOM headers."""

from __future__ import annotations

import re
from statistics import median

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.reading.dicom_header import SliceHeader
from OVCFRiskLib.reading.dicom_identity import date_of
from OVCFRiskLib.reading.dicom_slices import Stack
from OVCFRiskLib.reading.image_kind import special_kinds

# Years in a unit of PatientAge (years, months, weeks, days); 365.25 days are the mean year.
YEARS_PER_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.25, "D": 1 / 365.25}


def acquisition_of(stack: Stack, notes: tuple[str, ...] = ()) -> Acquisition:
    """Acquisition of a stack: of its middle slice, and medians where slices differ (tube current modulation)."""
    middle = stack.headers[len(stack.headers) // 2]
    return Acquisition(
        source="dicom",
        modality=middle.text("Modality"),
        series_uid=middle.text("SeriesInstanceUID"),
        spacing_mm=stack.spacing,
        slice_thickness_mm=_positive(middle.number("SliceThickness")),
        kvp=_positive(middle.number("KVP")),
        tube_current_ma=_median(stack, "XRayTubeCurrent"),
        exposure_mas=_median(stack, "Exposure"),
        kernel=_joined(middle.text("ConvolutionKernel")),
        manufacturer=middle.text("Manufacturer"),
        model=middle.text("ManufacturerModelName"),
        contrast_agent=_joined(middle.text("ContrastBolusAgent")),
        contrast_route=_joined(middle.text("ContrastBolusRoute")),
        patient_sex=middle.text("PatientSex"),
        patient_age_years=patient_age_years(middle),
        patient_position=middle.text("PatientPosition"),
        image_kinds=special_kinds(middle),
        notes=(*notes, *stack.notes),
    )


def patient_age_years(header: SliceHeader) -> float | None:
    """Age from PatientAge (``"062Y"``, ``"018M"``), else from the birth and study dates; None without, or at birth."""
    written = re.fullmatch(r"(\d{1,3})([YMWD])", header.text("PatientAge") or "")
    if written:
        return round(int(written[1]) * YEARS_PER_UNIT[written[2]], 1)
    born, scanned = date_of(header.text("PatientBirthDate")), date_of(header.text("StudyDate"))
    if born is None or scanned is None or scanned <= born:  # anonymisers write one date for both
        return None
    return float(scanned.year - born.year - ((scanned.month, scanned.day) < (born.month, born.day)))


def _positive(value: float | None) -> float | None:
    """Scanners and anonymisers write 0 for what they do not know."""
    return value if value is not None and value > 0 else None


def _median(stack: Stack, keyword: str) -> float | None:
    values = [_positive(header.number(keyword)) for header in stack.headers]
    known = [value for value in values if value is not None]
    return float(median(known)) if known else None


def _joined(text: str | None) -> str | None:
    """Several values of one element in words."""
    return ", ".join(part.strip() for part in text.split("\\") if part.strip()) or None if text else None
