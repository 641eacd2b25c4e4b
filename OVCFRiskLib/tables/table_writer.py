"""Writing CSV tables: exact numbers, text on one line, nothing that a spreadsheet would run."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

from OVCFRiskLib.files import written_beside
from OVCFRiskLib.numeric import NUMBER_TEXT
from OVCFRiskLib.plain_text import printable

# A spreadsheet runs a cell that starts with one of these as a formula (OWASP, CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
GUARD = "'"
# Excel takes a file for UTF-8 only when it begins with this.
MARKED_ENCODING = "utf-8-sig"
PLAIN_ENCODING = "utf-8"
# Between several texts in one cell.
MESSAGE_SEPARATOR = " | "

Value = str | int | float | None
Row = Mapping[str, Any]
ALL_DIGITS: Mapping[str, int] = MappingProxyType({})  # rounds no column; cannot be changed, as it is a default
_is_marked: ContextVar[bool] = ContextVar("is_marked", default=False)


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
    encoding = MARKED_ENCODING if _is_marked.get() else PLAIN_ENCODING
    with written_beside(path) as temporary, temporary.open("w", encoding=encoding, newline="") as file:
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
    >>> format_cell("-2.0"), format_cell("-17b")
    ('-2.0', "'-17b")
    """
    if value is None:
        return ""
    if isinstance(value, str):
        text = printable(value)
        is_formula = text.startswith(FORMULA_STARTS) or value.startswith(FORMULA_STARTS)
        return f"{GUARD}{text}" if is_formula and not NUMBER_TEXT.fullmatch(text) else text
    if isinstance(value, int):
        return str(value)
    number = float(value) if decimals is None else round(float(value), decimals)
    return repr(number + 0.0)  # no negative zero


def unguarded(cell: str) -> str:
    """A cell as it was before `format_cell` guarded it, so that ids that start with a minus join again.

    Examples
    --------
    >>> unguarded("'-17b"), unguarded("'quoted'")
    ('-17b', "'quoted'")
    """
    return cell[len(GUARD) :] if cell.startswith(GUARD) and cell[len(GUARD) :].startswith(FORMULA_STARTS) else cell


@contextlib.contextmanager
def marked_for_excel(is_wanted: bool = True) -> Iterator[None]:
    """Tables written inside the block begin with a byte order mark, by which Excel knows that they are UTF-8."""
    before = _is_marked.set(is_wanted)
    try:
        yield
    finally:
        _is_marked.reset(before)


def _cells(rows: Iterable[Row], columns: Sequence[str], decimals: Mapping[str, int]) -> Iterator[list[str]]:
    """Header and rows; names of columns come from users' tables too, so they are guarded like cells."""
    yield [format_cell(column) for column in columns]
    for row in rows:
        yield [format_cell(row[column], decimals.get(column)) for column in columns]
