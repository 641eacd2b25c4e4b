"""Logistic regression of one or two parameters by maximum likelihood, without penalty."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

NEWTON_STEPS = 100
NEWTON_TOLERANCE = 1e-12


def is_separated(is_positive: np.ndarray, x: np.ndarray) -> bool:
    """True when a threshold on x parts the classes (ties at the border included): no finite maximum then."""
    cases, controls = x[is_positive], x[~is_positive]
    return bool(cases.min() >= controls.max() or cases.max() <= controls.min())


def logistic_fit(is_positive: np.ndarray, design: np.ndarray, offset: np.ndarray | float = 0.0) -> np.ndarray:
    """Coefficients b of ``logit P(y) = offset + design b``, by Newton's method with halved steps.

    Parameters
    ----------
    is_positive : ndarray of bool, shape (n,)
    design : ndarray, shape (n, p)
        Of full rank, the classes not separated by it.
    offset : ndarray, shape (n,), or float

    Returns
    -------
    ndarray, shape (p,)
    """

    def loss(beta: np.ndarray) -> float:
        eta = offset + design @ beta
        return float(np.sum(np.logaddexp(0, eta) - is_positive * eta))

    beta = np.zeros(design.shape[1])
    for _ in range(NEWTON_STEPS):
        p = expit(offset + design @ beta)
        step = np.linalg.solve((design.T * (p * (1 - p))) @ design, design.T @ (is_positive - p))
        while loss(beta + step) > loss(beta) and np.abs(step).max() > NEWTON_TOLERANCE:
            step = step / 2
        beta = beta + step
        if np.abs(step).max() <= NEWTON_TOLERANCE * max(1.0, np.abs(beta).max()):
            break
    return beta
