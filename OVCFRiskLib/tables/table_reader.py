"""Reading a CSV table so that every complaint names the line and the column."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import input_size
from OVCFRiskLib.numeric import NUMBER_TEXT
from OVCFRiskLib.tables.table_writer import unguarded

# A number with a decimal comma, known only so that the error can say how to write it.
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
# The line by which some programs tell Excel the separator.
SEPARATOR_LINE = re.compile(r"sep=(.),*$", re.IGNORECASE)
# Excel writes semicolons and decimal commas where the system's language does, and has no choice of its own.
SAVE_WITH_COMMAS = (
    "save the table with commas and decimal points (LibreOffice: 'Edit filter settings', field delimiter ','; Excel: "
    "with the system's number format set to English)"
)
MISSING = {"", "na", "n/a", "nan", "null", "none"}


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV table as text, with the line of every row in its file.

    Attributes
    ----------
    name : str
        File name, for messages.
    sha256 : str
        Of the file.
    columns : tuple of str
    rows : tuple of tuple of str
        Cells without surrounding blanks, and without the sign that guards texts against becoming formulas.
    lines : tuple of int
        Line of each row in the file; the header is line 1.
    line_word : str
        What messages call a line: ``"line"`` of a text file, ``"row"`` of a sheet.
    """

    name: str
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    line_word: str = "line"

    def place(self, line: int, column: str) -> str:
        """Where a cell is, the start of every message about it."""
        return f"{self.name}, {self.line_word} {line}, column '{column}'"

    def require(self, *columns: str) -> None:
        """Raise unless the columns are there.

        Raises
        ------
        OVCFRiskError
            Naming the missing ones.
        """
        missing = [column for column in columns if column not in self.columns]
        if missing:
            shown = ", ".join(f"'{column}'" for column in missing[:5])
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise OVCFRiskError(
                f"{self.name}: missing column {shown}{more}; it has {_shortened(self.columns)}. "
                f"Add {'the column' if len(missing) == 1 else 'these columns'}, or check the header's spelling"
            )

    def texts(self, column: str) -> tuple[str, ...]:
        """Cells of a column, none empty.

        Raises
        ------
        OVCFRiskError
            Naming the line of an empty cell.
        """
        cells = self.cells(column)
        for cell, line in zip(cells, self.lines, strict=True):
            if cell.lower() in MISSING:
                raise OVCFRiskError(f"{self.place(line, column)}: the cell is empty; fill it in")
        return cells

    def cells(self, column: str) -> tuple[str, ...]:
        """Cells of a column as they stand, empty ones included."""
        self.require(column)
        number = self.columns.index(column)
        return tuple(row[number] for row in self.rows)

    def optional_numbers(self, column: str) -> np.ndarray | None:
        """A column of numbers with gaps, shape (rows,): NaN in empty cells, None without the column."""
        return self.numbers((column,), allow_missing=True)[:, 0] if column in self.columns else None

    def choices(self, column: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """Cells of a column that may hold some words only.

        Raises
        ------
        OVCFRiskError
            Naming the line and the word.
        """
        cells = self.texts(column)
        for cell, line in zip(cells, self.lines, strict=True):
            if cell not in allowed:
                raise OVCFRiskError(
                    f"{self.place(line, column)}: expected one of {', '.join(allowed)}, got '{cell}'; write one of "
                    "these words (what others mean is not guessed)"
                )
        return cells

    def numbers(self, columns: tuple[str, ...], allow_missing: bool = False) -> np.ndarray:
        """Columns as numbers.

        Parameters
        ----------
        columns : tuple of str
        allow_missing : bool
            Empty cells and ``NA`` become NaN instead of an error.

        Returns
        -------
        ndarray, shape (rows, columns)

        Raises
        ------
        OVCFRiskError
            Naming line and column of a cell that is not a finite number.
        """
        self.require(*columns)
        places = [self.columns.index(column) for column in columns]
        values = np.empty((len(self.rows), len(columns)))
        for i, row in enumerate(self.rows):
            for j, place in enumerate(places):
                values[i, j] = parse_number(row[place], self.place(self.lines[i], columns[j]), allow_missing)
        return values


def parse_number(cell: str, where: str, allow_missing: bool = False) -> float:
    """A cell as a number.

    Parameters
    ----------
    cell : str
        Without surrounding blanks.
    where : str
        Start of the message, e.g. ``"features.csv, line 3, column 'age'"``.
    allow_missing : bool
        An empty cell or ``NA`` is NaN instead of an error.

    Raises
    ------
    OVCFRiskError
        If it is not a finite number in plain notation.

    Examples
    --------
    >>> parse_number("-2.5", "people.csv, line 2, column 't_score'")
    -2.5
    >>> parse_number("-2,5", "people.csv, line 2, column 't_score'")
    Traceback (most recent call last):
        ...
    OVCFRiskLib.errors.OVCFRiskError: people.csv, line 2, column 't_score': expected a number, got '-2,5' with a decimal
    comma; write -2.5
    """
    if NUMBER_TEXT.fullmatch(cell) and math.isfinite(float(cell)):
        return float(cell)
    is_missing = cell.lower() in MISSING
    if allow_missing and is_missing:
        return math.nan
    if is_missing:
        found = f"{repr(cell) if cell else 'an empty cell'}; fill it in or leave the row out"
    elif DECIMAL_COMMA.fullmatch(cell):
        found = f"'{cell}' with a decimal comma; write {cell.replace(',', '.')}"
    else:
        found = f"'{cell[:40]}'"
    raise OVCFRiskError(f"{where}: expected a number, got {found}")


def read_table(path: str | Path) -> Table:
    """Read a CSV file: UTF-8, separated by commas, one header line.

    Raises
    ------
    OVCFRiskError
        If the file cannot be read, is no CSV, has no rows, names a column twice, or a row has the wrong number of
        cells.
    """
    path = Path(path)
    input_size(path, "table")
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be read: {error.strerror or error}; check its permissions") from error
    except UnicodeDecodeError as error:
        raise OVCFRiskError(f"'{path.name}' is no UTF-8 text; save the table as CSV (UTF-8)") from error
    first, line_end, rest = text.partition("\n")
    # its line stays, empty, so that lines are counted as in the file
    rows, lines = _parsed(line_end + rest if is_separator_line(first, path.name) else text, path.name)
    columns = tuple(rows[0]) if rows else ()
    if len(rows) < 2:
        raise OVCFRiskError(f"'{path.name}' holds no rows; expected a header line and a line for each entry")
    _check_columns(columns, path.name)
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(columns):
            raise OVCFRiskError(
                f"{path.name}, line {line}: expected {len(columns)} cells as in the header, got {len(row)}; "
                "are there decimal commas, or a line break inside a cell?"
            )
    return Table(path.name, hashlib.sha256(content).hexdigest(), columns, tuple(rows[1:]), tuple(lines[1:]))


def _parsed(text: str, name: str) -> tuple[list[tuple[str, ...]], list[int]]:
    """Rows that are not blank, with the line each ends on."""
    reader = csv.reader(io.StringIO(text), strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(tuple(unguarded(cell.strip()) for cell in row))
                lines.append(reader.line_num)
    except csv.Error as error:
        raise OVCFRiskError(f"{name}, line {reader.line_num}: not valid CSV ({error})") from error
    width = max((_used(row) for row in rows), default=0)
    return [row[:width] for row in rows], lines


def _used(row: tuple[str, ...]) -> int:
    """Cells of a row up to the last one that is not empty: spreadsheets write commas for columns that were cleared."""
    return max((number for number, cell in enumerate(row, start=1) if cell), default=0)


def is_separator_line(line: str, name: str) -> bool:
    """Whether a file's first line is ``sep=,``, which is no header.

    Raises
    ------
    OVCFRiskError
        If it names another separator.
    """
    found = SEPARATOR_LINE.match(line.strip().strip('"'))
    if found and found[1] != ",":
        raise OVCFRiskError(
            f"{name}: its first line says that the columns are separated by '{found[1]}'; {SAVE_WITH_COMMAS}"
        )
    return found is not None


def require_commas(columns: tuple[str, ...], name: str) -> None:
    """Raise where a header is separated by something else than commas.

    Raises
    ------
    OVCFRiskError
        Saying how to save the table.
    """
    if len(columns) == 1 and (";" in columns[0] or "\t" in columns[0]):
        separator = "semicolons" if ";" in columns[0] else "tabs"
        raise OVCFRiskError(f"{name}: the columns are separated by {separator}; {SAVE_WITH_COMMAS}")


def _check_columns(columns: tuple[str, ...], name: str) -> None:
    require_commas(columns, name)
    repeated = sorted(column for column, count in Counter(columns).items() if count > 1)
    if repeated:
        raise OVCFRiskError(f"{name}: column '{repeated[0]}' is repeated in the header; rename or remove one")


def _shortened(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:8])
    return f"{shown}, ... ({len(names)} columns)" if len(names) > 8 else shown
