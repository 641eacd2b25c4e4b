"""Smooth curves along the spine: x and y as damped polynomials of z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.bodies.body_frame import BodyFrame

# How far curves reach beyond the outermost clicks, mm: one body and a disc more, with clicks 5 mm off.
BEYOND_MM = 48.0
# SD of a click, mm along each axis.
CLICK_SIDE_SD_MM = 3.0
# SD of the slope against the patient's axis, to the left and backwards (10 and 17 degrees).
SLOPE_SD = (0.18, 0.3)
# SD of half the curvature, 1/mm: 20 and 40 degrees over the 110 mm from L1 to L4 are one SD, to the left and backwards.
BEND_SD = (0.0016, 0.0032)
# A path through the canal is known in every plane: terms up to this power follow lordosis and scoliosis together.
CANAL_POWERS = 5


@dataclass(frozen=True, slots=True, eq=False)
class SpineCurve:
    """A curve from feet to head.

    Attributes
    ----------
    middle : numpy.ndarray (3,)
        LPS mm that the polynomials refer to.
    scale_mm : float
        Heights are divided by it.
    coefficients : numpy.ndarray (powers, 2)
        Of the powers of the height, for x and y.
    low, high : float
        z of both ends, LPS mm.
    """

    middle: np.ndarray
    scale_mm: float
    coefficients: np.ndarray
    low: float
    high: float

    @classmethod
    def through_clicks(cls, points: np.ndarray, beyond_mm: float = BEYOND_MM) -> SpineCurve:
        """The damped parabola near clicks (n, 3), as straight as they allow, and so far beyond both ends."""
        middle = points.mean(axis=0)
        z = points[:, 2] - middle[2]
        terms = np.stack([np.ones_like(z), z, z**2], axis=1)
        coefficients = np.empty((3, 2))
        for axis in range(2):
            damping = np.diag([1e-6, CLICK_SIDE_SD_MM / SLOPE_SD[axis], CLICK_SIDE_SD_MM / BEND_SD[axis]])
            values = np.concatenate([points[:, axis] - middle[axis], np.zeros(3)])
            coefficients[:, axis] = np.linalg.lstsq(np.vstack([terms, damping]), values, rcond=None)[0]
        return cls(middle, 1.0, coefficients, points[:, 2].min() - beyond_mm, points[:, 2].max() + beyond_mm)

    @classmethod
    def through_path(cls, points: np.ndarray, weights: np.ndarray) -> SpineCurve:
        """The polynomial near a dense path (n, 3), each point with its weight (n,)."""
        middle = points.mean(axis=0)
        scale = float(np.ptp(points[:, 2])) / 2
        z = (points[:, 2] - middle[2]) / scale
        terms = z[:, None] ** np.arange(CANAL_POWERS + 1)
        rows = np.vstack([terms * weights[:, None], np.diag([0.0, 0.0, 0.0, 0.1, 0.2, 0.3])])
        values = np.concatenate([(points - middle)[:, :2] * weights[:, None], np.zeros((CANAL_POWERS + 1, 2))])
        coefficients = np.linalg.lstsq(rows, values, rcond=None)[0]
        return cls(middle, scale, coefficients, float(points[:, 2].min()), float(points[:, 2].max()))

    def at(self, z: np.ndarray) -> np.ndarray:
        """LPS points (n, 3) at heights (n,)."""
        across = (
            ((z - self.middle[2]) / self.scale_mm)[:, None] ** np.arange(len(self.coefficients))
        ) @ self.coefficients
        return np.column_stack([across + self.middle[:2], z])

    def directions(self, z: np.ndarray) -> np.ndarray:
        """Upwards along the curve (n, 3), with a z of 1."""
        power = np.arange(1, len(self.coefficients))
        slopes = (((z - self.middle[2]) / self.scale_mm)[:, None] ** (power - 1) * power) @ self.coefficients[1:]
        return np.column_stack([slopes / self.scale_mm, np.ones(len(z))])

    def frames(self, step: float) -> tuple[BodyFrame, ...]:
        """Axes along the curve, their origins so many mm apart, from feet to head."""
        fine = np.linspace(self.low, self.high, 400)
        length = np.linalg.norm(self.directions(fine), axis=1)
        along = np.concatenate([[0.0], np.cumsum((length[1:] + length[:-1]) / 2 * np.diff(fine))])
        heights = np.interp(np.arange(0.0, along[-1], step), along, fine)
        pairs = zip(self.at(heights), self.directions(heights), strict=True)
        return tuple(BodyFrame.along(center, up) for center, up in pairs)
