"""Bars as SVG: the risk index with its interval, and what a feature adds to a score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from OVCFRiskLib.assessment import Contribution, Score
from OVCFRiskLib.counts import counted
from OVCFRiskLib.report import svg
from OVCFRiskLib.report.colors import LESS_RISK, MORE_RISK, RISK_COLORS, hex_color, risk_color
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.wording import interval

CHART_INK = "#1d2530"
CHART_FAINT = "#5a6472"
# Sizes in the units of the drawing, about a pixel each on a screen.
RISK_BAR_SIZE = (170.0, 28.0)
RISK_BAR_EDGE = 7.0
SHARE_BAR_SIZE = (230.0, 18.0)
HISTOGRAM_SIZE = (320.0, 66.0)
HISTOGRAM_EDGE = 8.0  # half a number of the scale
SCALE_HEIGHT = 14.0  # numbers below and above the bars
HISTOGRAM_BINS = 40
SHARE_NUMBER_MARGIN = 44.0  # beside the longest bar


def risk_gradient(name: str) -> Markup:
    """Definition of the colour map as an SVG gradient that every chart of the page may refer to."""
    stops = [element("stop", offset=x, stop_color=hex_color((red, green, blue))) for x, red, green, blue in RISK_COLORS]
    gradient = element("defs", element("linearGradient", *stops, id=name))
    return element("svg", gradient, width=0, height=0, aria_hidden="true", style="position:absolute")


def risk_bar(score: Score, cutoff: float, gradient: str) -> Markup:
    """The risk index on its scale from 0 to 1, with its interval and the cut-off."""
    width, height = RISK_BAR_SIZE
    middle = height / 2
    x, low, high, cut = (_risk_x(value) for value in (score.risk_index, score.risk_low, score.risk_high, cutoff))
    span = {"x": _risk_x(0.0), "width": _risk_x(1.0) - _risk_x(0.0)}
    whisker = f"M{low:.2f} {middle - 8:.0f}v16m0-8H{high:.2f}m0-8v16"
    dashed = {"stroke": CHART_INK, "stroke_width": 1.0, "stroke_dasharray": "2 2"}
    parts = [
        element("rect", **span, y=middle - 4.5, height=9.0, rx=4.5, fill=f"url(#{gradient})"),
        element("line", x1=cut, x2=cut, y1=1.0, y2=height - 1, **dashed),
        element("path", d=whisker, fill="none", stroke="#fff", stroke_width=4.4),
        element("path", d=whisker, fill="none", stroke=CHART_INK, stroke_width=1.7),
        element("circle", cx=x, cy=middle, r=3.9, fill=CHART_INK, stroke="#fff", stroke_width=1.3),
    ]
    label = f"risk index {score.risk_index:.2f}, interval {interval(score)}, cut-off {cutoff:g}"
    return svg.figure(parts, width, height, label, "risk-bar")


def risk_scale(cutoff: float) -> Markup:
    """The numbers over a column of `risk_bar`."""
    style: svg.Style = {"fill": CHART_FAINT, "font_size": 12, "text_anchor": "middle"}
    parts = [svg.text(f"{value:g}", _risk_x(value), 11.0, **style) for value in (0.0, cutoff, 1.0)]
    return svg.figure(parts, RISK_BAR_SIZE[0], 14.0, f"scale from 0 to 1, cut-off {cutoff:g}", "risk-bar")


def share_bar(share: Contribution, limit: float) -> Markup:
    """What a feature adds to the risk: to the right raises it, to the left lowers it.

    Parameters
    ----------
    share : Contribution
    limit : float
        Largest absolute contribution of all levels, so that bars compare; not zero.

    Returns
    -------
    Markup
        An ``<svg>`` element.
    """
    width, height = SHARE_BAR_SIZE
    zero = width / 2
    length = (zero - SHARE_NUMBER_MARGIN) * abs(share.risk) / limit
    raises = share.risk >= 0
    style: svg.Style = {"fill": CHART_INK, "font_size": 12, "text_anchor": "start" if raises else "end"}
    parts = [
        element(
            "rect",
            x=zero if raises else zero - length,
            y=3.0,
            width=length,
            height=height - 6,
            fill=MORE_RISK if raises else LESS_RISK,
        ),
        element("line", x1=zero, x2=zero, y1=0, y2=height, stroke=CHART_INK, stroke_width=1.0),
        svg.text(f"{share.risk:+.3f}", zero + (length + 5) * (1 if raises else -1), height / 2 + 4, **style),
    ]
    return svg.figure(parts, width, height, f"{share.risk:+.3f} to the risk", "share-bar")


def _risk_x(value: float) -> float:
    """Place of a risk index on the bar."""
    return RISK_BAR_EDGE + value * (RISK_BAR_SIZE[0] - 2 * RISK_BAR_EDGE)


def histogram(values: Sequence[float]) -> Markup:
    """How often each part of the risk index came, in the colours of risk, over a scale from 0 to 1.

    The number at the top left is that of the highest bar.
    """
    width, height = HISTOGRAM_SIZE
    low, high = HISTOGRAM_EDGE, width - HISTOGRAM_EDGE
    counts, _ = np.histogram(values, HISTOGRAM_BINS, (0.0, 1.0))
    step = (high - low) / HISTOGRAM_BINS
    base, most = height - SCALE_HEIGHT, int(counts.max())
    unit = (base - SCALE_HEIGHT) / max(most, 1)
    bars = [
        element(
            "rect",
            x=low + n * step + 0.5,
            y=base - unit * int(count),
            width=step - 1,
            height=unit * int(count),
            fill=hex_color(risk_color((n + 0.5) / HISTOGRAM_BINS)),
        )
        for n, count in enumerate(counts)
        if count
    ]
    style: dict[str, float | str] = {"fill": CHART_FAINT, "font_size": 11}
    scale = [
        svg.text(f"{value:g}", low + value * (high - low), height - 2, text_anchor="middle", **style)
        for value in (0.0, 0.5, 1.0)
    ]
    ticks = [
        element("line", x1=x, x2=x, y1=base, y2=base + 3, stroke=CHART_FAINT, stroke_width=1.0)
        for x in (low, (low + high) / 2, high)
    ]
    line = element("line", x1=low, x2=high, y1=base, y2=base, stroke=CHART_FAINT, stroke_width=1.0)
    top = [svg.text(f"{most}", low, 10.0, **style)] if most else []
    label = f"risk index of {counted(len(values), 'level')} from 0 to 1, at most {most} in a bar"
    return svg.figure([*bars, line, *ticks, *scale, *top], width, height, label, "histogram")


def time_bar(seconds: float, longest: float) -> Markup:
    """A time beside the longest one."""
    width, height = SHARE_BAR_SIZE
    length = width * seconds / longest if longest else 0.0
    bar = element("rect", x=0, y=3.0, width=length, height=height - 6, fill=CHART_FAINT)
    return svg.figure([bar], width, height, f"{seconds:.1f} s", "share-bar")
