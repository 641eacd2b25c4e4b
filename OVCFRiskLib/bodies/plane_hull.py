"""The convex hull of an outline, of which a score needs a dozen.

SciPy's (`scipy.spatial.ConvexHull`) gives the same numbers, which the test holds this one to. Nothing else of a score
needs that package: loading it took 54 ms of processor time (1 % of a whole score) and 8 MB, and a hull 0.39 ms where
this one took 0.14 ms. To load it in a thread from the start on made a score no faster (9.5 s without, 11.6 s with it,
best of six on a busy machine). SimpleITK and scipy.ndimage have no hull. Where scipy.spatial is loaded anyway one day,
this file should go.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import numpy as np

Place = tuple[int, int]


def hull_of_outline(filled: np.ndarray) -> tuple[float, float]:
    """Area and length of the convex hull of the places that an outline fills.

    Parameters
    ----------
    filled : numpy.ndarray (rows, columns) of bool
        With at least one place.

    Returns
    -------
    tuple of 2 floats
        In steps of the array; a line of places has no area, and its length counts there and back.

    References
    ----------
    Andrew AM (1979) Another efficient algorithm for convex hulls in two dimensions. Inf Process Lett 9:216.

    Examples
    --------
    >>> area, length = hull_of_outline(np.array([[True, False], [True, True]]))
    >>> area, round(length, 3)
    (0.5, 3.414)
    """
    rows = np.flatnonzero(filled.any(axis=1))
    first = filled[rows].argmax(axis=1)
    last = filled.shape[1] - 1 - filled[rows, ::-1].argmax(axis=1)
    # of a row only its ends can be corners
    ends = sorted({*zip(rows.tolist(), first.tolist(), strict=True), *zip(rows.tolist(), last.tolist(), strict=True)})
    corners = [*_chain(ends), *_chain(reversed(ends))]
    sides = list(zip(corners, [*corners[1:], *corners[:1]], strict=True))
    area = sum(a[0] * b[1] - a[1] * b[0] for a, b in sides) / 2
    return abs(area), math.fsum(itertools.starmap(math.dist, sides))


def _chain(places: Iterable[Place]) -> list[Place]:
    """Corners of one side of the hull, without the last one, of places in order."""
    corners: list[Place] = []
    for place in places:
        while len(corners) > 1 and _turn(corners[-2], corners[-1], place) <= 0:
            corners.pop()
        corners.append(place)
    return corners[:-1]


def _turn(start: Place, middle: Place, end: Place) -> int:
    """Above 0 for a turn to the left."""
    return (middle[0] - start[0]) * (end[1] - start[1]) - (middle[1] - start[1]) * (end[0] - start[0])
