"""Which logistic line ``logit P(y) = offset + design b`` fits one or two columns best?

Maximum likelihood without penalty, by Newton's method: each step solves ``(X' W X) step = X' (y - p)`` with
``W = p (1 - p)`` and is halved while the likelihood falls (McCullagh P, Nelder JA (1989), Generalized Linear Models,
section 4.4). Calibration needs it: its slope is b of the model on the logit of a prediction, its intercept b of the
model with that logit as offset. Own code, because scikit-learn has neither an offset nor an unpenalised fit to 1e-12,
and the numbers must equal R's ``glm(family = binomial)``.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

# A concave likelihood of two parameters needs about ten steps; a hundred only guards against an endless loop.
NEWTON_STEPS = 100
# Largest change of a coefficient in the last step, relative above 1: R's glm with epsilon 1e-14 agrees to 1e-9.
NEWTON_TOLERANCE = 1e-12


def is_separated(is_positive: np.ndarray, x: np.ndarray) -> bool:
    """Whether a threshold on x splits the classes completely (ties at the border included).

    Then the likelihood grows without bound and there is no finite slope.

    Examples
    --------
    >>> is_separated(np.array([True, True, False]), np.array([3.0, 2.0, 1.0]))
    True
    """
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

    Examples
    --------
    With an intercept alone the fitted probability is the frequency, here 3 of 4:

    >>> b = logistic_fit(np.array([True, True, True, False]), np.ones((4, 1)))
    >>> round(float(expit(b[0])), 6)
    0.75
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
