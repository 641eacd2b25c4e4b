"""The files of a cohort: manifest for the batch, bodies, patients, flow diagram and description."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from OVCFRiskLib.cohort.cohort_series import CohortSeries
from OVCFRiskLib.cohort.design import Cohort
from OVCFRiskLib.cohort.flow_diagram import flow_svg, flow_text
from OVCFRiskLib.files import write_files
from OVCFRiskLib.json_text import json_text
from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME
from OVCFRiskLib.tables.table_writer import csv_text

# Names of the files of a cohort: for `batch`, one row a body, one row a patient.
MANIFEST_NAME = "manifest.csv"
BODIES_NAME = "cohort.csv"
PATIENTS_NAME = "patients.csv"
FLOW_TEXT = "flow.txt"
FLOW_FIGURE = "flow.svg"
COHORT_FILES = (BODIES_NAME, PATIENTS_NAME, FLOW_TEXT, FLOW_FIGURE, DESCRIPTION_NAME, MANIFEST_NAME)
MANIFEST_COLUMNS = ("case_id", "ct", "labels", "points", "patient_id")
PERSON_COLUMNS = ("age", "sex", "t_score", "bmd", "vbmd", "contrast", "resolution_mm")
BODY_COLUMNS = ("case_id", "patient_id", "level", "group", "grade", "shape", "worst_grade", *PERSON_COLUMNS)
PATIENT_COLUMNS = ("patient_id", "group", "worst_grade", *PERSON_COLUMNS, "series", "bodies")


def write_cohort(
    cohort: Cohort, title: str, description: Mapping[str, Any], out: str | Path, has_files: bool
) -> list[Path]:
    """Write ``cohort.csv``, ``patients.csv``, ``flow.txt``, ``flow.svg``, ``description.json`` and, with files on disk,
    ``manifest.csv``.

    Parameters
    ----------
    cohort : Cohort
    title : str
        Of the flow diagram.
    description : mapping
        What the tables say of the cohort as a whole, for the card.
    out : path
        Folder.
    has_files : bool
        Whether there are CTs to list.

    Returns
    -------
    list of Path
        As written.

    Raises
    ------
    OVCFRiskError
        If a file cannot be written.
    """
    out = Path(out)
    texts = {
        BODIES_NAME: csv_text(_body_rows(cohort), BODY_COLUMNS),
        PATIENTS_NAME: csv_text(_patient_rows(cohort), PATIENT_COLUMNS),
        FLOW_TEXT: flow_text(cohort, title),
        FLOW_FIGURE: flow_svg(cohort, title),
        DESCRIPTION_NAME: json_text(description),
    }
    if has_files:
        texts[MANIFEST_NAME] = csv_text(_manifest_rows(cohort, out), MANIFEST_COLUMNS)
    return write_files({out / name: text for name, text in texts.items()})


def _body_rows(cohort: Cohort) -> list[dict[str, Any]]:
    """One row per body that enters."""
    return [
        {
            "case_id": body.series.case_id,
            "patient_id": body.series.patient_id,
            "level": body.level,
            "group": body.group,
            "grade": body.vertebra.grade,
            "shape": body.vertebra.shape or None,
            "worst_grade": body.worst_grade,
            **{column: getattr(body.series, column) for column in PERSON_COLUMNS},
        }
        for body in cohort.bodies
    ]


def _patient_rows(cohort: Cohort) -> list[dict[str, Any]]:
    """One row per patient who meets the rules; numbers that differ between series as their mean."""
    return [
        {
            "patient_id": patient.patient_id,
            "group": patient.group,
            "worst_grade": patient.worst_grade,
            **{name: patient.mean(name) for name in ("age", "t_score", "bmd", "vbmd", "resolution_mm")},
            "sex": patient.series[0].sex,
            "contrast": "; ".join(sorted({item.contrast for item in patient.series})),
            "series": len(patient.series),
            "bodies": patient.bodies,
        }
        for patient in cohort.patients
    ]


def _manifest_rows(cohort: Cohort, out: Path) -> list[dict[str, Any]]:
    """One row per series with a body that enters; paths relative to the manifest, so that the folder can move."""
    series: dict[str, CohortSeries] = {body.series.case_id: body.series for body in cohort.bodies}
    return [
        {
            "case_id": item.case_id,
            "patient_id": item.patient_id,
            **{name: _relative(getattr(item, name), out) for name in ("ct", "labels", "points")},
        }
        for item in series.values()
    ]


def _relative(path: Path | None, out: Path) -> str | None:
    if path is None:
        return None
    try:
        return Path(os.path.relpath(path.resolve(), out.resolve())).as_posix()
    except ValueError:  # another drive of Windows
        return path.resolve().as_posix()
