"""What stays of a finished case: its rows of the tables, or why it has none."""

from __future__ import annotations

import enum
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from OVCFRiskLib.assessment import Status
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.numeric import is_number
from OVCFRiskLib.report.data.score_csv import SCORE_COLUMNS
from OVCFRiskLib.tables.table_writer import Row

# The field that stored records leave out: full texts may name files of patients.
DETAILS = "details"


class CaseStatus(enum.Enum):
    """How far a case came."""

    SCORED = "scored"
    PARTLY_SCORED = "partly scored"
    NOT_SCORED = "not scored"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """A finished case, as the batch keeps it on disk.

    Attributes
    ----------
    case_id : str
    fingerprint : str
        Of the CT, points, labels and series that the manifest named.
    status : CaseStatus
    seconds : float or None
        How long it took; None where nobody knows.
    error : str
        Why it failed; empty otherwise.
    warnings, notes : tuple of str
    rows : tuple of mapping
        Of scores.csv, one per level; empty when it failed.
    features : tuple of mapping
        Of features.csv, one per scored level.
    second_features : tuple of mapping
        The same under a second observer's masks; empty unless asked for.
    scan : mapping
        ``slice_mm``, ``pixel_mm`` (smallest and largest), ``kvp`` and ``has_contrast``, None where the CT does not say.
    details : tuple of str
        What the tables may not say, because it names files; for the log that the user asks for, never kept on disk
        with the record.
    """

    case_id: str
    fingerprint: str
    status: CaseStatus
    seconds: float | None = None
    error: str = ""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    features: tuple[Row, ...] = ()
    second_features: tuple[Row, ...] = ()
    scan: Row = field(default_factory=dict)
    details: tuple[str, ...] = ()

    @classmethod
    def failed(cls, case: Case, error: str, seconds: float | None = None) -> CaseRecord:
        """Record of a case without a result."""
        return cls(case.case_id, case.fingerprint, CaseStatus.FAILED, seconds, " ".join(error.split()))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CaseRecord:
        """What `to_dict` gave, as JSON brings it back.

        Raises
        ------
        KeyError, ValueError, TypeError
            If it is not a record.
        """
        values = {item.name: record[item.name] for item in fields(cls) if item.name != DETAILS}
        if not _is_sound(values):
            raise ValueError("expected the fields of a record, got others")
        lists = {name: tuple(values[name]) for name in ("warnings", "notes", "rows", "features", "second_features")}
        return cls(**values | lists | {"status": CaseStatus(values["status"])})

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        values = {item.name: getattr(self, item.name) for item in fields(self) if item.name != DETAILS}
        return values | {"status": self.status.value}


def _is_sound(values: Mapping[str, Any]) -> bool:
    """Whether the fields have the types, and the rows the columns, of a record that this version wrote."""
    texts = [values[name] for name in ("case_id", "fingerprint", "error")]
    lists = [values[name] for name in ("warnings", "notes", "rows", "features", "second_features")]
    if not all(isinstance(text, str) for text in texts) or not all(isinstance(items, list | tuple) for items in lists):
        return False
    if not (values["seconds"] is None or is_number(values["seconds"])) or not isinstance(values["scan"], dict):
        return False
    warnings, notes, rows, *features = lists
    has_rows = values["status"] != CaseStatus.FAILED.value
    return (
        all(isinstance(text, str) for text in (*warnings, *notes))
        and all(isinstance(row, dict) for row in itertools.chain(rows, *features))
        and all(set(SCORE_COLUMNS) <= set(row) for row in rows)
        and has_rows == bool(rows)
    )


def status_of(rows: tuple[Row, ...]) -> CaseStatus:
    """How far a case came by its rows of scores.csv.

    Examples
    --------
    >>> status_of(({"status": "scored"}, {"status": "not scored"}))
    <CaseStatus.PARTLY_SCORED: 'partly scored'>
    """
    scored = sum(row["status"] == Status.SCORED.value for row in rows)
    if scored == len(rows):
        return CaseStatus.SCORED
    return CaseStatus.PARTLY_SCORED if scored else CaseStatus.NOT_SCORED
