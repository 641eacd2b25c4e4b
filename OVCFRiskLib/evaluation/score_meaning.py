"""What an R-score means: its direction, its cut-off, the probability it stands for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statements import DEMONSTRATION, DEMONSTRATION_NOTICE
from OVCFRiskLib.tables.body_rows import FRACTURE, NO_FRACTURE

if TYPE_CHECKING:
    from OVCFRiskLib.scoring.model import RScoreModel


@dataclass(frozen=True, slots=True)
class ScoreMeaning:
    """Direction, cut-off and link of a frozen score.

    Attributes
    ----------
    name : str
        What the score is called in tables and figures.
    cutoff : float
        Frozen; never chosen on the data under evaluation.
    higher_is_risk : bool
    link : str or None
        ``"identity"``, ``"logit"``, or None when the score stands for no probability (a risk index).
    training_share : float or None
        Share of OVCF bodies in the training set, which the probabilities are calibrated to.
    model_id, model_sha256 : str
        Empty without a card.
    notice : str
        What every figure and table must say of the model, e.g. that it is a demonstration on simulated data.
    """

    name: str
    cutoff: float
    higher_is_risk: bool
    link: str | None
    training_share: float | None
    model_id: str = ""
    model_sha256: str = ""
    notice: str = ""

    @classmethod
    def of_model(cls, model: RScoreModel) -> ScoreMeaning:
        """Meaning of a frozen model's R-score."""
        vertebrae = model.training["vertebrae"]
        return cls(
            name="R-score",
            cutoff=model.cutoff,
            higher_is_risk=model.higher_is_risk,
            link=model.link,
            training_share=vertebrae[FRACTURE] / (vertebrae[FRACTURE] + vertebrae[NO_FRACTURE]),
            model_id=model.id,
            model_sha256=model.sha256,
            notice=DEMONSTRATION_NOTICE if model.status == DEMONSTRATION else "",
        )

    def risk(self, scores: np.ndarray) -> np.ndarray:
        """The scores turned so that higher means more risk, shape as given."""
        return np.asarray(scores, float) * (1 if self.higher_is_risk else -1)

    def probability(self, scores: np.ndarray, prevalence: float | None = None) -> np.ndarray | None:
        """Probability of OVCF, or None when the score stands for none.

        Parameters
        ----------
        scores : ndarray, shape (n,)
        prevalence : float, optional
            Share of OVCF where the model is used; moves the probabilities from the training share to it by Bayes'
            rule. None leaves them at the training share.

        Returns
        -------
        ndarray, shape (n,) or None

        Raises
        ------
        OVCFRiskError
            If the prevalence is not between 0 and 1.

        Notes
        -----
        logit: ``1 / (1 + exp(-R))``; identity: R cut to [0, 1], the linear model of a 0/1 outcome. The change of
        prevalence multiplies the odds by ``odds(rho) / odds(training share)`` (King G, Zeng L (2001). Polit Anal
        9:137-163); nothing is refitted.
        """
        if self.link is None:
            return None
        scores = np.asarray(scores, float)
        p = expit(scores) if self.link == "logit" else np.clip(scores, 0.0, 1.0)
        p = p if self.higher_is_risk else 1 - p
        if prevalence is None or self.training_share is None:
            return p
        return moved_to_prevalence(p, self.training_share, prevalence)


# DXA: a lower T-score means more risk; osteoporosis at -2.5 or below (WHO 1994, Technical Report 843).
OSTEOPOROSIS_T_SCORE = -2.5
OSTEOPENIA_T_SCORE = -1.0
T_SCORE = ScoreMeaning("T-score", OSTEOPOROSIS_T_SCORE, False, None, None)
# A risk index without its card: higher is more risk and 0.5 is the cut-off, by definition.
RISK_INDEX = ScoreMeaning("risk index", 0.5, True, None, None)


def moved_to_prevalence(probability: np.ndarray, share: float, prevalence: float) -> np.ndarray:
    """Probabilities of a population with another share of cases, by Bayes' rule."""
    if not 0 < prevalence < 1:
        raise OVCFRiskError(f"the prevalence must lie between 0 and 1, got {prevalence:g}; write 5 % as 0.05")
    ratio = prevalence / (1 - prevalence) * (1 - share) / share
    return probability * ratio / (probability * ratio + 1 - probability)
