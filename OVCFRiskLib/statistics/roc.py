"""What does every cut-off of a score cost, and which is best by Youden's index?

A ROC curve is the list of all trade-offs between sensitivity and specificity. Thresholds are the midpoints between
neighbouring scores, with an infinity at each end, as pROC has them. Youden's index
``J = sensitivity + specificity - 1`` (Youden WJ (1950). Cancer 3:32-35) is the vertical distance of a point from the
diagonal; all thresholds that reach its maximum are returned, because choosing among ties is a decision. A cut-off is
learnt on training rows and then frozen; on other rows `confusion_at` counts what it does. Proportions carry Wilson's
interval, which stays inside [0, 1] and covers also near 0 and 1, where the usual normal interval does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.outcome import finite_scores, positive_rows


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


def roc_curve(y: ArrayLike, score: ArrayLike, positive: object, higher_is_positive: bool) -> RocCurve:
    """Operating points of a score; parameters and errors as `roc_auc`.

    Examples
    --------
    >>> curve = roc_curve([1, 1, 0, 0], [4, 2, 3, 1], 1, higher_is_positive=True)
    >>> curve.thresholds.tolist()
    [inf, 3.5, 2.5, 1.5, -inf]
    >>> curve.sensitivity.tolist(), curve.specificity.tolist()
    ([0.0, 0.5, 0.5, 1.0, 1.0], [1.0, 1.0, 0.5, 0.5, 0.0])
    """
    is_positive = positive_rows(y, positive)
    risk = finite_scores(score, len(is_positive))
    values = np.unique(risk)  # ascending
    thresholds = np.concatenate([[-np.inf], (values[:-1] + values[1:]) / 2, [np.inf]])
    cases, controls = np.sort(risk[is_positive]), np.sort(risk[~is_positive])
    # counted beyond a score rather than a midpoint, because a midpoint of neighbouring doubles is one of them
    true_low = np.concatenate([[0], np.searchsorted(cases, values, "right")])
    false_low = np.concatenate([[0], np.searchsorted(controls, values, "right")])
    if higher_is_positive:
        thresholds = thresholds[::-1]
        true_low, false_low = len(cases) - true_low[::-1], len(controls) - false_low[::-1]
    return RocCurve(thresholds, true_low, false_low, len(cases), len(controls))


def youden_cutoff(y: ArrayLike, score: ArrayLike, positive: object, higher_is_positive: bool) -> tuple[Cutoff, ...]:
    """Cut-offs that maximise sensitivity + specificity, all ties included, thresholds ascending.

    Parameters and errors as `roc_auc`. Thresholds are midpoints between neighbouring scores, as
    ``coords(x = "best", best.method = "youden")`` of pROC; ties are found in whole numbers, free of rounding.

    Examples
    --------
    >>> [(c.threshold, c.youden) for c in youden_cutoff([1, 1, 0, 0], [4, 2, 3, 1], 1, higher_is_positive=True)]
    [(1.5, 0.5), (3.5, 0.5)]
    """
    curve = roc_curve(y, score, positive, higher_is_positive)
    gain = curve.true_positives * curve.controls - curve.false_positives * curve.cases
    best = np.flatnonzero(gain == gain.max())
    found = [
        Cutoff(
            float(curve.thresholds[i]), float(curve.sensitivity[i]), float(curve.specificity[i]), _youden(curve, int(i))
        )
        for i in best
    ]
    return tuple(sorted(found, key=lambda cutoff: cutoff.threshold))


def confusion_at(
    y: ArrayLike,
    score: ArrayLike,
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
    values = finite_scores(score, len(is_positive))
    if np.isnan(cutoff):
        raise OVCFRiskError("the cut-off is NaN; give a number on the scale of the score")
    called = values >= cutoff if higher_is_positive else values <= cutoff
    tp, fn = int((called & is_positive).sum()), int((~called & is_positive).sum())
    fp, tn = int((called & ~is_positive).sum()), int((~called & ~is_positive).sum())
    shares = ((tp, tp + fn), (tn, tn + fp), (tp, tp + fp), (tn, tn + fn), (tp + tn, len(values)))
    return Confusion(tp, fn, tn, fp, *(wilson_interval(count, total, confidence) for count, total in shares))


def wilson_interval(count: int, total: int, confidence: float = 0.95) -> Proportion:
    """A proportion with Wilson's score interval.

    Notes
    -----
    ``(p + z^2/2n ± z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)`` (Wilson EB (1927). J Am Stat Assoc 22:209-212).

    Examples
    --------
    The fractures found in the paper's test set:

    >>> found = wilson_interval(40, 54)
    >>> round(found.value, 3), round(found.lower, 3), round(found.upper, 3)
    (0.741, 0.611, 0.839)
    """
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
