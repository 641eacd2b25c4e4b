"""Search of the best numbers by drawing around the best so far (cross-entropy method), in several chains at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Fraction of the old mean that survives a round.
OLD_MEAN = 0.2
# Fraction of the old spread that survives a round.
OLD_SPREAD = 0.3
# Factor on the spread of the best, which is drawn too narrow.
WIDENING = 1.1


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """Draws per chain and round, how many of them shape the next round, and rounds."""

    drawn: int
    kept: int
    rounds: int


@dataclass(frozen=True, slots=True)
class SearchState:
    """Where chains stand: mean and spread, (chains, numbers) each."""

    mean: np.ndarray
    spread: np.ndarray

    def best(self, value: Callable[[np.ndarray], np.ndarray], count: int) -> SearchState:
        """The ``count`` chains whose means have the highest value."""
        chosen = np.argsort(-value(self.mean), kind="stable")[:count]
        return SearchState(self.mean[chosen], self.spread[chosen])


def search(
    start: SearchState,
    value: Callable[[np.ndarray], np.ndarray],
    settings: SearchSettings,
    narrowest: np.ndarray,
    random: np.random.Generator,
) -> SearchState:
    """Move every chain towards high values.

    Parameters
    ----------
    start : SearchState
        Not modified.
    value : callable
        (n, numbers) to (n,), to be maximised.
    settings : SearchSettings
    narrowest : np.ndarray
        (numbers,) smallest spread.
    random : np.random.Generator
        Source of the draws.

    References
    ----------
    Rubinstein & Kroese 2004, The Cross-Entropy Method, chapter 5.
    """
    mean, spread = start.mean, start.spread
    chains, numbers = mean.shape
    for _ in range(settings.rounds):
        drawn = mean[:, None] + spread[:, None] * random.standard_normal((chains, settings.drawn, numbers))
        drawn[:, 0] = mean
        worth = value(drawn.reshape(-1, numbers)).reshape(chains, settings.drawn)
        order = np.argsort(-worth, axis=1, kind="stable")[:, : settings.kept]
        best = np.take_along_axis(drawn, order[..., None], axis=1)
        mean = OLD_MEAN * mean + (1 - OLD_MEAN) * best.mean(axis=1)
        spread = OLD_SPREAD * spread + (1 - OLD_SPREAD) * WIDENING * best.std(axis=1)
        spread = np.maximum(spread, narrowest)
    return SearchState(mean, spread)
