"""LASSO regression paths and their cross-validation, as glmnet 4.1 defines them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.columns import standardise
from OVCFRiskLib.training.fold_losses import LOSSES, fold_loss, is_better_higher
from OVCFRiskLib.training.regression_path import LassoPath, fit_path

__all__ = ["CrossValidation", "LassoPath", "cross_validate", "lasso_path"]

# Families of glmnet that can be fitted: linear and logistic regression.
FAMILIES = ("gaussian", "binomial")
# Lambdas of a fold: of its own path, as cv.glmnet does, or those of the path of all rows.
ALIGNMENTS = ("own", "master")


@dataclass(frozen=True, slots=True)
class CrossValidation:
    """Cross-validated loss along a path.

    Attributes
    ----------
    lambdas, mean, se : ndarray, shape (n_lambdas,)
        Loss and its standard error over the folds.
    lambda_min : float
        Largest lambda with the best mean loss.
    lambda_1se : float
        Largest lambda whose mean loss is within one standard error of the best.
    nonzero : ndarray of int, shape (n_lambdas,)
        Features with a coefficient on all rows.
    measure, alignment : str
    path : LassoPath
        Fit to all rows.
    """

    lambdas: np.ndarray
    mean: np.ndarray
    se: np.ndarray
    lambda_min: float
    lambda_1se: float
    nonzero: np.ndarray
    measure: str
    alignment: str
    path: LassoPath


def lasso_path(x: np.ndarray, y: np.ndarray, family: str, lambdas: np.ndarray | None = None) -> LassoPath:
    """LASSO solutions along a path of lambdas.

    Parameters
    ----------
    x : array_like, shape (n, p)
        Features on any scale; constant ones get the coefficient 0.
    y : array_like, shape (n,)
        Outcome; 0/1 if binomial.
    family : {"gaussian", "binomial"}
    lambdas : array_like, optional
        Positive; solved exactly there, in decreasing order. None makes glmnet's path: 100 values from lambda_max,
        evenly spaced on the log scale, to 1e-4 lambda_max (0.01 lambda_max if n < p), ended as glmnet ends it when
        the deviance hardly falls any more (gain below 1e-5) or 99.9 % of it is explained.

    Returns
    -------
    LassoPath
        Coefficients on the scale of x.

    Raises
    ------
    OVCFRiskError
        If shapes differ, a value is not finite, the outcome has one value (or is not 0/1 if binomial), no feature
        varies, or a lambda is not positive.

    Notes
    -----
    gaussian: ``min (1/2n) |y - b0 - x b|^2 + lambda |b|_1``; binomial: ``min -(1/n) loglik + lambda |b|_1``; the
    intercept is free and columns are standardised with the population SD. ``lambda_max = max_j |x_j'(y - mean y)|/n``.
    Every solution satisfies the optimality conditions to 1e-7 lambda or better; glmnet's default tolerance leaves
    errors up to 1e-2, so compare with ``thresh = 1e-14``.

    References
    ----------
    Friedman J, Hastie T, Tibshirani R (2010). J Stat Softw 33(1):1-22.
    """
    x, y = _checked(x, y, family)
    return fit_path(x, y, family, None if lambdas is None else _checked_lambdas(lambdas))


def cross_validate(
    x: np.ndarray,
    y: np.ndarray,
    folds: np.ndarray,
    family: str,
    measure: str | None = None,
    alignment: str = "own",
    lambdas: np.ndarray | None = None,
) -> CrossValidation:
    """Cross-validated loss along a LASSO path, lambda.min and lambda.1se, as cv.glmnet.

    Parameters
    ----------
    x, y, family, lambdas
        As `lasso_path`; the path of all rows gives the master lambdas.
    folds : array_like, shape (n,)
        Fold of each row; any labels, at least two. Rows of one patient belong into one fold.
    measure : str, optional
        gaussian: ``"mse"`` (default), ``"mae"``, ``"deviance"``; binomial: ``"deviance"`` (default), ``"class"``,
        ``"auc"``, ``"mse"``, ``"mae"``.
    alignment : {"own", "master"}
        ``"own"``: every fold follows its own path and is interpolated at the master lambdas, as cv.glmnet does;
        ``"master"``: every fold is solved at the master lambdas.

    Returns
    -------
    CrossValidation

    Raises
    ------
    OVCFRiskError
        As `lasso_path`, for the rows of any fold too; or if family, measure, alignment or folds are unusable.

    Notes
    -----
    ``mean = sum_k n_k loss_k / n``; ``se = sqrt(sum_k n_k (loss_k - mean)^2 / n / (K - 1))``. Scaling happens inside
    every training fold.
    """
    x, y = _checked(x, y, family)
    folds = _checked_folds(folds, len(y))
    measure = _checked_measure(measure, family, alignment)
    path = fit_path(x, y, family, None if lambdas is None else _checked_lambdas(lambdas))
    z = standardise(x).z  # no change for a LASSO that standardises, but offsets no longer cost digits
    losses, sizes = [], []
    for fold in np.unique(folds):
        test = folds == fold
        try:
            _check_outcome(y[~test], family)
            fit = fit_path(z[~test], y[~test], family, path.lambdas if alignment == "master" else None)
        except OVCFRiskError as error:
            raise OVCFRiskError(f"without fold {fold}: {error}") from error
        intercept, coef = fit.at(path.lambdas)
        predicted = z[test] @ coef + intercept
        predicted = expit(predicted) if family == "binomial" else predicted
        losses.append(fold_loss(y[test], predicted, family, measure))
        sizes.append(test.sum())
    mean, se = _summary(np.array(losses), np.array(sizes, float))
    lambda_min, lambda_1se = _chosen(path.lambdas, mean, se, is_better_higher(measure))
    nonzero = np.count_nonzero(path.coef, axis=0)
    return CrossValidation(path.lambdas, mean, se, lambda_min, lambda_1se, nonzero, measure, alignment, path)


def _summary(losses: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fold-size weighted mean and its standard error; folds without a value (AUC of one class) are left out."""
    weights = sizes[:, None] * np.isfinite(losses)
    total = weights.sum(axis=0)
    if not total.all():
        raise OVCFRiskError("no fold holds both classes, so no AUC can be measured; make fewer folds")
    losses = np.nan_to_num(losses)
    mean = (weights * losses).sum(axis=0) / total
    variance = (weights * (losses - mean) ** 2).sum(axis=0) / total
    return mean, np.sqrt(variance / (len(sizes) - 1))


def _chosen(lambdas: np.ndarray, mean: np.ndarray, se: np.ndarray, higher: bool) -> tuple[float, float]:
    """lambda.min and lambda.1se; lambdas decrease, so the first that qualifies is the largest."""
    loss = -mean if higher else mean
    best = int(np.argmin(loss))
    return float(lambdas[best]), float(lambdas[np.argmax(loss <= loss[best] + se[best])])


def _checked(x: np.ndarray, y: np.ndarray, family: str) -> tuple[np.ndarray, np.ndarray]:
    if family not in FAMILIES:
        raise OVCFRiskError(f"unknown family '{family}': expected one of {', '.join(FAMILIES)}")
    x, y = np.asarray(x, float), np.asarray(y, float)
    if x.ndim != 2 or 0 in x.shape or y.shape != x.shape[:1]:
        raise OVCFRiskError(f"expected x (n, p) and y (n,), got {x.shape} and {y.shape}")
    for name, values in (("x", x), ("y", y)):
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            raise OVCFRiskError(f"{name}{bad[0].tolist()} is {values[tuple(bad[0])]}; LASSO needs finite numbers")
    _check_outcome(y, family)
    return x, y


def _check_outcome(y: np.ndarray, family: str) -> None:
    values = np.unique(y)
    if family == "binomial" and not np.isin(values, (0, 1)).all():
        raise OVCFRiskError(f"a binomial outcome must be 0 or 1, got {values[~np.isin(values, (0, 1))][0]:g}")
    if len(values) < 2:
        raise OVCFRiskError(f"the outcome is {values[0]:g} in every row; LASSO needs at least two values")


def _checked_lambdas(lambdas: np.ndarray) -> np.ndarray:
    lambdas = np.atleast_1d(np.asarray(lambdas, float))
    if lambdas.ndim != 1 or not len(lambdas) or not (np.isfinite(lambdas) & (lambdas > 0)).all():
        raise OVCFRiskError(f"lambdas must be positive numbers, got {lambdas}")
    return np.sort(lambdas)[::-1]


def _checked_folds(folds: np.ndarray, rows: int) -> np.ndarray:
    folds = np.asarray(folds)
    if folds.shape != (rows,) or len(np.unique(folds)) < 2:
        raise OVCFRiskError(
            f"folds must name the fold of each of the {rows} rows, at least two folds; got shape {folds.shape} with "
            f"{counted(len(np.unique(folds)), 'fold')}"
        )
    return folds


def _checked_measure(measure: str | None, family: str, alignment: str) -> str:
    if alignment not in ALIGNMENTS:
        raise OVCFRiskError(f"unknown alignment '{alignment}': expected one of {', '.join(ALIGNMENTS)}")
    measure = LOSSES[family][0] if measure is None else measure
    if measure not in LOSSES[family]:
        raise OVCFRiskError(f"unknown measure '{measure}' of a {family} model: expected {', '.join(LOSSES[family])}")
    return measure
