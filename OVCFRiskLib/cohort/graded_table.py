"""Cells that tables of graded vertebrae share, read so that every complaint names row and column."""

from __future__ import annotations

import math

from OVCFRiskLib.cohort.cohort_series import FOREIGN_MATERIAL, GRADED_LEVELS, GRADES, GradedVertebra
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.table_reader import MISSING, Table, parse_number

# Values beyond these are slips of the pen: the oldest person lived 122 years, T-scores beyond 10 do not occur.
OLDEST_YEARS = 122.0
LARGEST_T_SCORE = 10.0
# Bone in mg/cm3; the edge of a voxel.
LARGEST_DENSITY = 500.0
LARGEST_VOXEL_MM = 10.0
# Genant's shapes as VerSe codes them.
SHAPES = {"0": "none", "1": "wedge", "2": "biconcave", "3": "crush", FOREIGN_MATERIAL: ""}


def cell(table: Table, row: int, column: str) -> str:
    """Text of a cell; empty where the table has no such column."""
    return table.rows[row][table.columns.index(column)] if column in table.columns else ""


def place_of(table: Table, row: int, column: str) -> str:
    """Name of the table, row and column, the start of a message."""
    return table.place(table.lines[row], column)


def number_in(
    table: Table, row: int, column: str, lowest: float, highest: float, is_zero_missing: bool = False
) -> float | None:
    """A number within bounds; None where the cell is empty, says n/a, or holds a zero that stands for it.

    Raises
    ------
    OVCFRiskError
        Naming row and column of a cell that is not a number or lies beyond the bounds.
    """
    place = place_of(table, row, column)
    value = parse_number(cell(table, row, column), place, allow_missing=True)
    if math.isnan(value) or (is_zero_missing and value == 0):
        return None
    if not lowest <= value <= highest:
        raise OVCFRiskError(
            f"{place}: expected a number from {lowest:g} to {highest:g}, got {value:g}; correct the cell"
        )
    return value


def word_in(table: Table, row: int, column: str, words: dict[str, str], is_needed: bool = True) -> str:
    """Our word for a cell's word.

    Raises
    ------
    OVCFRiskError
        Naming row and column of another word, or of an empty cell that is needed.
    """
    found = cell(table, row, column)
    if found.lower() in MISSING and not is_needed:
        return ""
    if found not in words:
        got = repr(found) if found else "an empty cell"
        raise OVCFRiskError(
            f"{place_of(table, row, column)}: expected {' or '.join(words)}, got {got}; correct the cell"
        )
    return words[found]


def whole_number(table: Table, row: int, column: str) -> int:
    """A positive whole number, e.g. an identifier; ``12.0`` counts as 12.

    Raises
    ------
    OVCFRiskError
        Naming row and column.
    """
    place = place_of(table, row, column)
    value = parse_number(cell(table, row, column), place)
    if value <= 0 or not value.is_integer():
        raise OVCFRiskError(f"{place}: expected a positive whole number, got {cell(table, row, column)}")
    return int(value)


def vertebrae_of(table: Table, row: int, grade_column: str, shape_column: str) -> dict[str, GradedVertebra]:
    """The graded vertebrae of a row.

    Parameters
    ----------
    table : Table
    row : int
    grade_column, shape_column : str
        Name of a level's column with ``{level}`` in it, e.g. ``"{level}_fx-g"``.

    Raises
    ------
    OVCFRiskError
        Naming row and column of a grade or shape that is none, or of a shape without a grade.
    """
    found = {}
    for level in GRADED_LEVELS:
        grade = cell(table, row, grade_column.format(level=level)).lower()
        shape = cell(table, row, shape_column.format(level=level)).lower()
        if shape not in SHAPES and shape != "":
            where = place_of(table, row, shape_column.format(level=level))
            raise OVCFRiskError(f"{where}: expected a shape 0 to 3, x or an empty cell, got '{shape}'")
        if grade:
            place = place_of(table, row, grade_column.format(level=level))
            found[level] = GradedVertebra(_grade(grade, place), SHAPES.get(shape, ""))
        elif shape:
            where = place_of(table, row, grade_column.format(level=level))
            raise OVCFRiskError(f"{where}: the grade is empty, but a shape '{shape}' is given; fill in both or none")
    return found


def _grade(text: str, place: str) -> int | None:
    if text == FOREIGN_MATERIAL:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if value not in GRADES:
        raise OVCFRiskError(
            f"{place}: expected a grade 0, 1, 2 or 3, x (foreign material) or an empty cell (not in view), got '{text}'"
        )
    return int(value)
