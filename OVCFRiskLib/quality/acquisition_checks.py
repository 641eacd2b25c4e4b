"""Was the CT acquired as the method and the model expect?"""

from __future__ import annotations

from collections.abc import Mapping
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
from OVCFRiskLib.quality.contrast import check_contrast
from OVCFRiskLib.quality.hu_scale import check_hu_scale
from OVCFRiskLib.quality.kernels import is_sharp_kernel
from OVCFRiskLib.quality.metal import check_metal_nearby

# Lengths in headers and cards are rounded.
LENGTH_TOLERANCE_MM = 0.005


def check_acquisition(
    ct: sitk.Image,
    acquisition: Acquisition | None,
    training: Mapping[str, Any],
    bodies: Bodies | None = None,
) -> tuple[Finding, ...]:
    """Compare how a CT was acquired with the method and with a model's training data.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    acquisition : Acquisition or None
        What the header says; None when nothing is known.
    training : mapping
        The card's training summary (`RScoreModel.training`); a range that is None is not checked.
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
        *_check_grid(ct, known, training),
        *_check_tilt(ct),
        *_check_voltage(known, training.get("kvp_range")),
        *check_contrast(ct, known, training.get("contrast"), bodies),
        *_check_kernel(known),
        *check_metal_nearby(ct, bodies),
        *check_hu_scale(ct),
        *_check_patient(known),
        *_check_unknown(known),
    )


def _check_kind(known: Acquisition) -> list[Finding]:
    """Projections, single energies, differences and materials, whose values are not HU."""
    return [COMPUTED_IMAGE.finding(value="; ".join(known.image_kinds))] if known.image_kinds else []


def _check_grid(ct: sitk.Image, known: Acquisition, training: Mapping[str, Any]) -> list[Finding]:
    """Slice thickness against the method and the card, pixel size against the card."""
    direction = np.abs(np.array(ct.GetDirection()).reshape(3, 3))
    through = int(np.argmax(direction[2]))
    spacing = ct.GetSpacing()
    thickness = max(spacing[through], known.slice_thickness_mm or 0.0)
    pixels = [spacing[axis] for axis in range(3) if axis != through]
    findings = []
    is_known = _within(thickness, training.get("slice_thickness_range_mm"))
    if thickness > MAX_SLICE_MM + LENGTH_TOLERANCE_MM:
        variant = "method" if is_known else "method and card"
        findings.append(SLICE_THICKNESS.finding(variant=variant, value=thickness, source=METHOD))
    elif not is_known:
        findings.append(_outside(SLICE_THICKNESS, thickness, training["slice_thickness_range_mm"]))
    for pixel in (min(pixels), max(pixels)):
        if not _within(pixel, training.get("pixel_spacing_range_mm")):
            findings.append(_outside(PIXEL_SPACING, pixel, training["pixel_spacing_range_mm"]))
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


def _check_kernel(known: Acquisition) -> list[Finding]:
    """A kernel that raises noise and edges."""
    if known.kernel is None or not is_sharp_kernel(known.kernel):
        return []
    return [KERNEL.finding(value=known.kernel)]


def _check_patient(known: Acquisition) -> list[Finding]:
    """Sex and age against the method's population."""
    findings = []
    if known.patient_sex not in (None, "F"):
        what = "male" if known.patient_sex == "M" else "neither female nor male"
        findings.append(PATIENT_SEX.finding(value=known.patient_sex, what=what))
    if known.patient_age_years is not None and known.patient_age_years < MIN_AGE_YEARS:
        findings.append(PATIENT_AGE.finding(value=known.patient_age_years))
    return findings


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
