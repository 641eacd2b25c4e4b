"""Scores with outcomes: one row per vertebral body, checked before anything is measured."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, LEVELS, SETS, check_bodies
from OVCFRiskLib.tables.cohort_join import read_joined
from OVCFRiskLib.tables.table_reader import Table

# What tables of scores call the patient, the first that is there counts.
PATIENT_ID_COLUMNS = ("patient_id", "case_id", "case")
ACCEPTED_SCORES = ("r_score", "risk_index")


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Scores and outcome of n vertebral bodies.

    Attributes
    ----------
    name, sha256 : str
        Of the file.
    score_column : str
        ``"r_score"`` or ``"risk_index"``.
    model_ids : tuple of str
        Different values of the column ``model_id``; empty without it.
    patients, levels, groups : ndarray of str, shape (n,)
        ``groups`` holds ``"OVCF"`` or ``"NF"``.
    scores : ndarray, shape (n,)
    t_scores, ages : ndarray or None, shape (n,)
        DXA T-score and years, NaN where unknown.
    sets : ndarray of str or None, shape (n,)
        ``"train"`` or ``"test"``.
    not_scored : tuple of str
        Rows without a score, each with its line and reason; they are counted, not used.
    is_outside : ndarray of bool or None
        Bodies to which the model does not apply, as their column ``category`` says; None without it.
    """

    name: str
    sha256: str
    score_column: str
    model_ids: tuple[str, ...]
    patients: np.ndarray
    levels: np.ndarray
    groups: np.ndarray
    scores: np.ndarray
    t_scores: np.ndarray | None
    ages: np.ndarray | None
    sets: np.ndarray | None
    not_scored: tuple[str, ...] = ()
    is_outside: np.ndarray | None = None

    @property
    def is_fracture(self) -> np.ndarray:
        """Rows of women with a fracture, ndarray of bool."""
        return self.groups == FRACTURE

    @property
    def known_t_scores(self) -> np.ndarray:
        """T-scores of a table that has them, shape (n,)."""
        if self.t_scores is None:
            raise OVCFRiskError(f"{self.name}: the column 't_score' is missing; add it")
        return self.t_scores

    def subset(self, rows: np.ndarray) -> ScoreTable:
        """Some of the rows, ``rows`` being an ndarray of bool."""
        kept: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        for key, value in kept.items():
            if isinstance(value, np.ndarray):
                kept[key] = value[rows]
        return ScoreTable(**kept)


def read_score_table(path: str | Path, cohort: str | Path | None = None) -> ScoreTable:
    """Read and check a table of scores with outcomes.

    Parameters
    ----------
    path : path of a CSV file
        Columns ``patient_id`` (or ``case_id``, ``case``), ``level``, ``group`` (OVCF or NF), ``r_score`` or
        ``risk_index``; where known ``t_score``, ``age``, ``split`` (train or test), ``model_id``, ``category``, and
        ``status`` and ``reason`` of rows that were not scored. Further columns are ignored.
    cohort : path, optional
        ``cohort.csv`` or a table of patients: only its bodies count, with its group, age and T-score.

    Returns
    -------
    ScoreTable

    Raises
    ------
    OVCFRiskError
        Naming line and column: missing columns, text or decimal commas in numbers, unknown levels or groups, a
        duplicate row, a woman in both groups or both sets, only one class.
    """
    table = read_joined(path, cohort)
    patient_column = next((name for name in PATIENT_ID_COLUMNS if name in table.columns), PATIENT_ID_COLUMNS[0])
    score_column = next((name for name in ACCEPTED_SCORES if name in table.columns), ACCEPTED_SCORES[0])
    table.require(patient_column, "level", "group", score_column)
    scores = table.numbers((score_column,), allow_missing=True)[:, 0]
    has_score = np.isfinite(scores)
    _check_missing_scores(table, has_score, score_column)
    whole = ScoreTable(
        name=table.name,
        sha256=table.sha256,
        score_column=score_column,
        model_ids=_distinct(table, "model_id", has_score),
        patients=np.array(table.texts(patient_column)),
        levels=np.array(table.choices("level", LEVELS)),
        groups=np.array(table.choices("group", GROUPS)),
        scores=scores,
        t_scores=table.optional_numbers("t_score"),
        ages=table.optional_numbers("age"),
        sets=np.array(table.choices("split", SETS)) if "split" in table.columns else None,
        not_scored=_reasons(table, has_score),
        is_outside=_outside(table),
    )
    check_bodies(table, patient_column, whole.patients, whole.levels, {"group": whole.groups, "split": whole.sets})
    found = whole.subset(has_score)
    if len(np.unique(found.groups)) < 2:
        only = f"every scored row is {found.groups[0]}" if len(found.groups) else "no row has a score"
        raise OVCFRiskError(f"{table.name}, column 'group': {only}; evaluating needs scored bodies of both classes")
    return found


def _check_missing_scores(table: Table, has_score: np.ndarray, score_column: str) -> None:
    """An empty score is right only where a status says that the body was not scored."""
    if "status" in table.columns:
        return
    for row in np.flatnonzero(~has_score):
        raise OVCFRiskError(
            f"{table.name}, line {table.lines[row]}, column '{score_column}': no score, and no column 'status' says "
            "why; fill it in or leave the row out"
        )


def _reasons(table: Table, has_score: np.ndarray) -> tuple[str, ...]:
    reasons = table.cells("reason") if "reason" in table.columns else [""] * len(table.rows)
    return tuple(f"line {table.lines[row]}: {reasons[row] or 'no reason given'}" for row in np.flatnonzero(~has_score))


def _outside(table: Table) -> np.ndarray | None:
    if "category" not in table.columns:
        return None
    return np.array([cell == Category.OUTSIDE_MODEL.value for cell in table.cells("category")])


def _distinct(table: Table, column: str, rows: np.ndarray) -> tuple[str, ...]:
    if column not in table.columns:
        return ()
    return tuple(sorted({cell for cell, used in zip(table.cells(column), rows, strict=True) if used and cell}))
