"""Intraclass correlation: how well two observers' masks give the same feature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
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


def icc(ratings: np.ndarray, form: str = "ICC(2,1)", confidence: float = 0.95) -> ICC:
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

    References
    ----------
    Shrout PE, Fleiss JL (1979). Psychol Bull 86:420-428. McGraw KO, Wong SP (1996). Psychol Methods 1:30-46.
    """
    if form not in _FORMS:
        raise OVCFRiskError(f"unknown form of the ICC: expected one of {', '.join(_FORMS)}, got '{form}'")
    squares = _mean_squares(_checked(ratings))
    with np.errstate(divide="ignore", invalid="ignore"):  # targets with equal means: the averages tend to -inf
        value, lower, upper = _FORMS[form](squares, (1 - confidence) / 2)
    return ICC(float(value), float(lower), float(upper), form)


def _checked(ratings: np.ndarray) -> np.ndarray:
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
        ratios = (ratio, *_f_bounds(ratio, s.n - 1, df2, tail))
        return tuple(1 - 1 / r if average else _single(r, s.k) for r in ratios)

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
    return tuple(s.k * v / (1 + (s.k - 1) * v) for v in _two_way_random(s, tail))


_FORMS = {
    "ICC(1,1)": _ratio_form("within", average=False),
    "ICC(2,1)": _two_way_random,
    "ICC(3,1)": _ratio_form("error", average=False),
    "ICC(1,k)": _ratio_form("within", average=True),
    "ICC(2,k)": _two_way_random_average,
    "ICC(3,k)": _ratio_form("error", average=True),
}
