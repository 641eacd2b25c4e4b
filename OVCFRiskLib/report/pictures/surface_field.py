"""A surface before it is seen: samples of a distance, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceField:
    """What `traced_surface.trace_surface` follows rays to.

    Attributes
    ----------
    values : numpy.ndarray, float32 [k, j, i]
        About the distance from the surface, mm; positive inside.
    to_ras : numpy.ndarray, (4, 4)
        From (i, j, k) of a sample to RAS mm.
    """

    values: np.ndarray
    to_ras: np.ndarray

    def to_points(self, samples: np.ndarray) -> np.ndarray:
        """(n, 3) RAS mm of (n, 3) samples [k, j, i]."""
        points: np.ndarray = samples[:, ::-1] @ self.to_ras[:3, :3].T + self.to_ras[:3, 3]
        return points

    def inner_points(self) -> np.ndarray:
        """(n, 3) RAS mm of the samples inside of the surface."""
        return self.to_points(np.argwhere(self.values > 0))
