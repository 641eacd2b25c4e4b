"""assessment.json back to a `SpineAssessment`, so that a saved scene shows its scores again."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

from OVCFRiskLib.assessment import (
    BodyHeights,
    Category,
    Contribution,
    LevelAssessment,
    Provenance,
    Score,
    SpineAssessment,
    Status,
    TrabecularDensity,
)
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.registry import CHECKS
from OVCFRiskLib.json_text import parse_json
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.report.data.json_document import ASSESSMENT_SCHEMA_VERSION, SCHEMA_NAME


def parse_assessment(text: str) -> SpineAssessment:
    """Assessment of the text of an assessment.json.

    Raises
    ------
    OVCFRiskError
        If the text is no assessment of this schema version.
    """
    try:
        document = parse_json(text, "assessment", "score the CT again")
        _require_schema(document)
        return _assessment(document)
    except OVCFRiskError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OVCFRiskError(
            f"assessment: expected the JSON that 'ovcfrisk score' writes, got something else "
            f"({type(error).__name__}: {error}); score the CT again"
        ) from error


def _require_schema(document: Any) -> None:
    """Raise unless the document says it is of this schema and version."""
    got = (document.get("schema"), document.get("schema_version")) if isinstance(document, dict) else (None, None)
    if got != (SCHEMA_NAME, ASSESSMENT_SCHEMA_VERSION):
        raise OVCFRiskError(
            f"assessment: expected schema {SCHEMA_NAME} version {ASSESSMENT_SCHEMA_VERSION}, got {got[0]} version "
            f"{got[1]}; read it with the software version that wrote it, or score the CT again"
        )


def _assessment(document: dict[str, Any]) -> SpineAssessment:
    """The whole."""
    levels = tuple(_level(item) for item in document["levels"])
    if tuple(row.level for row in levels) != tuple(LumbarLevel):
        raise OVCFRiskError(
            f"assessment: expected the levels L1, L2, L3, L4, got {', '.join(row.level.name for row in levels)}; "
            "score the CT again"
        )
    return _checked(
        SpineAssessment(
            levels=levels,
            findings=_findings(document["findings"]),
            cutoff_risk_index=document["cutoff_risk_index"],
            provenance=_checked(Provenance(**document["provenance"])),
        )
    )


def _level(item: dict[str, Any]) -> LevelAssessment:
    """One level; its codes follow from its name."""
    row = LevelAssessment(
        level=LumbarLevel[item["level"]],
        status=Status(item["status"]),
        reason=item["reason"],
        score=item["score"] and _score(item["score"]),
        features=item["features"],
        volume_ml=item["volume_ml"],
        center_lps=item["center_ras_mm"] and _lps(*item["center_ras_mm"]),
        trabecular=item["trabecular"] and _trabecular(**item["trabecular"]),
        heights=item["heights"] and _checked(BodyHeights(**item["heights"])),
        findings=_findings(item["findings"]),
        mask_origin=item["mask_origin"] and MaskOrigin(item["mask_origin"]),
    )
    if (row.status is Status.SCORED) != (row.score is not None):
        raise TypeError(f"{row.level.name} is {row.status.value}, which its score does not agree with")
    return _checked(row)


def _trabecular(context: str, **fields: Any) -> TrabecularDensity:
    """A density without the sentence on it, which is made where it is shown."""
    return _checked(TrabecularDensity(**fields))


def _lps(r: float, a: float, s: float) -> tuple[float, float, float]:
    """LPS mm of RAS mm, without negative zeros."""
    return (-r + 0.0, -a + 0.0, s + 0.0)


def _score(item: dict[str, Any]) -> Score:
    """A score with its contributions."""
    parts = {
        "category": Category(item["category"]),
        "contributions": tuple(_checked(Contribution(**share)) for share in item["contributions"]),
    }
    return _checked(Score(**{**item, **parts}))


def _findings(items: list[dict[str, Any]]) -> tuple[Finding, ...]:
    """Findings, their sentences made anew from their values."""
    return tuple(_finding(item) for item in items)


def _finding(item: dict[str, Any]) -> Finding:
    """One finding of a check the registry knows; its sentence must be the one that was written."""
    check, level = CHECKS[item["name"]], item["level"]
    finding = Finding(check, level and LumbarLevel[level], Severity(item["severity"]), item["values"], item["variant"])
    if finding.message != item["message"]:
        raise TypeError(f"the values of finding {finding.code} do not give its message")
    return finding


def _checked(result: Any) -> Any:
    """The dataclass itself when its fields are of the declared kinds."""
    for name, hint in typing.get_type_hints(type(result)).items():
        if not _is_a(getattr(result, name), hint):
            raise TypeError(f"{name} is {getattr(result, name)!r}")
    return result


def _is_a(value: Any, hint: Any) -> bool:
    """True when a value is of the annotated kind; items of tuples are checked where they are made."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return any(_is_a(value, kind) for kind in arguments)
    if origin is tuple:
        return isinstance(value, tuple)
    if origin is Mapping:
        return isinstance(value, dict) and all(_is_a(item, arguments[1]) for item in value.values())
    if hint in (int, float):
        return isinstance(value, int | hint) and not isinstance(value, bool)
    return isinstance(value, hint)
