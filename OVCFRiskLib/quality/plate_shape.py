"""The shape of an endplate: a plane with a hollow, as a sum of terms."""

from __future__ import annotations

import numpy as np

# Offsets to the left are counted in half widths of the strip that is measured, mm.
LEFT_UNIT_MM = 10.0
# Endplates are a rim around a hollow; a rim of 0 makes the hollow a parabola.
PARABOLA = 0.0
# So many terms make a plate: two walls, hollow, its skew, and slope and bend to the side.
PLATE_TERMS = 6


def plate_terms(fraction: np.ndarray, left: np.ndarray, rim: float = PARABOLA) -> np.ndarray:
    """Terms whose weighted sum is a plate's height.

    Parameters
    ----------
    fraction : numpy.ndarray, (n,)
        Place from the anterior (0) to the posterior wall (1).
    left : numpy.ndarray, (n,)
        mm to the left of the mid-plane.
    rim : float
        Width of the flat rim, in half depths.

    Returns
    -------
    numpy.ndarray, (n, 6)
        The weights of the first two are the heights at the walls in the mid-plane; then the depth of the hollow, its
        skew towards the back, the slope to the left, and the bend to the sides.
    """
    inward = np.clip((1 - rim - np.abs(2 * fraction - 1)) / (1 - rim), 0, 1)
    hollow = inward * (2 - inward) if rim == PARABOLA else inward**2 * (3 - 2 * inward)
    aside = left / LEFT_UNIT_MM
    return np.stack([1 - fraction, fraction, hollow, hollow * (2 * fraction - 1), aside, aside**2], axis=-1)
