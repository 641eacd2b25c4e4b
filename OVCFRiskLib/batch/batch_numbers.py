"""What the tables of a batch say together: counts, distributions, reasons, slowest and most suspicious cases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from OVCFRiskLib.assessment import Category, Status
from OVCFRiskLib.batch.row_cells import Row, check_codes, check_title, mask_checks, number, text
from OVCFRiskLib.batch.worklist import first_looks
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.statements import DEMONSTRATION

# Columns of scores.csv whose spread among the scored bodies of a level is shown.
MEASURES = ("risk_index", "r_score", "trabecular_hu", "volume_ml")
OF_SCORE = ("risk_index", "r_score")  # those of them that nobody is to rely on where a body is outside the model
MIN_BODIES_FOR_OUTLIERS = 8  # fewer have no spread worth the name
# Modified z-score by median and median absolute deviation (Iglewicz and Hoaglin 1993: outlier beyond 3.5).
OUTLIER_Z = 3.5
MAD_TO_Z = 0.6745
EXAMPLES = 3
LOOKS_KEPT = 60  # rows of the worklist on the page; the table has them all


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
    looks : list of mapping
        The first rows of cases.csv that need a look, in their order; at most `LOOKS_KEPT`.
    look_count : int
        How many need one.
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
    looks: list[Row] = field(default_factory=list)
    look_count: int = 0

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
        Rows of cases.csv with ``case_id``, ``status``, ``seconds``, ``error``, `LOOK_COLUMNS`; a case with an error has
        failed.

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
    numbers.looks = first_looks(numbers.looks, LOOKS_KEPT)
    return numbers


def _count_level(numbers: BatchNumbers, row: Row, volumes: list[tuple[str, str, float]]) -> None:
    """One row of scores."""
    case, level = text(row, "case_id"), text(row, "level")
    is_scored = text(row, "status") == Status.SCORED.value
    numbers.categories[level, text(row, "category") if is_scored else Status.NOT_SCORED.value] += 1
    numbers.models.add((text(row, "model_id"), text(row, "model_sha256")))
    numbers.is_demonstration |= text(row, "model_status") == DEMONSTRATION
    if not is_scored:
        # a level without a mask has a reason, but no check that stopped it
        for reason in [check_title(code) for code in check_codes(row, "reason_codes")] or [text(row, "reason")]:
            _add(numbers.reasons, reason, case)
    # a check may speak several times of one level
    for name in dict.fromkeys(check_codes(row, "checks")):
        _add(numbers.checks, name, case)
    for name, times in Counter(mask_checks(row)).items():
        words = check_title(name) + (f" ({times} times)" if times > 1 else "")
        numbers.mask_findings.setdefault(case, []).append((level, words, float(times)))
    is_outside = text(row, "category") == Category.OUTSIDE_MODEL.value
    for measure in MEASURES:
        if is_outside and measure in OF_SCORE:
            continue
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
    if text(row, "look_first"):
        numbers.look_count += 1
        numbers.looks.append(row)
        if len(numbers.looks) > 4 * LOOKS_KEPT:  # a million cases do not stay in memory
            numbers.looks = first_looks(numbers.looks, LOOKS_KEPT)
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


def _general(error: str) -> str:
    """An error without what differs between cases, so that equal ones count together."""
    error = re.sub(r"'[^']*'", "'…'", error)
    error = re.sub(r"\bL[1-4]\b", "\0", error)
    return re.sub(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?", "#", error).replace("\0", "this level")
