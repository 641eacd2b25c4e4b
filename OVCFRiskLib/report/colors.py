"""The colours of risk, one map for pictures, pages and scenes."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from OVCFRiskLib.assessment import LevelAssessment

# (risk index, red, green, blue) in 0..1. Diverging, blue to red over pale yellow at the cut-off: told apart with
# protan, deutan and tritan vision (the principle of ColorBrewer's RdYlBu), and no colour of it is a grey.
RISK_COLORS = (
    (0.00, 0.110, 0.263, 0.553),
    (0.25, 0.412, 0.663, 0.831),
    (0.50, 0.969, 0.910, 0.675),
    (0.75, 0.922, 0.502, 0.224),
    (1.00, 0.604, 0.086, 0.157),
)
# A body without a score: never a colour of the map.
NOT_SCORED_COLOR = (0.58, 0.58, 0.60)
# A body outside the model: lighter and always hatched, neither a colour of the map nor taken for one without a score.
OUTSIDE_COLOR = (0.80, 0.80, 0.78)

Rgb = tuple[float, float, float]


def risk_color(risk_index: float | None) -> Rgb:
    """Colour of a risk index; grey without one.

    Parameters
    ----------
    risk_index : float or None
        Clipped to [0, 1].

    Returns
    -------
    tuple of float
        Red, green, blue in 0..1, linear between the rows of `RISK_COLORS`.

    Examples
    --------
    >>> risk_color(0.5)
    (0.969, 0.91, 0.675)
    """
    if risk_index is None or math.isnan(risk_index):
        return NOT_SCORED_COLOR
    x = min(max(risk_index, RISK_COLORS[0][0]), RISK_COLORS[-1][0])
    for (low, *start), (high, *end) in itertools.pairwise(RISK_COLORS):
        if x <= high:
            red, green, blue = (a + (x - low) / (high - low) * (b - a) for a, b in zip(start, end, strict=True))
            return red, green, blue
    return NOT_SCORED_COLOR


def level_color(row: LevelAssessment) -> Rgb:
    """Colour of a level wherever it is drawn: of its risk where the model applies, else a neutral one."""
    if row.is_outside_model:
        return OUTSIDE_COLOR
    return risk_color(row.score.risk_index if row.score else None)


def hex_color(rgb: Rgb) -> str:
    """``#rrggbb`` of red, green, blue in 0..1."""
    return "#" + "".join(f"{round(255 * c):02x}" for c in rgb)


# What a feature adds to a score, on light and on dark: the map's two sides, inside its ends, which are too dark there.
LESS_RISK = hex_color(risk_color(0.20))
MORE_RISK = hex_color(risk_color(0.80))
