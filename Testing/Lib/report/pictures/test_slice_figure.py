"""A slice as SVG: outlines in millimetres, styles that tell scored, unscored and outside apart, words and bar."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import hex_color
from OVCFRiskLib.report.pictures.slice_figure import (
    DASHES_MM,
    DOTS_MM,
    LUMINANCE,
    MIN_LUMINANCE,
    SCALE_BAR_MM,
    _legible,
    slice_figure,
)
from OVCFRiskLib.report.pictures.slices import Slice

L1, L2, L3, L4 = LumbarLevel
TEXT_MM = 4.0


def square(left, top, side):
    return np.array([[left, top], [left + side, top], [left + side, top + side], [left, top + side]], float)


def sagittal(outlines):
    return Slice(np.zeros((200, 160), np.uint8), outlines, ("A", "P", "S", "I"))


def drawn(picture, assessment):
    return ElementTree.fromstring(slice_figure(picture, assessment, "a slice", TEXT_MM))


def of(root, tag):
    return [element for element in root.iter() if element.tag.endswith(tag)]


def words(root):
    return [element.text for element in of(root, "text")]


def colored(root, level_path):
    """The path that is drawn over the dark halo of an outline."""
    return next(p.attrib for p in of(root, "path") if p.attrib["d"] == level_path and p.attrib["stroke"] != "#000")


def path_of(line):
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line) + "Z"


def test_the_picture_is_as_large_as_the_slice_in_millimetres(case):
    root = drawn(sagittal({}), case.assessment)
    assert root.attrib["viewBox"] == "0 0 80 100"
    assert root.attrib["aria-label"] == "a slice"
    (image,) = of(root, "image")
    assert (image.attrib["width"], image.attrib["height"]) == ("80", "100")
    assert image.attrib["href"].startswith("data:image/png;base64,")


def test_outlines_tell_scored_unscored_and_outside_apart_without_colour(case):
    rows = list(case.assessment.levels)
    rows[1] = replace(rows[1], score=replace(rows[1].score, category=Category.OUTSIDE_MODEL))
    assessment = replace(case.assessment, levels=tuple(rows))
    lines = {L1: square(30, 5, 15), L2: square(30, 30, 15), L4: square(30, 70, 15)}
    root = drawn(sagittal({level: [line] for level, line in lines.items()}), assessment)
    styles = {level: colored(root, path_of(line)) for level, line in lines.items()}
    assert "stroke-dasharray" not in styles[L1]
    assert styles[L1]["fill"] == styles[L1]["stroke"]
    assert (styles[L2]["stroke-dasharray"], styles[L2]["fill"]) == (DOTS_MM, "none")
    assert (styles[L4]["stroke-dasharray"], styles[L4]["fill"]) == (DASHES_MM, "none")


def test_a_body_in_two_pieces_is_one_path(case):
    root = drawn(sagittal({L1: [square(20, 5, 5), square(40, 5, 5)]}), case.assessment)
    style = colored(root, path_of(square(20, 5, 5)) + path_of(square(40, 5, 5)))
    assert style["d"].count("Z") == 2


def test_labels_stand_at_the_height_of_their_bodies_with_their_result(case):
    root = drawn(sagittal({L1: [square(30, 5, 20)], L4: [square(30, 60, 20)]}), case.assessment)
    assert [word for word in words(root) if word in ("L1", "L2", "L3", "L4")] == ["L1", "L4"]
    assert "▲ 0.78" in words(root)
    assert "not scored" in words(root)
    leaders = [line.attrib for line in of(root, "line")]
    assert [float(line["y1"]) for line in leaders] == [15, 15, 70, 70]
    # from the edge of the picture to just before the body
    assert {(float(line["x1"]), float(line["x2"])) for line in leaders} == {(2.0, 29.0)}


def test_an_axial_slice_has_sides_but_no_labels(case):
    picture = Slice(np.zeros((100, 120), np.uint8), {L1: [square(20, 10, 20)]}, ("R", "L", "A", "P"), 12.0)
    assert words(drawn(picture, case.assessment)) == ["R", "L", "A", "P", "20 mm"]


def test_the_sides_stand_at_their_edges(case):
    root = drawn(sagittal({}), case.assessment)
    places = {e.text: (float(e.attrib["x"]), float(e.attrib["y"])) for e in of(root, "text")}
    assert places["A"][0] < 10 < 70 < places["P"][0]
    assert places["S"][1] < 10 < 90 < places["I"][1]


def test_the_scale_bar_is_as_long_as_it_says(case):
    root = drawn(sagittal({}), case.assessment)
    assert f"{SCALE_BAR_MM:g} mm" in words(root)
    bars = [re.search(r"M([\d.]+) [\d.]+v1.2h([\d.]+)", p.attrib["d"]) for p in of(root, "path")]
    starts = {(float(bar[1]), float(bar[2])) for bar in bars}
    ((left, length),) = starts
    assert length == 20
    assert left + length < 80


@pytest.mark.parametrize("rgb", [(0.0, 0.0, 0.0), (0.3, 0.0, 0.4), (0.5, 0.0, 0.0), (1.0, 1.0, 1.0), (0.2, 0.9, 0.3)])
def test_dark_colours_are_lightened_to_be_seen_on_a_ct_and_light_ones_stay(rgb):
    def light(color):
        return float(np.dot(LUMINANCE, color))

    shown = _legible(rgb)
    assert light(shown) >= MIN_LUMINANCE - 1e-9
    if light(rgb) >= MIN_LUMINANCE:
        assert shown == pytest.approx(rgb)
    assert re.fullmatch("#[0-9a-f]{6}", hex_color(shown))
