"""A slice as SVG: the CT as embedded pixels, outlines and words as vectors that print sharp."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.report import svg
from OVCFRiskLib.report.colors import Rgb, hex_color, level_color
from OVCFRiskLib.report.markup import Markup, element, join
from OVCFRiskLib.report.pictures.png import png_bytes
from OVCFRiskLib.report.pictures.slices import Slice
from OVCFRiskLib.report.wording import outcome

# Length of the scale bar, mm: chosen.
SCALE_BAR_MM = 20.0
HALO: svg.Style = {"stroke": "#000", "stroke_width": 1.1, "paint_order": "stroke", "stroke_linejoin": "round"}
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green, blue (ITU-R BT.709)
MIN_LUMINANCE = 0.45  # soft tissue in the bone window is about 0.25
DASHES_MM = "2.2 1.6"  # outline of a body without a score
DOTS_MM = "0.5 1.1"  # outline of a body outside the model


def slice_figure(picture: Slice, assessment: SpineAssessment, label: str, text_mm: float) -> Markup:
    """SVG in millimetres of a slice with outlines in the colour of risk.

    Parameters
    ----------
    picture : Slice
    assessment : SpineAssessment
        For colours and the words beside the outlines.
    label : str
        Text alternative.
    text_mm : float
        Height of the letters on the patient's scale.

    Returns
    -------
    Markup
        An ``<svg>`` element.
    """
    width, height = picture.size_mm
    size = {"width": width, "height": height}
    parts = [element("image", href=svg.data_uri(png_bytes(picture.pixels)), preserveAspectRatio="none", **size)]
    for level, lines in picture.outlines.items():
        parts.append(_outline(lines, assessment.level(level)))
    if picture.superior_mm is None:
        parts += [_level_label(lines, assessment.level(level), text_mm) for level, lines in picture.outlines.items()]
    parts += _side_letters(picture, text_mm)
    parts.append(_scale_bar(width, height, text_mm))
    return svg.figure(parts, width, height, label, "slice")


def _outline(lines: list[np.ndarray], row: LevelAssessment) -> Markup:
    """A body's outline over a dark halo; dashed without a score, dotted outside the model, both unfilled."""
    path = "".join("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in line) + "Z" for line in lines)
    color = hex_color(_legible(level_color(row)))
    halo = element("path", d=path, fill="none", stroke="#000", stroke_width=1.5, stroke_opacity=0.65)
    style: svg.Style = {"fill": color, "fill_opacity": 0.1}
    if row.score is None or row.is_outside_model:
        style = {"fill": "none", "stroke_dasharray": DOTS_MM if row.is_outside_model else DASHES_MM}
    return join((halo, element("path", d=path, stroke=color, stroke_width=0.8, stroke_linejoin="round", **style)))


def _legible(rgb: Rgb) -> Rgb:
    """The colour mixed with white where it would be lost on a CT: both ends of the scale are dark."""
    light = sum(weight * part for weight, part in zip(LUMINANCE, rgb, strict=True))
    if light >= MIN_LUMINANCE:
        return rgb
    white = (MIN_LUMINANCE - light) / (1 - light)
    red, green, blue = (part + white * (1 - part) for part in rgb)
    return red, green, blue


def _level_label(lines: list[np.ndarray], row: LevelAssessment, text_mm: float) -> Markup:
    """Level, sign and risk index at the anterior edge of the picture, joined to the body."""
    points = np.concatenate(lines)
    y = float((points[:, 1].min() + points[:, 1].max()) / 2)
    x = float(points[np.abs(points[:, 1] - y).argsort()[:8], 0].min())
    value = outcome(row).removeprefix(f"{row.level.name} ")
    line = {"x1": 2.0, "x2": x - 1, "y1": y, "y2": y}
    name: svg.Style = {"font_size": 1.3 * text_mm, "font_weight": "bold", "fill": "#fff", **HALO}
    parts = (
        element("line", **line, stroke="#000", stroke_width=1.0, stroke_opacity=0.6),
        element("line", **line, stroke="#fff", stroke_width=0.35),
        svg.text(row.level.name, 2, y - 0.4 * text_mm, **name),
        svg.text(value, 2, y + 1.15 * text_mm, font_size=text_mm, fill="#fff", **HALO),
    )
    return join(parts)


def _side_letters(picture: Slice, text_mm: float) -> list[Markup]:
    """The patient's sides at the picture's edges."""
    width, height = picture.size_mm
    # the levels' names stand along the left edge of the sagittal slice
    low = height / 2 if picture.superior_mm is not None else 1.2 * text_mm
    places = ((0.8 * text_mm, low), (width - 0.8 * text_mm, low), (width / 2, 1.2 * text_mm), (width / 2, height - 1.5))
    return [
        svg.text(side, x, y, font_size=text_mm, text_anchor="middle", fill="#ffd866", **HALO)
        for side, (x, y) in zip(picture.sides, places, strict=True)
    ]


def _scale_bar(width: float, height: float, text_mm: float) -> Markup:
    """A bar of 20 mm with its length."""
    left, y = width - SCALE_BAR_MM - 3, height - 3.0
    path = f"M{left:.2f} {y - 1.2:.2f}v1.2h{SCALE_BAR_MM:g}v-1.2"
    style: svg.Style = {"font_size": 0.85 * text_mm, "text_anchor": "middle", "fill": "#fff", **HALO}
    parts = (
        element("path", d=path, fill="none", stroke="#000", stroke_width=1.4, stroke_opacity=0.7),
        element("path", d=path, fill="none", stroke="#fff", stroke_width=0.6),
        svg.text(f"{SCALE_BAR_MM:g} mm", left + SCALE_BAR_MM / 2, y - 2.2, **style),
    )
    return join(parts)
