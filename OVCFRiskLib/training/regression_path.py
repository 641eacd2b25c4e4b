"""A LASSO path: its lambdas, its end, its solutions, and what lies between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.active_set import ActiveSet
from OVCFRiskLib.training.columns import standardise

# glmnet's defaults: nlambda, lambda.min.ratio for n >= p and n < p, and fdev, devmax, mnlam of glmnet.control
PATH_LENGTH = 100
SMALLEST_LAMBDA_RATIO = 1e-4
SMALLEST_LAMBDA_RATIO_WIDE = 0.01
SMALLEST_DEVIANCE_GAIN = 1e-5
LARGEST_DEVIANCE_SHARE = 0.999
SHORTEST_PATH = 5


@dataclass(frozen=True, slots=True)
class LassoPath:
    """Solutions along decreasing lambdas, on the scale of the given x.

    Attributes
    ----------
    lambdas : ndarray, shape (n_lambdas,)
        Decreasing.
    coef : ndarray, shape (n_features, n_lambdas)
    intercept : ndarray, shape (n_lambdas,)
    deviance_share : ndarray, shape (n_lambdas,)
        Share of the null deviance explained (R squared if gaussian).
    family : str
    """

    lambdas: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray
    deviance_share: np.ndarray
    family: str

    def at(self, lambdas: float | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Intercept and coefficients at other lambdas, linear between path points, constant beyond its ends.

        Parameters
        ----------
        lambdas : float or array_like, shape (m,)

        Returns
        -------
        intercept : ndarray, shape () or (m,)
        coef : ndarray, shape (n_features,) or (n_features, m)
            As ``coef(fit, s = lambdas)`` of glmnet.
        """
        wanted = np.clip(lambdas, self.lambdas[-1], self.lambdas[0])
        right = np.clip(np.searchsorted(-self.lambdas, -wanted, "left"), min(1, len(self.lambdas) - 1), None)
        left = np.maximum(right - 1, 0)
        gap = self.lambdas[left] - self.lambdas[right]
        share = np.where(gap > 0, (wanted - self.lambdas[right]) / np.where(gap > 0, gap, 1.0), 1.0)
        mixed = [share * values[..., left] + (1 - share) * values[..., right] for values in (self.intercept, self.coef)]
        return mixed[0], mixed[1]


def fit_path(x: np.ndarray, y: np.ndarray, family: str, lambdas: np.ndarray | None) -> LassoPath:
    """Solve along given decreasing lambdas, or along glmnet's path until glmnet would stop.

    Parameters and errors as `OVCFRiskLib.training.lasso.lasso_path`, which checks them.
    """
    columns = standardise(x)
    solver = ActiveSet(columns.z, y, family == "binomial")
    grid = _default_lambdas(solver.lambda_max, *x.shape) if lambdas is None else lambdas
    null_loss = solver.loss
    intercepts, coefficients, shares = [], [], []
    for penalty in grid:
        solver.solve(penalty)
        intercepts.append(solver.intercept)
        coefficients.append(solver.coefficients)
        shares.append(1 - solver.loss / null_loss)
        if lambdas is None and _is_path_over(shares, family):
            break
    per_unit = np.divide(1.0, columns.sd, out=np.zeros(x.shape[1]), where=columns.varies)
    coef = np.array(coefficients).T * per_unit[:, None]
    intercept = np.array(intercepts) - columns.mean @ coef
    return LassoPath(grid[: len(shares)], coef, intercept, np.array(shares), family)


def kkt_violation(path: LassoPath, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far each solution of a path misses the optimality conditions, as a part of its lambda.

    Parameters
    ----------
    path : LassoPath
    x : ndarray, shape (n, p)
    y : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (n_lambdas,)
        ``max_j |z_j'(y - mu)/n - lambda sign(b_j)| / lambda`` over non-zero coefficients,
        ``(|z_j'(y - mu)/n| - lambda)_+ / lambda`` over the others; z are the standardised columns.
    """
    columns = standardise(np.asarray(x, float))
    b = path.coef * columns.sd[:, None]
    eta = columns.z @ b + path.intercept + columns.mean @ path.coef
    residual = np.asarray(y, float)[:, None] - (expit(eta) if path.family == "binomial" else eta)
    gradient = columns.z.T @ residual / len(residual)
    apart = np.where(b != 0, np.abs(gradient - path.lambdas * np.sign(b)), np.abs(gradient) - path.lambdas)
    return np.maximum(apart.max(axis=0), 0.0) / path.lambdas


def _default_lambdas(lambda_max: float, n: int, p: int) -> np.ndarray:
    """glmnet's 100 values for n rows and p features."""
    if lambda_max <= 0:
        raise OVCFRiskError("no feature varies with the outcome, so there is no LASSO path; give features that vary")
    ratio = SMALLEST_LAMBDA_RATIO_WIDE if n < p else SMALLEST_LAMBDA_RATIO
    return lambda_max * ratio ** (np.arange(PATH_LENGTH) / (PATH_LENGTH - 1))


def _is_path_over(shares: list[float], family: str) -> bool:
    """glmnet's rule for leaving the path after the last share of deviance explained."""
    if len(shares) < SHORTEST_PATH:
        return False
    gain = shares[-1] - shares[-2]
    least = SMALLEST_DEVIANCE_GAIN * (shares[-1] if family == "gaussian" else 1.0)
    return gain < least or shares[-1] > LARGEST_DEVIANCE_SHARE
