"""How much two masks of the same thing overlap."""

from __future__ import annotations

import math

import numpy as np


def dice(one: np.ndarray, other: np.ndarray) -> float:
    """Dice's coefficient of two masks: twice what they share, of what they hold together.

    It answers how alike two drawings of a body are: 1 where they are the same, 0 where they share nothing. The same
    distance of two surfaces costs a small body more than a large one, as more of it lies at its surface.

    ``2 |A and B| / (|A| + |B|)``

    Parameters
    ----------
    one, other : numpy.ndarray of bool
        Of one shape.

    Returns
    -------
    float
        Not a number for two masks without a voxel.

    References
    ----------
    Dice LR (1945) Measures of the amount of ecologic association between species. Ecology 26:297.

    Examples
    --------
    >>> round(dice(np.array([True, True, True, False]), np.array([False, True, True, True])), 3)
    0.667
    """
    together = np.count_nonzero(one) + np.count_nonzero(other)
    return float(2 * np.count_nonzero(one & other) / together) if together else math.nan
