"""Bars stand where their numbers are, and say the same to who cannot see them."""

from __future__ import annotations

from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from OVCFRiskLib.report.colors import LESS_RISK, MORE_RISK
from OVCFRiskLib.report.page.charts import (
    HISTOGRAM_BINS,
    RISK_BAR_EDGE,
    RISK_BAR_SIZE,
    SHARE_BAR_SIZE,
    histogram,
    risk_bar,
    risk_gradient,
    risk_scale,
    share_bar,
    time_bar,
)


def parsed(markup):
    return ElementTree.fromstring(markup)


def of(root, tag):
    return [element.attrib for element in root.iter() if element.tag.endswith(tag)]


@pytest.mark.parametrize("risk", [0.0, 0.25, 1.0])
def test_the_dot_is_at_the_risk_index_and_the_line_at_the_cutoff(risk):
    bar = parsed(risk_bar(SimpleNamespace(risk_index=risk, risk_low=risk, risk_high=risk), 0.5, "g"))
    length = RISK_BAR_SIZE[0] - 2 * RISK_BAR_EDGE
    (dot,) = of(bar, "circle")
    assert float(dot["cx"]) == pytest.approx(RISK_BAR_EDGE + risk * length, abs=0.01)
    (line,) = of(bar, "line")
    assert float(line["x1"]) == float(line["x2"]) == pytest.approx(RISK_BAR_SIZE[0] / 2)
    assert f"risk index {risk:.2f}" in bar.attrib["aria-label"]


@pytest.mark.parametrize(("risk", "color"), [(0.5, MORE_RISK), (-0.5, LESS_RISK)])
def test_what_raises_the_risk_goes_right_and_what_lowers_it_left(risk, color):
    bar = parsed(share_bar(SimpleNamespace(risk=risk), 1.0))
    (rect,) = of(bar, "rect")
    start, end = float(rect["x"]), float(rect["x"]) + float(rect["width"])
    zero = SHARE_BAR_SIZE[0] / 2
    assert (start, end)[risk < 0] == pytest.approx(zero)
    assert rect["fill"] == color
    assert f"{risk:+.3f} to the risk" in bar.attrib["aria-label"]


def test_bars_of_one_limit_compare():
    widths = [float(of(parsed(share_bar(SimpleNamespace(risk=risk), 2.0)), "rect")[0]["width"]) for risk in (1.0, -2.0)]
    assert widths[1] == pytest.approx(2 * widths[0], abs=0.02)


def test_a_histogram_has_a_bar_for_each_part_that_came():
    values = [0.01, 0.01, 0.51, 0.99]
    drawn = parsed(histogram(values))
    bars = of(drawn, "rect")
    assert len(bars) == 3
    heights = [float(bar["height"]) for bar in bars]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.02)
    assert "risk index of 4 levels from 0 to 1, at most 2 in a bar" in drawn.attrib["aria-label"]
    assert HISTOGRAM_BINS == 40
    assert not of(parsed(histogram([])), "rect")


def test_scale_gradient_and_time():
    assert "cut-off 0.5" in parsed(risk_scale(0.5)).attrib["aria-label"]
    stops = of(parsed(risk_gradient("name")), "stop")
    assert [float(stop["offset"]) for stop in stops] == sorted(float(stop["offset"]) for stop in stops)
    (bar,) = of(parsed(time_bar(3.0, 6.0)), "rect")
    assert float(bar["width"]) == pytest.approx(SHARE_BAR_SIZE[0] / 2)
    assert float(of(parsed(time_bar(0.0, 0.0)), "rect")[0]["width"]) == 0
