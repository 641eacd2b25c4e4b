"""Signs of the categories and the legend: places, colours, words."""

import numpy as np
import pytest

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.report.colors import OUTSIDE_COLOR, risk_color
from OVCFRiskLib.report.pictures.drawn_marks import ColorBar, Line, Polygon, Text
from OVCFRiskLib.report.pictures.overlay_marks import (
    LEGEND_STEPS,
    LEGEND_TICKS,
    MARK_SHAPES,
    category_mark,
    legend,
)


@pytest.mark.parametrize(
    ("category", "tip"), [(Category.HIGHER_RISK, (100.0, 60.0)), (Category.LOWER_RISK, (100.0, 40.0))]
)
def test_higher_points_up_and_lower_points_down(category, tip):
    (shape,) = category_mark(category, (100.0, 50.0), 20.0)
    assert tip in shape.corners
    assert np.abs(np.subtract(shape.corners, (100.0, 50.0))).max() == pytest.approx(10.0)


def test_the_marks_differ_in_shape_and_not_in_colour_alone():
    assert set(MARK_SHAPES) == set(Category) - {Category.OUTSIDE_MODEL}
    assert len(set(MARK_SHAPES.values())) == len(MARK_SHAPES)


def test_outside_the_model_is_a_hatched_square():
    square, border, *hatches = category_mark(Category.OUTSIDE_MODEL, (50.0, 50.0), 20.0)
    assert isinstance(square, Polygon)
    assert square.color == OUTSIDE_COLOR
    np.testing.assert_array_equal(np.ptp(square.corners, axis=0), [18, 18])
    assert border.points[0] == border.points[-1]
    assert len(hatches) == 3
    for hatch in hatches:
        (x0, y0), (x1, y1) = hatch.points
        assert x1 - x0 == pytest.approx(y1 - y0)


def test_the_legend_runs_from_low_to_high_and_names_the_cutoff():
    marks = legend((100.0, 200.0), 640.0, 31)
    bar = marks[0]
    assert isinstance(bar, ColorBar)
    assert (bar.low[0], bar.high[0]) == pytest.approx((100.0, 740.0))
    assert len(bar.colors) == LEGEND_STEPS
    for number in (0, LEGEND_STEPS - 1):
        assert bar.colors[number] == risk_color((number + 0.5) / LEGEND_STEPS)
    said = {mark.words: mark for mark in marks if isinstance(mark, Text)}
    for tick in LEGEND_TICKS:
        (words,) = [text for text in said.values() if text.words in (f"{tick:g}", f"{tick:g} (cut-off)")]
        assert words.place[0] == pytest.approx(100 + 640 * tick)
        assert words.align == "center"
    assert "0.5 (cut-off)" in said
    assert {category.value for category in Category} <= set(said)
    assert {"not scored", "Risk index (no unit): higher = more risk"} <= set(said)
    lines = [mark for mark in marks if isinstance(mark, Line)]
    assert any({x for x, _ in line.points} == {100 + 640 * 0.5} for line in lines)
