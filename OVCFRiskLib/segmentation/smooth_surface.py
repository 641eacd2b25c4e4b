"""The smooth surface of strongest edges in a volume of candidate places (semi-global matching)."""

from __future__ import annotations

import numpy as np

# Cost of a step of one candidate (half a mm) between neighbours, in units of a full edge.
ONE_STEP = 0.08
# ... of two candidates.
TWO_STEPS = 0.3
# ... and of any larger step: a rim or an osteophyte is allowed.
JUMP = 0.8


def best_surface(cost: np.ndarray, is_cyclic: bool = False) -> np.ndarray:
    """Place along the last axis for every row and column, with little change between neighbours.

    Parameters
    ----------
    cost : np.ndarray
        (rows, columns, places), low where the surface should be; 0 everywhere where nothing is known.
    is_cyclic : bool
        True when the first column follows the last.

    Returns
    -------
    np.ndarray
        (rows, columns), places with fractions.

    References
    ----------
    Hirschmueller 2008, IEEE Trans Pattern Anal Mach Intell 30:328.
    """
    columns = cost.shape[1]
    if is_cyclic:
        cost = np.concatenate([cost, cost, cost], axis=1)
    along_rows = np.moveaxis(cost, 1, 0)
    total = _swept(cost) + _swept(cost[::-1])[::-1]
    total += np.moveaxis(_swept(along_rows) + _swept(along_rows[::-1])[::-1], 0, 1)
    if is_cyclic:
        total = total[:, columns : 2 * columns]
    return _lowest_place(total)


def _swept(cost: np.ndarray) -> np.ndarray:
    """Lowest cost of a path that comes along the first axis."""
    swept = np.empty_like(cost)
    swept[0] = cost[0]
    padded = np.full((*cost.shape[1:-1], cost.shape[-1] + 4), np.inf, cost.dtype)
    above_lowest, end = padded[..., 2:-2], padded.shape[-1] - 2
    for n in range(1, len(cost)):
        before = swept[n - 1]
        np.subtract(before, before.min(axis=-1, keepdims=True), out=above_lowest)
        reached = np.minimum(above_lowest, JUMP)
        for step, price in ((1, ONE_STEP), (2, TWO_STEPS)):
            reached = np.minimum(reached, padded[..., 2 - step : end - step] + price)
            reached = np.minimum(reached, padded[..., 2 + step : end + step] + price)
        swept[n] = cost[n] + reached
    return swept


def _lowest_place(total: np.ndarray) -> np.ndarray:
    """Place of the minimum, between places by a parabola."""
    place = np.clip(total.argmin(axis=-1), 1, total.shape[-1] - 2)
    low, mid, high = (np.take_along_axis(total, (place + n)[..., None], axis=-1)[..., 0] for n in (-1, 0, 1))
    bend = low - 2 * mid + high
    shift = np.where(bend > 0, (low - high) / (2 * np.where(bend > 0, bend, 1.0)), 0.0)
    return place + np.clip(shift, -0.5, 0.5)
