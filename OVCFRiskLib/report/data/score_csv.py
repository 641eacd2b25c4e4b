"""scores.csv: one row per level L1..L4, scored or not."""

from __future__ import annotations

from pathlib import Path

from OVCFRiskLib.assessment import BodyHeights, LevelAssessment, Score, SpineAssessment, TrabecularDensity
from OVCFRiskLib.tables.table_writer import MESSAGE_SEPARATOR, Value, write_table

# The names up to model_id are part of the command line's contract; empty cells mean "not measured".
SCORE_COLUMNS = (
    "level",
    "status",
    "r_score",
    "risk_index",
    "risk_low",
    "risk_high",
    "category",
    "volume_ml",
    "trabecular_hu",
    "warnings",
    "model_id",
    "reason",
    "reason_codes",
    "checks",
    "r_score_low",
    "r_score_high",
    "category_change_probability",
    "trabecular_sd_hu",
    "anterior_mm",
    "middle_mm",
    "posterior_mm",
    "anterior_uncertainty_mm",
    "middle_uncertainty_mm",
    "posterior_uncertainty_mm",
    "height_loss",
    "height_loss_uncertainty",
    "genant_grade",
    "deformity",
    "center_r",
    "center_a",
    "center_s",
    "model_sha256",
    "model_status",
    "software_version",
    "ct_sha256",
    "labels_sha256",
    "mask_origin",
)
# Decimals of measurements, well below their accuracy; scores keep every digit (repr), so that they can be recomputed.
SCORE_DECIMALS = {
    "volume_ml": 3,
    "trabecular_hu": 2,
    "trabecular_sd_hu": 2,
    "anterior_mm": 2,
    "middle_mm": 2,
    "posterior_mm": 2,
    "anterior_uncertainty_mm": 2,
    "middle_uncertainty_mm": 2,
    "posterior_uncertainty_mm": 2,
    "height_loss": 4,
    "height_loss_uncertainty": 4,
    "center_r": 2,
    "center_a": 2,
    "center_s": 2,
}


def score_rows(assessment: SpineAssessment) -> list[dict[str, Value]]:
    """The table's rows with numbers as numbers.

    Parameters
    ----------
    assessment : SpineAssessment

    Returns
    -------
    list of dict
        Four rows with the keys `SCORE_COLUMNS`; None where nothing was measured. ``center_*`` is RAS mm,
        ``height_loss`` a part of 1, uncertainties half the width of a 95 % interval,
        ``mask_origin`` how the mask was drawn (`MaskOrigin`),
        ``warnings`` the messages of the level's and then of the CT's findings of
        severity warning or above, ``checks`` the codes of the same, ``reason_codes`` the codes of what keeps the
        level from being scored.
    """
    return [_row(assessment, level) for level in assessment.levels]


def write_scores_csv(assessment: SpineAssessment, path: str | Path) -> None:
    """Write scores.csv: UTF-8, comma, Unix line ends, same input same bytes.

    Raises
    ------
    OVCFRiskError
        If the file cannot be written.
    """
    write_table(score_rows(assessment), SCORE_COLUMNS, path, SCORE_DECIMALS)


def _row(assessment: SpineAssessment, level: LevelAssessment) -> dict[str, Value]:
    """One level's row, in the order of the columns."""
    findings = (*level.warnings, *assessment.warnings)
    provenance = assessment.provenance
    row = {
        "level": level.level.name,
        "status": level.status.value,
        "reason": level.reason or None,
        "volume_ml": level.volume_ml,
        "reason_codes": MESSAGE_SEPARATOR.join(dict.fromkeys(finding.code for finding in level.stops)) or None,
        "warnings": MESSAGE_SEPARATOR.join(finding.message for finding in findings) or None,
        "checks": MESSAGE_SEPARATOR.join(finding.code for finding in findings) or None,
        "model_id": provenance.model_id,
        "model_sha256": provenance.model_sha256,
        "model_status": provenance.model_status,
        "software_version": provenance.software_version,
        "ct_sha256": provenance.ct_sha256,
        "labels_sha256": provenance.labels_sha256,
        "mask_origin": level.mask_origin and level.mask_origin.value,
        **_score_cells(level.score),
        **_trabecular_cells(level.trabecular),
        **_height_cells(level.heights),
        **_center_cells(level.center_lps),
    }
    return {column: row.get(column) for column in SCORE_COLUMNS}


def _score_cells(score: Score | None) -> dict[str, Value]:
    """Cells of a score."""
    if score is None:
        return {}
    numbers = (
        "r_score",
        "risk_index",
        "risk_low",
        "risk_high",
        "r_score_low",
        "r_score_high",
        "category_change_probability",
    )
    return {name: float(getattr(score, name)) for name in numbers} | {"category": score.category.value}


def _trabecular_cells(density: TrabecularDensity | None) -> dict[str, Value]:
    """Cells of the trabecular region."""
    return {} if density is None else {"trabecular_hu": density.mean_hu, "trabecular_sd_hu": density.sd_hu}


def _height_cells(heights: BodyHeights | None) -> dict[str, Value]:
    """Cells of the body's heights."""
    if heights is None:
        return {}
    return {
        "anterior_mm": heights.anterior_mm,
        "middle_mm": heights.middle_mm,
        "posterior_mm": heights.posterior_mm,
        "anterior_uncertainty_mm": heights.anterior_uncertainty_mm,
        "middle_uncertainty_mm": heights.middle_uncertainty_mm,
        "posterior_uncertainty_mm": heights.posterior_uncertainty_mm,
        "height_loss": heights.loss,
        "height_loss_uncertainty": heights.loss_uncertainty,
        "genant_grade": heights.grade,
        "deformity": heights.deformity,
    }


def _center_cells(center_lps: tuple[float, float, float] | None) -> dict[str, Value]:
    """Cells of the body's centre, RAS mm."""
    if center_lps is None:
        return {}
    x, y, z = center_lps
    return {"center_r": -x, "center_a": -y, "center_s": z}
