"""assessment.json: everything an assessment holds, for machines and for restoring it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.files import write_text
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.json_text import json_text, plain
from OVCFRiskLib.quality.trabecular import describe_density
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.statements import RESEARCH_ONLY

# What a file says it is: the reader refuses another name or version; the schema lies beside the code.
SCHEMA_NAME = "ovcfrisk-assessment"
ASSESSMENT_SCHEMA_VERSION = 4
SCHEMA_FILE = Path(__file__).with_name("assessment.schema.json")
# Written into each document by field, so that its numbers can be read without the schema.
UNITS = {
    "anterior_mm": "mm",
    "anterior_uncertainty_mm": "mm, half the width of a 95 % interval, as all uncertainties",
    "center_ras_mm": "mm, patient axes right, anterior, superior",
    "category_change_probability": "part of 1 of the redrawn masks, centred as the interval",
    "features": "as pyradiomics gives them, on the model's extraction grid",
    "loss": "part of 1",
    "loss_uncertainty": "part of 1",
    "mean_hu": "HU",
    "middle_mm": "mm",
    "middle_uncertainty_mm": "mm",
    "posterior_mm": "mm",
    "posterior_uncertainty_mm": "mm",
    "r_score": "dimensionless, on the scale of the model's cut-off",
    "redrawn_shift": "median R-score of the redrawn masks minus r_score; the interval is laid about r_score without it",
    "risk": "addend of the R-score, positive = more risk",
    "risk_index": "dimensionless, 0 to 1, higher = more risk; no probability",
    "sd_hu": "HU",
    "volume_ml": "ml",
    "z": "training standard deviations from the training mean",
}


def assessment_document(assessment: SpineAssessment) -> dict[str, Any]:
    """The assessment as plain dictionaries, lists, numbers and strings.

    Parameters
    ----------
    assessment : SpineAssessment

    Returns
    -------
    dict
        As ``assessment.schema.json`` describes; points are RAS mm.

    Raises
    ------
    OVCFRiskError
        If a number is not finite, naming the field.
    """
    body = plain(assessment, "assessment")
    body["findings"] = [_finding_document(finding) for finding in assessment.findings]
    body["levels"] = [
        _level_document(row, fields) for row, fields in zip(assessment.levels, body["levels"], strict=True)
    ]
    return {
        "schema": SCHEMA_NAME,
        "schema_version": ASSESSMENT_SCHEMA_VERSION,
        "statement": RESEARCH_ONLY,
        "units": UNITS,
        "summary": summarise(assessment),
        **body,
    }


def assessment_text(assessment: SpineAssessment) -> str:
    """JSON of `assessment_document`: sorted keys, no time, no path, same input same bytes."""
    return json_text(assessment_document(assessment), sort_keys=True)


def write_assessment(assessment: SpineAssessment, path: str | Path) -> None:
    """Write assessment.json.

    Raises
    ------
    OVCFRiskError
        If a number is not finite or the file cannot be written.
    """
    write_text(path, assessment_text(assessment))


def _level_document(row: LevelAssessment, fields: dict[str, Any]) -> dict[str, Any]:
    """A level with its codes, its centre as a person reads it, and what its density means."""
    center = fields.pop("center_lps")
    if row.trabecular is not None:
        fields["trabecular"]["context"] = describe_density(row.trabecular.mean_hu, row.level)
    return {
        **fields,
        "findings": [_finding_document(finding) for finding in row.findings],
        "level": row.level.name,
        "label_value": int(row.level),
        "snomed_code": row.level.snomed_code,
        "snomed_meaning": row.level.snomed_meaning,
        "center_ras_mm": center and [-center[0] + 0.0, -center[1] + 0.0, center[2]],
    }


def _finding_document(finding: Finding) -> dict[str, Any]:
    """A finding with its sentence, and the values the sentence is made of."""
    derived = ("message", "value", "limit", "unit", "source")
    return {
        "name": finding.code,
        "about": finding.about.value,
        "level": finding.level.name if finding.level else None,
        "severity": finding.severity.value,
        "variant": finding.variant,
        "values": plain(finding.values, f"finding {finding.code}"),
        **{key: plain(getattr(finding, key), f"finding {finding.code}") for key in derived},
    }
