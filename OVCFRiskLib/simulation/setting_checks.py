"""Checks of a phantom's settings: each says what is allowed and what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel


def checked_number(name: str, value: Any, bounds: tuple[float, float]) -> float:
    """A number within ``bounds`` (ends included).

    Raises
    ------
    OVCFRiskError
        If it is no number or lies outside.
    """
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not bounds[0] <= value <= bounds[1]:
        raise OVCFRiskError(f"phantom: expected {name} within {bounds[0]:g} to {bounds[1]:g}, got {value!r}")
    return float(value)


def checked_triple(name: str, value: Any, bounds: tuple[float, float]) -> tuple[float, float, float]:
    """Three numbers (x, y, z) within ``bounds``."""
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise OVCFRiskError(f"phantom: expected {name} as three numbers (x, y, z), got {value!r}")
    x, y, z = (checked_number(name, number, bounds) for number in value)
    return x, y, z


def checked_seed(value: Any) -> int:
    """A whole number that a random stream can start from."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise OVCFRiskError(f"phantom: expected a seed that is a whole number >= 0, got {value!r}")
    return value


def checked_densities(value: Any, bounds: tuple[float, float]) -> float | dict[LumbarLevel, float]:
    """Trabecular HU, one for all or by level."""
    if not isinstance(value, Mapping):
        return checked_number("trabecular_hu", value, bounds)
    if not value:
        raise OVCFRiskError("phantom: expected trabecular_hu of at least one level, got an empty mapping")
    return {
        LumbarLevel(level): checked_number(f"trabecular_hu of {level}", number, bounds)
        for level, number in value.items()
    }
