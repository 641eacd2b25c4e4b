"""Are predicted probabilities as large as the frequencies observed?

A score can order patients perfectly and still be wrong about every probability. Four answers, from coarse to fine:

* *intercept* a of ``logit P(y) = a + logit(p)``: is the average right? 0 is ideal, above 0 the risk is underestimated;
* *slope* b of ``logit P(y) = a + b logit(p)``: are the extremes right? 1 is ideal, below 1 the predictions are too
  extreme (the mark of overfitting), above 1 too timid;
* *Brier score* ``mean((p - y)^2)``: both at once, and discrimination besides;
* *curve*: observed frequency against prediction, in groups of equal size with Wilson's interval and smoothed by a
  kernel.

References
----------
Cox DR (1958). Two further applications of a model for binary regression. Biometrika 45:562-565.
Brier GW (1950). Verification of forecasts expressed in terms of probability. Mon Weather Rev 78:1-3.
Van Calster B et al. (2019). Calibration: the Achilles heel of predictive analytics. BMC Medicine 17:230.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.logistic import is_separated, logistic_fit
from OVCFRiskLib.statistics.outcome import positive_rows, probabilities
from OVCFRiskLib.statistics.roc import Proportion, wilson_interval

# Nearest to 0 and 1 that a probability enters slope and intercept: exactly 0 or 1 has no logit, and a linear score
# clipped to [0, 1] produces them.
LOGIT_CLIP = 1e-6
# Of loess where calibration is drawn (Austin and Steyerberg 2014: R's default).
SMOOTHING_SPAN = 0.75


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One group of rows: mean predicted probability against the observed frequency with Wilson's interval."""

    predicted: float
    observed: Proportion


@dataclass(frozen=True, slots=True)
class Calibration:
    """Agreement of predicted probabilities with outcomes.

    Attributes
    ----------
    slope : float
        1 is ideal, below 1 the predictions are too extreme; NaN when the rows are separated completely.
    intercept : float
        Calibration in the large, with the slope fixed at 1: 0 is ideal, above 0 the risk is underestimated.
    brier : float
        Mean squared error of the probabilities.
    curve : tuple of CalibrationBin
    """

    slope: float
    intercept: float
    brier: float
    curve: tuple[CalibrationBin, ...]


def calibration(y: ArrayLike, probability: ArrayLike, positive: object = 1, bins: int = 10) -> Calibration:
    """Slope, intercept, Brier score and curve of predicted probabilities.

    Parameters
    ----------
    y : array_like, shape (n,)
    probability : array_like, shape (n,)
        Of the positive class. Values beyond [1e-6, 1 - 1e-6] are clipped for slope and intercept only.
    positive : object
    bins : int
        Groups of the curve, of equal size.

    Raises
    ------
    OVCFRiskError
        If the outcome has not two classes or a probability lies outside [0, 1].

    Examples
    --------
    Three of four get a fracture where 0.75 was said, one of four where 0.25 was said:

    >>> y = [1, 1, 1, 0, 1, 0, 0, 0]
    >>> found = calibration(y, [0.75] * 4 + [0.25] * 4, bins=2)
    >>> round(found.slope, 6), abs(round(found.intercept, 6)), found.brier
    (1.0, 0.0, 0.1875)
    >>> [(group.predicted, group.observed.value) for group in found.curve]
    [(0.25, 0.25), (0.75, 0.75)]
    """
    return Calibration(
        slope=calibration_slope(y, probability, positive),
        intercept=calibration_intercept(y, probability, positive),
        brier=brier_score(y, probability, positive),
        curve=calibration_curve(y, probability, positive, bins),
    )


def calibration_slope(y: ArrayLike, probability: ArrayLike, positive: object = 1) -> float:
    """Slope b of ``logit P(y) = a + b logit(p)`` by maximum likelihood; NaN where no finite maximum exists."""
    is_positive, x = _logits(y, probability, positive)
    if np.ptp(x) == 0 or is_separated(is_positive, x):
        return float("nan")
    return float(logistic_fit(is_positive, np.column_stack([np.ones(len(x)), x]))[1])


def calibration_intercept(y: ArrayLike, probability: ArrayLike, positive: object = 1) -> float:
    """Intercept a of ``logit P(y) = a + logit(p)`` by maximum likelihood (calibration in the large)."""
    is_positive, x = _logits(y, probability, positive)
    return float(logistic_fit(is_positive, np.ones((len(x), 1)), x)[0])


def brier_score(y: ArrayLike, probability: ArrayLike, positive: object = 1) -> float:
    """``mean((p - y)^2)``: 0 is perfect, 0.25 is a coin that always says one half."""
    is_positive = positive_rows(y, positive)
    return float(np.mean((probabilities(probability, len(is_positive)) - is_positive) ** 2))


def calibration_curve(
    y: ArrayLike, probability: ArrayLike, positive: object = 1, bins: int = 10
) -> tuple[CalibrationBin, ...]:
    """Observed frequency against mean prediction in groups of nearly equal size, ascending; tied rows stay together."""
    is_positive = positive_rows(y, positive)
    predicted = probabilities(probability, len(is_positive))
    if bins < 1:
        raise OVCFRiskError(f"the number of groups must be at least 1, got {bins}")
    _, group_of_value = np.unique(predicted, return_inverse=True)
    last_rank = np.cumsum(np.bincount(group_of_value))[group_of_value]
    group = np.ceil(last_rank * bins / len(predicted)).astype(int)
    found = []
    for number in np.unique(group):
        inside = group == number
        observed = wilson_interval(int(is_positive[inside].sum()), int(inside.sum()))
        found.append(CalibrationBin(float(predicted[inside].mean()), observed))
    return tuple(found)


def smoothed_calibration(
    y: ArrayLike, probability: ArrayLike, grid: ArrayLike, positive: object = 1, span: float = SMOOTHING_SPAN
) -> np.ndarray:
    """Observed frequency as a smooth function of the prediction (loess of degree 1).

    Parameters
    ----------
    y, probability, positive
        As `calibration`.
    grid : array_like, shape (g,)
        Predictions at which to tell the frequency.
    span : float
        Fraction of the rows that count at a point of the grid.

    Returns
    -------
    ndarray, shape (g,)
        In [0, 1]; NaN beyond the smallest and largest prediction, where nothing was observed.

    Notes
    -----
    At each point a weighted line through the nearest rows, weights ``(1 - (distance / farthest)^3)^3`` (Cleveland WS
    (1979). J Am Stat Assoc 74:829-836; for calibration Austin PC, Steyerberg EW (2014). Stat Med 33:517-535).

    Examples
    --------
    >>> p = np.linspace(0.05, 0.95, 200)
    >>> y = np.arange(200) % 2  # whatever is predicted, every other row is positive
    >>> np.round(smoothed_calibration(y, p, [0.2, 0.5, 0.99]), 1).tolist()
    [0.5, 0.5, nan]
    """
    is_positive = positive_rows(y, positive)
    predicted = probabilities(probability, len(is_positive))
    places = np.asarray(grid, float)
    count = max(3, math.ceil(span * len(predicted)))
    smoothed = np.full(places.shape, np.nan)
    for number, place in enumerate(places):
        if predicted.min() <= place <= predicted.max():
            smoothed[number] = _local_line(predicted, is_positive, place, count)
    return np.clip(smoothed, 0.0, 1.0)


def _local_line(x: np.ndarray, is_positive: np.ndarray, place: float, count: int) -> float:
    """Height at a place of the weighted line through its nearest rows; their mean where all share one prediction."""
    distance = np.abs(x - place)
    farthest = max(float(np.partition(distance, min(count, len(x)) - 1)[min(count, len(x)) - 1]), LOGIT_CLIP)
    weight = np.clip(1 - (distance / farthest) ** 3, 0.0, None) ** 3
    if not weight.sum():
        weight = (distance <= farthest).astype(float)
    middle = np.average(x, weights=weight)
    mean = np.average(is_positive, weights=weight)
    spread = np.average((x - middle) ** 2, weights=weight)
    if spread <= LOGIT_CLIP**2:
        return float(mean)
    slope = np.average((x - middle) * (is_positive - mean), weights=weight) / spread
    return float(mean + slope * (place - middle))


def _logits(y: ArrayLike, probability: ArrayLike, positive: object) -> tuple[np.ndarray, np.ndarray]:
    is_positive = positive_rows(y, positive)
    predicted = probabilities(probability, len(is_positive))
    return is_positive, logit(np.clip(predicted, LOGIT_CLIP, 1 - LOGIT_CLIP))
