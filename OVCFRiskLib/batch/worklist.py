"""Which cases of a batch need a person's eyes first, and why."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from OVCFRiskLib.assessment import Category, Status
from OVCFRiskLib.batch.row_cells import Row, check_codes, check_title, mask_checks, number, text
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.tables.table_writer import MESSAGE_SEPARATOR, Value

# Columns of cases.csv that say what to look at; they are derived from the levels' rows.
LOOK_COLUMNS = (
    "look_first",
    "suspected_fracture",
    "fracture_height_loss",
    "highest_risk_index",
    "highest_risk_level",
    "category",
    "doubtful_masks",
    "report_folder",
)
# Of a suspected fracture whose mask is stopped, so that no loss was measured; the reason has the height that is seen.
CRUSHED_WORDS = "crushed: see the reason"


class Look(enum.Enum):
    """Why a case comes before others, in this order; the value is the wording."""

    FRACTURE = "suspected fracture"
    HIGHER_RISK = "higher risk"
    DOUBTFUL_MASK = "doubtful mask"
    FAILED = "failed"
    NOT_SCORED = "not scored"
    OUTSIDE_MODEL = "outside the model"
    NOTHING = ""


@dataclass(frozen=True, slots=True)
class CaseLook:
    """What of a case needs a look.

    Attributes
    ----------
    look : Look
        The gravest reason.
    fractures : tuple of str
        In words, one per level, e.g. ``"L1: wedge, grade 2, height loss 32 %"``.
    fracture_loss : float
        Largest height loss that was measured of these, a fraction; 0 without.
    highest_index : float or None
        Highest risk index of the levels inside the model.
    highest_level : str
        Its level; empty without.
    category : str
        Its category, or that of the others where no level is inside the model; empty when none is scored.
    doubts : tuple of str
        Doubtful masks in words, one per level.
    """

    look: Look
    fractures: tuple[str, ...] = ()
    fracture_loss: float = 0.0
    highest_index: float | None = None
    highest_level: str = ""
    category: str = ""
    doubts: tuple[str, ...] = ()

    def cells(self, report_folder: str | None) -> dict[str, Value]:
        """Cells of `LOOK_COLUMNS`."""
        return {
            "look_first": self.look.value or None,
            "suspected_fracture": MESSAGE_SEPARATOR.join(self.fractures) or None,
            "fracture_height_loss": self.fracture_loss or None,
            "highest_risk_index": self.highest_index,
            "highest_risk_level": self.highest_level or None,
            "category": self.category or None,
            "doubtful_masks": MESSAGE_SEPARATOR.join(self.doubts) or None,
            "report_folder": report_folder,
        }


def look_at(rows: Sequence[Row], is_failed: bool) -> CaseLook:
    """Judge one case by its rows of scores.csv.

    Parameters
    ----------
    rows : sequence of mapping
        One per level; none for a case that failed.
    is_failed : bool
    """
    if is_failed:
        return CaseLook(Look.FAILED)
    fractured = [row for row in rows if _has_fracture(row)]
    scored = [row for row in rows if text(row, "status") == Status.SCORED.value]
    inside = [row for row in scored if text(row, "category") != Category.OUTSIDE_MODEL.value]
    highest = max(inside, key=lambda row: number(row, "risk_index") or 0.0, default=None)
    doubts = tuple(f"{text(row, 'level')}: {_words(mask_checks(row))}" for row in rows if mask_checks(row))
    category = text(highest, "category") if highest is not None else Category.OUTSIDE_MODEL.value if scored else ""
    return CaseLook(
        look=_gravest(fractured, category, doubts, scored, rows),
        fractures=tuple(map(_fracture_words, fractured)),
        fracture_loss=max((loss for row in fractured if (loss := number(row, "height_loss")) is not None), default=0.0),
        highest_index=number(highest, "risk_index") if highest is not None else None,
        highest_level=text(highest, "level") if highest is not None else "",
        category=category,
        doubts=doubts,
    )


def first_looks(case_rows: Iterable[Row], longest: int) -> list[Row]:
    """The rows of cases.csv that need a look, the first one first; at most ``longest``.

    Suspected fractures by their height loss, crushed bodies that were not measured before them; then the others by the
    highest risk index inside the model.
    """
    order = {look.value: n for n, look in enumerate(Look)}

    def rank(row: Row) -> tuple[int, float, float, str]:
        look = order.get(text(row, "look_first"), len(order))
        loss, index = number(row, "fracture_height_loss"), number(row, "highest_risk_index") or 0.0
        is_crushed = CRUSHED_WORDS in text(row, "suspected_fracture")
        return look, -1.0 if is_crushed else -(loss or 0.0), -index, text(row, "case_id")

    return sorted((row for row in case_rows if text(row, "look_first")), key=rank)[:longest]


def _gravest(
    fractured: Sequence[Row], category: str, doubts: Sequence[str], scored: Sequence[Row], rows: Sequence[Row]
) -> Look:
    """The first reason that holds."""
    reasons = {
        Look.FRACTURE: bool(fractured),
        Look.HIGHER_RISK: category == Category.HIGHER_RISK.value,
        Look.DOUBTFUL_MASK: bool(doubts),
        Look.NOT_SCORED: bool(rows) and not scored,
        Look.OUTSIDE_MODEL: category == Category.OUTSIDE_MODEL.value,
    }
    return next((look for look in Look if reasons.get(look)), Look.NOTHING)


def _has_fracture(row: Row) -> bool:
    """Whether a level's height loss looks like a fracture."""
    return HEIGHT_LOSS.code in (*check_codes(row, "checks"), *check_codes(row, "reason_codes"))


def _fracture_words(row: Row) -> str:
    """A suspected fracture in words."""
    loss, grade = number(row, "height_loss"), number(row, "genant_grade")
    words = [
        *([text(row, "deformity")] if text(row, "deformity") not in ("", "none") else []),
        *([f"grade {grade:.0f}"] if grade else []),
        *([f"height loss {loss:.0%}"] if loss is not None else []),
    ]
    return f"{text(row, 'level')}: {', '.join(words) or CRUSHED_WORDS}"


def _words(codes: Iterable[str]) -> str:
    """Checks in words, each once."""
    return ", ".join(dict.fromkeys(map(check_title, codes)))
