"""What is drawn over the picture of the spine beside its words: signs of the categories and the legend."""

from __future__ import annotations

from collections.abc import Sequence

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, OUTSIDE_COLOR, risk_color
from OVCFRiskLib.report.pictures.drawn_marks import FAINT_INK, MARK_INK, ColorBar, Line, Mark, Pixel, Polygon, Text

LEGEND_STEPS = 128  # of the colour bar: chosen, enough to look continuous
CUTOFF_TICK = 0.5  # the risk index of every model's cut-off
LEGEND_TICKS = (0.0, 0.25, CUTOFF_TICK, 0.75, 1.0)  # risk index: its ends, the cut-off and the middles between

# Shapes of size 1 around their middle, as the signs of text: up for higher, down for lower risk.
MARK_SHAPES: dict[Category, tuple[Pixel, ...]] = {
    Category.HIGHER_RISK: ((-0.5, -0.45), (0.5, -0.45), (0.0, 0.5)),
    Category.LOWER_RISK: ((-0.5, 0.45), (0.5, 0.45), (0.0, -0.5)),
    Category.INDETERMINATE: ((-0.5, 0.0), (0.0, -0.5), (0.5, 0.0), (0.0, 0.5)),
}
SQUARE: tuple[Pixel, ...] = ((-0.45, -0.45), (0.45, -0.45), (0.45, 0.45), (-0.45, 0.45))
HATCH: tuple[tuple[Pixel, Pixel], ...] = (
    ((-0.45, -0.45), (0.45, 0.45)),
    ((-0.45, 0.0), (0.0, 0.45)),
    ((0.0, -0.45), (0.45, 0.0)),
)
# Where the columns of the legend's key begin, fractions of its width.
KEY_COLUMNS = (0.0, 0.33, 0.74)


def legend(place: Pixel, width: float, text_size: int) -> list[Mark]:
    """Horizontal colour bar with title and ticks; below it what the marks and the neutral colours mean."""
    left, bottom = place
    height = 1.1 * text_size
    colors = tuple(risk_color((n + 0.5) / LEGEND_STEPS) for n in range(LEGEND_STEPS))
    title = "Risk index (no unit): higher = more risk"
    marks: list[Mark] = [
        ColorBar(place, (left + width, bottom + height), colors),
        Text(title, (left, bottom + height + 0.6 * text_size), text_size, is_bold=True),
    ]
    for tick in LEGEND_TICKS:
        x = left + tick * width
        words = f"{tick:g} (cut-off)" if tick == CUTOFF_TICK else f"{tick:g}"
        marks.append(Line(((x, bottom), (x, bottom - 0.35 * text_size))))
        marks.append(Text(words, (x, bottom - 1.35 * text_size), text_size, align="center"))
    middle = left + CUTOFF_TICK * width
    marks.append(Line(((middle, bottom), (middle, bottom + height))))
    return marks + _key((left, bottom - 3.0 * text_size), width, text_size)


def _key(place: Pixel, width: float, text_size: int) -> list[Mark]:
    """What the marks mean, which tell high from low without colour, and the two neutral colours."""
    left, bottom = place
    size = round(0.8 * text_size)
    marks: list[Mark] = []
    for number, category in enumerate(Category):
        x, y = left + KEY_COLUMNS[number % 2] * width, bottom - 1.35 * text_size * (number // 2)
        marks += category_mark(category, (x + 0.5 * size, y + 0.42 * size), size)
        marks.append(Text(category.value, (x + 1.6 * size, y), size, color=FAINT_INK))
    x = left + KEY_COLUMNS[2] * width
    square = ((x, bottom), (x + size, bottom), (x + size, bottom + size), (x, bottom + size))
    marks.append(Polygon(square, NOT_SCORED_COLOR))
    marks.append(Text("not scored", (x + 1.6 * size, bottom), size, color=FAINT_INK))
    return marks


def category_mark(category: Category, middle: Pixel, size: float) -> list[Mark]:
    """The sign of a category as a filled shape around a pixel; the sign of "outside the model" is a hatched square."""
    if category in MARK_SHAPES:
        return [Polygon(_placed(MARK_SHAPES[category], middle, size), MARK_INK)]
    square = _placed(SQUARE, middle, size)
    hatch = [Line(_placed(line, middle, size)) for line in HATCH]
    return [Polygon(square, OUTSIDE_COLOR), Line((*square, square[0])), *hatch]


def _placed(shape: Sequence[Pixel], middle: Pixel, size: float) -> tuple[Pixel, ...]:
    """A shape of size 1 around a pixel."""
    return tuple((middle[0] + size * x, middle[1] + size * y) for x, y in shape)
