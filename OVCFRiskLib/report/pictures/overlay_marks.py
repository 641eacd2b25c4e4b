"""What is written over the picture of the spine: labels with leader lines, the legend, the orientation cube."""

from __future__ import annotations

from collections.abc import Sequence

from vtkmodules.vtkCommonCore import vtkPoints, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingAnnotation import vtkAnnotatedCubeActor
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkRenderer, vtkTextActor

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, OUTSIDE_COLOR, Rgb, risk_color

# Colours of marks and text, and of what stands back behind them: chosen. Red, green, blue as parts of 1.
MARK_INK: Rgb = (0.13, 0.15, 0.19)
FAINT_INK: Rgb = (0.36, 0.39, 0.44)
LEGEND_STEPS = 128  # boxes of the colour bar: chosen, enough to look continuous
CUTOFF_TICK = 0.5  # the risk index of every model's cut-off
LEGEND_TICKS = (0.0, 0.25, CUTOFF_TICK, 0.75, 1.0)  # risk index: its ends, the cut-off and the middles between
# The patient's sides of a RAS scene.
CUBE_SIDES = {"XPlus": "R", "XMinus": "L", "YPlus": "A", "YMinus": "P", "ZPlus": "S", "ZMinus": "I"}

Pixel = tuple[float, float]
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


def add_text(
    renderer: vtkRenderer,
    text: str,
    place: Pixel,
    size: int,
    *,
    bold: bool = False,
    color: Rgb = MARK_INK,
    align: str = "left",
) -> None:
    """Text whose baseline starts (or is centred) at a pixel, origin below left."""
    actor = vtkTextActor()
    actor.SetInput(text)
    actor.SetTextScaleModeToNone()
    style = actor.GetTextProperty()
    style.SetFontFamilyToArial()
    style.SetFontSize(size)
    style.SetBold(bold)
    style.SetColor(color)
    {"left": style.SetJustificationToLeft, "center": style.SetJustificationToCentered}[align]()
    actor.SetPosition(*place)
    renderer.AddViewProp(actor)


def add_line(renderer: vtkRenderer, points: Sequence[Pixel], color: Rgb = MARK_INK, width: float = 2.0) -> None:
    """A line through pixels."""
    data = vtkPolyData()
    data.SetPoints(_points(points))
    lines = vtkCellArray()
    lines.InsertNextCell(len(points), list(range(len(points))))
    data.SetLines(lines)
    actor = _actor2d(data)
    actor.GetProperty().SetColor(color)
    actor.GetProperty().SetLineWidth(width)
    renderer.AddViewProp(actor)


def add_rectangles(renderer: vtkRenderer, corners: Sequence[tuple[Pixel, Pixel]], colors: Sequence[Rgb]) -> None:
    """Filled rectangles, each from its lower left to its upper right pixel."""
    data, cells, values = vtkPolyData(), vtkCellArray(), vtkUnsignedCharArray()
    values.SetNumberOfComponents(3)
    points = []
    for number, (((left, low), (right, high)), color) in enumerate(zip(corners, colors, strict=True)):
        points += [(left, low), (right, low), (right, high), (left, high)]
        cells.InsertNextCell(4, [4 * number + corner for corner in range(4)])
        values.InsertNextTuple3(*(round(255 * c) for c in color))
    data.SetPoints(_points(points))
    data.SetPolys(cells)
    data.GetCellData().SetScalars(values)
    renderer.AddViewProp(_actor2d(data))


def add_legend(renderer: vtkRenderer, place: Pixel, width: float, text_size: int) -> None:
    """Horizontal colour bar with title and ticks; below it what the marks and the neutral colours mean."""
    left, bottom = place
    height = 1.1 * text_size
    step = width / LEGEND_STEPS
    boxes = [((left + n * step, bottom), (left + (n + 1) * step, bottom + height)) for n in range(LEGEND_STEPS)]
    add_rectangles(renderer, boxes, [risk_color((n + 0.5) / LEGEND_STEPS) for n in range(LEGEND_STEPS)])
    title = "Risk index (no unit): higher = more risk"
    add_text(renderer, title, (left, bottom + height + 0.6 * text_size), text_size, bold=True)
    for tick in LEGEND_TICKS:
        x = left + tick * width
        add_line(renderer, [(x, bottom), (x, bottom - 0.35 * text_size)], width=2)
        words = f"{tick:g} (cut-off)" if tick == CUTOFF_TICK else f"{tick:g}"
        add_text(renderer, words, (x, bottom - 1.35 * text_size), text_size, align="center")
    middle = left + 0.5 * width
    add_line(renderer, [(middle, bottom), (middle, bottom + height)], width=2)
    _add_key(renderer, (left, bottom - 3.0 * text_size), width, text_size)


def _add_key(renderer: vtkRenderer, place: Pixel, width: float, text_size: int) -> None:
    """What the marks mean, which tell high from low without colour, and the two neutral colours."""
    left, bottom = place
    size = round(0.8 * text_size)
    for number, category in enumerate(Category):
        x, y = left + KEY_COLUMNS[number % 2] * width, bottom - 1.35 * text_size * (number // 2)
        add_mark(renderer, category, (x + 0.5 * size, y + 0.42 * size), size)
        add_text(renderer, category.value, (x + 1.6 * size, y), size, color=FAINT_INK)
    x = left + KEY_COLUMNS[2] * width
    add_rectangles(renderer, [((x, bottom), (x + size, bottom + size))], [NOT_SCORED_COLOR])
    add_text(renderer, "not scored", (x + 1.6 * size, bottom), size, color=FAINT_INK)


def add_mark(renderer: vtkRenderer, category: Category, middle: Pixel, size: float) -> None:
    """The sign of a category as a filled shape around a pixel; the sign of "outside the model" is a hatched square."""
    if category in MARK_SHAPES:
        add_polygon(renderer, _placed(MARK_SHAPES[category], middle, size), MARK_INK)
        return
    square = _placed(SQUARE, middle, size)
    add_polygon(renderer, square, OUTSIDE_COLOR)
    add_line(renderer, [*square, square[0]], width=2)
    for line in HATCH:
        add_line(renderer, _placed(line, middle, size), width=2)


def add_polygon(renderer: vtkRenderer, corners: Sequence[Pixel], color: Rgb) -> None:
    """A filled convex polygon."""
    data, cells = vtkPolyData(), vtkCellArray()
    cells.InsertNextCell(len(corners), list(range(len(corners))))
    data.SetPoints(_points(corners))
    data.SetPolys(cells)
    actor = _actor2d(data)
    actor.GetProperty().SetColor(color)
    renderer.AddViewProp(actor)


def _placed(shape: Sequence[Pixel], middle: Pixel, size: float) -> list[Pixel]:
    """A shape of size 1 around a pixel."""
    return [(middle[0] + size * x, middle[1] + size * y) for x, y in shape]


def orientation_cube() -> vtkAnnotatedCubeActor:
    """Cube with the letters of the patient's sides, for a RAS scene."""
    cube = vtkAnnotatedCubeActor()
    for side, text in CUBE_SIDES.items():
        getattr(cube, f"Set{side}FaceText")(text)
        face = getattr(cube, f"Get{side}FaceProperty")()
        face.SetColor(MARK_INK)
        face.LightingOff()
    # letters upright as seen from each side
    cube.SetXFaceTextRotation(0)
    cube.SetYFaceTextRotation(0)
    cube.SetZFaceTextRotation(-90)
    cube.SetFaceTextScale(0.62)
    cube.GetCubeProperty().SetColor(0.86, 0.88, 0.91)
    cube.GetCubeProperty().SetAmbient(0.5)
    cube.GetCubeProperty().SetDiffuse(0.5)
    cube.SetTextEdgesVisibility(False)
    return cube


def _points(pixels: Sequence[Pixel]) -> vtkPoints:
    """2D points for VTK."""
    points = vtkPoints()
    for x, y in pixels:
        points.InsertNextPoint(x, y, 0)
    return points


def _actor2d(data: vtkPolyData) -> vtkActor2D:
    """Shapes in pixels."""
    mapper = vtkPolyDataMapper2D()
    mapper.SetInputData(data)
    actor = vtkActor2D()
    actor.SetMapper(mapper)
    return actor
