"""Axes of a grid: how far from perpendicular they are, and the perpendicular ones nearest to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Cosines in single precision; what is below is rounding of sound software.
SOUND_DEVIATION = 2e-5
# Cosines written with two or three digits, or turned by registration programs: a sixth of a degree each.
SMALL_DEVIATION = 1e-2
# Computed tomographs tilt by up to 30 degrees; more is another kind of damage.
LARGEST_GANTRY_TILT_DEGREES = 35.0


@dataclass(frozen=True, slots=True)
class GridAxes:
    """The matrix from voxel indices to millimetres, taken apart.

    Attributes
    ----------
    spacing : tuple of float
        Lengths of the columns: mm from voxel to voxel along i, j, k.
    axes : ndarray (3, 3)
        Unit vectors in the columns, as they are.
    """

    spacing: tuple[float, float, float]
    axes: np.ndarray

    @classmethod
    def of_matrix(cls, matrix: np.ndarray) -> GridAxes:
        """Take a (3, 3) matrix apart; columns of length 0 stay 0."""
        i, j, k = (float(x) for x in np.linalg.norm(matrix, axis=0))
        lengths = np.array([i, j, k])
        return cls((i, j, k), matrix / np.where(lengths > 0, lengths, 1.0))

    @property
    def deviation(self) -> float:
        """Largest cosine between two axes: 0 when all are perpendicular; not a number for broken ones.

        Examples
        --------
        >>> GridAxes.of_matrix(np.diag([0.8, 0.8, 1.25])).deviation
        0.0
        """
        return float(np.abs(self.axes.T @ self.axes - np.eye(3)).max())

    @property
    def is_sheared(self) -> bool:
        """True when slices are flat and rectangular, but stacked along a tilted line, as by a tilted gantry."""
        within = abs(float(self.axes[:, 0] @ self.axes[:, 1]))
        is_slanting = self.deviation > SMALL_DEVIATION and self.tilt_degrees <= LARGEST_GANTRY_TILT_DEGREES
        return within <= SMALL_DEVIATION and is_slanting

    @property
    def tilt_degrees(self) -> float:
        """Angle between the stacking direction and the slices' normal."""
        normal = np.cross(self.axes[:, 0], self.axes[:, 1])
        length = float(np.linalg.norm(normal))
        cosine = abs(float(normal @ self.axes[:, 2])) / length if length > 0 else 0.0
        return float(np.degrees(np.arccos(min(cosine, 1.0))))

    def perpendicular(self) -> np.ndarray:
        """The perpendicular axes nearest to these, (3, 3); of the same handedness."""
        left, _stretch, right = np.linalg.svd(self.axes)
        nearest: np.ndarray = left @ right
        return nearest

    def repair_note(self) -> str:
        """What a reader says when it makes axes perpendicular."""
        degrees = np.degrees(np.arcsin(min(self.deviation, 1.0)))
        return f"the axes of the image were up to {degrees:.2g} degrees off a right angle and were made perpendicular"
