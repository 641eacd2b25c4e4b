"""Marks on a picture: words, lines and shapes as data, and how they are drawn into pixels.

Places are pixels, x to the right and y up from the lower left corner.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from OVCFRiskLib.report.colors import Rgb
from OVCFRiskLib.report.pictures.lettering import BEARING, text_cover

# Colours of marks and text, and of what stands back behind them: chosen. Red, green, blue as parts of 1.
MARK_INK: Rgb = (0.13, 0.15, 0.19)
FAINT_INK: Rgb = (0.36, 0.39, 0.44)
Pixel = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a line of the height ``size``, whose lower end starts at a place or is centred on it."""

    words: str
    place: Pixel
    size: int
    is_bold: bool = False
    color: Rgb = MARK_INK
    align: Literal["left", "center"] = "left"


@dataclass(frozen=True, slots=True)
class Line:
    """A line through places, ``width`` pixels wide."""

    points: tuple[Pixel, ...]
    color: Rgb = MARK_INK
    width: float = 2.0


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled convex shape."""

    corners: tuple[Pixel, ...]
    color: Rgb


@dataclass(frozen=True, slots=True)
class ColorBar:
    """Colours beside each other from a lower left to an upper right corner."""

    low: Pixel
    high: Pixel
    colors: tuple[Rgb, ...]


Mark = Text | Line | Polygon | ColorBar


def draw_marks(pixels: np.ndarray, marks: Iterable[Mark]) -> None:
    """Draw marks into a picture, one over the other; what lies outside of it is left out.

    Parameters
    ----------
    pixels : numpy.ndarray of uint8, (height, width, 3)
        First row on top.
    marks : iterable of Mark
    """
    for mark in marks:
        if isinstance(mark, Text):
            _draw_text(pixels, mark)
        elif isinstance(mark, Line):
            _draw_line(pixels, mark)
        elif isinstance(mark, Polygon):
            draw_cover(pixels, mark.corners, functools.partial(_inside, mark.corners), mark.color)
        else:
            _draw_bar(pixels, mark)


def blend(pixels: np.ndarray, color: Rgb | np.ndarray, weight: np.ndarray) -> None:
    """Lay a colour (parts of 1; or one for each pixel) over pixels with weights from 0 to 1."""
    over = np.float32(255) * np.asarray(color, np.float32)
    mixed = pixels + weight.astype(np.float32)[..., None] * (over - pixels)
    pixels[...] = np.clip(np.rint(mixed), 0, 255)


def _draw_text(pixels: np.ndarray, text: Text) -> None:
    """The letters, on whole pixels so that they are sharp."""
    cover = text_cover(text.words, text.size, is_bold=text.is_bold)
    height, width = cover.shape
    left = round(text.place[0] - {"left": BEARING, "center": width / 2}[text.align])
    top = pixels.shape[0] - round(text.place[1]) - height
    rows, columns = slice(max(top, 0), max(top + height, 0)), slice(max(left, 0), max(left + width, 0))
    part = pixels[rows, columns]
    first = rows.start - top, columns.start - left
    blend(part, text.color, cover[first[0] : first[0] + part.shape[0], first[1] : first[1] + part.shape[1]])


def _draw_line(pixels: np.ndarray, line: Line) -> None:
    """The pixels near a line."""
    reach = line.width / 2

    def cover(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        distance = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf)
        for (x0, y0), (x1, y1) in zip(line.points[:-1], line.points[1:], strict=True):
            length = max((x1 - x0) ** 2 + (y1 - y0) ** 2, 1e-9)
            along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1)
            distance = np.minimum(distance, np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
        return reach + 0.5 - distance

    draw_cover(pixels, line.points, cover, line.color, reach)


def _draw_bar(pixels: np.ndarray, bar: ColorBar) -> None:
    """Rectangles on whole pixels, so that nothing shows between them."""
    edges = np.rint(np.linspace(bar.low[0], bar.high[0], len(bar.colors) + 1)).astype(int)
    height = pixels.shape[0]
    rows = slice(height - round(bar.high[1]), height - round(bar.low[1]))
    colors = np.rint(255 * np.array(bar.colors)).astype(np.uint8)
    pixels[rows, edges[0] : edges[-1]] = np.repeat(colors, np.diff(edges), axis=0)


def draw_cover(
    pixels: np.ndarray,
    points: Sequence[Pixel],
    cover: Callable[[np.ndarray, np.ndarray], np.ndarray],
    color: Rgb,
    reach: float = 0.0,
) -> None:
    """Lay a colour over the surroundings of points, as much as a function of x and y of pixels' middles says."""
    height, width = pixels.shape[:2]
    x, y = np.array(points).T
    left, right = max(int(x.min() - reach) - 1, 0), min(int(x.max() + reach) + 2, width)
    low, high = max(int(y.min() - reach) - 1, 0), min(int(y.max() + reach) + 2, height)
    if left >= right or low >= high:
        return
    part = pixels[height - high : height - low, left:right]
    weight = cover(np.arange(left, right)[None, :] + 0.5, np.arange(high, low, -1)[:, None] - 0.5)
    blend(part, color, np.clip(weight, 0, 1))


def _inside(corners: Sequence[Pixel], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance from the edges of a convex polygon plus one half, positive inside."""
    points = np.array(corners)
    x0, y0 = points.T
    x1, y1 = np.roll(points, -1, axis=0).T
    turn = np.sign(np.sum(x0 * y1 - x1 * y0))  # counterclockwise is positive
    inside = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf)
    for ax, ay, bx, by in zip(x0, y0, x1, y1, strict=True):
        along = np.hypot(bx - ax, by - ay)
        inside = np.minimum(inside, turn * ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) / along)
    return inside + 0.5
