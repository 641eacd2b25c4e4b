"""A body's own axes: the one vocabulary in which masks, templates, checks and pictures speak of a vertebra."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# Directions of the patient, LPS.
POSTERIOR = np.array([0.0, 1.0, 0.0])
SUPERIOR = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class BodyFrame:
    """Right-handed axes of a vertebra with their origin in the middle of its body.

    Local coordinates are mm to the left, backwards and upwards, in this order.

    Attributes
    ----------
    center : numpy.ndarray, (3,)
        Middle of the body, LPS mm.
    axes : numpy.ndarray, (3, 3)
        Rows are the unit vectors to the left, backwards and upwards in LPS.

    Examples
    --------
    >>> frame = BodyFrame.along(np.array([0.0, 10.0, 100.0]), np.array([0.0, 0.0, 1.0]))
    >>> frame.local(np.array([[5.0, 12.0, 103.0]]))
    array([[5., 2., 3.]])
    >>> round(frame.tilted(30.0).tilt_degrees, 6)
    30.0
    """

    center: np.ndarray
    axes: np.ndarray

    @classmethod
    def along(cls, center: np.ndarray, up: np.ndarray, back: np.ndarray = POSTERIOR) -> BodyFrame:
        """A frame that stands along a direction, with its back as near as can be to another one.

        Parameters
        ----------
        center : numpy.ndarray, (3,)
            LPS mm.
        up, back : numpy.ndarray, (3,)
            LPS, of any length, not parallel.
        """
        up = up / math.sqrt(up @ up)
        back = back - up * (back @ up)
        back /= math.sqrt(back @ back)
        return cls(center, np.array([_cross(back, up), back, up]))

    @property
    def left(self) -> np.ndarray:
        """Unit vector to the left, LPS (3,)."""
        return self.axes[0]

    @property
    def posterior(self) -> np.ndarray:
        """Unit vector backwards, LPS (3,)."""
        return self.axes[1]

    @property
    def superior(self) -> np.ndarray:
        """Unit vector upwards, LPS (3,)."""
        return self.axes[2]

    @property
    def tilt_degrees(self) -> float:
        """Sagittal tilt against the patient's axis; positive when the body leans backwards."""
        return float(np.degrees(np.arctan2(self.superior[1], self.superior[2])))

    def local(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) mm to the left, backwards, upwards of (..., 3) LPS points."""
        return (points - self.center) @ self.axes.T

    def lps(self, local: np.ndarray) -> np.ndarray:
        """(..., 3) LPS points of (..., 3) mm to the left, backwards, upwards."""
        return local @ self.axes + self.center

    def tilted(self, degrees: float) -> BodyFrame:
        """Turned about the axis to the left; positive leans backwards."""
        left, back, up = self.axes
        cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        return BodyFrame(self.center, np.stack([left, cosine * back - sine * up, cosine * up + sine * back]))

    def turned(self, slope: float) -> BodyFrame:
        """Turned about the upward axis, so that a wall of this slope along the side becomes level."""
        left, back, up = self.axes
        left = (left + slope * back) / np.hypot(1.0, slope)
        return BodyFrame(self.center, np.array([left, _cross(up, left), up]))


def _cross(a: np.ndarray, b: np.ndarray) -> tuple[float, float, float]:
    """The cross product of two vectors, to the bit what `numpy.cross` gives, which takes ten times as long."""
    (a0, a1, a2), (b0, b1, b2) = a.tolist(), b.tolist()
    return a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
