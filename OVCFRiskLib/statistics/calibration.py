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


def _logits(y: ArrayLike, probability: ArrayLike, positive: object) -> tuple[np.ndarray, np.ndarray]:
    is_positive = positive_rows(y, positive)
    predicted = probabilities(probability, len(is_positive))
    return is_positive, logit(np.clip(predicted, LOGIT_CLIP, 1 - LOGIT_CLIP))
