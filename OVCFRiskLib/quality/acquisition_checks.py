"""Was the CT acquired as the method and the model expect?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.quality.contrast import check_contrast
from OVCFRiskLib.quality.hu_scale import check_hu_scale
from OVCFRiskLib.quality.kernels import is_sharp_kernel
from OVCFRiskLib.quality.metal import check_metal_nearby

METHOD = "Yu et al. 2025, Front Aging 6:1472060"
# Yu et al. 2025: slices <= 1.25 mm, thicker ones excluded.
MAX_SLICE_MM = 1.25
# Lengths in headers and cards are rounded.
LENGTH_TOLERANCE_MM = 0.005
# Yu et al. 2025: 120 kVp; the literature's HU thresholds hold there too (Pickhardt et al. 2013).
METHOD_KVP = 120.0
# Women before it are rarely after menopause: natural menopause before 45 is called early.
MIN_AGE_YEARS = 45.0
# Slices tilted by more are resampled to axial ones before features are measured.
MAX_TILT_DEG = 10.0


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


def _check_grid(ct: sitk.Image, known: Acquisition, training: Mapping[str, Any]) -> list[Finding]:
    """Slice thickness against the method and the card, pixel size against the card."""
    direction = np.abs(np.array(ct.GetDirection()).reshape(3, 3))
    through = int(np.argmax(direction[2]))
    spacing = ct.GetSpacing()
    thickness = max(spacing[through], known.slice_thickness_mm or 0.0)
    pixels = [spacing[axis] for axis in range(3) if axis != through]
    findings = []
    if thickness > MAX_SLICE_MM + LENGTH_TOLERANCE_MM:
        findings.append(
            _warning(
                "slice_thickness",
                f"Slices of {thickness:.3g} mm: the method needs {MAX_SLICE_MM} mm or less, and texture and heights "
                "are less certain.",
                thickness,
                MAX_SLICE_MM,
                "mm",
                METHOD,
            )
        )
    elif not _within(thickness, training.get("slice_thickness_range_mm")):
        findings.append(_outside("slice_thickness", "Slices", thickness, training["slice_thickness_range_mm"], "mm"))
    for pixel in (min(pixels), max(pixels)):
        if not _within(pixel, training.get("pixel_spacing_range_mm")):
            findings.append(_outside("pixel_spacing", "Pixels", pixel, training["pixel_spacing_range_mm"], "mm"))
            break
    return findings


def _check_tilt(ct: sitk.Image) -> list[Finding]:
    """Slices that are not axial."""
    cosine = np.abs(np.array(ct.GetDirection()).reshape(3, 3)[2]).max()
    tilt = float(np.degrees(np.arccos(min(cosine, 1.0))))
    if tilt <= MAX_TILT_DEG:
        return []
    message = f"Slices are tilted by {tilt:.0f} degrees against the patient's axis and are resampled to axial ones."
    return [_warning("slice_tilt", message, tilt, MAX_TILT_DEG, "degrees", "the diameter feature needs axial slices")]


def _check_voltage(known: Acquisition, kvp_range: Any) -> list[Finding]:
    """Tube voltage against the card and against the thresholds of the literature."""
    if known.kvp is None:
        return []
    if not _within(known.kvp, kvp_range):
        return [_outside("tube_voltage", "A tube voltage", known.kvp, kvp_range, "kV")]
    if known.kvp == METHOD_KVP:
        return []
    return [
        Finding(
            "tube_voltage",
            Severity.NOTE,
            f"At {known.kvp:g} kV bone has other HU than at the method's {METHOD_KVP:g} kV, and the literature's "
            "trabecular thresholds do not hold.",
            known.kvp,
            METHOD_KVP,
            "kV",
            f"{METHOD}; Garner et al. 2017, Am J Roentgenol 208:165",
        )
    ]


def _check_kernel(known: Acquisition) -> list[Finding]:
    """A kernel that raises noise and edges."""
    if known.kernel is None or not is_sharp_kernel(known.kernel):
        return []
    message = f"The sharp convolution kernel '{known.kernel}' changes texture; use a soft or medium reconstruction."
    return [_warning("kernel", message, known.kernel, "soft or medium", "", "manufacturers' kernel names")]


def _check_patient(known: Acquisition) -> list[Finding]:
    """Sex and age against the method's population."""
    findings = []
    if known.patient_sex not in (None, "F"):
        what = "male" if known.patient_sex == "M" else "neither female nor male"
        message = f"The patient's sex is recorded as {what}: the method applies to women after menopause only."
        findings.append(_warning("patient_sex", message, known.patient_sex, "F", "", METHOD))
    if known.patient_age_years is not None and known.patient_age_years < MIN_AGE_YEARS:
        message = (
            f"The patient is {known.patient_age_years:.0f} years old: the method applies to women after menopause only."
        )
        findings.append(_warning("patient_age", message, known.patient_age_years, MIN_AGE_YEARS, "years", METHOD))
    return findings


def _check_unknown(known: Acquisition) -> list[Finding]:
    """Facts that could not be checked."""
    facts = {
        "tube voltage": known.kvp,
        "kernel": known.kernel,
        "sex": known.patient_sex,
        "age": known.patient_age_years,
    }
    missing = [name for name, value in facts.items() if value is None]
    if not missing:
        return []
    message = f"The file does not say {', '.join(missing)}: not checked against the method."
    return [Finding("header_incomplete", Severity.NOTE, message, ", ".join(missing), source="header of the CT")]


def _within(value: float, limits: Any) -> bool:
    """True when a value lies in the card's range, or the card has none."""
    if limits is None:
        return True
    return limits[0] - LENGTH_TOLERANCE_MM <= value <= limits[1] + LENGTH_TOLERANCE_MM


def _outside(name: str, what: str, value: float, limits: Any, unit: str) -> Finding:
    """The finding of a value outside the card's range."""
    expected = f"{limits[0]:.3g} to {limits[1]:.3g}" if limits[0] < limits[1] else f"{limits[0]:.3g}"
    message = f"{what} of {value:.3g} {unit}: the model was trained on {expected} {unit}; its score may be off."
    return _warning(name, message, value, expected, unit, "training data of the model card")


def _warning(name: str, message: str, value: Any, limit: Any, unit: str, source: str) -> Finding:
    """A finding of severity warning."""
    return Finding(name, Severity.WARNING, message, value, limit, unit, source)
