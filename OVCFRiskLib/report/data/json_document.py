"""assessment.json: everything an assessment holds, for machines and for restoring it."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from OVCFRiskLib.assessment import RESEARCH_ONLY, LevelAssessment, SpineAssessment
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import write_text

SCHEMA_NAME = "ovcfrisk-assessment"
SCHEMA_VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("assessment.schema.json")
UNITS = {
    "anterior_mm": "mm",
    "center_ras_mm": "mm, patient axes right, anterior, superior",
    "category_change_probability": "part of 1 of the perturbed masks",
    "features": "as pyradiomics gives them, on the model's extraction grid",
    "loss": "part of 1",
    "mean_hu": "HU",
    "middle_mm": "mm",
    "posterior_mm": "mm",
    "r_score": "dimensionless, on the scale of the model's cut-off",
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
    body = _plain(assessment, "assessment")
    body["levels"] = [_level_document(row, plain) for row, plain in zip(assessment.levels, body["levels"], strict=True)]
    return {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "statement": RESEARCH_ONLY,
        "units": UNITS,
        **body,
    }


def json_text(assessment: SpineAssessment) -> str:
    """JSON of `assessment_document`: sorted keys, no time, no path, same input same bytes."""
    document = assessment_document(assessment)
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True) + "\n"


def write_assessment(assessment: SpineAssessment, path: str | Path) -> None:
    """Write assessment.json.

    Raises
    ------
    OVCFRiskError
        If a number is not finite or the file cannot be written.
    """
    write_text(path, json_text(assessment))


def _level_document(row: LevelAssessment, plain: dict[str, Any]) -> dict[str, Any]:
    """A level with its codes, and its centre as a person reads it."""
    center = plain.pop("center_lps")
    return {
        **plain,
        "level": row.level.name,
        "label_value": int(row.level),
        "snomed_code": row.level.snomed_code,
        "snomed_meaning": row.level.snomed_meaning,
        "center_ras_mm": center and [-center[0] + 0.0, -center[1] + 0.0, center[2]],
    }


def _plain(value: object, name: str) -> Any:
    """Dataclasses, enums, tuples and numpy numbers as what JSON knows."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name), f"{name}.{f.name}") for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{name}.{key}") for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item, f"{name}[{number}]") for number, item in enumerate(value)]
    return _plain_number(value, name)


def _plain_number(value: Any, name: str) -> int | float:
    """A finite int or float."""
    number = value.item() if hasattr(value, "item") else value
    if not isinstance(number, int | float) or not math.isfinite(number):
        raise OVCFRiskError(
            f"{name}: expected a finite number, got {value!r}; the assessment was not written, please report this"
        )
    return number
