"""Marks over the picture of the spine, read back from the scene: places, colours, words."""

import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkTextActor

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.report.colors import OUTSIDE_COLOR, risk_color
from OVCFRiskLib.report.pictures.overlay_marks import (
    FAINT_INK,
    LEGEND_STEPS,
    LEGEND_TICKS,
    MARK_INK,
    MARK_SHAPES,
    add_legend,
    add_line,
    add_mark,
    add_polygon,
    add_rectangles,
    add_text,
    orientation_cube,
)


@pytest.fixture
def scene() -> vtkRenderer:
    return vtkRenderer()


def props(scene):
    found = scene.GetViewProps()
    return [found.GetItemAsObject(n) for n in range(found.GetNumberOfItems())]


def texts(scene):
    return {prop.GetInput(): prop for prop in props(scene) if isinstance(prop, vtkTextActor)}


def shapes(scene):
    """Corners (n, 2) and actor of what is no text."""
    found = []
    for prop in props(scene):
        if not isinstance(prop, vtkTextActor):
            data = prop.GetMapper().GetInput()
            corners = [data.GetPoint(n)[:2] for n in range(data.GetNumberOfPoints())]
            found.append((np.array(corners), data, prop))
    return found


def test_text_stands_where_and_how_it_was_asked_for(scene):
    add_text(scene, "L1", (10.0, 20.0), 31, bold=True, color=FAINT_INK, align="center")
    (actor,) = props(scene)
    style = actor.GetTextProperty()
    assert (actor.GetInput(), actor.GetPosition()) == ("L1", (10.0, 20.0))
    assert (style.GetFontSize(), bool(style.GetBold()), style.GetColor()) == (31, True, FAINT_INK)
    assert style.GetJustificationAsString() == "Centered"


def test_an_alignment_that_there_is_not_is_an_error(scene):
    with pytest.raises(KeyError, match="right"):
        add_text(scene, "L1", (0.0, 0.0), 10, align="right")
    assert props(scene) == []


def test_a_line_passes_all_its_points_in_order(scene):
    add_line(scene, [(0, 0), (5, 9), (20, 9)], FAINT_INK, 3.0)
    ((corners, data, actor),) = shapes(scene)
    np.testing.assert_array_equal(corners, [[0, 0], [5, 9], [20, 9]])
    assert data.GetNumberOfLines() == 1
    assert (actor.GetProperty().GetColor(), actor.GetProperty().GetLineWidth()) == (FAINT_INK, 3.0)


def test_rectangles_have_their_own_colours(scene):
    add_rectangles(scene, [((0, 0), (2, 3)), ((4, 0), (6, 3))], [(1.0, 0.0, 0.0), (0.0, 0.5, 1.0)])
    ((corners, data, _),) = shapes(scene)
    np.testing.assert_array_equal(corners[:4], [[0, 0], [2, 0], [2, 3], [0, 3]])
    colors = data.GetCellData().GetScalars()
    assert [colors.GetTuple3(n) for n in range(2)] == [(255, 0, 0), (0, 128, 255)]


def test_rectangles_need_a_colour_each(scene):
    with pytest.raises(ValueError, match="shorter"):
        add_rectangles(scene, [((0, 0), (2, 3)), ((4, 0), (6, 3))], [MARK_INK])


def test_a_polygon_is_filled_in_its_colour(scene):
    add_polygon(scene, [(0, 0), (4, 0), (2, 3)], (0.2, 0.4, 0.6))
    ((corners, data, actor),) = shapes(scene)
    assert (len(corners), data.GetNumberOfPolys()) == (3, 1)
    assert actor.GetProperty().GetColor() == (0.2, 0.4, 0.6)


@pytest.mark.parametrize(
    ("category", "tip"), [(Category.HIGHER_RISK, (100.0, 60.0)), (Category.LOWER_RISK, (100.0, 40.0))]
)
def test_higher_points_up_and_lower_points_down(scene, category, tip):
    add_mark(scene, category, (100.0, 50.0), 20.0)
    ((corners, _, _),) = shapes(scene)
    assert tip in {tuple(corner) for corner in corners}
    assert np.abs(corners - (100.0, 50.0)).max() == pytest.approx(10.0)


def test_the_marks_differ_in_shape_and_not_in_colour_alone():
    assert set(MARK_SHAPES) == set(Category) - {Category.OUTSIDE_MODEL}
    assert len(set(MARK_SHAPES.values())) == len(MARK_SHAPES)


def test_outside_the_model_is_a_hatched_square(scene):
    add_mark(scene, Category.OUTSIDE_MODEL, (50.0, 50.0), 20.0)
    (square, _, actor), (border, *_), *hatches = shapes(scene)
    assert actor.GetProperty().GetColor() == pytest.approx(OUTSIDE_COLOR)
    np.testing.assert_array_equal(np.ptp(square, axis=0), [18, 18])
    np.testing.assert_array_equal(border[0], border[-1])
    assert len(hatches) == 3
    for corners, *_ in hatches:
        assert np.ptp(corners[:, 0]) == pytest.approx(np.ptp(corners[:, 1]))


def test_the_legend_runs_from_low_to_high_and_names_the_cutoff(scene):
    add_legend(scene, (100.0, 200.0), 640.0, 30)
    bar, data, _ = shapes(scene)[0]
    assert (bar[:, 0].min(), bar[:, 0].max()) == pytest.approx((100.0, 740.0))
    colors = data.GetCellData().GetScalars()
    for box, risk in ((0, 0.5 / LEGEND_STEPS), (LEGEND_STEPS - 1, 1 - 0.5 / LEGEND_STEPS)):
        np.testing.assert_allclose(colors.GetTuple3(box), 255 * np.array(risk_color(risk)), atol=0.51)
    said = texts(scene)
    for tick in LEGEND_TICKS:
        (actor,) = [a for text, a in said.items() if text in (f"{tick:g}", f"{tick:g} (cut-off)")]
        assert actor.GetPosition()[0] == pytest.approx(100 + 640 * tick)
    assert "0.5 (cut-off)" in said
    assert {category.value for category in Category} <= set(said)
    assert {"not scored", "Risk index (no unit): higher = more risk"} <= set(said)


def test_the_cube_names_the_sides_of_a_ras_scene():
    cube = orientation_cube()
    assert (cube.GetXPlusFaceText(), cube.GetXMinusFaceText()) == ("R", "L")
    assert (cube.GetYPlusFaceText(), cube.GetYMinusFaceText()) == ("A", "P")
    assert (cube.GetZPlusFaceText(), cube.GetZMinusFaceText()) == ("S", "I")
