"""The manifest of a batch: one case per row, read row by row, so that a million fit as well as ten."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import input_size
from OVCFRiskLib.tables.table_reader import is_separator_line, require_commas
from OVCFRiskLib.tables.table_writer import unguarded

# Columns of a manifest: the case, its CT, points or labels, and the series in a folder of several.
CASE_ID = "case_id"
CT = "ct"
POINTS = "points"
LABELS = "labels"
SERIES = "series"
# What label values mean; another observer's points or labels.
NUMBERING = "numbering"
POINTS_2 = "points2"
LABELS_2 = "labels2"
# Whose CT it is, where that is known: carried through like any further column.
PATIENT_ID = "patient_id"
# Where the data lie; paths may hold names of persons and are not carried into the tables.
INPUT_COLUMNS = (CT, POINTS, LABELS, SERIES, NUMBERING, POINTS_2, LABELS_2)
EXPECTED_COLUMNS = "expected columns case_id, ct and points or labels"


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a manifest.

    Attributes
    ----------
    case_id : str
        Unique; any text, it is never used as a path.
    ct, points, labels, series : str
        As the manifest has them, empty where not given; paths are relative to the manifest's folder.
    carried : tuple of str
        Cells of the further columns.
    numbering, points2, labels2 : str
        What label values mean; a second observer's points or labels.
    """

    case_id: str
    ct: str
    points: str
    labels: str
    series: str
    carried: tuple[str, ...]
    numbering: str = ""
    points2: str = ""
    labels2: str = ""

    @property
    def key(self) -> str:
        """Name for the case's files."""
        return file_key(self.case_id)

    @property
    def fingerprint(self) -> str:
        """Changes when another CT, other points or other labels are named."""
        further = [self.numbering, self.points2, self.labels2]
        text = json.dumps([self.ct, self.points, self.labels, self.series, *(further if any(further) else [])])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_key(case_id: str) -> str:
    """Name for a case's files: hexadecimal digits only, whatever the id."""
    return hashlib.sha256(case_id.encode()).hexdigest()[:32]


class Manifest:
    """A checked manifest; iterating reads the file again, so that no list of cases stays in memory."""

    def __init__(self, path: str | Path, reserved: frozenset[str] = frozenset()) -> None:
        """Check columns and ids.

        Parameters
        ----------
        path : path
            CSV, UTF-8, with a header.
        reserved : frozenset of str
            Columns of the results, which no further column of the manifest may be named like.

        Raises
        ------
        OVCFRiskError
            If it cannot be read, lacks a column, has no case, an empty or a repeated case_id; names the line.
        """
        self.path = Path(path)
        input_size(self.path, "manifest")
        self.folder = self.path.resolve().parent
        self.columns = self._header()
        self.carried = tuple(name for name in self.columns if name not in (CASE_ID, *INPUT_COLUMNS))
        clashes = sorted(reserved & set(self.carried))
        if clashes:
            raise self._error(f"column '{clashes[0]}' has the name of a column of the results; rename it")
        seen: set[bytes] = set()
        for line, case in self._numbered_cases():
            digest = hashlib.blake2b(case.case_id.encode(), digest_size=8).digest()
            if not case.case_id:
                raise self._error(f"line {line}: expected a case_id, got an empty cell")
            if digest in seen:
                raise self._error(f"line {line}: case_id '{case.case_id}' comes twice; every case needs its own")
            seen.add(digest)
        if not seen:
            raise self._error("holds no case; expected one row per case below the header")
        self.count = len(seen)

    def __iter__(self) -> Iterator[Case]:
        return (case for _, case in self._numbered_cases())

    def __len__(self) -> int:
        return self.count

    def _header(self) -> tuple[str, ...]:
        """Names of the columns."""
        with self._reader() as rows:
            columns = tuple(name.strip() for name in next(rows, ()))
        while columns and not columns[-1]:  # as spreadsheets write for columns that were cleared
            columns = columns[:-1]
        require_commas(columns, f"manifest '{self.path}'")
        for wanted in (CASE_ID, CT):
            if wanted not in columns:
                raise self._error(f"{EXPECTED_COLUMNS}, got {', '.join(columns) or 'an empty file'}")
        if POINTS not in columns and LABELS not in columns:
            raise self._error(f"{EXPECTED_COLUMNS}, got {', '.join(columns)}")
        if len(set(columns)) < len(columns) or "" in columns:
            doubtful = next(name for name in columns if not name or columns.count(name) > 1)
            got = f"'{doubtful}' twice" if doubtful else "one without a name"
            raise self._error(f"expected columns with names that differ, got {got}; name or remove it")
        return columns

    def _numbered_cases(self) -> Iterator[tuple[int, Case]]:
        """(line, case) from the file."""
        with self._reader() as rows:
            next(rows, None)
            for cells in rows:
                if not any(cell.strip() for cell in cells):
                    continue
                while len(cells) > len(self.columns) and not cells[-1].strip():
                    cells.pop()
                if len(cells) != len(self.columns):
                    raise self._error(
                        f"line {rows.line}: expected {len(self.columns)} cells, got {len(cells)}; "
                        "put points with commas into quotation marks"
                    )
                row = dict(zip(self.columns, (unguarded(cell.strip()) for cell in cells), strict=True))
                ct, points, labels, series, *further = (row.get(name, "") for name in INPUT_COLUMNS)
                carried = tuple(row[name] for name in self.carried)
                yield rows.line, Case(row[CASE_ID], ct, points, labels, series, carried, *further)

    def _reader(self) -> _Rows:
        return _Rows(self)

    def _error(self, what: str) -> OVCFRiskError:
        return OVCFRiskError(f"manifest '{self.path}': {what}")


class _Rows:
    """Rows of an open manifest; what can go wrong with the file is reported in the user's words."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def __enter__(self) -> _Rows:
        try:
            self._file = self._manifest.path.open(encoding="utf-8-sig", newline="")
        except OSError as error:
            raise self._manifest._error(f"cannot be read ({error.strerror}); give a CSV file") from error
        self._skipped = 0
        try:
            self._skipped += is_separator_line(self._file.readline(), f"manifest '{self._manifest.path}'")
        except UnicodeDecodeError:
            pass  # reported with the line it is in
        except OVCFRiskError:
            self._file.close()
            raise
        if not self._skipped:
            self._file.seek(0)
        self._rows = csv.reader(self._file, strict=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> list[str]:
        try:
            return next(self._rows)
        except UnicodeDecodeError as error:
            raise self._manifest._error("is not UTF-8 text; save it as CSV UTF-8") from error
        except (csv.Error, OSError) as error:
            raise self._manifest._error(f"line {self.line}: cannot be read as CSV ({error})") from error

    @property
    def line(self) -> int:
        """Where the last row ended."""
        return self._rows.line_num + self._skipped
