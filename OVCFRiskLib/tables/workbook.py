"""Reading a sheet of an Excel workbook (.xlsx) as a table, with Python's own library alone.

A workbook is a zip archive of XML (ECMA-376, SpreadsheetML): sheets name their cells by column letter and row number;
text lies in the cell itself (``inlineStr``, ``str``) or in a list that the sheets share (``s``). Nothing is calculated:
a formula counts with the value that was stored beside it.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import input_size
from OVCFRiskLib.tables.table_reader import Table

# Namespaces of the XML of a workbook (Office Open XML), as ElementTree puts them before a name.
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# A workbook of a cohort is a few megabytes unpacked; more is no table of people but an attack on memory.
LARGEST_PART_MB = 64
CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")


def read_workbook(path: str | Path, expected_columns: tuple[str, ...]) -> Table:
    """Read the sheet of a workbook whose first row names the expected columns.

    Parameters
    ----------
    path : path of an ``.xlsx`` file
    expected_columns : tuple of str
        Names that tell the right sheet; the first sheet that has them all counts.

    Returns
    -------
    Table
        Cells as text, columns without a name left out, rows without any cell left out; ``lines`` are the sheet's own
        row numbers.

    Raises
    ------
    OVCFRiskError
        If the file cannot be read, is not a workbook, or no sheet has the columns, naming those missing.
    """
    path = Path(path)
    input_size(path, "table")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be read: {error.strerror or error}; check its permissions") from error
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            shared = _shared_texts(archive)
            sheets = [(name, _rows(_parsed(archive, part), shared)) for name, part in _sheets(archive)]
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, IndexError, ValueError) as error:
        if isinstance(error, OVCFRiskError):
            raise
        raise OVCFRiskError(
            f"'{path.name}' is not an Excel workbook (.xlsx): {error}; save the table as .xlsx or .csv"
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    missing: dict[str, tuple[str, ...]] = {}
    for name, rows in sheets:
        header = {column: text for column, text in next(iter(rows.values()), {}).items() if text}
        missing[name] = tuple(column for column in expected_columns if column not in header.values())
        if not missing[name]:
            return _table(f"{path.name}, sheet '{name}'", digest, header, rows)
    raise OVCFRiskError(
        f"{path.name} is not the expected table: "
        + "; ".join(
            f"sheet '{name}' lacks column {', '.join(map(repr, columns[:4]))}" for name, columns in missing.items()
        )
    )


def _table(name: str, digest: str, header: dict[str, str], rows: dict[int, dict[str, str]]) -> Table:
    names = tuple(header.values())
    repeated = sorted({column for column in names if names.count(column) > 1})
    if repeated:
        raise OVCFRiskError(f"{name}: column '{repeated[0]}' is repeated in the header; rename or remove one")
    lines = [line for line in list(rows)[1:] if any(rows[line].get(column) for column in header)]
    cells = tuple(tuple(rows[line].get(column, "") for column in header) for line in lines)
    if not cells:
        raise OVCFRiskError(f"{name} holds no rows below its header")
    return Table(name, digest, names, cells, tuple(lines), line_word="row")


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Name and archive member of every sheet, in the workbook's order."""
    relations = {
        relation.get("Id"): relation.get("Target", "") for relation in _parsed(archive, "xl/_rels/workbook.xml.rels")
    }
    for sheet in _parsed(archive, "xl/workbook.xml").iter(f"{MAIN}sheet"):
        target = relations[sheet.get(RELATION)]
        yield sheet.get("name", ""), target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(item) for item in _parsed(archive, "xl/sharedStrings.xml").iter(f"{MAIN}si")]


def _parsed(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Root of a member; one that is too large, or declares entities, is refused before it is expanded."""
    if archive.getinfo(name).file_size > LARGEST_PART_MB * 2**20:
        raise OVCFRiskError(f"{name} in the workbook is larger than {LARGEST_PART_MB} MB; save only the table")
    content = archive.read(name)
    if b"<!DOCTYPE" in content:
        raise OVCFRiskError(f"{name} in the workbook declares a document type; save the table anew as .xlsx")
    return ElementTree.fromstring(content)


def _rows(sheet: ElementTree.Element, shared: list[str]) -> dict[int, dict[str, str]]:
    """Row number to column letter to text, rows without text left out."""
    found: dict[int, dict[str, str]] = {}
    for cell in sheet.iter(f"{MAIN}c"):
        place = CELL.fullmatch(cell.get("r", ""))
        text = _cell_text(cell, shared).strip()
        if place and text:
            found.setdefault(int(place.group(2)), {})[place.group(1)] = text
    return found


def _cell_text(cell: ElementTree.Element, shared: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(f"{MAIN}is")
        return "" if inline is None else _text(inline)
    value = cell.findtext(f"{MAIN}v") or ""
    if kind == "s":
        return shared[int(value)]
    return _plain_number(value) if kind == "n" else value


def _plain_number(value: str) -> str:
    """A number as a person typed it: the file holds 41.72 as 41.719999999999999, 12 as 12 or 12.0."""
    try:
        number = float(value)
    except ValueError:
        return value
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _text(element: ElementTree.Element) -> str:
    """Text of an entry, of all its runs; phonetic hints (``rPh``) are none of it."""
    direct = element.findtext(f"{MAIN}t") or ""
    return direct + "".join(run.findtext(f"{MAIN}t") or "" for run in element.iter(f"{MAIN}r"))
