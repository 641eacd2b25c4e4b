"""At which thresholds does acting on a score gain anything over treating everybody or nobody?

A clinician who would treat ten women to spare one a fracture acts at a risk of 10 %: the threshold probability pt says
how a false alarm weighs against a missed case, ``pt / (1 - pt)``. Net benefit counts true positives and subtracts false
positives at that weight, per person seen: ``NB(pt) = TPR rho - FPR (1 - rho) pt / (1 - pt)`` with the prevalence rho. A
score is worth using at pt where its net benefit exceeds both that of treating all and that of treating none, which is
0. Case-control data do not know the prevalence: state the one where the score will be used.

References
----------
Vickers AJ, Elkin EB (2006). Decision curve analysis. Med Decis Making 26:565-574.
Kerr KF et al. (2016). Assessing the clinical impact of risk prediction models. J Clin Oncol 34:2534-2540.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.outcome import positive_rows, probabilities


def net_benefit(
    y: ArrayLike,
    probability: ArrayLike,
    thresholds: ArrayLike,
    prevalence: float | None = None,
    positive: object = 1,
) -> np.ndarray:
    """Net benefit of treating everybody whose probability exceeds a threshold.

    Parameters
    ----------
    y : array_like, shape (n,)
        Classes.
    probability : array_like, shape (n,)
        Probability of the positive class, as it comes from the frozen model: nothing is refitted here.
    thresholds : array_like, shape (t,)
        Threshold probabilities pt in [0, 1]; at 1 the odds are infinite and the net benefit is NaN.
    prevalence : float, optional
        Prevalence rho of the positive class where the model will be used. Case-control data do not tell it;
        None takes the fraction in ``y``.
    positive : object
        Value of ``y`` of the positive class.

    Returns
    -------
    ndarray, shape (t,)

    Raises
    ------
    OVCFRiskError
        If the outcome has not two classes, or a probability, threshold or the prevalence lies outside [0, 1].

    Notes
    -----
    A row is treated when ``probability > pt``, strictly.

    Examples
    --------
    Both cases are found at one false alarm; at a threshold of 0.2 a false alarm weighs 0.25:

    >>> net_benefit([1, 1, 0, 0], [0.9, 0.6, 0.4, 0.1], np.array([0.2])).tolist()
    [0.4375]
    >>> net_benefit_of_treating_all(np.array([0.2]), prevalence=0.5).tolist()
    [0.375]
    """
    is_positive = positive_rows(y, positive)
    predicted = probabilities(probability, len(is_positive))
    at = _checked_thresholds(thresholds)
    rho = _checked_prevalence(float(is_positive.mean()) if prevalence is None else prevalence)
    cases, controls = np.sort(predicted[is_positive]), np.sort(predicted[~is_positive])
    tpr = 1 - np.searchsorted(cases, at, "right") / len(cases)
    fpr = 1 - np.searchsorted(controls, at, "right") / len(controls)
    return benefit_of_rates(tpr, fpr, at, rho)


def benefit_of_rates(
    true_rate: np.ndarray, false_rate: np.ndarray, thresholds: np.ndarray, prevalence: float
) -> np.ndarray:
    """``TPR rho - FPR (1 - rho) pt / (1 - pt)`` of rates at the thresholds (last axis)."""
    return true_rate * prevalence - false_rate * (1 - prevalence) * _odds(thresholds)


def net_benefit_of_treating_all(thresholds: ArrayLike, prevalence: float) -> np.ndarray:
    """``rho - (1 - rho) pt / (1 - pt)``; treating none has net benefit 0. NaN where pt is 1."""
    rho = _checked_prevalence(prevalence)
    return rho - (1 - rho) * _odds(_checked_thresholds(thresholds))


def _checked_thresholds(thresholds: ArrayLike) -> np.ndarray:
    found = np.asarray(thresholds, float)
    outside = found[~((found >= 0) & (found <= 1))]
    if outside.size:
        raise OVCFRiskError(f"threshold probabilities must lie in [0, 1], got {outside.ravel()[0]:g}")
    return found


def _checked_prevalence(prevalence: float) -> float:
    if not 0 <= prevalence <= 1:
        raise OVCFRiskError(f"the prevalence must lie in [0, 1], got {prevalence:g}; write 5 % as 0.05")
    return float(prevalence)


def _odds(thresholds: np.ndarray) -> np.ndarray:
    """Odds of threshold probabilities, NaN at 1."""
    below = thresholds < 1
    return np.where(below, thresholds / np.where(below, 1 - thresholds, 1.0), np.nan)
