"""Was the CT acquired as the method and the model expect?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Check, Finding, Severity
from OVCFRiskLib.findings.acquisition_codes import (
    CARD,
    COMPUTED_IMAGE,
    HEADER_INCOMPLETE,
    KERNEL,
    MAX_SLICE_MM,
    MAX_TILT_DEG,
    METHOD,
    METHOD_KVP,
    MIN_AGE_YEARS,
    PATIENT_AGE,
    PATIENT_SEX,
    PIXEL_SPACING,
    SLICE_THICKNESS,
    SLICE_TILT,
    TUBE_VOLTAGE,
)
from OVCFRiskLib.quality.clipping import check_clipping
from OVCFRiskLib.quality.contrast import check_contrast, contrast_kinds
from OVCFRiskLib.quality.hu_scale import check_hu_scale
from OVCFRiskLib.quality.metal import check_metal_nearby
from OVCFRiskLib.quality.noise import check_noise
from OVCFRiskLib.reading.kernels import kernel_kind

# DICOM's codes as a sentence names them.
RECORDED_SEX = {"F": "female", "M": "male"}
# Lengths in headers and cards are rounded.
LENGTH_TOLERANCE_MM = 0.005


def check_acquisition(
    ct: sitk.Image,
    acquisition: Acquisition | None,
    stated: Mapping[str, Any],
    bodies: Bodies | None = None,
) -> tuple[Finding, ...]:
    """Compare how a CT was acquired with the method and with what a model's card states.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    acquisition : Acquisition or None
        What the header says; None when nothing is known.
    stated : mapping
        Whom the model applies to (`RScoreModel.applicability.scans`), or the card's training summary. What is missing
        or None is not stated: sex, age and kernel are then held against the method, the others are not checked.
    bodies : Bodies, optional
        Cut out of labels on the CT's grid: with them, contrast medium is looked for in the aorta and the kidneys, and
        metal near the bodies instead of anywhere.

    Returns
    -------
    tuple of Finding
        Notes and warnings; an acquisition never stops scoring by itself.
    """
    known = Acquisition(source="unknown") if acquisition is None else acquisition
    return (
        *_check_kind(known),
        *_check_grid(ct, known, stated),
        *_check_tilt(ct),
        *_check_voltage(known, stated.get("kvp_range")),
        *check_contrast(ct, known, _contrast_kinds(stated.get("contrast")), bodies),
        *_check_kernel(known, stated.get("kernels")),
        *check_metal_nearby(ct, bodies),
        *check_noise(ct, bodies),
        *check_clipping(ct, bodies),
        *check_hu_scale(ct, known.kvp),
        *_check_sex(known, stated.get("sexes")),
        *_check_age(known, stated.get("age_range_years")),
        *_check_unknown(known),
    )


def _check_kind(known: Acquisition) -> list[Finding]:
    """Projections, single energies, differences and materials, whose values are not HU."""
    return [COMPUTED_IMAGE.finding(value="; ".join(known.image_kinds))] if known.image_kinds else []


def _contrast_kinds(contrast: Any) -> Collection[bool] | None:
    """A card lists the kinds of CTs; a training summary says whether some had contrast medium."""
    return contrast if isinstance(contrast, list) else contrast_kinds(contrast)


def _check_grid(ct: sitk.Image, known: Acquisition, stated: Mapping[str, Any]) -> list[Finding]:
    """Slice thickness against the method and the card, pixel size against the card."""
    direction = np.abs(np.array(ct.GetDirection()).reshape(3, 3))
    through = int(np.argmax(direction[2]))
    spacing = ct.GetSpacing()
    thickness = max(spacing[through], known.slice_thickness_mm or 0.0)
    pixels = [spacing[axis] for axis in range(3) if axis != through]
    findings = []
    is_known = _within(thickness, stated.get("slice_thickness_range_mm"))
    if thickness > MAX_SLICE_MM + LENGTH_TOLERANCE_MM:
        variant = "method" if is_known else "method and card"
        findings.append(SLICE_THICKNESS.finding(variant=variant, value=thickness, source=METHOD))
    elif not is_known:
        findings.append(_outside(SLICE_THICKNESS, thickness, stated["slice_thickness_range_mm"]))
    for pixel in (min(pixels), max(pixels)):
        if not _within(pixel, stated.get("pixel_spacing_range_mm")):
            findings.append(_outside(PIXEL_SPACING, pixel, stated["pixel_spacing_range_mm"]))
            break
    return findings


def _check_tilt(ct: sitk.Image) -> list[Finding]:
    """Slices that are not axial."""
    cosine = np.abs(np.array(ct.GetDirection()).reshape(3, 3)[2]).max()
    tilt = float(np.degrees(np.arccos(min(cosine, 1.0))))
    return [] if tilt <= MAX_TILT_DEG else [SLICE_TILT.finding(value=tilt)]


def _check_voltage(known: Acquisition, kvp_range: Any) -> list[Finding]:
    """Tube voltage against the card and against the thresholds of the literature."""
    if known.kvp is None:
        return []
    if not _within(known.kvp, kvp_range):
        return [_outside(TUBE_VOLTAGE, known.kvp, kvp_range)]
    if known.kvp == METHOD_KVP:
        return []
    source = f"{METHOD}; Garner et al. 2017, Am J Roentgenol 208:165"
    return [TUBE_VOLTAGE.finding(None, Severity.NOTE, "method", value=known.kvp, source=source)]


def _check_kernel(known: Acquisition, kinds: Collection[str] | None) -> list[Finding]:
    """A kernel that raises noise and edges, or none where the model knows no other."""
    if known.kernel is None:
        return []
    kind = kernel_kind(known.kernel)
    if kind == "sharp":
        return [KERNEL.finding(None, *_as_the_card(kind in (kinds or ())), value=known.kernel)]
    if kinds is None or kind in kinds:
        return []
    return [KERNEL.finding(variant="soft", value=known.kernel, limit=", ".join(kinds))]


def _check_sex(known: Acquisition, sexes: Collection[str] | None) -> list[Finding]:
    """Sex against the card, and against the method's women."""
    sex = known.patient_sex
    if sex is None or (sex == "F" and "F" in (sexes or "F")):
        return []
    values: dict[str, Any] = {"value": sex, "what": RECORDED_SEX.get(sex, "neither female nor male")}
    if sex == "F":
        return [PATIENT_SEX.finding(variant="card", source=CARD, **values | {"limit": ", ".join(sexes or ())})]
    return [PATIENT_SEX.finding(None, *_as_the_card(sex in (sexes or ())), source=METHOD, **values)]


def _check_age(known: Acquisition, years: Any) -> list[Finding]:
    """Age against the card, and against the method's women after menopause."""
    age = known.patient_age_years
    if age is None:
        return []
    # ages of tables and headers are completed years
    is_stated = years is not None and years[0] <= age < years[1] + 1
    if age < MIN_AGE_YEARS:
        return [PATIENT_AGE.finding(None, *_as_the_card(is_stated), value=age, source=METHOD)]
    return [] if years is None or is_stated else [_outside(PATIENT_AGE, age, years)]


def _as_the_card(is_so: bool) -> tuple[Severity, str]:
    """A warning of what the method is not made for, and a note where the card's own training data hold it."""
    return (Severity.NOTE, "as the card") if is_so else (Severity.WARNING, "")


def _check_unknown(known: Acquisition) -> list[Finding]:
    """Facts that could not be checked."""
    stated = {
        "tube voltage": known.kvp,
        "kernel": known.kernel,
        "sex": known.patient_sex,
        "age": known.patient_age_years,
    }
    missing = [name for name, value in stated.items() if value is None]
    return [HEADER_INCOMPLETE.finding(value=", ".join(missing))] if missing else []


def _within(value: float, limits: Any) -> bool:
    """True when a value lies in the card's range, or the card has none."""
    if limits is None:
        return True
    return limits[0] - LENGTH_TOLERANCE_MM <= value <= limits[1] + LENGTH_TOLERANCE_MM


def _outside(check: Check, value: float, limits: Any) -> Finding:
    """The finding of a value outside the card's range."""
    expected = f"{limits[0]:.3g} to {limits[1]:.3g}" if limits[0] < limits[1] else f"{limits[0]:.3g}"
    return check.finding(variant="card", value=value, limit=expected, source=CARD)
