"""overlay.png: the bodies coloured by risk, in 3D.

Drawn by NumPy and SciPy alone: no screen, graphics card or driver is needed, and the same input gives the same pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import Rgb, level_color
from OVCFRiskLib.report.pictures.bone_context import overlay_fields
from OVCFRiskLib.report.pictures.drawn_marks import Pixel, blend, draw_marks
from OVCFRiskLib.report.pictures.orientation_cube import draw_cube
from OVCFRiskLib.report.pictures.overlay_labels import LABEL_COLUMN, frame, level_labels
from OVCFRiskLib.report.pictures.traced_surface import TracedSurface, trace_surface
from OVCFRiskLib.report.pictures.view import View, view_of

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.bodies.cut_out import LevelCutOut

PICTURE_SIZE = (1300, 1450)  # pixels, width and height
SPINE_HEIGHT = 0.79  # of the picture, from its top: the legend stands below
FADE_HEIGHT = 0.04  # of the picture; no body reaches it
CUBE_PLACE = (0.095, 0.075)  # of the picture's width and height
CUBE_SIDE = 0.076  # of its width
LABEL_BAND = 0.15  # of a body's height, on both sides of its middle: where its label's line may end
# The bone around the bodies, laid over the paper, and over bodies that it hides: chosen so that bodies stand out.
CONTEXT_COLOR: Rgb = (0.86, 0.84, 0.79)
CONTEXT_OPACITY = 0.6
CONTEXT_OPACITY_BEFORE = 0.18
HATCH_STEP_MM = 4.5
HATCH_NORMAL = np.array([-0.53, 0.47, 0.71])  # RAS; diagonal as seen in the picture
HATCH_WIDTH = 3.5  # pixels
HATCH_COLOR: Rgb = (0.25, 0.26, 0.30)


@dataclass(frozen=True, slots=True, eq=False)
class OverlayShapes:
    """What the picture shows, before it has colours.

    Attributes
    ----------
    view : View
    bodies : mapping of LumbarLevel to TracedSurface
        Those of which something is seen.
    ends : mapping of LumbarLevel to tuple of float
        Pixel at the right end of each body, at about its mid-height, from the lower left corner.
    context : TracedSurface or None
        The bone around the bodies, where there is some.
    """

    view: View
    bodies: Mapping[LumbarLevel, TracedSurface]
    ends: Mapping[LumbarLevel, Pixel]
    context: TracedSurface | None


def draw_overlay(
    assessment: SpineAssessment,
    ct: sitk.Image,
    bodies: Mapping[LumbarLevel, LevelCutOut],
) -> np.ndarray:
    """Picture of the spine in 3D.

    Parameters
    ----------
    assessment : SpineAssessment
    ct : SimpleITK.Image
        HU.
    bodies : mapping
        As `cut_out_levels` gives it for labels on the CT's grid.

    Returns
    -------
    numpy.ndarray of uint8, shape (height, width, 3)
        First row on top.

    Raises
    ------
    OVCFRiskError
        If no body has a mask.
    """
    return draw_shapes(assessment, overlay_shapes(ct, bodies))


def overlay_shapes(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> OverlayShapes:
    """The shapes of `draw_overlay`, for which nothing needs to be assessed.

    Raises
    ------
    OVCFRiskError
        If no body has a mask.
    """
    if not bodies:
        raise OVCFRiskError("no level has a mask; segment the bodies first")
    fields, bone = overlay_fields(ct, bodies)
    points = {level: field.inner_points() for level, field in fields.items()}
    size = round(SPINE_HEIGHT * PICTURE_SIZE[1]), PICTURE_SIZE[0]
    everything = np.concatenate(list(points.values()))
    view = view_of(everything.min(axis=0), everything.max(axis=0), size)
    traced = {level: trace_surface(field, view) for level, field in fields.items()}
    seen = {level: surface for level, surface in traced.items() if surface is not None}
    ends = {level: _label_end(view, inside) for level, inside in points.items()}
    return OverlayShapes(view, seen, ends, None if bone is None else trace_surface(bone, view))


def draw_shapes(assessment: SpineAssessment, shapes: OverlayShapes) -> np.ndarray:
    """The picture of `draw_overlay` from its shapes."""
    width, height = PICTURE_SIZE
    pixels = np.full((height, width, 3), 255, np.uint8)
    spine = pixels[: shapes.view.size[0]]
    context = shapes.context
    if context is not None:
        blend(spine[context.box], _lit(CONTEXT_COLOR, context), CONTEXT_OPACITY * context.cover)
    nearest = np.full(shapes.view.size, -np.inf, np.float32)
    for level, surface in shapes.bodies.items():
        _draw_body(spine, nearest, surface, assessment.level(level), shapes.view)
    if context is not None:
        _draw_before(spine, nearest, context)
    _fade(spine)
    marks = level_labels(assessment, shapes.ends, PICTURE_SIZE) + frame(assessment, PICTURE_SIZE)
    draw_marks(pixels, marks)
    draw_cube(pixels, shapes.view, (CUBE_PLACE[0] * width, CUBE_PLACE[1] * height), CUBE_SIDE * width)
    return pixels


def _lit(color: Rgb, surface: TracedSurface) -> np.ndarray:
    """A surface's colour in each pixel of its box, parts of 1."""
    return np.minimum(surface.light[..., None] * np.array(color, np.float32) + surface.shine[..., None], 1)


def _draw_body(
    spine: np.ndarray, nearest: np.ndarray, surface: TracedSurface, row: LevelAssessment, view: View
) -> None:
    """A body in its colour where no other is before it; outside the model neutral and hatched, without a score grey."""
    depth = nearest[surface.box]
    cover = np.where(surface.near >= depth, surface.cover, 0)
    colors = _lit(level_color(row), surface)
    if row.is_outside_model:
        lines = _hatch(surface, view)[..., None]
        colors += lines * (np.array(HATCH_COLOR, np.float32) - colors)
    blend(spine[surface.box], colors, cover)
    depth[cover > 0.5] = surface.near[cover > 0.5]


def _hatch(surface: TracedSurface, view: View) -> np.ndarray:
    """How much of each pixel diagonal lines over a surface cover."""
    rows, columns = (np.arange(part.start, part.stop) for part in surface.box)
    right, up, toward = view.axes @ HATCH_NORMAL / HATCH_STEP_MM
    across = (columns - view.middle[0]) * (right / view.pixels_per_mm)
    down = (view.middle[1] - rows) * (up / view.pixels_per_mm)
    number = view.center @ HATCH_NORMAL / HATCH_STEP_MM + across + down[:, None] + toward * surface.near
    slope = np.hypot(*np.gradient(number))  # lines for one pixel
    distance = np.abs(number - np.rint(number)) / np.maximum(slope, 1e-6)
    return np.clip(HATCH_WIDTH / 2 + 0.5 - distance, 0, 1).astype(np.float32)


def _draw_before(spine: np.ndarray, nearest: np.ndarray, context: TracedSurface) -> None:
    """The bone that hides a body, so that the body is seen through it."""
    depth = nearest[context.box]
    rows, columns = np.nonzero((context.cover > 0) & np.isfinite(depth) & (context.near > depth))
    part = spine[context.box]
    hidden = part[rows, columns]
    colors = context.light[rows, columns, None] * np.array(CONTEXT_COLOR, np.float32)
    blend(hidden, colors, CONTEXT_OPACITY_BEFORE * context.cover[rows, columns])
    part[rows, columns] = hidden


def _label_end(view: View, inside: np.ndarray) -> Pixel:
    """Where a label's line may end: at the right of a body's points, at about its mid-height, from the lower left."""
    columns, rows, _ = view.seen(inside)
    up = PICTURE_SIZE[1] - rows
    low, high = up.min(), up.max()
    from_middle = np.abs(up - (low + high) / 2)
    # a mask in pieces may have nothing at its mid-height
    near = from_middle <= max(LABEL_BAND * (high - low), from_middle.min())
    return float(columns[near].max()), float((low + high) / 2)


def _fade(spine: np.ndarray) -> None:
    """The context runs out into the paper where the legend begins, without an edge."""
    rows = round(FADE_HEIGHT * PICTURE_SIZE[1])
    part = spine[-rows:, : round(LABEL_COLUMN * PICTURE_SIZE[0])]
    weight = np.broadcast_to(np.linspace(0, 1, rows)[:, None], part.shape[:2])
    blend(part, (1.0, 1.0, 1.0), weight)
