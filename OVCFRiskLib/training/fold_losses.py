"""What a cross-validation measures on the rows left out of a fold."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

# Measures of each family, the default first.
LOSSES = {"gaussian": ("mse", "mae", "deviance"), "binomial": ("deviance", "class", "auc", "mse", "mae")}
# glmnet keeps probabilities from 0 and 1 in the deviance.
PROBABILITY_CLIP = 1e-5


def is_better_higher(measure: str) -> bool:
    """True for the measure that is no loss."""
    return measure == "auc"


def fold_loss(y: np.ndarray, predicted: np.ndarray, family: str, measure: str) -> np.ndarray:
    """Mean loss of one fold at every lambda, as cv.glmnet 4.1.

    Parameters
    ----------
    y : ndarray, shape (m,)
    predicted : ndarray, shape (m, n_lambdas)
        Outcome if gaussian, probability of the value 1 if binomial.
    family, measure : str
        As listed in `LOSSES`.

    Returns
    -------
    ndarray, shape (n_lambdas,)
        gaussian: ``mse`` (= ``deviance``) mean of ``(y - f)^2``, ``mae`` mean of ``|y - f|``. binomial: ``deviance``
        mean of ``-2 loglik`` with p in [1e-5, 1 - 1e-5], ``class`` share of rows misclassified at p > 0.5, ``mse``
        and ``mae`` over both classes (twice the value over one), ``auc`` with ties one half and NaN where the fold
        holds one class.
    """
    if measure == "auc":
        return _auc(y, predicted)
    apart = np.abs(y[:, None] - predicted)
    if family == "gaussian":
        return apart.mean(axis=0) if measure == "mae" else (apart**2).mean(axis=0)
    if measure == "class":
        return ((predicted > 0.5) != (y[:, None] == 1)).mean(axis=0)
    if measure == "deviance":
        right = np.clip(1 - apart, PROBABILITY_CLIP, 1 - PROBABILITY_CLIP)
        return (-2 * np.log(right)).mean(axis=0)
    return 2 * apart.mean(axis=0) if measure == "mae" else 2 * (apart**2).mean(axis=0)


def _auc(y: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    cases = int(y.sum())
    if cases in (0, len(y)):
        return np.full(predicted.shape[1], np.nan)
    ranks = rankdata(predicted, axis=0)[y == 1].sum(axis=0)
    return (ranks - cases * (cases + 1) / 2) / (cases * (len(y) - cases))
