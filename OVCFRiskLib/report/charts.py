"""Bars as SVG: the risk index with its interval, and what each feature adds to a score."""

from __future__ import annotations

from OVCFRiskLib.assessment import LevelAssessment, Score
from OVCFRiskLib.report import svg
from OVCFRiskLib.report.colors import RISK_COLORS, hex_color, risk_color
from OVCFRiskLib.report.wording import feature_title, fixed, interval

INK = "#222831"
FAINT = "#5b6370"
RISK_BAR_SIZE = (150.0, 26.0)
ROW_HEIGHT = 26.0
NAME_WIDTH = 250.0
BAR_WIDTH = 300.0
NUMBER_WIDTH = 64.0
MORE_RISK, LESS_RISK = hex_color(risk_color(0.82)), hex_color(risk_color(0.2))


def risk_gradient(name: str) -> str:
    """Definition of the colour map as an SVG gradient that every chart of the page may refer to."""
    stops = "".join(svg.element("stop", offset=x, stop_color=hex_color(rgb)) for x, *rgb in RISK_COLORS)
    gradient = svg.element("linearGradient", stops, id=name)
    return f'<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>{gradient}</defs></svg>'


def risk_bar(score: Score, cutoff: float, gradient: str) -> str:
    """The risk index on its scale from 0 to 1, with its interval and the cut-off."""
    width, height = RISK_BAR_SIZE
    left, span, middle = 5.0, width - 10, height / 2
    x, low, high, cut = (left + span * v for v in (score.risk_index, score.risk_low, score.risk_high, cutoff))
    label = f"risk index {score.risk_index:.2f}, interval {interval(score)}, cut-off {cutoff:g}"
    parts = (
        svg.element("rect", x=left, y=middle - 4, width=span, height=8.0, rx=4.0, fill=f"url(#{gradient})"),
        svg.element(
            "line", x1=cut, x2=cut, y1=2.0, y2=height - 2, stroke=INK, stroke_width=1.0, stroke_dasharray="2 2"
        ),
        svg.element(
            "path", d=f"M{low:.2f} {middle - 6}v12m0-6H{high:.2f}m0-6v12", fill="none", stroke="#fff", stroke_width=4
        ),
        svg.element(
            "path", d=f"M{low:.2f} {middle - 6}v12m0-6H{high:.2f}m0-6v12", fill="none", stroke=INK, stroke_width=1.6
        ),
        svg.element("circle", cx=x, cy=middle, r=4.5, fill=INK, stroke="#fff", stroke_width=1.5),
    )
    return svg.figure("".join(parts), width, height, label, "risk-bar")


def contribution_chart(row: LevelAssessment, limit: float) -> str:
    """What each feature adds to the risk of one level, largest share first.

    Parameters
    ----------
    row : LevelAssessment
        A scored level.
    limit : float
        Largest absolute contribution of all levels, so that charts compare.

    Returns
    -------
    str
        An ``<svg>`` element: bars to the right raise the risk, bars to the left lower it.
    """
    shares = sorted(row.score.contributions, key=lambda share: -abs(share.risk))
    zero = NAME_WIDTH + BAR_WIDTH / 2
    bottom = ROW_HEIGHT * (len(shares) + 1)
    parts = [
        svg.text("← less risk", zero - 8, 15, text_anchor="end", fill=FAINT, font_size=12),
        svg.text("more risk →", zero + 8, 15, fill=FAINT, font_size=12),
        svg.text("z", NAME_WIDTH + BAR_WIDTH + NUMBER_WIDTH - 2, 15, text_anchor="end", fill=FAINT, font_size=12),
    ]
    for number, share in enumerate(shares, start=1):
        parts.append(_bar(number * ROW_HEIGHT, share.feature, share.risk, share.z, limit))
    parts.append(svg.element("line", x1=zero, x2=zero, y1=20.0, y2=bottom, stroke=INK, stroke_width=1.0))
    label = f"{row.level.name}: " + ", ".join(f"{feature_title(s.feature)} {s.risk:+.3f}" for s in shares)
    return svg.figure("".join(parts), NAME_WIDTH + BAR_WIDTH + NUMBER_WIDTH, bottom + 4, label, "contributions")


def _bar(top: float, feature: str, risk: float, z: float, limit: float) -> str:
    """One feature: name, bar, addend, z."""
    zero, middle = NAME_WIDTH + BAR_WIDTH / 2, top + ROW_HEIGHT / 2
    # room for the number beside the longest bar
    length = (BAR_WIDTH / 2 - 50) * abs(risk) / limit if limit else 0.0
    to_right = risk >= 0
    number_x = zero + length + 5 if to_right else zero - length - 5
    return (
        svg.text(feature_title(feature), NAME_WIDTH - 8, middle + 4, text_anchor="end", fill=INK, font_size=13)
        + svg.element(
            "rect",
            x=zero if to_right else zero - length,
            y=top + 5,
            width=length,
            height=ROW_HEIGHT - 10,
            fill=MORE_RISK if to_right else LESS_RISK,
        )
        + svg.text(
            f"{risk:+.3f}", number_x, middle + 4, text_anchor="start" if to_right else "end", fill=INK, font_size=12
        )
        + svg.text(
            fixed(z, 1),
            NAME_WIDTH + BAR_WIDTH + NUMBER_WIDTH - 2,
            middle + 4,
            text_anchor="end",
            fill=FAINT,
            font_size=12,
        )
    )
