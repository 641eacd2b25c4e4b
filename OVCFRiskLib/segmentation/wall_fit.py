"""A smooth posterior wall, fitted to the places where it is free; it goes on where the pedicles leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Places further behind the wall (pedicles) do not belong to it.
BEHIND_WALL_MM = 1.5
# Places further in front of it (rounded corners) do not either.
BEFORE_WALL_MM = 2.0
# The bounds close in from here ...
FIRST_BOUND_MM = 5.0
# ... by this factor a round.
BOUND_SHRINKS = 0.7
# Rounds after which the bounds are closed and places no longer change sides.
FIT_ROUNDS = 8
# Pull of each term of the wall towards none, so that half a vertebra still has a sound wall.
TERM_PULL = np.array([0.0, 1.0, 10.0, 1.5, 5.0])
# Pull that leaves a term none.
PULL_TO_NONE = 1e9


@dataclass(frozen=True, slots=True)
class Wall:
    """The posterior wall: how far back it lies, by the place sideways and upwards.

    Attributes
    ----------
    coefficients : np.ndarray
        Of 1, s, s^2, u, u^2 with s (sideways) and u (upwards) in mm.
    side_range, up_range : tuple of float
        Where it was seen; outside, the nearest place counts.
    """

    coefficients: np.ndarray
    side_range: tuple[float, float]
    up_range: tuple[float, float]

    def back(self, side: np.ndarray, up: np.ndarray) -> np.ndarray:
        """Position of the wall, mm behind the body's middle."""
        return _terms(np.clip(side, *self.side_range), np.clip(up, *self.up_range)) @ self.coefficients


def fit_wall(
    side: np.ndarray, up: np.ndarray, back: np.ndarray, first_guess: float, up_range: tuple[float, float]
) -> Wall:
    """The wall through most of the places seen.

    Parameters
    ----------
    side, up, back : numpy.ndarray (n,)
        mm in the body's axes; at least one place.
    first_guess : float
        About where it lies, mm backwards.
    up_range : tuple of float
        Heights that were looked at.
    """
    terms, pull = _terms(side, up), TERM_PULL * np.sqrt(len(back))
    coefficients, belongs = _robust_fit(terms, back, first_guess, pull)
    if coefficients[2] < 0:
        # rounded corners bend the fit forwards, where the pedicles sit on a wall that does not bend
        pull[2] = PULL_TO_NONE
        coefficients, belongs = _robust_fit(terms, back, first_guess, pull)
    at = side[belongs]
    return Wall(coefficients, (float(at.min()), float(at.max())), up_range)


def _terms(side: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Terms of the wall, last axis."""
    return np.stack([np.ones_like(side), side, side**2, up, up**2], axis=-1)


def _robust_fit(
    terms: np.ndarray, back: np.ndarray, first_guess: float, pull: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares over the places near the wall, which changes which places are near; and those places."""
    fitted, bound = np.full(len(back), first_guess), FIRST_BOUND_MM
    for _ in range(FIT_ROUNDS):
        off = back - fitted
        belongs = (off <= max(bound, BEHIND_WALL_MM)) & (off >= -max(bound, BEFORE_WALL_MM))
        rows = np.vstack([terms[belongs], np.diag(pull)])
        coefficients = np.linalg.lstsq(rows, np.concatenate([back[belongs], np.zeros(len(pull))]), rcond=None)[0]
        fitted, bound = terms @ coefficients, bound * BOUND_SHRINKS
    return coefficients, belongs
