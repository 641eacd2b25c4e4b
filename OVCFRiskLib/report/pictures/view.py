"""From where the spine is seen in overlay.png: a parallel view, so that sizes compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# From the patient's right front and a little above (RAS): bodies free in front, arches behind, labels on the free side.
VIEW_FROM = np.array([0.72, 0.80, 0.16])
SPINE_SHIFT = 0.2  # of the picture's width, to the left: the labels stand to the right
SPINE_FILL = 0.88  # of the height
SMALLEST_MM = 20.0  # that fill it: a body is higher, what is smaller is the crumb of a mask


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A parallel view of RAS space.

    Attributes
    ----------
    axes : numpy.ndarray, (3, 3)
        Rows: to the right in the picture, up, toward the viewer; RAS, of length 1.
    center : numpy.ndarray, (3,)
        RAS mm of the point that the picture is centred on.
    middle : tuple of float
        Column and row of that point, pixels from the upper left corner.
    pixels_per_mm : float
    size : tuple of int
        Rows and columns.
    """

    axes: np.ndarray
    center: np.ndarray
    middle: tuple[float, float]
    pixels_per_mm: float
    size: tuple[int, int]

    def seen(self, ras: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Columns, rows (pixels) and nearness (mm toward the viewer) of (n, 3) RAS mm."""
        right, up, near = self.axes @ (ras - self.center).T
        return self.middle[0] + self.pixels_per_mm * right, self.middle[1] - self.pixels_per_mm * up, near

    def to_field(self, to_ras: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Matrix (3, 3) and offset (3,) from (nearness mm, row, column) to the [k, j, i] of a field's samples."""
        per_pixel = np.stack((self.axes[2], -self.axes[1] / self.pixels_per_mm, self.axes[0] / self.pixels_per_mm), 1)
        from_ras = np.linalg.inv(to_ras)
        first = self.center - per_pixel @ (0.0, self.middle[1], self.middle[0])
        matrix = from_ras[:3, :3] @ per_pixel
        return matrix[::-1], (from_ras[:3, :3] @ first + from_ras[:3, 3])[::-1]


def view_of(low: np.ndarray, high: np.ndarray, size: tuple[int, int]) -> View:
    """The view that fits a box into the left part of a picture.

    Parameters
    ----------
    low, high : numpy.ndarray, (3,)
        Corners, RAS mm.
    size : tuple of int
        Rows and columns.
    """
    toward = VIEW_FROM / np.linalg.norm(VIEW_FROM)
    right = np.cross((0.0, 0.0, 1.0), toward)
    right /= np.linalg.norm(right)
    extent = high - low
    rows, columns = size
    across = float(np.hypot(extent[0], extent[1]))
    needed = max(float(extent[2]) + 0.4 * across * VIEW_FROM[2], 1.1 * across * rows / (0.5 * columns), SMALLEST_MM)
    axes = np.stack((right, np.cross(toward, right), toward))
    middle = columns * (0.5 - SPINE_SHIFT), rows / 2
    return View(axes, (low + high) / 2, middle, rows * SPINE_FILL / needed, size)
