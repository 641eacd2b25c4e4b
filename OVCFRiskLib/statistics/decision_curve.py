"""Decision curves: what acting on a risk above a threshold gains over treating all or none."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.outcome import positive_rows, probabilities


def net_benefit(
    y: np.ndarray,
    probability: np.ndarray,
    thresholds: np.ndarray,
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
        None takes the share in ``y``.
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
    ``NB(pt) = TPR rho - FPR (1 - rho) pt / (1 - pt)``, positive when ``probability > pt``, strictly.

    References
    ----------
    Vickers AJ, Elkin EB (2006). Med Decis Making 26:565-574. Kerr KF et al. (2016). J Clin Oncol 34:2534-2540.
    """
    is_positive = positive_rows(y, positive)
    probability = probabilities(probability, len(is_positive))
    thresholds = _checked_thresholds(thresholds)
    rho = _checked_prevalence(is_positive.mean() if prevalence is None else prevalence)
    cases, controls = np.sort(probability[is_positive]), np.sort(probability[~is_positive])
    tpr = 1 - np.searchsorted(cases, thresholds, "right") / len(cases)
    fpr = 1 - np.searchsorted(controls, thresholds, "right") / len(controls)
    return benefit_of_rates(tpr, fpr, thresholds, rho)


def benefit_of_rates(
    true_rate: np.ndarray, false_rate: np.ndarray, thresholds: np.ndarray, prevalence: float
) -> np.ndarray:
    """``TPR rho - FPR (1 - rho) pt / (1 - pt)`` of rates at the thresholds (last axis)."""
    return true_rate * prevalence - false_rate * (1 - prevalence) * _odds(thresholds)


def net_benefit_of_treating_all(thresholds: np.ndarray, prevalence: float) -> np.ndarray:
    """``rho - (1 - rho) pt / (1 - pt)``; treating none has net benefit 0. NaN where pt is 1."""
    thresholds, rho = _checked_thresholds(thresholds), _checked_prevalence(prevalence)
    return rho - (1 - rho) * _odds(thresholds)


def standardised(benefit: np.ndarray, prevalence: float) -> np.ndarray:
    """Net benefit as a part of its greatest possible value, ``NB / rho``.

    Raises
    ------
    OVCFRiskError
        If the prevalence is 0 or outside [0, 1].
    """
    if _checked_prevalence(prevalence) == 0:
        raise OVCFRiskError("a prevalence of 0 leaves nothing to gain; give one above 0")
    return np.asarray(benefit, float) / prevalence


def _checked_thresholds(thresholds: np.ndarray) -> np.ndarray:
    thresholds = np.asarray(thresholds, float)
    outside = thresholds[~((thresholds >= 0) & (thresholds <= 1))]
    if outside.size:
        raise OVCFRiskError(f"threshold probabilities must lie in [0, 1], got {outside.ravel()[0]:g}")
    return thresholds


def _checked_prevalence(prevalence: float) -> float:
    if not 0 <= prevalence <= 1:
        raise OVCFRiskError(f"the prevalence must lie in [0, 1], got {prevalence:g}; write 5 % as 0.05")
    return float(prevalence)


def _odds(thresholds: np.ndarray) -> np.ndarray:
    """Odds of threshold probabilities, NaN at 1."""
    below = thresholds < 1
    return np.where(below, thresholds / np.where(below, 1 - thresholds, 1.0), np.nan)
