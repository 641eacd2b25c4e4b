"""ROC curves: areas and their tests, the curve itself, cut-offs and what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.delong import Auc, TestResult, delong_test, delong_test_unpaired, roc_auc
from OVCFRiskLib.statistics.outcome import finite_scores, positive_rows

__all__ = [
    "Auc",
    "Confusion",
    "Cutoff",
    "Proportion",
    "RocCurve",
    "TestResult",
    "confusion_at",
    "delong_test",
    "delong_test_unpaired",
    "roc_auc",
    "roc_curve",
    "wilson_interval",
    "youden_cutoff",
]


@dataclass(frozen=True, slots=True)
class RocCurve:
    """All operating points, from the strictest (nobody positive) to the loosest (everybody positive).

    Attributes
    ----------
    thresholds : ndarray, shape (t,)
        Midpoints between neighbouring scores, with an infinity at each end. A row is called positive at or beyond
        the threshold.
    true_positives, false_positives : ndarray of int, shape (t,)
    cases, controls : int
    """

    thresholds: np.ndarray
    true_positives: np.ndarray
    false_positives: np.ndarray
    cases: int
    controls: int

    @property
    def sensitivity(self) -> np.ndarray:
        return self.true_positives / self.cases

    @property
    def specificity(self) -> np.ndarray:
        return 1 - self.false_positives / self.controls


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A threshold with what it does; ``youden = sensitivity + specificity - 1``."""

    threshold: float
    sensitivity: float
    specificity: float
    youden: float


@dataclass(frozen=True, slots=True)
class Proportion:
    """``count`` of ``total`` with Wilson's interval; NaN when ``total`` is 0."""

    count: int
    total: int
    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts at a cut-off and the proportions made of them, all about the positive class."""

    true_positives: int
    false_negatives: int
    true_negatives: int
    false_positives: int
    sensitivity: Proportion
    specificity: Proportion
    positive_predictive_value: Proportion
    negative_predictive_value: Proportion
    accuracy: Proportion


def roc_curve(y: np.ndarray, score: np.ndarray, positive: object, higher_is_positive: bool) -> RocCurve:
    """Operating points of a score; parameters and errors as `roc_auc`."""
    is_positive = positive_rows(y, positive)
    score = finite_scores(score, len(is_positive))
    values = np.unique(score)  # ascending
    thresholds = np.concatenate([[-np.inf], (values[:-1] + values[1:]) / 2, [np.inf]])
    cases, controls = np.sort(score[is_positive]), np.sort(score[~is_positive])
    # counted beyond a score rather than a midpoint, because a midpoint of neighbouring doubles is one of them
    true_low = np.concatenate([[0], np.searchsorted(cases, values, "right")])
    false_low = np.concatenate([[0], np.searchsorted(controls, values, "right")])
    if higher_is_positive:
        thresholds = thresholds[::-1]
        true_low, false_low = len(cases) - true_low[::-1], len(controls) - false_low[::-1]
    return RocCurve(thresholds, true_low, false_low, len(cases), len(controls))


def youden_cutoff(y: np.ndarray, score: np.ndarray, positive: object, higher_is_positive: bool) -> tuple[Cutoff, ...]:
    """Cut-offs that maximise sensitivity + specificity, all ties included, thresholds ascending.

    Parameters and errors as `roc_auc`. Thresholds are midpoints between neighbouring scores, as
    ``coords(x = "best", best.method = "youden")`` of pROC; ties are found in whole numbers, free of rounding.
    """
    curve = roc_curve(y, score, positive, higher_is_positive)
    gain = curve.true_positives * curve.controls - curve.false_positives * curve.cases
    best = np.flatnonzero(gain == gain.max())
    found = [
        Cutoff(float(curve.thresholds[i]), float(curve.sensitivity[i]), float(curve.specificity[i]), _youden(curve, i))
        for i in best
    ]
    return tuple(sorted(found, key=lambda cutoff: cutoff.threshold))


def confusion_at(
    y: np.ndarray,
    score: np.ndarray,
    cutoff: float,
    positive: object,
    higher_is_positive: bool,
    confidence: float = 0.95,
) -> Confusion:
    """Counts and proportions at a cut-off; a row at the cut-off is called positive (T-score <= -2.5).

    Parameters
    ----------
    y, score, positive, higher_is_positive
        As `roc_auc`.
    cutoff : float
    confidence : float
        Of Wilson's intervals.

    Raises
    ------
    OVCFRiskError
        If the outcome has not two classes, a score is not finite or the cut-off is NaN.
    """
    is_positive = positive_rows(y, positive)
    score = finite_scores(score, len(is_positive))
    if np.isnan(cutoff):
        raise OVCFRiskError("the cut-off is NaN; give a number on the scale of the score")
    called = score >= cutoff if higher_is_positive else score <= cutoff
    tp, fn = int((called & is_positive).sum()), int((~called & is_positive).sum())
    fp, tn = int((called & ~is_positive).sum()), int((~called & ~is_positive).sum())
    parts = ((tp, tp + fn), (tn, tn + fp), (tp, tp + fp), (tn, tn + fn), (tp + tn, len(score)))
    return Confusion(tp, fn, tn, fp, *(wilson_interval(count, total, confidence) for count, total in parts))


def wilson_interval(count: int, total: int, confidence: float = 0.95) -> Proportion:
    """A proportion with Wilson's score interval (Wilson EB (1927). J Am Stat Assoc 22:209-212)."""
    if total == 0:
        return Proportion(count, total, float("nan"), float("nan"), float("nan"))
    z2 = norm.isf((1 - confidence) / 2) ** 2
    share = count / total
    centre = share + z2 / (2 * total)
    half = np.sqrt(z2 * (share * (1 - share) / total + z2 / (4 * total**2)))
    scale = 1 + z2 / total
    # at 0 and total the bound is exact; rounding must not move it past the proportion
    lower = 0.0 if count == 0 else (centre - half) / scale
    upper = 1.0 if count == total else (centre + half) / scale
    return Proportion(count, total, share, float(lower), float(upper))


def _youden(curve: RocCurve, i: int) -> float:
    return float(curve.sensitivity[i] + curve.specificity[i] - 1)
