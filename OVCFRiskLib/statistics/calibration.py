"""Calibration: whether predicted probabilities are as large as the shares observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.logistic import is_separated, logistic_fit
from OVCFRiskLib.statistics.outcome import positive_rows, probabilities
from OVCFRiskLib.statistics.roc import Proportion, wilson_interval

# Probabilities of exactly 0 or 1 have no logit; a linear score clipped to [0, 1] produces them.
LOGIT_CLIP = 1e-6


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """One group of rows: mean predicted probability against the observed share with Wilson's interval."""

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


def calibration(y: np.ndarray, probability: np.ndarray, positive: object = 1, bins: int = 10) -> Calibration:
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

    References
    ----------
    Cox DR (1958). Biometrika 45:562-565. Van Calster B et al. (2019). BMC Medicine 17:230.
    """
    return Calibration(
        slope=calibration_slope(y, probability, positive),
        intercept=calibration_intercept(y, probability, positive),
        brier=brier_score(y, probability, positive),
        curve=calibration_curve(y, probability, positive, bins),
    )


def calibration_slope(y: np.ndarray, probability: np.ndarray, positive: object = 1) -> float:
    """Slope b of ``logit P(y) = a + b logit(p)`` by maximum likelihood; NaN where no finite maximum exists."""
    is_positive, x = _logits(y, probability, positive)
    if np.ptp(x) == 0 or is_separated(is_positive, x):
        return float("nan")
    return float(logistic_fit(is_positive, np.column_stack([np.ones(len(x)), x]))[1])


def calibration_intercept(y: np.ndarray, probability: np.ndarray, positive: object = 1) -> float:
    """Intercept a of ``logit P(y) = a + logit(p)`` by maximum likelihood (calibration in the large)."""
    is_positive, x = _logits(y, probability, positive)
    return float(logistic_fit(is_positive, np.ones((len(x), 1)), x)[0])


def brier_score(y: np.ndarray, probability: np.ndarray, positive: object = 1) -> float:
    """``mean((p - y)^2)`` (Brier GW (1950). Mon Weather Rev 78:1-3)."""
    is_positive = positive_rows(y, positive)
    return float(np.mean((probabilities(probability, len(is_positive)) - is_positive) ** 2))


def calibration_curve(
    y: np.ndarray, probability: np.ndarray, positive: object = 1, bins: int = 10
) -> tuple[CalibrationBin, ...]:
    """Observed share against mean prediction in groups of nearly equal size, ascending; tied rows stay together."""
    is_positive = positive_rows(y, positive)
    probability = probabilities(probability, len(is_positive))
    if bins < 1:
        raise OVCFRiskError(f"the number of groups must be at least 1, got {bins}")
    _, group_of_value = np.unique(probability, return_inverse=True)
    last_rank = np.cumsum(np.bincount(group_of_value))[group_of_value]
    group = np.ceil(last_rank * bins / len(probability)).astype(int)
    found = []
    for number in np.unique(group):
        inside = group == number
        observed = wilson_interval(int(is_positive[inside].sum()), int(inside.sum()))
        found.append(CalibrationBin(float(probability[inside].mean()), observed))
    return tuple(found)


def _logits(y: np.ndarray, probability: np.ndarray, positive: object) -> tuple[np.ndarray, np.ndarray]:
    is_positive = positive_rows(y, positive)
    probability = probabilities(probability, len(is_positive))
    return is_positive, logit(np.clip(probability, LOGIT_CLIP, 1 - LOGIT_CLIP))
