"""Writing CSV tables: exact numbers, text on one line, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from OVCFRiskLib.files import written_beside
from OVCFRiskLib.plain_text import printable

# A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Between several texts in one cell.
MESSAGE_SEPARATOR = " | "

Value = str | int | float | None
Row = Mapping[str, Any]
ALL_DIGITS: Mapping[str, int] = MappingProxyType({})


def write_table(
    rows: Iterable[Row], columns: Sequence[str], path: str | Path, decimals: Mapping[str, int] = ALL_DIGITS
) -> None:
    """Write rows as CSV: UTF-8, comma, Unix line ends, same rows same bytes.

    Rows are taken one by one: the table of a million cases does not pass through memory at once.

    Parameters
    ----------
    rows : iterable of mapping
        Each with a value for every column; None where nothing was measured.
    columns : sequence of str
    path : path
        Written beside and renamed.
    decimals : mapping of str to int
        Digits behind the point of columns that are not written with all digits.

    Raises
    ------
    OVCFRiskError
        If the file cannot be written.
    """
    with written_beside(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(_cells(rows, columns, decimals))


def csv_text(rows: Iterable[Row], columns: Sequence[str], decimals: Mapping[str, int] = ALL_DIGITS) -> str:
    """Text of the file that `write_table` writes.

    Examples
    --------
    >>> print(csv_text([{"level": "L1", "volume_ml": 31.25}], ("level", "volume_ml")), end="")
    level,volume_ml
    L1,31.25
    """
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(_cells(rows, columns, decimals))
    return text.getvalue()


def format_cell(value: Value, decimals: int | None = None) -> str:
    """Text of one cell: numbers with ``decimals`` or all digits, text on one line and never a formula.

    Examples
    --------
    >>> format_cell("=1+1"), format_cell(None), format_cell(0.125), format_cell(0.125, 1)
    ("'=1+1", '', '0.125', '0.1')
    """
    if value is None:
        return ""
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if text.startswith(FORMULA_STARTS) or value.startswith(FORMULA_STARTS) else text
    if isinstance(value, int):
        return str(value)
    number = float(value) if decimals is None else round(float(value), decimals)
    return repr(number + 0.0)  # no negative zero


def _cells(rows: Iterable[Row], columns: Sequence[str], decimals: Mapping[str, int]) -> Iterator[list[str]]:
    """Header and rows; names of columns come from users' tables too, so they are guarded like cells."""
    yield [format_cell(column) for column in columns]
    for row in rows:
        yield [format_cell(row[column], decimals.get(column)) for column in columns]
