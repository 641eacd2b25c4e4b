"""A table of any markers with outcomes, one row per patient or per vertebral body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.markers import Marker
from OVCFRiskLib.evaluation.scored_bodies import PATIENT_ID_COLUMNS
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, LEVELS, check_bodies
from OVCFRiskLib.tables.cohort_join import read_joined
from OVCFRiskLib.tables.table_reader import Table

# What a statement of direction may say.
HIGHER = "higher"
LOWER = "lower"
FOLD_COLUMN = "fold"


@dataclass(frozen=True, slots=True)
class MarkerTable:
    """Markers side by side.

    Attributes
    ----------
    name, sha256 : str
        Of the file.
    patients, groups : ndarray of str, shape (n,)
    levels : ndarray of str or None, shape (n,)
        None in a table of patients.
    values : mapping of str to ndarray, shape (n,)
        Marker to its numbers, NaN where a cell is empty.
    is_higher_risk : mapping of str to bool
        Marker to whether a higher value speaks for a fracture; stated, never guessed.
    """

    name: str
    sha256: str
    patients: np.ndarray
    groups: np.ndarray
    levels: np.ndarray | None
    values: Mapping[str, np.ndarray]
    is_higher_risk: Mapping[str, bool]

    @property
    def is_fracture(self) -> np.ndarray:
        """Rows of patients with a fracture, ndarray of bool."""
        return self.groups == FRACTURE

    @property
    def unit(self) -> str:
        """What a row is, in the plural."""
        return "patients" if self.levels is None else "bodies"

    def marker(self, name: str, rows: np.ndarray | None = None) -> Marker:
        """A marker turned so that higher means risk, on its known rows or on those given."""
        known = np.isfinite(self.values[name]) if rows is None else rows
        risk = self.values[name][known] * (1 if self.is_higher_risk[name] else -1)
        return Marker(name, risk, self.is_fracture[known], self.patients[known])


def parse_directions(statements: list[str]) -> dict[str, bool]:
    """Markers with their stated direction.

    Parameters
    ----------
    statements : list of str
        ``"vbmd=lower"``: a lower value speaks for a fracture.

    Raises
    ------
    OVCFRiskError
        If a statement has no direction, or a marker is named twice.

    Examples
    --------
    >>> parse_directions(["vbmd=lower", "age=higher"])
    {'vbmd': False, 'age': True}
    """
    found: dict[str, bool] = {}
    for statement in statements:
        name, _, direction = statement.rpartition("=")
        if not name or direction not in (HIGHER, LOWER):
            raise OVCFRiskError(
                f"--marker '{statement}': expected NAME={HIGHER} or NAME={LOWER}, which says what value speaks for a "
                "fracture; a direction is never guessed"
            )
        if name in found:
            raise OVCFRiskError(f"--marker '{name}' is given twice; name each marker once")
        found[name] = direction == HIGHER
    return found


def read_marker_table(
    path: str | Path, is_higher_risk: Mapping[str, bool], cohort: str | Path | None = None
) -> MarkerTable:
    """Read and check a table of markers.

    Parameters
    ----------
    path : path of a CSV file
        Columns ``patient_id`` (or ``case_id``, ``case``), ``group`` (OVCF or NF), the markers, and ``level`` where rows
        are bodies. Further columns are ignored.
    is_higher_risk : mapping of str to bool
        Markers with their direction.
    cohort : path, optional
        ``cohort.csv``: only its bodies count, with its outcomes.

    Raises
    ------
    OVCFRiskError
        Naming line and column: a missing column, text in numbers, a repeated patient or body, a patient in both groups,
        a marker known in one class only.
    """
    table = read_joined(path, cohort)
    patient_column = next((name for name in PATIENT_ID_COLUMNS if name in table.columns), PATIENT_ID_COLUMNS[0])
    table.require(patient_column, "group", *is_higher_risk)
    found = MarkerTable(
        name=table.name,
        sha256=table.sha256,
        patients=np.array(table.texts(patient_column)),
        groups=np.array(table.choices("group", GROUPS)),
        levels=np.array(table.choices("level", LEVELS)) if "level" in table.columns else None,
        values={name: table.numbers((name,), allow_missing=True)[:, 0] for name in is_higher_risk},
        is_higher_risk=dict(is_higher_risk),
    )
    levels = np.full(len(table.rows), "") if found.levels is None else found.levels
    check_bodies(table, patient_column, found.patients, levels, {"group": found.groups})
    for name, values in found.values.items():
        groups = set(found.groups[np.isfinite(values)].tolist())
        if len(groups) < 2:
            raise OVCFRiskError(
                f"{table.name}, column '{name}': known of {' and '.join(groups) or 'nobody'} only; a marker needs "
                "values of both groups"
            )
    return found


def read_folds(path: str | Path, table: MarkerTable) -> np.ndarray:
    """Folds of the rows, from a file with ``patient_id`` and ``fold``.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    OVCFRiskError
        If a patient has no fold, or two.
    """
    folds: Table = read_joined(path, None)
    folds.require("patient_id", FOLD_COLUMN)
    numbers = folds.numbers((FOLD_COLUMN,))[:, 0]
    known: dict[str, float] = {}
    for patient, number, line in zip(folds.texts("patient_id"), numbers, folds.lines, strict=True):
        if known.setdefault(patient, number) != number:
            raise OVCFRiskError(f"{folds.place(line, FOLD_COLUMN)}: patient {patient} is in two folds; keep one")
    missing = [patient for patient in table.patients if patient not in known]
    if missing:
        raise OVCFRiskError(f"{folds.name}: patient {missing[0]} of {table.name} has no fold; write the folds anew")
    return np.array([int(known[patient]) for patient in table.patients])
