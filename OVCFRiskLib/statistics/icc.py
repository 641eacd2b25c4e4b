"""How far do two observers' measurements of the same thing agree?

Take the variance of a measurement apart: between the things measured, between the observers, and the rest. The
intraclass correlation is the fraction that lies between the things, so 1 means that it does not matter who measured and
0 that the measurement says nothing of the thing. Shrout and Fleiss' forms differ in what counts as disagreement:

* ``ICC(1,1)``: each thing has observers of its own; everything within a thing is disagreement;
* ``ICC(2,1)``: the same observers throughout, a sample of all observers; a constant offset between them counts (ours);
* ``ICC(3,1)``: just these observers; a constant offset does not count;

each also for the average of the k observers, ``ICC(., k)``. Bounds come from F distributions; for ``ICC(2,1)`` with
Satterthwaite's degrees of freedom (McGraw and Wong). Below 0.5 is poor, 0.75 to 0.9 good (Koo and Li); a feature enters
our models above 0.8, as in Yu et al. 2025.

References
----------
Shrout PE, Fleiss JL (1979). Intraclass correlations: uses in assessing rater reliability. Psychol Bull 86:420-428.
McGraw KO, Wong SP (1996). Forming inferences about some intraclass correlation coefficients. Psychol Methods 1:30-46.
Koo TK, Li MY (2016). A guideline of selecting and reporting ICC. J Chiropr Med 15:155-163.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from OVCFRiskLib.errors import OVCFRiskError


@dataclass(frozen=True, slots=True)
class ICC:
    """An intraclass correlation with its confidence interval.

    Attributes
    ----------
    value, lower, upper : float
    form : str
        Shrout and Fleiss' name, e.g. ``"ICC(2,1)"``.
    """

    value: float
    lower: float
    upper: float
    form: str


@dataclass(frozen=True, slots=True)
class _MeanSquares:
    """Two-way analysis of variance of an n x k table without replication."""

    n: int
    k: int
    rows: float  # MSR, between targets
    columns: float  # MSC, between observers
    error: float  # MSE, residual
    within: float  # MSW, within targets


def icc(ratings: ArrayLike, form: str = "ICC(2,1)", confidence: float = 0.95) -> ICC:
    """Intraclass correlation coefficient.

    Parameters
    ----------
    ratings : array_like, shape (n, k)
        ``n`` targets (vertebral bodies) rated by ``k`` observers.
    form : str
        ``"ICC(1,1)"``, ``"ICC(2,1)"``, ``"ICC(3,1)"`` for a single observer, ``"ICC(1,k)"``, ``"ICC(2,k)"``,
        ``"ICC(3,k)"`` for the average of the k.
    confidence : float
        Of the two-sided interval.

    Returns
    -------
    ICC

    Raises
    ------
    OVCFRiskError
        If the form is unknown, the table is not n x k with n, k >= 2, holds NaN, or all ratings are equal.

    Notes
    -----
    With the mean squares of targets MSR, observers MSC, residual MSE and within targets MSW:

    * ``ICC(1,1) = (MSR - MSW) / (MSR + (k - 1) MSW)``
    * ``ICC(2,1) = (MSR - MSE) / (MSR + (k - 1) MSE + k (MSC - MSE) / n)``
    * ``ICC(3,1) = (MSR - MSE) / (MSR + (k - 1) MSE)``

    and for averages ``(MSR - MSW) / MSR``, ``(MSR - MSE) / (MSR + (MSC - MSE) / n)``, ``(MSR - MSE) / MSR``.
    When the observers agree perfectly, value and bounds are 1.

    Examples
    --------
    Shrout and Fleiss' own example, six targets and four judges (their Table 2 and 4):

    >>> judged = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> [round(icc(judged, form).value, 2) for form in ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)")]
    [0.17, 0.29, 0.71]

    The second observer measures 3 more throughout; only ``ICC(2,1)`` minds:

    >>> offset = [[1, 4], [2, 5], [3, 6]]
    >>> round(icc(offset).value, 2), icc(offset, "ICC(3,1)").value
    (0.18, 1.0)
    """
    if form not in _FORMS:
        raise OVCFRiskError(f"unknown form of the ICC: expected one of {', '.join(_FORMS)}, got '{form}'")
    squares = _mean_squares(_checked(ratings))
    with np.errstate(divide="ignore", invalid="ignore"):  # targets with equal means: the averages tend to -inf
        value, lower, upper = _FORMS[form](squares, (1 - confidence) / 2)
    return ICC(float(value), float(lower), float(upper), form)


def _checked(ratings: ArrayLike) -> np.ndarray:
    """The table as floats, or an error that says what is wrong with it."""
    table = np.asarray(ratings, float)
    if table.ndim != 2 or min(table.shape) < 2:
        raise OVCFRiskError(
            f"ratings must be a table of at least 2 bodies x 2 observers, got shape {table.shape}; "
            "give one column per observer"
        )
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        raise OVCFRiskError(f"ratings[{bad[0][0]}, {bad[0][1]}] is {table[tuple(bad[0])]}; every rating must be finite")
    if np.ptp(table) == 0:
        raise OVCFRiskError(
            f"all ratings are {table[0, 0]:g}: the ICC of a constant is undefined; leave the feature out"
        )
    return table


def _mean_squares(table: np.ndarray) -> _MeanSquares:
    n, k = table.shape
    centred = table - table.mean()
    row_means, column_means = centred.mean(axis=1), centred.mean(axis=0)
    residual = centred - row_means[:, None] - column_means
    return _MeanSquares(
        n=n,
        k=k,
        rows=k * (row_means**2).sum() / (n - 1),
        columns=n * (column_means**2).sum() / (k - 1),
        error=(residual**2).sum() / ((n - 1) * (k - 1)),
        within=((centred - row_means[:, None]) ** 2).sum() / (n * (k - 1)),
    )


def _f_bounds(ratio: float, df1: float, df2: float, tail: float) -> tuple[float, float]:
    """Lower and upper confidence bound of a variance ratio."""
    return ratio / f_distribution.isf(tail, df1, df2), ratio * f_distribution.isf(tail, df2, df1)


def _single(ratio: float, k: int) -> float:
    """``(F - 1) / (F + k - 1)``, 1 for an infinite F."""
    return 1.0 if np.isinf(ratio) else (ratio - 1) / (ratio + k - 1)


def _ratio_form(denominator: str, average: bool) -> Callable[[_MeanSquares, float], tuple[float, float, float]]:
    """ICC(1, .) over MSW or ICC(3, .) over MSE: functions of one F ratio."""

    def compute(s: _MeanSquares, tail: float) -> tuple[float, float, float]:
        noise = getattr(s, denominator)
        ratio = s.rows / noise if noise > 0 else np.inf
        df2 = s.n * (s.k - 1) if denominator == "within" else (s.n - 1) * (s.k - 1)
        lower, upper = _f_bounds(ratio, s.n - 1, df2, tail)
        value, low, high = (1 - 1 / r if average else _single(r, s.k) for r in (ratio, lower, upper))
        return value, low, high

    return compute


def _two_way_random(s: _MeanSquares, tail: float) -> tuple[float, float, float]:
    """ICC(2,1) with the interval of McGraw and Wong (Satterthwaite degrees of freedom)."""
    n, k = s.n, s.k
    value = (s.rows - s.error) / (s.rows + (k - 1) * s.error + k * (s.columns - s.error) / n)
    if s.error == 0:
        if s.columns == 0:
            return 1.0, 1.0, 1.0
        df = k - 1.0  # limit of the expression below for MSC / MSE -> infinity
    else:
        observers = k * value * s.columns / s.error
        rest = n * (1 + (k - 1) * value) - k * value
        df = (k - 1) * (n - 1) * (observers + rest) ** 2 / ((n - 1) * observers**2 + rest**2)
    low_f, high_f = f_distribution.isf(tail, n - 1, df), f_distribution.isf(tail, df, n - 1)
    spread = k * s.columns + (k * n - k - n) * s.error
    lower = n * (s.rows - low_f * s.error) / (low_f * spread + n * s.rows)
    upper = n * (high_f * s.rows - s.error) / (spread + n * high_f * s.rows)
    return value, lower, upper


def _two_way_random_average(s: _MeanSquares, tail: float) -> tuple[float, float, float]:
    """ICC(2,k): Spearman-Brown of the ICC(2,1) and its bounds."""
    value, lower, upper = (s.k * v / (1 + (s.k - 1) * v) for v in _two_way_random(s, tail))
    return value, lower, upper


# name of the form -> function of the value and its interval
_FORMS = {
    "ICC(1,1)": _ratio_form("within", average=False),
    "ICC(2,1)": _two_way_random,
    "ICC(3,1)": _ratio_form("error", average=False),
    "ICC(1,k)": _ratio_form("within", average=True),
    "ICC(2,k)": _two_way_random_average,
    "ICC(3,k)": _ratio_form("error", average=True),
}
