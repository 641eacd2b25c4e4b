"""Level points as somebody writes them in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point, finite_point, three_numbers


def as_points(points: Mapping[LumbarLevel, Point]) -> dict[LumbarLevel, Point]:
    """Points as the library's functions take them, from what a person writes in Python.

    Parameters
    ----------
    points : mapping
        Of a level - `LumbarLevel`, its label value, or its name - to three coordinates, LPS mm.

    Raises
    ------
    OVCFRiskError
        If it is something else; says what.

    Examples
    --------
    >>> as_points({"L2": (1, 2, 3), 20: [4, 5, 6]})
    {<LumbarLevel.L1: 20>: (4.0, 5.0, 6.0), <LumbarLevel.L2: 21>: (1.0, 2.0, 3.0)}
    """
    if not isinstance(points, Mapping):
        raise OVCFRiskError(
            f"points: expected a mapping such as {{LumbarLevel.L1: (x, y, z)}} in LPS mm, got {type(points).__name__}; "
            "files and texts are read by OVCFRiskLib.points.read_points"
        )
    found: dict[LumbarLevel, Point] = {}
    for key, position in points.items():
        level = _level(key)
        coordinates = three_numbers(list(position)) if isinstance(position, Iterable) else None
        if coordinates is None:
            raise OVCFRiskError(
                f"points: expected three coordinates (x, y, z) in LPS mm for {level.name}, got {position!r}"
            )
        if level in found:
            raise OVCFRiskError(f"points: expected one point for each level, got two for {level.name}; remove one")
        found[level] = finite_point(coordinates, f"points: {level.name}")
    return dict(sorted(found.items()))


def _level(key: object) -> LumbarLevel:
    """A level from itself, its value or its name."""
    if isinstance(key, str) and key.strip().upper() in LumbarLevel.__members__:
        return LumbarLevel[key.strip().upper()]
    if isinstance(key, int) and key in set(LumbarLevel):
        return LumbarLevel(key)
    raise OVCFRiskError(f"points: expected the levels L1, L2, L3 or L4, got {key!r}")
