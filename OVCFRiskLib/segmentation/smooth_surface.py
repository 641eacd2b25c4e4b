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
    total = _swept(cost)
    total += np.moveaxis(_swept(np.moveaxis(cost, 1, 0), is_cyclic), 0, 1)
    return _lowest_place(total)


def _swept(cost: np.ndarray, is_cyclic: bool = False) -> np.ndarray:
    """Lowest costs of the paths that come along the first axis from both sides, added; (steps, others, places)."""
    # both at once, for the steps are many and short; places first, for NumPy is fast along a long last axis
    both = np.ascontiguousarray(np.stack([cost, cost[::-1]], axis=2).transpose(0, 3, 1, 2))
    if is_cyclic:  # a path has come around once before it counts
        both = np.concatenate([both, both])
    swept = np.empty_like(both)
    swept[0] = both[0]
    places = cost.shape[-1]
    padded = np.full((places + 4, *both.shape[2:]), np.inf, cost.dtype)
    priced = np.empty_like(padded)
    above_lowest = padded[2:-2]
    for before, here, reached in zip(swept, both[1:], swept[1:], strict=False):
        np.subtract(before, before.min(axis=0), out=above_lowest)
        np.minimum(above_lowest, JUMP, out=reached)
        for step, price in ((1, ONE_STEP), (2, TWO_STEPS)):
            np.add(padded, price, out=priced)
            np.minimum(reached, priced[2 - step : places + 2 - step], out=reached)
            np.minimum(reached, priced[2 + step : places + 2 + step], out=reached)
        reached += here
    swept = swept[-len(cost) :]
    return np.moveaxis(swept[..., 0] + swept[::-1, ..., 1], 1, -1)


def _lowest_place(total: np.ndarray) -> np.ndarray:
    """Place of the minimum, between places by a parabola."""
    place = np.clip(total.argmin(axis=-1), 1, total.shape[-1] - 2)
    low, mid, high = (np.take_along_axis(total, (place + n)[..., None], axis=-1)[..., 0] for n in (-1, 0, 1))
    bend = low - 2 * mid + high
    shift = np.where(bend > 0, (low - high) / (2 * np.where(bend > 0, bend, 1.0)), 0.0)
    return place + np.clip(shift, -0.5, 0.5)
