"""An assessment for who works in Python: as rows, as a pandas frame, as a table in a notebook."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from OVCFRiskLib.errors import MissingDependencyError
from OVCFRiskLib.json_text import plain
from OVCFRiskLib.statements import RESEARCH_ONLY

if TYPE_CHECKING:
    import pandas

    from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment

# Titles of the notebook's table, and the columns they show.
NOTEBOOK_COLUMNS = {
    "Level": "level",
    "Status": "status",
    "Risk index": "risk_index",
    "Interval": "interval",
    "Category": "category",
    "Trabecular HU": "trabecular_hu",
    "Height loss": "height_loss",
    "Findings": "findings",
}
DIGITS = {"risk_index": 2, "trabecular_hu": 0, "height_loss": 2}
NO_VALUE = "\N{EN DASH}"


def level_rows(assessment: SpineAssessment) -> list[dict[str, Any]]:
    """One row per level, L1 to L4; None where nothing was measured.

    Returns
    -------
    list of dict
        ``level``, ``status``, ``reason``, ``r_score``, ``risk_index``, ``risk_low``, ``risk_high``, ``category``,
        ``volume_ml``, ``trabecular_hu``, ``height_loss``, ``height_loss_uncertainty``, ``genant_grade``,
        ``findings`` (codes, those of the CT included).
    """
    return [_row(level, assessment) for level in assessment.levels]


def to_dict(assessment: SpineAssessment) -> dict[str, Any]:
    """Everything as plain dictionaries, lists, numbers and texts, under the names of the attributes; points LPS mm."""
    document: dict[str, Any] = plain(assessment, "assessment")
    for row, fields in zip(assessment.levels, document["levels"], strict=True):
        fields["level"] = row.level.name
    return document


def to_frame(assessment: SpineAssessment) -> pandas.DataFrame:
    """The rows as a pandas frame, indexed by level.

    Raises
    ------
    MissingDependencyError
        Without pandas.
    """
    try:
        import pandas
    except ImportError as error:
        raise MissingDependencyError("pandas", "SpineAssessment.to_frame") from error
    return pandas.DataFrame(level_rows(assessment)).set_index("level")


def to_html(assessment: SpineAssessment) -> str:
    """A table for a notebook; every text is escaped."""
    head = "".join(f"<th>{html.escape(title)}</th>" for title in NOTEBOOK_COLUMNS)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(_shown(row, column))}</td>' for column in NOTEBOOK_COLUMNS.values())}</tr>"
        for row in level_rows(assessment)
    )
    provenance = assessment.provenance
    model = f"{provenance.model_id} ({provenance.model_status}), OVCFRisk {provenance.software_version}"
    foot = html.escape(f"{model}. Risk index: 0 to 1, higher = more risk. {RESEARCH_ONLY}")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p><small>{foot}</small></p>"


def _row(level: LevelAssessment, assessment: SpineAssessment) -> dict[str, Any]:
    """One level."""
    score, heights = level.score, level.heights
    findings = (*level.findings, *assessment.findings)
    return {
        "level": level.level.name,
        "status": level.status.value,
        "reason": level.reason or None,
        "r_score": score.r_score if score else None,
        "risk_index": score.risk_index if score else None,
        "risk_low": score.risk_low if score else None,
        "risk_high": score.risk_high if score else None,
        "category": score.category.value if score else None,
        "volume_ml": level.volume_ml,
        "trabecular_hu": level.trabecular.mean_hu if level.trabecular else None,
        "height_loss": heights.loss if heights else None,
        "height_loss_uncertainty": heights.loss_uncertainty if heights else None,
        "genant_grade": heights.grade if heights else None,
        "findings": tuple(dict.fromkeys(finding.code for finding in findings)),
    }


def _shown(row: dict[str, Any], column: str) -> str:
    """A cell of the notebook's table."""
    if column == "interval":
        return NO_VALUE if row["risk_low"] is None else f"{row['risk_low']:.2f} to {row['risk_high']:.2f}"
    if column == "status" and row["reason"]:
        return f"{row['status']}, because: {row['reason']}"
    value = row[column]
    if column == "findings":
        return ", ".join(code.replace("_", " ") for code in value)
    if value is None:
        return NO_VALUE
    return f"{value:.{DIGITS[column]}f}" if column in DIGITS else str(value)
