"""Cells of a batch's tables, read again from text or numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from OVCFRiskLib.findings import About
from OVCFRiskLib.findings.registry import CHECKS, codes_about
from OVCFRiskLib.tables.table_writer import MESSAGE_SEPARATOR

Row = Mapping[str, object]

# Checks that say something is wrong with a mask; those of acquisition, fracture and distribution do not.
MASK_CHECKS = codes_about(About.MASK)


def number(row: Row, column: str) -> float | None:
    """A finite number of a cell, or None."""
    try:
        value = float(str(row.get(column) or "nan"))
    except (TypeError, ValueError):
        return None
    return value if np.isfinite(value) else None


def mask_checks(row: Row) -> list[str]:
    """Names of a row's checks that concern its mask, in their order."""
    return [name for name in check_codes(row, "checks") if name in MASK_CHECKS]


def text(row: Row, column: str) -> str:
    """Text of a cell; empty without one."""
    value = row.get(column)
    return "" if value is None else str(value)


def check_codes(row: Row, column: str) -> list[str]:
    """The codes of checks in a cell."""
    return [code for code in text(row, column).split(MESSAGE_SEPARATOR) if code]


def check_title(code: str) -> str:
    """A check in words; that of another version keeps its code."""
    return CHECKS[code].title if code in CHECKS else code
