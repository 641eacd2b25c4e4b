"""What training rows say of the T-score, so that it competes on equal terms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from OVCFRiskLib.evaluation.score_meaning import moved_to_prevalence
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.statistics.logistic import is_separated, logistic_fit
from OVCFRiskLib.statistics.roc import youden_cutoff


@dataclass(frozen=True, slots=True)
class TScoreReference:
    """Cut-off and logistic line of the T-score in the training set.

    Attributes
    ----------
    cutoff : float
        Youden's; of several, the one that finds most fractures.
    intercept, slope : float
        ``logit P(OVCF) = intercept + slope T``.
    training_share : float
        Share of OVCF bodies among those it was learnt from.
    """

    cutoff: float
    intercept: float
    slope: float
    training_share: float

    @classmethod
    def learnt(cls, training: ScoreTable) -> TScoreReference | None:
        """Learn it, or None where T-scores are missing, constant, of one class, or part the classes completely."""
        if training.t_scores is None:
            return None
        known = np.isfinite(training.t_scores)
        t, is_fracture = training.t_scores[known], training.is_fracture[known]
        if len(np.unique(is_fracture)) < 2 or np.ptp(t) == 0 or is_separated(is_fracture, t):
            return None
        best = max(youden_cutoff(is_fracture, t, True, False), key=lambda cutoff: cutoff.sensitivity)
        intercept, slope = logistic_fit(is_fracture, np.column_stack([np.ones(len(t)), t]))
        return cls(best.threshold, float(intercept), float(slope), float(is_fracture.mean()))

    def probability(self, t_scores: np.ndarray, prevalence: float | None = None) -> np.ndarray:
        """Probability of OVCF, at the training share or moved to a prevalence; shape as given."""
        p = expit(self.intercept + self.slope * np.asarray(t_scores, float))
        return p if prevalence is None else moved_to_prevalence(p, self.training_share, prevalence)
