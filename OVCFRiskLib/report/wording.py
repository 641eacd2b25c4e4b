"""Words, units and number formats that the table, the page and the pictures share."""

from __future__ import annotations

from OVCFRiskLib.assessment import Category, LevelAssessment, Score, SpineAssessment
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.mask_codes import CRUSHED
from OVCFRiskLib.statements import DEMONSTRATION

# Stands in place of a missing value, so that no cell looks forgotten.
NONE = "–"
# Ages over 89 are identifiers (HIPAA, 45 CFR 164.514(b)(2)(i)(C)).
NAMELESS_AGE_YEARS = 90.0
PART_OF_ONE = "part of 1"  # the unit of findings that a person reads as a percentage
DIRECTION = "Higher risk index = more risk."
# A shape beside the word, so that colour is never alone.
CATEGORY_SIGNS = {
    Category.LOWER_RISK: "▼",
    Category.HIGHER_RISK: "▲",
    Category.INDETERMINATE: "◆",
    Category.OUTSIDE_MODEL: "▨",
}
FEATURE_CLASSES = {
    "firstorder": "attenuation",
    "shape": "shape",
    "glcm": "GLCM texture",
    "glrlm": "GLRLM texture",
    "glszm": "GLSZM texture",
    "gldm": "GLDM texture",
    "ngtdm": "NGTDM texture",
}


def fixed(value: float | None, digits: int = 0, unit: str = "") -> str:
    """A number with fixed digits and its unit; a dash without one; never a negative zero."""
    if value is None:
        return NONE
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return f"{text} {unit}".rstrip()


def age_text(years: float, is_named: bool) -> str:
    """An age; above 89 its exact number could name a person, so it is given only where the person is named anyway."""
    return "90 years or more" if years >= NAMELESS_AGE_YEARS and not is_named else f"{years:.0f} years"


def describe_fracture(finding: Finding) -> str:
    """A suspected fracture in a few words: its loss and grade; of a crushed body under a stopped mask its height."""
    values = finding.values
    if finding.variant == CRUSHED:  # seen, not measured as other heights are, so that it has no grade
        return f"{values['own']:.0f} mm high where {values['at_least']}{values['expected']:.0f} are expected"
    return f"height loss of {values['value']:.0%} ({values['deformity']}, grade {values['grade']})"


def interval(score: Score) -> str:
    """The risk index' interval, e.g. ``"0.61 to 0.83"``."""
    return f"{score.risk_low:.2f} to {score.risk_high:.2f}"


def feature_title(name: str) -> str:
    """A feature's short name and class for a person, e.g. ``"Median (attenuation)"``; unknown names stay."""
    image, _, rest = name.partition("_")
    kind, _, feature = rest.partition("_")
    if kind not in FEATURE_CLASSES or not feature:
        return name
    place = "" if image == "original" else f", {image}"
    return f"{feature} ({FEATURE_CLASSES[kind]}{place})"


def outcome(row: LevelAssessment) -> str:
    """A level and its result in a few words; no number where the model does not apply."""
    if row.score is None:
        return f"{row.level.name} not scored"
    sign = CATEGORY_SIGNS[row.score.category]
    value = row.score.category.value if row.is_outside_model else f"{row.score.risk_index:.2f}"
    return f"{row.level.name} {sign} {value}"


def status_text(row: LevelAssessment) -> str:
    """What stands in a status cell."""
    return row.status.value


def quantity(value: float | str | None, unit: str) -> str:
    """A measured value or limit to four significant digits, or a word, with its unit; a dash without one."""
    if value is None:
        return NONE
    if unit == PART_OF_ONE and not isinstance(value, str):
        return f"{value:.1%}"
    text = value if isinstance(value, str) else f"{value:.4g}"
    return f"{text} {unit}".rstrip()


def is_demonstration(assessment: SpineAssessment) -> bool:
    """True when the model is a demonstration and every result has to say so."""
    return assessment.provenance.model_status == DEMONSTRATION


def scored_levels(assessment: SpineAssessment) -> tuple[tuple[LevelAssessment, Score], ...]:
    """The levels that carry a score, with it."""
    return tuple((row, row.score) for row in assessment.levels if row.score is not None)
