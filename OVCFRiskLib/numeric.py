"""Numbers from files (is a value one, or a pair of them?) and the seed of random ones."""

from __future__ import annotations

import math
import re
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError

# Of what is drawn at random: any number would do; fixed, so that equal input gives equal output.
DEFAULT_SEED = 20250601
# A number as tables hold it, with a decimal point.
NUMBER_TEXT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def require_seed(seed: int) -> None:
    """Raise where generators of random numbers would not take a seed.

    Raises
    ------
    OVCFRiskError
        If it is negative.
    """
    if seed < 0:
        raise OVCFRiskError(f"seed: expected 0 or a positive whole number, got {seed}")


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; true and false are none.

    Examples
    --------
    >>> is_number(1.5), is_number(True), is_number("1.5"), is_number(float("nan"))
    (True, False, False, False)
    """
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


def is_numbers(value: Any, count: int) -> bool:
    """Whether a value is a list or tuple of so many finite numbers."""
    return isinstance(value, list | tuple) and len(value) == count and all(map(is_number, value))


def is_positive_range(value: Any) -> bool:
    """Whether a value is [lowest, highest] with 0 < lowest <= highest.

    Examples
    --------
    >>> is_positive_range([100, 120]), is_positive_range([120, 100]), is_positive_range([0, 1])
    (True, False, False)
    """
    return is_numbers(value, 2) and 0 < value[0] <= value[1]
