"""Minimum redundancy, maximum relevance: features that tell much of the outcome and little of each other."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.columns import standardise

# rho^2 = 1 would be infinitely many nats, and infinity minus infinity no number: stop at the double before 1.
LARGEST_SQUARED_CORRELATION = np.nextafter(1.0, 0.0)


def mrmr(x: np.ndarray, y: np.ndarray, k: int) -> np.ndarray:
    """Indices of k features in the order of selection (classic mRMR of mRMRe, difference criterion).

    Parameters
    ----------
    x : array_like, shape (n, p)
        Features.
    y : array_like, shape (n,)
        Outcome, 0/1 or continuous.
    k : int
        Number of features; exactly k come back, also when the score of the last ones is negative.

    Returns
    -------
    ndarray of int, shape (k,)

    Raises
    ------
    OVCFRiskError
        If shapes differ, a value is not finite, the outcome is constant, or fewer than k features vary.

    Notes
    -----
    Mutual information is that of two normal variables, ``MI = -0.5 ln(1 - rho^2)`` with Pearson's rho. The
    first feature maximises ``MI(i, y)``, each further one ``MI(i, y) - mean over selected s of MI(i, s)``;
    ties go to the lower index. Constant features are never selected. Equal to ``mRMR.classic`` of the R package
    mRMRe 2.1 with a numeric outcome.

    References
    ----------
    Peng H, Long F, Ding C (2005). IEEE Trans Pattern Anal Mach Intell 27:1226-1238.
    De Jay N et al. (2013). mRMRe. Bioinformatics 29:2365-2368.
    """
    x, y = _checked(x, y)
    columns, outcome = standardise(x), standardise(y[:, None])
    features, varies = columns.z, columns.varies
    if not outcome.varies[0]:
        raise OVCFRiskError(f"the outcome is {y[0]:g} in every row: mRMR needs at least two values")
    if not 1 <= k <= varies.sum():
        raise OVCFRiskError(
            f"k = {k} features asked for, but {varies.sum()} of {x.shape[1]} features vary; choose k between 1 and that"
        )
    relevance = np.where(varies, _mutual_information(features, outcome.z[:, 0]), -np.inf)
    redundancy = np.zeros(x.shape[1])
    selected: list[int] = []
    for _ in range(k):
        score = relevance - redundancy / max(len(selected), 1)
        score[selected] = -np.inf
        selected.append(int(np.argmax(score)))
        redundancy += _mutual_information(features, features[:, selected[-1]])
    return np.array(selected)


def _checked(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise OVCFRiskError(f"expected x (n, p) and y (n,), got {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise OVCFRiskError("x or y holds NaN or infinity; mRMR needs finite numbers")
    return x, y


def _mutual_information(columns: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mutual information in nats of each standardised column with another one."""
    correlation = columns.T @ other / len(other)
    return -0.5 * np.log1p(-np.minimum(correlation**2, LARGEST_SQUARED_CORRELATION))
