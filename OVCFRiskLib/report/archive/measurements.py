"""The numbers of a level under codes and units that hospital systems understand; DICOM SR and FHIR show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from OVCFRiskLib.assessment import BodyHeights, Category, LevelAssessment, Score, TrabecularDensity
from OVCFRiskLib.radiomics.names import IBSI_CODES

# Designators of coding schemes (DICOM PS3.16, 8).
SNOMED = "SCT"
UCUM = "UCUM"
IBSI = "IBSI"
DCM = "DCM"
# Concepts nobody has coded yet; "99" marks a private scheme (DICOM PS3.16, 8.2).
PRIVATE = "99OVCFRISK"
# Longest code value and meaning that DICOM holds (SH and LO).
MAX_CODE_CHARACTERS = 16
MAX_MEANING_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept.

    Attributes
    ----------
    value : str
        At most 16 characters.
    scheme : str
        DICOM's designator of the coding scheme, e.g. ``"SCT"``.
    meaning : str
        At most 64 characters.
    """

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number with its name and its UCUM unit."""

    name: Code
    value: float
    unit: Code


# DICOM wants a measurement's unit as a code of UCUM, also where there is none.
NO_UNITS = Code("1", UCUM, "no units")
MILLIMETRE = Code("mm", UCUM, "millimeter")
MILLILITRE = Code("mL", UCUM, "milliliter")
HOUNSFIELD = Code("[hnsf'U]", UCUM, "Hounsfield unit")

# DICOM's dictionaries (PS3.16, CID 4031 and 7140) have vertebrae and their parts, but no code of a vertebral body: the
# level's own vertebra is the site, and labels say "vertebral body".
VERTEBRA = Code("51282000", SNOMED, "Vertebra")
SUSPECTED_FRACTURE = Code("susp_fracture", PRIVATE, "Suspected vertebral fracture (height loss)")
PRESENT = Code("52101004", SNOMED, "Present")
CATEGORY = Code("category", PRIVATE, "Side of the model's cut-off")
CATEGORY_CODES = {
    Category.LOWER_RISK: Code("lower_risk", PRIVATE, "Lower-risk side of the cut-off"),
    Category.HIGHER_RISK: Code("higher_risk", PRIVATE, "Higher-risk side of the cut-off"),
    Category.INDETERMINATE: Code("82334004", SNOMED, "Indeterminate"),
    Category.OUTSIDE_MODEL: Code("outside_model", PRIVATE, "Outside the model"),
}
DEFORMITY = Code("deformity", PRIVATE, "Deformity of the vertebral body")
STATUS = Code("status", PRIVATE, "Whether the level carries a score")
STATUS_CODES = {
    "scored": Code("scored", PRIVATE, "Scored"),
    "not scored": Code("not_scored", PRIVATE, "Not scored"),
}
# pyradiomics' name -> meaning: DICOM's own for the codes of its CID 7468, else IBSI's.
FEATURE_MEANINGS = {
    "original_firstorder_10Percentile": "10th intensity percentile",
    "original_firstorder_Median": "Median intensity",
    "original_firstorder_Energy": "Intensity-based energy",
    "original_gldm_LargeDependenceHighGrayLevelEmphasis": "High dependence high grey level emphasis",
    "original_gldm_DependenceNonUniformity": "Dependence count non-uniformity",
    "original_ngtdm_Strength": "Strength of NGTDM",
    "original_glcm_Imc2": "Second Measure of Information Correlation of GLCM",
}
IN_HOUNSFIELD = ("original_firstorder_10Percentile", "original_firstorder_Median")
IN_MILLIMETRES = ("original_shape_Maximum2DDiameterSlice",)


def level_measurements(row: LevelAssessment) -> tuple[Measurement, ...]:
    """Every number that is known of a level.

    Parameters
    ----------
    row : LevelAssessment

    Returns
    -------
    tuple of Measurement
        Score, interval, volume, trabecular density, heights, features; nothing in place of what was not measured.
    """
    found: list[Measurement] = []
    if row.score is not None:
        found.extend(_of_score(row.score))
    if row.volume_ml is not None:
        found.append(Measurement(Code("118565006", SNOMED, "Volume"), row.volume_ml, MILLILITRE))
    if row.trabecular is not None:
        found.extend(_of_trabecular(row.trabecular))
    if row.heights is not None:
        found.extend(_of_heights(row.heights))
    for name, value in (row.features or {}).items():
        found.append(Measurement(feature_code(name), value, _feature_unit(name)))
    return tuple(found)


def deformity_code(heights: BodyHeights) -> Code:
    """Deformity of a body, or none."""
    meaning = "No deformity" if heights.deformity == "none" else f"{heights.deformity.capitalize()} deformity"
    return Code(heights.deformity, PRIVATE, meaning)


def feature_code(name: str) -> Code:
    """IBSI's code of a feature where there is one, else a private one under the last part of its name."""
    if name in IBSI_CODES:
        return Code(IBSI_CODES[name], IBSI, FEATURE_MEANINGS[name])
    short = name.rsplit("_", 1)[-1]
    return Code(short[:MAX_CODE_CHARACTERS], PRIVATE, name[:MAX_MEANING_CHARACTERS])


def _feature_unit(name: str) -> Code:
    if name in IN_HOUNSFIELD:
        return HOUNSFIELD
    return MILLIMETRE if name in IN_MILLIMETRES else NO_UNITS


def _of_score(score: Score) -> Iterator[Measurement]:
    named = (
        ("r_score", "R-score", score.r_score),
        ("r_score_low", "R-score, 2.5th percentile over perturbed masks", score.r_score_low),
        ("r_score_high", "R-score, 97.5th percentile over perturbed masks", score.r_score_high),
        ("risk_index", "Risk index (0 to 1, higher = more risk; no probability)", score.risk_index),
        ("risk_low", "Risk index, lower end of the interval over perturbed masks", score.risk_low),
        ("risk_high", "Risk index, upper end of the interval over perturbed masks", score.risk_high),
        ("category_change", "Share of perturbed masks in the other category", score.category_change_probability),
    )
    for value, meaning, number in named:
        yield Measurement(Code(value, PRIVATE, meaning), number, NO_UNITS)


def _of_trabecular(density: TrabecularDensity) -> Iterator[Measurement]:
    yield Measurement(
        Code("trabecular_hu", PRIVATE, "Mean attenuation of trabecular bone"), density.mean_hu, HOUNSFIELD
    )
    spread = Code("trabecular_sd_hu", PRIVATE, "Standard deviation of attenuation of trabecular bone")
    yield Measurement(spread, density.sd_hu, HOUNSFIELD)
    region = Code("trabecular_ml", PRIVATE, "Volume of the trabecular region")
    yield Measurement(region, density.volume_ml, MILLILITRE)


def _of_heights(heights: BodyHeights) -> Iterator[Measurement]:
    for value, meaning, number in (
        ("anterior_mm", "Anterior height of the vertebral body", heights.anterior_mm),
        ("middle_mm", "Middle height of the vertebral body", heights.middle_mm),
        ("posterior_mm", "Posterior height of the vertebral body", heights.posterior_mm),
        ("anterior_unc_mm", "Uncertainty of the anterior height (95 %)", heights.anterior_uncertainty_mm),
        ("middle_unc_mm", "Uncertainty of the middle height (95 %)", heights.middle_uncertainty_mm),
        ("posterior_unc_mm", "Uncertainty of the posterior height (95 %)", heights.posterior_uncertainty_mm),
    ):
        yield Measurement(Code(value, PRIVATE, meaning), number, MILLIMETRE)
    yield Measurement(Code("height_loss", PRIVATE, "Largest height loss, part of 1"), heights.loss, NO_UNITS)
    uncertainty = Code("height_loss_unc", PRIVATE, "Uncertainty of the largest height loss (95 %), part of 1")
    yield Measurement(uncertainty, heights.loss_uncertainty, NO_UNITS)
    grade = Code("genant_grade", PRIVATE, "Semiquantitative grade of deformity (Genant)")
    yield Measurement(grade, float(heights.grade), NO_UNITS)
