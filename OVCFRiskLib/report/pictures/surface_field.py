"""A surface before it is one: samples of a field, the value at which it is cut, and where the samples lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class SurfaceField:
    """What `surfaces.contour_surface` makes a surface of; it can be sent to another process.

    Attributes
    ----------
    values : numpy.ndarray, float32 [k, j, i]
    level : float
        The surface lies where the field has this value.
    to_ras : numpy.ndarray, (4, 4)
        From (i, j, k) of a sample to RAS mm.
    """

    values: np.ndarray
    level: float
    to_ras: np.ndarray
