"""How often does a case score higher than a control, how sure is that, and do two scores differ in it?

The area under the ROC curve is the probability that a randomly drawn case has a higher score than a randomly drawn
control, ties counted one half (Mann and Whitney). DeLong's method gives its variance without assuming a distribution:
every case is replaced by the fraction of controls it beats, every control by the fraction of cases that beat it, and
the variance of the area is that of the two means, ``S10 / m + S01 / n``. The same fractions of a second score give the
covariance, so two scores of the *same* rows can be compared by a paired z test, and curves of *different* rows by
Welch's t. Rows count as independent: where patients have several rows, prefer `bootstrap`.

References
----------
.. [1] DeLong ER, DeLong DM, Clarke-Pearson DL (1988). Comparing the areas under two or more correlated receiver
       operating characteristic curves. Biometrics 44:837-845.
.. [2] Hanley JA, McNeil BJ (1982). The meaning and use of the area under a ROC curve. Radiology 143:29-36.
.. [3] Robin X et al. (2011). pROC. BMC Bioinformatics 12:77. The tests hold every number against pROC 1.18.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, rankdata
from scipy.stats import t as t_distribution

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.outcome import finite_scores, positive_rows

# Alternative hypotheses of a test of two areas; any other word is refused.
ALTERNATIVES = ("two-sided", "greater", "less")


@dataclass(frozen=True, slots=True)
class Auc:
    """Area under the ROC curve with DeLong's standard error and interval (NaN with one row in a class)."""

    value: float
    lower: float
    upper: float
    se: float


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """A test of ``auc_a - auc_b = 0``.

    Attributes
    ----------
    statistic, p_value : float
    auc_a, auc_b, difference : float
    se : float
        Of the difference.
    lower, upper : float
        Interval of the difference.
    df : float or None
        Welch's degrees of freedom of the unpaired test.
    """

    statistic: float
    p_value: float
    auc_a: float
    auc_b: float
    difference: float
    se: float
    lower: float
    upper: float
    df: float | None = None


@dataclass(frozen=True, slots=True)
class _Placements:
    """DeLong's structural components of one curve: fraction of the other class that each row beats."""

    positive: np.ndarray
    negative: np.ndarray

    @property
    def auc(self) -> float:
        return float(self.positive.mean())

    def covariance(self, other: _Placements) -> float:
        """Covariance of two areas over the same rows, ``S10 / m + S01 / n`` with sample covariances."""
        classes = ((self.positive, other.positive), (self.negative, other.negative))
        if min(len(a) for a, _ in classes) < 2:
            return float("nan")
        return float(sum(((a - a.mean()) * (b - b.mean())).sum() / (len(a) - 1) / len(a) for a, b in classes))

    @property
    def variance(self) -> float:
        return self.covariance(self)


def roc_auc(
    y: ArrayLike, score: ArrayLike, positive: object, higher_is_positive: bool, confidence: float = 0.95
) -> Auc:
    """Area under the ROC curve (Mann-Whitney, ties one half) with DeLong's interval, as pROC 1.18.

    Parameters
    ----------
    y : array_like, shape (n,)
        Classes.
    score : array_like, shape (n,)
    positive : object
        Value of ``y`` of the positive class.
    higher_is_positive : bool
        Whether a higher score speaks for the positive class; if it is wrong, the area is below 0.5.
    confidence : float
        Of the two-sided normal interval, clipped to [0, 1].

    Raises
    ------
    OVCFRiskError
        If the outcome has not two classes or a score is not finite.

    Examples
    --------
    Of the 2 x 2 pairs of a case and a control three are won:

    >>> found = roc_auc(["case", "case", "control", "control"], [4, 2, 3, 1], "case", higher_is_positive=True)
    >>> found.value, round(found.se, 4)
    (0.75, 0.3536)

    A T-score is low in osteoporosis; with that direction given, the area is about fractures all the same:

    >>> roc_auc([1, 1, 0], [-3.1, -2.7, -0.4], 1, higher_is_positive=False).value
    1.0

    References
    ----------
    [1]_, [2]_
    """
    placements = _placements(y, score, positive, higher_is_positive)
    se = _root(placements.variance)
    half = norm.isf((1 - confidence) / 2) * se
    return Auc(placements.auc, _clip(placements.auc - half), _clip(placements.auc + half), se)


def delong_test(
    y: ArrayLike,
    score_a: ArrayLike,
    score_b: ArrayLike,
    positive: object,
    higher_is_positive: bool | tuple[bool, bool],
    alternative: str = "two-sided",
    confidence: float = 0.95,
) -> AreaDifference:
    """Paired test of two scores of the same rows.

    Parameters
    ----------
    y : array_like, shape (n,)
    score_a, score_b : array_like, shape (n,)
    positive : object
        Value of ``y`` of the positive class.
    higher_is_positive : bool or (bool, bool)
        One direction for both scores, or one each (R-score against T-score).
    alternative : str
        ``"two-sided"``, ``"greater"`` (area of a is greater) or ``"less"``.
    confidence : float
        Of the interval of the difference.

    Returns
    -------
    AreaDifference
        ``statistic`` is a z; two identical curves give 0 and p = 1.

    Notes
    -----
    ``z = (A_a - A_b) / sqrt(V_a + V_b - 2 C_ab)`` (DeLong et al. 1988; ``roc.test(paired=TRUE)`` of pROC).

    Examples
    --------
    >>> y = [1, 1, 1, 0, 0, 0]
    >>> found = delong_test(y, [6, 5, 3, 4, 2, 1], [6, 1, 3, 4, 2, 5], 1, higher_is_positive=True)
    >>> round(found.difference, 3), round(found.p_value, 3)
    (0.444, 0.157)
    """
    directions = _pair(higher_is_positive)
    a = _placements(y, score_a, positive, directions[0])
    b = _placements(y, score_b, positive, directions[1])
    return _tested(a.auc, b.auc, a.variance + b.variance - 2 * a.covariance(b), norm, alternative, confidence)


def delong_test_unpaired(
    y_a: ArrayLike,
    score_a: ArrayLike,
    y_b: ArrayLike,
    score_b: ArrayLike,
    positive: object,
    higher_is_positive: bool | tuple[bool, bool],
    alternative: str = "two-sided",
    confidence: float = 0.95,
) -> AreaDifference:
    """Test of two areas from different rows (training against validation); parameters as `delong_test`.

    Notes
    -----
    ``t = (A_a - A_b) / sqrt(V_a + V_b)`` with ``df = (V_a + V_b)^2 / (V_a^2 / (n_a - 1) + V_b^2 / (n_b - 1))``,
    n the total number of rows of a curve (``roc.test(paired=FALSE)`` of pROC).
    """
    directions = _pair(higher_is_positive)
    a = _placements(y_a, score_a, positive, directions[0])
    b = _placements(y_b, score_b, positive, directions[1])
    variances = a.variance, b.variance
    weights = sum(v**2 / (len(p.positive) + len(p.negative) - 1) for v, p in zip(variances, (a, b), strict=True))
    df = sum(variances) ** 2 / weights if weights > 0 else float("inf")
    return _tested(a.auc, b.auc, sum(variances), t_distribution(df), alternative, confidence, df)


def _placements(y: ArrayLike, score: ArrayLike, positive: object, higher_is_positive: bool) -> _Placements:
    is_positive = positive_rows(y, positive)
    finite = finite_scores(score, len(is_positive))
    risk = finite if higher_is_positive else -finite
    ranks = rankdata(risk)
    cases, controls = risk[is_positive], risk[~is_positive]
    beaten = (ranks[is_positive] - rankdata(cases)) / len(controls)
    beating = 1 - (ranks[~is_positive] - rankdata(controls)) / len(cases)
    return _Placements(beaten, beating)


def _tested(
    auc_a: float,
    auc_b: float,
    variance: float,
    distribution: Any,
    alternative: str,
    confidence: float,
    df: float | None = None,
) -> AreaDifference:
    """Statistic, p-value and interval of a difference of areas; ``distribution`` is a scipy distribution."""
    if alternative not in ALTERNATIVES:
        raise OVCFRiskError(f"alternative must be one of {', '.join(ALTERNATIVES)}, got '{alternative}'")
    difference, se = auc_a - auc_b, _root(variance)
    if np.isnan(se):  # a class of one row has no variance, and without one nothing can be tested
        statistic = np.nan
    else:
        statistic = 0.0 if difference == 0 else difference / se if se > 0 else np.copysign(np.inf, difference)
    tails = {"two-sided": 2 * distribution.sf(abs(statistic)), "greater": distribution.sf(statistic)}
    p_value = tails[alternative] if alternative in tails else distribution.cdf(statistic)
    half = float(distribution.isf((1 - confidence) / 2)) * se
    return AreaDifference(
        float(statistic), float(p_value), auc_a, auc_b, difference, se, difference - half, difference + half, df
    )


def _root(variance: float) -> float:
    """Square root of a variance that rounding may have made slightly negative; NaN stays NaN."""
    return float(np.sqrt(max(variance, 0.0))) if variance == variance else variance


def _clip(value: float) -> float:
    return float(np.clip(value, 0.0, 1.0))


def _pair(higher_is_positive: bool | tuple[bool, bool]) -> tuple[bool, bool]:
    if isinstance(higher_is_positive, tuple | list):
        first, second = higher_is_positive
        return first, second
    return higher_is_positive, higher_is_positive
