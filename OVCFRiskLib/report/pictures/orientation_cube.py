"""The cube that tells from which of the patient's sides a picture is seen."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.report.colors import Rgb
from OVCFRiskLib.report.pictures.drawn_marks import MARK_INK, Pixel, Polygon, draw_cover, draw_marks
from OVCFRiskLib.report.pictures.lettering import text_cover
from OVCFRiskLib.report.pictures.view import View

# The patient's sides: letter, the way the side faces, and the way its letter stands up, RAS.
SIDES = (
    ("R", (1, 0, 0), (0, 0, 1)),
    ("L", (-1, 0, 0), (0, 0, 1)),
    ("A", (0, 1, 0), (0, 0, 1)),
    ("P", (0, -1, 0), (0, 0, 1)),
    ("S", (0, 0, 1), (0, -1, 0)),
    ("I", (0, 0, -1), (0, 1, 0)),
)
CUBE_COLOR: Rgb = (0.86, 0.88, 0.91)
# Of a side that is seen edge on, a part of that of one that is looked at straight on: chosen by eye.
LIGHT_EDGE_ON = 0.5
LETTER_FRACTION = 0.85  # of a side's height that a line of text takes; a capital is two thirds of it
LETTER_SIZE = 50  # of the letters that are laid on the sides, pixels


def draw_cube(pixels: np.ndarray, view: View, middle: Pixel, side: float) -> None:
    """Draw the cube around a place of a picture.

    Parameters
    ----------
    pixels : numpy.ndarray of uint8, (height, width, 3)
        First row on top.
    view : View
        From where the cube is seen.
    middle : tuple of float
        Pixels from the lower left corner.
    side : float
        Length of its edges, pixels.
    """
    for letter, facing, upright in SIDES:
        right, up, toward = view.axes @ np.array(facing, float)
        if toward > 0:
            shade = LIGHT_EDGE_ON + (1 - LIGHT_EDGE_ON) * toward
            center = np.add(middle, np.array((right, up)) * side / 2)
            edges = [(view.axes @ axis)[:2] * side for axis in (np.cross(upright, facing), np.array(upright, float))]
            _draw_side(pixels, center, edges, letter, shade)


def _draw_side(pixels: np.ndarray, center: np.ndarray, edges: list[np.ndarray], letter: str, shade: float) -> None:
    """A side with its letter, as seen along edges to the letter's right and upward."""
    along, up = edges
    corners = [center + (a * along + b * up) for a, b in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))]
    places = tuple((float(x), float(y)) for x, y in corners)
    red, green, blue = (shade * part for part in CUBE_COLOR)
    draw_marks(pixels, [Polygon(places, (red, green, blue))])
    cover = text_cover(letter, LETTER_SIZE, is_bold=True)
    filled = np.argwhere(cover > 0)
    if len(filled) == 0:
        return
    letter_middle = (filled.min(axis=0) + filled.max(axis=0)) / 2
    to_side = np.linalg.inv(np.stack((along, up), axis=1))
    scale = cover.shape[0] / LETTER_FRACTION

    def on_side(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = np.tensordot(to_side, np.stack(np.broadcast_arrays(x - center[0], y - center[1])), 1)
        at = np.stack((letter_middle[0] - v * scale, letter_middle[1] + u * scale))
        return ndimage.map_coordinates(cover, at, np.float32, order=1, prefilter=False)

    draw_cover(pixels, places, on_side, MARK_INK)
