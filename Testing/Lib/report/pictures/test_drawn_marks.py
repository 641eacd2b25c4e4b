"""Marks become pixels: where, in which colour, and how much of a pixel they cover."""

import numpy as np
import pytest

from OVCFRiskLib.report.pictures.drawn_marks import MARK_INK, ColorBar, Line, Polygon, Text, blend, draw_marks

RED = (1.0, 0.0, 0.0)


def drawn(*marks, shape=(40, 60)):
    pixels = np.full((*shape, 3), 255, np.uint8)
    draw_marks(pixels, marks)
    return pixels


def ink(pixels):
    """How far each pixel is from paper, 0..1, on the lower left origin."""
    return (255 - pixels[::-1, :, 1].astype(float)) / 255


def test_a_polygon_covers_its_area_at_its_place():
    cover = ink(drawn(Polygon(((10, 10), (30, 10), (30, 20), (10, 20)), RED)))
    assert cover.sum() == pytest.approx(200, rel=0.01)
    assert (cover[10:20, 10:30] == 1).all()
    assert cover[:9].max() == cover[21:].max() == cover[:, :9].max() == cover[:, 31:].max() == 0


@pytest.mark.parametrize("corners", [((5, 5), (45, 5), (25, 35)), ((25, 35), (45, 5), (5, 5))])
def test_a_triangle_has_its_area_whichever_way_its_corners_go(corners):
    pixels = drawn(Polygon(corners, RED))
    assert ink(pixels).sum() == pytest.approx(600, rel=0.03)
    assert (pixels[40 - 15, 25] == (255, 0, 0)).all()


@pytest.mark.parametrize(
    "points", [((5, 20), (55, 20)), ((10, 5), (10, 35)), ((5, 5), (35, 35)), ((5, 5), (30, 5), (50, 30))]
)
def test_a_line_is_as_long_and_wide_as_it_says(points):
    length = np.hypot(*np.diff(np.array(points, float), axis=0).T).sum()
    assert ink(drawn(Line(points, RED, 3.0))).sum() == pytest.approx(3 * length, rel=0.15)


def test_a_colour_bar_shows_its_colours_in_order_without_gaps():
    colors = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    pixels = drawn(ColorBar((10.0, 5.0), (40.0, 15.0), colors))
    row = pixels[40 - 10]
    np.testing.assert_array_equal(row[10:40], np.repeat(np.array(colors) * 255, 10, axis=0))
    assert (row[9] == 255).all()
    assert (row[40] == 255).all()
    assert (pixels[40 - 16] == 255).all()
    assert (pixels[40 - 4] == 255).all()


def test_text_starts_at_its_place_or_is_centred_on_it():
    left, center = (
        ink(drawn(Text("HIH", (80.0, 10.0), 31, align=align), shape=(60, 200))) for align in ("left", "center")
    )
    columns = [np.flatnonzero(cover.any(axis=0)) for cover in (left, center)]
    assert 80 <= columns[0][0] <= 84
    assert (columns[1][0] + columns[1][-1]) / 2 == pytest.approx(80, abs=1.5)
    rows = np.flatnonzero(left.any(axis=1))
    assert 10 <= rows[0] <= 20
    assert rows[-1] <= 10 + 31


@pytest.mark.parametrize(
    "place", [(-30.0, 10.0), (50.0, 10.0), (10.0, -20.0), (10.0, 35.0), (500.0, 500.0), (-500.0, -500.0)]
)
def test_what_reaches_beyond_the_picture_is_cut(place):
    marks = (
        Text("level", place, 31),
        Line((place, (place[0] + 30, place[1] + 30)), RED),
        Polygon((place, (place[0] + 30, place[1]), (place[0], place[1] + 30)), RED),
    )
    assert drawn(*marks).shape == (40, 60, 3)


def test_later_marks_lie_over_earlier_ones():
    square = ((10, 10), (30, 10), (30, 30), (10, 30))
    pixels = drawn(Polygon(square, RED), Polygon(square, MARK_INK))
    np.testing.assert_array_equal(pixels[20, 20], np.rint(255 * np.array(MARK_INK)))


def test_colours_are_mixed_by_weight():
    pixels = np.full((1, 3, 3), 200, np.uint8)
    blend(pixels, (0.0, 1.0, 0.5), np.array([[0.0, 0.5, 1.0]]))
    np.testing.assert_array_equal(pixels[0], [[200, 200, 200], [100, 228, 164], [0, 255, 128]])
