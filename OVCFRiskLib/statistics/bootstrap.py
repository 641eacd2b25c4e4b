"""How sure is a number when several rows belong to one patient?

Four bodies of one woman are nearly one observation. Formulas that take rows as independent (DeLong's) are then too
sure: with four alike bodies the true variance is up to four times theirs. The cluster bootstrap answers without a
formula: draw whole patients with replacement, as many as there are, compute the number again, repeat; the middle 95 %
of the results is the interval. Cases and controls are drawn apart, as a case-control study fixes how many there are of
each.

References
----------
Efron B, Tibshirani RJ (1993). An Introduction to the Bootstrap, chapters 8 and 13. Chapman and Hall.
Field CA, Welsh AH (2007). Bootstrapping clustered data. J R Stat Soc B 69:369-390.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.numeric import DEFAULT_SEED, require_seed
from OVCFRiskLib.statistics.outcome import finite_scores

# Percentile limits need a thousand draws or more (Efron and Tibshirani 1993, section 13.3).
DEFAULT_DRAWS = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """Percentile interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class PatientBootstrap:
    """How often each body takes part in each draw of patients.

    Attributes
    ----------
    is_positive : ndarray of bool, shape (n,)
    weights : ndarray, shape (draws, n)
        Whole numbers; all bodies of a patient share theirs.

    Notes
    -----
    Patients are drawn with replacement within the cases and within the controls, as many as there are.

    Examples
    --------
    Patient A has two cases, B one; C and D are the controls. Every draw holds two patients of each class:

    >>> patients = np.array(["A", "A", "B", "C", "D"])
    >>> is_positive = np.array([True, True, True, False, False])
    >>> bootstrap = PatientBootstrap.draw(patients, is_positive, draws=500, seed=1)
    >>> bool((bootstrap.weights[:, 0] == bootstrap.weights[:, 1]).all())
    True
    >>> aucs = bootstrap.aucs(np.array([3.0, 4.0, 1.0, 2.0, 0.0]))
    >>> percentile_interval(aucs)
    Interval(lower=0.0, upper=1.0)
    """

    is_positive: np.ndarray
    weights: np.ndarray

    @classmethod
    def draw(
        cls, patients: np.ndarray, is_positive: np.ndarray, draws: int = DEFAULT_DRAWS, seed: int = DEFAULT_SEED
    ) -> PatientBootstrap:
        """Draw patients.

        Parameters
        ----------
        patients : ndarray of str, shape (n,)
        is_positive : ndarray of bool, shape (n,)
            The same for all bodies of a patient.
        draws : int
        seed : int

        Raises
        ------
        OVCFRiskError
            If there are fewer than 2 draws, the seed is negative, or a class has no body.
        """
        if draws < 2:
            raise OVCFRiskError(f"a bootstrap needs at least 2 draws, got {draws}")
        require_seed(seed)
        rng = np.random.default_rng(seed)
        weights = np.zeros((draws, len(patients)))
        for members in (is_positive, ~is_positive):
            names, owner = np.unique(patients[members], return_inverse=True)
            if not len(names):
                raise OVCFRiskError("a class holds no patient; a bootstrap needs both classes")
            counts = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
            weights[:, members] = counts[:, owner]
        return cls(is_positive, weights)

    def aucs(self, risk: np.ndarray) -> np.ndarray:
        """Area under the ROC curve of each draw (ties one half), shape (draws,); higher risk speaks for cases."""
        risk = finite_scores(risk, len(self.is_positive), "risk")
        cases, controls = risk[self.is_positive], risk[~self.is_positive]
        beats = (cases[:, None] > controls) + 0.5 * (cases[:, None] == controls)
        won = np.sum(self._cases @ beats * self._controls, axis=1)
        return won / (self._cases.sum(axis=1) * self._controls.sum(axis=1))

    def rates_above(self, risk: np.ndarray, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """True and false positive rate of ``risk > threshold`` in each draw, each (draws, thresholds)."""
        above = np.asarray(risk, float)[:, None] > np.asarray(thresholds, float)
        return (
            self._cases @ above[self.is_positive] / self._cases.sum(axis=1, keepdims=True),
            self._controls @ above[~self.is_positive] / self._controls.sum(axis=1, keepdims=True),
        )

    def sensitivities(self, risk: np.ndarray, false_positive_rates: np.ndarray) -> np.ndarray:
        """Height of each draw's ROC curve over given false positive rates, shape (draws, rates)."""
        thresholds = np.concatenate([[-np.inf], np.unique(risk)])
        true_rates, false_rates = self.rates_above(risk, thresholds)
        # np.interp needs rising abscissae; where a curve rises straight up, its top counts
        return np.array(
            [
                np.interp(false_positive_rates, false[::-1] + np.arange(len(false)) * 1e-12, true[::-1])
                for true, false in zip(true_rates, false_rates, strict=True)
            ]
        )

    @property
    def _cases(self) -> np.ndarray:
        return self.weights[:, self.is_positive]

    @property
    def _controls(self) -> np.ndarray:
        return self.weights[:, ~self.is_positive]


def percentile_interval(values: np.ndarray, confidence: float = 0.95) -> Interval:
    """Percentile interval of one number over the draws."""
    lower, upper = percentile_band(values, confidence)
    return Interval(float(lower), float(upper))


def percentile_band(values: np.ndarray, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Pointwise percentile limits over the draws, axis 0."""
    tail = 50 * (1 - confidence)
    lower, upper = np.percentile(values, [tail, 100 - tail], axis=0)
    return lower, upper
