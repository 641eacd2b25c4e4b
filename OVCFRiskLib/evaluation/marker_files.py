"""The files of a study of markers, all made before the first is written."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from OVCFRiskLib import __version__
from OVCFRiskLib.evaluation.figures.markers_figure import markers_figure
from OVCFRiskLib.evaluation.marker_study import MarkerStudy
from OVCFRiskLib.evaluation.marker_table import FOLD_COLUMN
from OVCFRiskLib.evaluation.markers import Comparison
from OVCFRiskLib.evaluation.report_text import markdown_table, p_value_text, range_text
from OVCFRiskLib.figures.style import draw
from OVCFRiskLib.files import write_files
from OVCFRiskLib.json_text import json_text, plain_or_null
from OVCFRiskLib.statements import RESEARCH_ONLY
from OVCFRiskLib.tables.table_writer import csv_text

# Name and version of the document's layout, by which a reader knows what fields to expect.
MARKER_SCHEMA = "ovcfrisk-marker-study"
MARKER_SCHEMA_VERSION = 1
# Names of the report, the numbers and the tables.
MARKER_FILES = ("markers.md", "markers.json", "markers.csv", "comparisons.csv", "folds.csv")


def write_marker_study(study: MarkerStudy, out: Path, with_figures: bool = True) -> list[Path]:
    """Write ``markers.md``, ``markers.json``, ``markers.csv``, ``comparisons.csv``, ``folds.csv`` and the figure.

    Parameters
    ----------
    study : MarkerStudy
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
        If a file cannot be written, or the figure is wanted and matplotlib is missing.
    """
    drawn = draw(partial(markers_figure, study)) if with_figures else {}
    rows = study.rows()
    compared = [_comparison_row(c, n) for c, n in zip(study.comparisons, study.common_rows, strict=True)]
    report, document, table, comparisons, folds = MARKER_FILES
    texts = {
        report: study_markdown(study, has_figure=with_figures),
        document: json_text(study_document(study)),
        table: csv_text(rows, tuple(rows[0])),
        comparisons: csv_text(compared, tuple(compared[0]) if compared else ("first", "second")),
        folds: csv_text(_fold_rows(study), ("patient_id", "group", FOLD_COLUMN)),
    }
    contents: dict[str, str | bytes] = {**texts, **{f"markers{suffix}": content for suffix, content in drawn.items()}}
    return write_files({out / name: content for name, content in contents.items()})


def study_document(study: MarkerStudy) -> dict[str, object]:
    """Every number of the study, none of the patients."""
    return {
        "schema": MARKER_SCHEMA,
        "schema_version": MARKER_SCHEMA_VERSION,
        "software": {"ovcfrisk": __version__},
        "input": {"name": study.table.name, "sha256": study.table.sha256, "rows_are": study.table.unit},
        "bootstrap": {"unit": "patient", "draws": study.draws, "seed": study.seed},
        "markers": plain_or_null(study.rows()),
        "comparisons": plain_or_null(study.comparisons),
        "fold_aucs": plain_or_null(study.fold_aucs),
    }


def study_markdown(study: MarkerStudy, has_figure: bool) -> str:
    """The report."""
    parts = [
        f"# Markers of {study.table.name}",
        RESEARCH_ONLY,
        f"{len(study.table.patients)} {study.table.unit}; positive class: OVCF. Nothing was fitted: each marker is "
        f"taken as it is. Intervals are 95 %: DeLong takes rows as independent, *by patient* draws {study.draws} times "
        f"(seed {study.seed}). Folds of patients are in folds.csv: train and test another tool on them.",
        markers_table(study),
    ]
    if study.comparisons:
        rows = [_comparison_cells(c, n) for c, n in zip(study.comparisons, study.common_rows, strict=True)]
        header = ("difference of areas", study.table.unit, "value", "DeLong", "by patient", "p (DeLong)")
        parts += ["## Differences, where both are known", markdown_table(header, rows)]
    if has_figure:
        parts.append("![ROC curves and areas](markers.png)")
    return "\n\n".join(parts) + "\n"


def markers_table(study: MarkerStudy) -> str:
    """The areas as a Markdown table."""
    header = (
        "marker",
        "risk when",
        "OVCF",
        "NF",
        "AUC",
        "DeLong",
        "by patient",
        f"{len(np.unique(study.folds))} folds",
    )
    return markdown_table(
        header,
        [
            (
                found.marker,
                "high" if study.table.is_higher_risk[found.marker] else "low",
                found.fractures,
                found.controls,
                f"{found.auc.value:.3f}",
                range_text(found.auc),
                range_text(found.by_patient),
                _folds_text(study.fold_aucs[found.marker]),
            )
            for found in study.discriminations
        ],
    )


def _folds_text(aucs: np.ndarray) -> str:
    known = aucs[np.isfinite(aucs)]
    return f"{known.mean():.3f} ± {known.std(ddof=1):.3f}" if len(known) > 1 else "-"


def _comparison_row(found: Comparison, rows: int) -> dict[str, object]:
    return {
        "first": found.first,
        "second": found.second,
        "rows": rows,
        "difference": found.delong.difference,
        "delong_lower": found.delong.lower,
        "delong_upper": found.delong.upper,
        "by_patient_lower": found.by_patient.lower,
        "by_patient_upper": found.by_patient.upper,
        "p_delong": found.delong.p_value,
    }


def _comparison_cells(found: Comparison, rows: int) -> tuple[object, ...]:
    return (
        f"{found.first} - {found.second}",
        rows,
        f"{found.delong.difference:+.3f}",
        range_text(found.delong),
        range_text(found.by_patient),
        p_value_text(found.delong.p_value),
    )


def _fold_rows(study: MarkerStudy) -> list[dict[str, object]]:
    """One row per patient, in the order of the table."""
    _, first = np.unique(study.table.patients, return_index=True)
    return [
        {
            "patient_id": str(study.table.patients[row]),
            "group": str(study.table.groups[row]),
            FOLD_COLUMN: int(study.folds[row]),
        }
        for row in np.sort(first)
    ]
