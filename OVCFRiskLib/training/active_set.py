"""Exact LASSO solutions by a primal active set with Newton steps.

Why an own solver: radiomics features are nearly collinear (correlations up to 1 - 1e-9), and there coordinate
descent stops short. On 230 x 107 such columns, scikit-learn's `lasso_path` (tol 1e-14, 100,000 sweeps) leaves the
optimality conditions violated by 6e-2 lambda, `LogisticRegression` by 6e-3 lambda (liblinear, 5 s per lambda) to 3e1
lambda (saga); adelie leaves 3e-5 lambda even on independent columns, and skglm compiles for 10 s before its first fit.
Solving the equations of the active columns directly leaves 1e-8 lambda in the time of glmnet (Testing/Benchmarks).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dposv, dpotrs
from scipy.special import expit

from OVCFRiskLib.errors import OVCFRiskError

# Optimality conditions are solved to this part of lambda, and never accepted above the second.
TARGET_VIOLATION = 1e-8
ACCEPTED_VIOLATION = 1e-7
MAX_NEWTON_STEPS = 2000
MAX_ROUNDS = 400
# A smaller squared pivot of the Cholesky factor means columns that depend on each other.
SMALLEST_PIVOT = 1e-11
SMALLEST_EIGENVALUE = 1e-14
SAME_CORRELATION = 1 - 1e-9
# A Newton step that left less than this part of the gradient was so good that its curvature serves the next step too.
GOOD_STEP = 0.02


@dataclass(frozen=True, slots=True)
class _Solution:
    """Where the path was: coefficients of the active columns at a lambda."""

    penalty: float
    theta: np.ndarray
    active: np.ndarray


class ActiveSet:
    """Solutions of one LASSO problem along decreasing lambdas, each started from the last.

    Parameters
    ----------
    z : ndarray, shape (n, p)
        Standardised columns.
    y : ndarray, shape (n,)
        Outcome; 0/1 if binomial.
    is_binomial : bool

    Notes
    -----
    Minimises ``(1/2n) |y - b0 - z b|^2 + lambda |b|_1`` or ``-(1/n) loglik + lambda |b|_1``. For the active columns
    and their signs the problem is smooth: Newton steps, cut where a coefficient would change sign, which then leaves
    the set; at the optimum of the set, columns with ``|z_j'(y - mu)/n| > lambda`` enter. The objective falls at every
    step, so no set comes twice (Osborne, Presnell, Turlach 2000, IMA J Numer Anal 20:389-403).
    """

    def __init__(self, z: np.ndarray, y: np.ndarray, is_binomial: bool) -> None:
        self._n = len(y)
        self._design = np.asfortranarray(np.column_stack([np.ones(self._n), z]))
        self._y = y
        self._is_binomial = is_binomial
        mean = y.mean()
        self._theta = np.zeros(z.shape[1] + 1)
        self._theta[0] = np.log(mean / (1 - mean)) if is_binomial else mean
        self._sign = np.zeros(z.shape[1] + 1)
        self._active = np.array([0])
        self._columns = self._design[:, :1]
        self._factor: np.ndarray | None = None
        self._solved: tuple[_Solution | None, _Solution | None] = (None, None)
        self._evaluate()
        self.lambda_max = float(np.abs(self._gradient()[1:]).max(initial=0.0))

    @property
    def intercept(self) -> float:
        return float(self._theta[0])

    @property
    def coefficients(self) -> np.ndarray:
        """Coefficients of the standardised columns, shape (p,)."""
        return self._theta[1:].copy()

    @property
    def loss(self) -> float:
        """Deviance: residual sum of squares, or -2 loglik."""
        if self._is_binomial:
            return float(2 * np.sum(np.logaddexp(0, self._eta) - self._y * self._eta))
        return float(np.sum(self._residual**2))

    def solve(self, penalty: float) -> None:
        """Move to the solution at ``penalty``; any starting point is right, a near one is fast.

        Raises
        ------
        OVCFRiskError
            If the optimality conditions cannot be met (binomial without a finite solution).
        """
        tolerance = TARGET_VIOLATION * penalty
        self._extrapolate(penalty)
        for number in range(MAX_ROUNDS):
            tolerance = self._descend(penalty, tolerance)
            excess = np.abs(self._gradient()) - penalty
            excess[self._active] = 0.0
            entering = np.flatnonzero(excess > tolerance)
            if not len(entering):
                self._solved = (self._solved[1], _Solution(penalty, self._theta[self._active], self._active))
                return
            self._enter(entering, excess)
            if number % 20 == 19:  # rounding of nearly dependent columns lets one leave and enter for ever
                tolerance = min(tolerance * 10, ACCEPTED_VIOLATION * penalty)
        raise OVCFRiskError(
            f"LASSO at lambda {penalty:.3g} did not settle in {MAX_ROUNDS} rounds; leave collinear features out"
        )

    def _extrapolate(self, penalty: float) -> None:
        """Start a curved (binomial) path where its last two solutions point to, if the same columns made both."""
        before, now = self._solved
        if not self._is_binomial or before is None or now is None or before.active is not now.active:
            return
        if self._active is not now.active or before.penalty == now.penalty:
            return
        theta = now.theta + (now.theta - before.theta) * (penalty - now.penalty) / (now.penalty - before.penalty)
        if not self._crossing(theta).any():
            self._theta[self._active] = theta
            self._evaluate()

    def _gradient(self) -> np.ndarray:
        """``design'(y - mu) / n`` of all columns, the intercept first."""
        return self._design.T @ self._residual / self._n

    def _enter(self, entering: np.ndarray, excess: np.ndarray) -> None:
        """Take the columns that violate most into the set, a few at a time so that it never grows far beyond need."""
        most = 5 + len(self._active)
        if len(entering) > most:
            entering = entering[np.argsort(-excess[entering], kind="stable")[:most]]
        if len(entering) > 1:
            # of columns that are one, the first is enough; a later one comes in its turn if it is needed after all
            alike = np.abs(self._design[:, entering].T @ self._design[:, entering]) / self._n > SAME_CORRELATION
            entering = entering[~np.triu(alike, 1).any(axis=0)]
        self._sign[entering] = np.sign(self._gradient()[entering])
        self._set_active(np.concatenate([self._active, entering]))

    def _set_active(self, active: np.ndarray) -> None:
        self._active = active
        self._columns = self._design[:, active]
        self._factor = None

    def _evaluate(self) -> None:
        """Linear predictor, residual and (binomial) weights at the present coefficients."""
        self._eta = self._columns @ self._theta[self._active]
        if self._is_binomial:
            mu = expit(self._eta)
            self._weight = mu * (1 - mu)
            self._residual = self._y - mu
        else:
            self._residual = self._y - self._eta

    def _active_gradient(self, penalty: float) -> np.ndarray:
        return self._columns.T @ self._residual / self._n - penalty * self._sign[self._active]

    def _descend(self, penalty: float, tolerance: float) -> float:
        """Minimise over the active columns; returns the tolerance reached."""
        gradient = self._active_gradient(penalty)
        last = np.inf
        factor = None if self._is_binomial else self._factor  # a gaussian curvature only changes with the columns
        for number in range(MAX_NEWTON_STEPS):
            size = np.abs(gradient).max()
            if size <= tolerance:
                return tolerance
            if number > 50 and size >= last and size <= ACCEPTED_VIOLATION * penalty:
                return size  # rounding allows no less
            if factor is not None and size < GOOD_STEP * last:
                direction = dpotrs(factor, gradient)[0]
            else:
                direction, factor = _direction(self._curvature(), gradient, tolerance)
                self._factor = factor
            last = min(last, size)
            gradient, leaving = self._step(direction, gradient @ direction, penalty)
            if len(leaving):
                self._leave(leaving)
                gradient, factor = self._active_gradient(penalty), None
        raise OVCFRiskError(
            f"LASSO at lambda {penalty:.3g} did not converge: no finite solution (classes separated?); raise lambda"
        )

    def _crossing(self, theta: np.ndarray) -> np.ndarray:
        """Which of the active coefficients would have left their sign."""
        return theta * self._sign[self._active] < 0

    def _curvature(self) -> np.ndarray:
        """Second derivatives of the loss in the active columns."""
        if self._is_binomial:
            weighted = self._columns * np.sqrt(self._weight / self._n)[:, None]
            return weighted.T @ weighted
        return self._columns.T @ self._columns / self._n

    def _step(self, direction: np.ndarray, slope: float, penalty: float) -> tuple[np.ndarray, np.ndarray]:
        """Go along the direction to the first change of sign; the gradient there, the places that became zero."""
        start = self._theta[self._active]
        crossing = self._crossing(start + direction)
        length, leaving = 1.0, np.array([], int)
        if crossing.any():
            ratios = np.full(len(start), np.inf)
            ratios[crossing] = -start[crossing] / direction[crossing]
            length = ratios.min()
            leaving = np.flatnonzero(ratios <= length)
        gradient = self._move(start + length * direction, penalty)
        # beyond the minimum along the direction (the loss is convex) a binomial step may have gone too far
        while self._is_binomial and gradient @ direction < -0.25 * slope and length > 1e-9:
            length, leaving = length / 2, leaving[:0]
            gradient = self._move(start + length * direction, penalty)
        return gradient, leaving

    def _move(self, theta: np.ndarray, penalty: float) -> np.ndarray:
        """Give the active columns these coefficients; the gradient there."""
        self._theta[self._active] = theta
        self._evaluate()
        return self._active_gradient(penalty)

    def _leave(self, places: np.ndarray) -> None:
        """Take columns whose coefficient has become zero out of the set."""
        self._theta[self._active[places]] = 0.0
        self._sign[self._active[places]] = 0.0
        self._set_active(np.delete(self._active, places))
        self._evaluate()


def _direction(curvature: np.ndarray, gradient: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray | None]:
    """Newton direction and the Cholesky factor behind it.

    Along directions without curvature, a long way downhill for the sign change to stop, and no factor.
    """
    factor, direction, failed = dposv(curvature, gradient)
    if not failed and factor.diagonal().min() ** 2 > SMALLEST_PIVOT * curvature.diagonal().max():
        return direction, factor
    values, vectors = np.linalg.eigh(curvature)
    floor = SMALLEST_EIGENVALUE * values[-1]
    along = vectors.T @ gradient
    along[(values < floor) & (np.abs(along) < noise)] = 0.0
    return vectors @ (along / np.maximum(values, floor)), None
