"""Joining measurements of bodies with the table of a cohort: which rows count, and what the outcome of each is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.table_reader import Table, read_table

# What the cohort knows better than any table of measurements.
TAKEN_COLUMNS = ("patient_id", "group", "split", "t_score", "age", "sex")
# What identifies a body: the series where both tables name it, otherwise the patient.
BODY_KEYS = (("case_id", "level"), ("patient_id", "level"))
# What identifies all bodies of a woman, for a cohort that has a row for each woman: the group is hers, not a body's.
# By her name first: a list names one of her series, and her bodies may be in several.
PERSON_KEYS = (("patient_id",), ("case_id",))
# Of a list of patients whose bodies were chosen one by one: which ones, it does not say.
CHOSEN_ELSEWHERE = ("bodies", "worst_grade")


def read_joined(path: str | Path, cohort: str | Path | None) -> Table:
    """A table of measurements, or of it the rows of a cohort with the cohort's outcomes.

    Parameters
    ----------
    path : path
    cohort : path, optional
        ``cohort.csv`` as `ovcfrisk cohort` writes it, or a table with a row for each patient; None takes the table as
        it is.

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
        Both with ``case_id`` or ``patient_id``, the cohort with ``patient_id`` and ``group``. With ``level`` in both, a
        row of the cohort is a body; a cohort without levels has a row for each patient, of whom all bodies count.

    Returns
    -------
    Table
        Lines are those of the measurements.

    Raises
    ------
    OVCFRiskError
        If a key is missing, a body or patient of the cohort has two rows, it does not say which bodies count, or
        nothing is in both.
    """
    key = _key(table, cohort)
    outcomes: dict[tuple[str, ...], int] = {}
    for row, who in enumerate(_identities(cohort, key)):
        other = outcomes.setdefault(who, row)
        if other != row:
            raise OVCFRiskError(
                f"{cohort.place(cohort.lines[row], key[0])}: {' '.join(who)} is a duplicate row of line "
                f"{cohort.lines[other]}; keep one row per {_kind(key)}"
            )
    taken = tuple(column for column in TAKEN_COLUMNS if column in cohort.columns)
    kept = [name for name in table.columns if name not in taken]
    places = [table.columns.index(name) for name in kept]
    sources = [cohort.columns.index(name) for name in taken]
    rows, lines = [], []
    for row, (who, line) in enumerate(zip(_identities(table, key), table.lines, strict=True)):
        if who in outcomes:
            outcome = cohort.rows[outcomes[who]]
            rows.append((*(table.rows[row][i] for i in places), *(outcome[i] for i in sources)))
            lines.append(line)
    if not rows:
        same = " and ".join(key)
        raise OVCFRiskError(
            f"{table.name} and {cohort.name} have no {_kind(key)} in common; both must name the same {same}"
        )
    return replace(table, columns=(*kept, *taken), rows=tuple(rows), lines=tuple(lines))


def notes_of_join(path: str | Path, cohort: str | Path | None) -> tuple[str, ...]:
    """Notes on what of a cohort a table has no measurement of, and on which bodies count; none without a cohort."""
    if cohort is None:
        return ()
    table, known = read_table(path), read_table(cohort)
    key = _key(table, known)
    notes = []
    if key in PERSON_KEYS:
        notes.append(
            f"{known.name} names patients, not bodies: every body of theirs in {table.name} counts; to leave out "
            "fractured ones, name the bodies in a column level"
        )
    found, expected = set(_identities(table, key)), _identities(known, key)
    missing = sum(who not in found for who in expected)
    if missing:
        kinds = counted(len(expected), _kind(key), plural="bodies" if key in BODY_KEYS else "patients")
        notes.append(f"{missing} of {kinds} of the cohort are not in {table.name} (not scored, or not measured)")
    return tuple(notes)


def _key(table: Table, cohort: Table) -> tuple[str, ...]:
    """The columns that both tables know a body, or the patient, by."""
    cohort.require("patient_id", "group")
    if "level" not in cohort.columns and (found := [name for name in CHOSEN_ELSEWHERE if name in cohort.columns]):
        raise OVCFRiskError(
            f"{cohort.name}: expected a row for each body, with a column level; got a list of patients whose bodies "
            f"were chosen one by one (column {found[0]}) without saying which ones: give the cohort.csv beside it"
        )
    keys = BODY_KEYS if "level" in cohort.columns else PERSON_KEYS
    for names in keys:
        if set(names) <= set(table.columns) & set(cohort.columns):
            return names
    expected = ", or ".join(" and ".join(reversed(names)) for names in keys)
    raise OVCFRiskError(f"{table.name}: expected the columns {expected}, as {cohort.name} has them")


def _kind(key: tuple[str, ...]) -> str:
    return "body" if key in BODY_KEYS else "patient"


def _identities(table: Table, key: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(zip(*(table.cells(column) for column in key), strict=True))
