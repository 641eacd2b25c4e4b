"""What the tables of a batch say together: counts, distributions, reasons, slowest and most suspicious cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from OVCFRiskLib.assessment import Status
from OVCFRiskLib.findings import About
from OVCFRiskLib.findings.registry import CHECKS, codes_about
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.statements import DEMONSTRATION
from OVCFRiskLib.tables.table_writer import MESSAGE_SEPARATOR

Row = Mapping[str, object]

MEASURES = ("risk_index", "r_score", "trabecular_hu", "volume_ml")
# Checks that say something is wrong with a mask; those of acquisition, fracture and distribution do not.
MASK_CHECKS = codes_about(About.MASK)
MIN_BODIES_FOR_OUTLIERS = 8  # fewer have no spread worth the name
# Modified z-score by median and median absolute deviation (Iglewicz and Hoaglin 1993: outlier beyond 3.5).
OUTLIER_Z, MAD_TO_Z = 3.5, 0.6745
EXAMPLES = 3


@dataclass(slots=True)
class Group:
    """Levels or cases that share a sentence."""

    sentence: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        """Count one more."""
        self.count += 1
        if example not in self.examples and len(self.examples) < EXAMPLES:
            self.examples.append(example)


@dataclass(slots=True)
class BatchNumbers:
    """Counts and columns of a batch.

    Attributes
    ----------
    cases, failed : int
    seconds : list of (str, float)
        Case and time it took.
    errors, reasons, checks : dict
        `Group` of cases by error, of levels by why they are not scored, of levels by check.
    categories : Counter of (str, str)
        Levels by (level, category or ``"not scored"``).
    values : dict
        Finite values by (level, measure of `MEASURES`).
    mask_findings : dict
        Case to list of (level, what is suspicious, weight).
    models : set of str
        Model id and SHA-256.
    is_demonstration : bool
    """

    cases: int = 0
    failed: int = 0
    seconds: list[tuple[str, float]] = field(default_factory=list)
    errors: dict[str, Group] = field(default_factory=dict)
    reasons: dict[str, Group] = field(default_factory=dict)
    checks: dict[str, Group] = field(default_factory=dict)
    categories: Counter = field(default_factory=Counter)
    values: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    mask_findings: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)
    models: set[tuple[str, str]] = field(default_factory=set)
    is_demonstration: bool = False

    @property
    def scored(self) -> int:
        """Number of scored levels."""
        return sum(n for (_, category), n in self.categories.items() if category != Status.NOT_SCORED.value)

    @property
    def levels(self) -> int:
        """Number of levels, scored or not."""
        return self.categories.total()

    def suspicious(self) -> list[tuple[str, list[tuple[str, str, float]]]]:
        """Cases with suspicious masks, the most suspicious first."""
        return sorted(self.mask_findings.items(), key=lambda item: (-sum(w for _, _, w in item[1]), item[0]))


def count_batch(score_rows: Iterable[Row], case_rows: Iterable[Row]) -> BatchNumbers:
    """Go through the tables of a batch once.

    Parameters
    ----------
    score_rows : iterable of mapping
        Rows of the batch's scores.csv: ``case_id`` and `SCORE_COLUMNS`, cells as text or numbers, empty or None where
        nothing was measured.
    case_rows : iterable of mapping
        Rows of cases.csv with ``case_id``, ``status``, ``seconds``, ``error``; a case with an error has failed.

    Returns
    -------
    BatchNumbers
    """
    numbers = BatchNumbers()
    volumes: list[tuple[str, str, float]] = []
    for row in score_rows:
        _count_level(numbers, row, volumes)
    _find_unusual_volumes(numbers, volumes)
    for row in case_rows:
        _count_case(numbers, row)
    return numbers


def number(row: Row, column: str) -> float | None:
    """A finite number of a cell, or None."""
    try:
        value = float(str(row.get(column) or "nan"))
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) else None


def mask_checks(row: Row) -> list[str]:
    """Names of a row's checks that concern its mask, in their order."""
    return [name for name in _codes(row, "checks") if name in MASK_CHECKS]


def text(row: Row, column: str) -> str:
    """Text of a cell; empty without one."""
    value = row.get(column)
    return "" if value is None else str(value)


def _count_level(numbers: BatchNumbers, row: Row, volumes: list[tuple[str, str, float]]) -> None:
    """One row of scores."""
    case, level = text(row, "case_id"), text(row, "level")
    is_scored = text(row, "status") == Status.SCORED.value
    numbers.categories[level, text(row, "category") if is_scored else Status.NOT_SCORED.value] += 1
    numbers.models.add((text(row, "model_id"), text(row, "model_sha256")))
    numbers.is_demonstration |= text(row, "model_status") == DEMONSTRATION
    if not is_scored:
        # a level without a mask has a reason, but no check that stopped it
        for reason in [_title(code) for code in _codes(row, "reason_codes")] or [text(row, "reason")]:
            _add(numbers.reasons, reason, case)
    # a check may speak several times of one level
    for name in dict.fromkeys(_codes(row, "checks")):
        _add(numbers.checks, name, case)
    for name, times in Counter(mask_checks(row)).items():
        words = _title(name) + (f" ({times} times)" if times > 1 else "")
        numbers.mask_findings.setdefault(case, []).append((level, words, float(times)))
    for measure in MEASURES:
        value = number(row, measure)
        # a cut or crushed body would blur what is usual
        if value is not None and is_scored:
            numbers.values.setdefault((level, measure), []).append(value)
    volume = number(row, "volume_ml")
    if volume is not None and is_scored:
        volumes.append((case, level, volume))


def _count_case(numbers: BatchNumbers, row: Row) -> None:
    """One row of cases."""
    case = text(row, "case_id")
    numbers.cases += 1
    seconds = number(row, "seconds")
    if seconds is not None:
        numbers.seconds.append((case, seconds))
    error = text(row, "error")
    if error:
        numbers.failed += 1
        _add(numbers.errors, _general(error), case)


def _find_unusual_volumes(numbers: BatchNumbers, volumes: list[tuple[str, str, float]]) -> None:
    """Scored bodies far from what is usual in this batch."""
    for level in LumbarLevel:
        values = np.array(numbers.values.get((level.name, "volume_ml"), ()))
        if len(values) < MIN_BODIES_FOR_OUTLIERS:
            continue
        median = float(np.median(values))
        spread = float(np.median(np.abs(values - median)))
        for case, name, volume in volumes:
            z = MAD_TO_Z * abs(volume - median) / spread if name == level.name and spread else 0.0
            if z > OUTLIER_Z:
                words = f"{volume:.1f} ml, where the batch has {median:.1f} ml"
                numbers.mask_findings.setdefault(case, []).append((name, words, z / OUTLIER_Z))


def _add(groups: dict[str, Group], sentence: str, example: str) -> None:
    """Count a sentence."""
    groups.setdefault(sentence, Group(sentence)).add(example)


def _codes(row: Row, column: str) -> list[str]:
    """The codes of checks in a cell."""
    return [code for code in text(row, column).split(MESSAGE_SEPARATOR) if code]


def _title(code: str) -> str:
    """A check in words; that of another version keeps its code."""
    return CHECKS[code].title if code in CHECKS else code


def _general(error: str) -> str:
    """An error without what differs between cases, so that equal ones count together."""
    error = re.sub(r"'[^']*'", "'…'", error)
    error = re.sub(r"\bL[1-4]\b", "\0", error)
    return re.sub(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", "#", error).replace("\0", "this level")
