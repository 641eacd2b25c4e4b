"""Joining measurements of bodies with the table of a cohort: which rows count, and what the outcome of each is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.table_reader import Table, read_table

# What the cohort knows better than any table of measurements.
TAKEN_COLUMNS = ("patient_id", "group", "split", "t_score", "age", "sex")
# What identifies a body: the series where both tables name it, otherwise the patient.
KEYS = (("case_id", "level"), ("patient_id", "level"))


def read_joined(path: str | Path, cohort: str | Path | None) -> Table:
    """A table of measurements, or of it the rows of a cohort with the cohort's outcomes.

    Parameters
    ----------
    path : path
    cohort : path, optional
        ``cohort.csv`` as `ovcfrisk cohort` writes it; None takes the table as it is.

    Raises
    ------
    OVCFRiskError
        As `read_table`, or if the tables have no body in common.
    """
    table = read_table(path)
    return table if cohort is None else join_cohort(table, read_table(cohort))


def join_cohort(table: Table, cohort: Table) -> Table:
    """Rows of the table that the cohort names, with its patient, group, split, T-score, age and sex.

    Parameters
    ----------
    table, cohort : Table
        Both with ``level`` and ``case_id``, or ``level`` and ``patient_id``.

    Returns
    -------
    Table
        Lines are those of the measurements.

    Raises
    ------
    OVCFRiskError
        If a key is missing, a body of the cohort has two rows, or no body is in both.
    """
    cohort.require("patient_id", "level", "group")
    key = next((names for names in KEYS if set(names) <= set(table.columns) & set(cohort.columns)), None)
    if key is None:
        raise OVCFRiskError(
            f"{table.name}: expected the columns level and case_id, or level and patient_id, as {cohort.name} has them"
        )
    outcomes: dict[tuple[str, ...], int] = {}
    for row, body in enumerate(_bodies(cohort, key)):
        other = outcomes.setdefault(body, row)
        if other != row:
            raise OVCFRiskError(
                f"{cohort.place(cohort.lines[row], key[0])}: {' '.join(body)} is a duplicate row of line "
                f"{cohort.lines[other]}; keep one row per body"
            )
    taken = tuple(column for column in TAKEN_COLUMNS if column in cohort.columns)
    kept = [name for name in table.columns if name not in taken]
    places = [table.columns.index(name) for name in kept]
    sources = [cohort.columns.index(name) for name in taken]
    rows, lines = [], []
    for row, (body, line) in enumerate(zip(_bodies(table, key), table.lines, strict=True)):
        if body in outcomes:
            outcome = cohort.rows[outcomes[body]]
            rows.append((*(table.rows[row][i] for i in places), *(outcome[i] for i in sources)))
            lines.append(line)
    if not rows:
        raise OVCFRiskError(
            f"{table.name} and {cohort.name} have no body in common; both must name the same {key[0]} and level"
        )
    return replace(table, columns=(*kept, *taken), rows=tuple(rows), lines=tuple(lines))


def notes_of_join(bodies: int, name: str, cohort: str | Path | None) -> tuple[str, ...]:
    """A note on the bodies of a cohort that a table of so many bodies has no measurement of; none without a cohort."""
    expected = 0 if cohort is None else len(read_table(cohort).rows)
    if bodies >= expected:
        return ()
    return (f"{expected - bodies} of {expected} bodies of the cohort are not in {name} (not scored, or not measured)",)


def _bodies(table: Table, key: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(zip(*(table.cells(column) for column in key), strict=True))
