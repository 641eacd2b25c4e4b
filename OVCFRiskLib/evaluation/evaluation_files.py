"""The files of an evaluation: report, checklist, numbers, tables and figures, all made before the first is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib.evaluation.document import evaluation_document
from OVCFRiskLib.evaluation.evaluation_figures import evaluation_figures
from OVCFRiskLib.evaluation.evidence import EVIDENCE_FILES, evidence_texts
from OVCFRiskLib.evaluation.report_text import report_markdown
from OVCFRiskLib.evaluation.results import Evaluation
from OVCFRiskLib.files import write_files
from OVCFRiskLib.json_text import json_text
from OVCFRiskLib.tables.table_writer import csv_text

if TYPE_CHECKING:
    from OVCFRiskLib.scoring.model import RScoreModel

# Names of the report, the numbers and the tables.
REPORT = "evaluation.md"
DOCUMENT = "evaluation.json"
ROC_TABLE = "roc.csv"
DECISION_TABLE = "decision_curves.csv"
SUBGROUP_TABLE = "subgroups.csv"
EVALUATION_FILES = (REPORT, *EVIDENCE_FILES, DOCUMENT, ROC_TABLE, DECISION_TABLE, SUBGROUP_TABLE)


def write_evaluation(
    evaluation: Evaluation, model: RScoreModel | None, out: Path, with_figures: bool = True
) -> list[Path]:
    """Write ``evaluation.md``, the evidence (see `evidence_texts`), ``evaluation.json``, three CSV tables and the
    figures.

    Parameters
    ----------
    evaluation : Evaluation
    model : RScoreModel or None
        The card behind the scores, for the report's statements.
    out : Path
        Folder.
    with_figures : bool

    Returns
    -------
    list of Path
        As written, the report first.

    Raises
    ------
    OVCFRiskError
        If a file cannot be written, or figures are wanted and matplotlib is missing.
    """
    figures = evaluation_figures(evaluation) if with_figures else {}
    notes = (model.intended_use,) if model is not None else ()
    texts = {
        REPORT: report_markdown(evaluation, [name for name in figures if name.endswith(".png")], notes),
        **evidence_texts(evaluation, model),
        DOCUMENT: json_text(evaluation_document(evaluation)),
        ROC_TABLE: _roc_csv(evaluation),
        DECISION_TABLE: _decision_csv(evaluation),
        SUBGROUP_TABLE: _subgroup_csv(evaluation),
    }
    contents: dict[str, str | bytes] = {**texts, **figures}
    return write_files({out / name: content for name, content in contents.items()})


def _roc_csv(evaluation: Evaluation) -> str:
    """All operating points, thresholds on the scale where higher means more risk."""
    columns = ("set", "marker", "risk_threshold", "sensitivity", "specificity")
    rows = [
        dict(zip(columns, (part.name, band.name, *map(float, point)), strict=True))
        for part in evaluation.sets
        for band in part.roc_bands
        for point in zip(band.curve.thresholds, band.curve.sensitivity, band.curve.specificity, strict=True)
    ]
    return csv_text(rows, columns)


def _decision_csv(evaluation: Evaluation) -> str:
    columns = ("set", "policy", "threshold", "net_benefit", "lower", "upper")
    rows = []
    for part in evaluation.sets:
        decision = part.decision
        curves = [(curve.name, curve.benefit, curve.lower, curve.upper) for curve in decision.curves]
        curves.append(("act on all", decision.treat_all, decision.treat_all, decision.treat_all))
        for name, *values in curves:
            for threshold, *numbers in zip(decision.thresholds, *values, strict=True):
                rows.append(dict(zip(columns, (part.name, name, *map(float, (threshold, *numbers))), strict=True)))
    return csv_text(rows, columns)


def _subgroup_csv(evaluation: Evaluation) -> str:
    columns = (
        "set",
        "kind",
        "subgroup",
        "patients",
        "fractures",
        "controls",
        "auc",
        "auc_lower",
        "auc_upper",
        "fractures_found",
        "controls_spared",
    )
    rows = []
    for part in evaluation.sets:
        for group in part.subgroups:
            auc: tuple[float | None, ...] = (None, None, None)
            if group.auc is not None and group.by_patient is not None:
                auc = (group.auc.value, group.by_patient.lower, group.by_patient.upper)
            counts = (group.patients, group.fractures, group.controls)
            found = (group.sensitivity.count, group.specificity.count)
            rows.append(dict(zip(columns, (part.name, group.kind, group.name, *counts, *auc, *found), strict=True)))
    return csv_text(rows, columns)
