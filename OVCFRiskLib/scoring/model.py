"""The frozen R-score: a weighted sum of z-scored features, and the risk index made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from OVCFRiskLib.assessment import Category, Contribution
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.scoring.applicability import Applicability, applicability_of
from OVCFRiskLib.scoring.card import missing_fields, verify_card
from OVCFRiskLib.scoring.reasons import reason_sentence

# No unit: the risk index is a logistic curve around the cut-off, so it is a half there for every model.
CUTOFF_RISK_INDEX = 0.5


@dataclass(frozen=True, slots=True)
class Term:
    """One addend of the R-score: ``coefficient * (value - mean) / sd``."""

    name: str
    mean: float | None
    sd: float | None
    coefficient: float | None


@dataclass(frozen=True, slots=True)
class RScoreModel:
    """A verified model card, ready to score.

    Attributes
    ----------
    id, title, status, intended_use, reference, sha256 : str
    terms : tuple of Term
        In the card's order.
    intercept, cutoff : float
        On the scale of the R-score.
    link : str
        ``"identity"`` (gaussian LASSO on a 0/1 outcome) or ``"logit"`` (binomial).
    positive_class : str
        ``"OVCF"`` or ``"NF"``: the class a high R-score stands for.
    higher_is_risk : bool
    risk_index_scale : float
        SD of the training R-scores.
    settings : ExtractionSettings
    training : mapping
        The card's training summary.
    applicability : Applicability
        Whom it applies to.
    mask_origins : tuple of MaskOrigin or None
        How the training masks were drawn; None where the card does not state it.
    missing : tuple of str
        Fields an incomplete card lacks; such a model can be read and refuses to score.

    Notes
    -----
    ``R-score = sum_i C_i (x_i - mean_i) / sd_i + b`` (Yu et al. 2025, Front. Aging 6:1472060, Methods).
    ``risk index = 1 / (1 + exp(-d (R - cut-off) / scale))``, d = +1 when a higher R-score means risk, else -1:
    always in (0, 1), higher = more risk, 0.5 at the cut-off. It is no probability.
    """

    id: str
    title: str
    status: str
    intended_use: str
    reference: str
    sha256: str
    terms: tuple[Term, ...]
    intercept: float | None
    cutoff: float
    link: str
    positive_class: str
    higher_is_risk: bool
    risk_index_scale: float | None
    settings: ExtractionSettings
    training: Mapping[str, Any]
    applicability: Applicability
    mask_origins: tuple[MaskOrigin, ...] | None
    missing: tuple[str, ...]

    @classmethod
    def from_card(cls, card: Mapping[str, Any]) -> RScoreModel:
        """Model of a card.

        Raises
        ------
        OVCFRiskError
            If the card is incomplete, malformed or altered.
        """
        verify_card(card, str(card.get("id", "card")) if isinstance(card, Mapping) else "card")
        same = ("id", "title", "status", "intended_use", "reference", "sha256", "intercept", "cutoff", "link")
        return cls(
            **{key: card[key] for key in (*same, "positive_class", "higher_is_risk", "risk_index_scale", "training")},
            terms=tuple(Term(**term) for term in card["features"]),
            settings=ExtractionSettings.from_dict(card["extraction"]),
            applicability=applicability_of(card),
            mask_origins=tuple(map(MaskOrigin, card.get("mask_origins") or ())) or None,
            missing=missing_fields(card),
        )

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Full pyradiomics names, in the card's order."""
        return tuple(term.name for term in self.terms)

    def require_complete(self) -> None:
        """Raise when the card lacks what a score needs.

        Raises
        ------
        OVCFRiskError
            Naming the missing fields.
        """
        if self.missing:
            raise OVCFRiskError(
                f"model '{self.id}' cannot score: its card lacks {', '.join(self.missing)}; "
                "use another model, or obtain these values and freeze a card with 'ovcfrisk models --import'"
            )

    def r_score(self, features: Mapping[str, float]) -> float:
        """R-score of one vertebral body.

        Parameters
        ----------
        features : mapping of feature name to value
            On the card's extraction grid (`settings`); further features are ignored.

        Raises
        ------
        OVCFRiskError
            If the card is incomplete, or a feature is missing or not finite.
        """
        contributions = self.contributions(features)
        assert self.intercept is not None  # of a complete card
        return math.fsum((*(contribution.r_score for contribution in contributions), self.intercept))

    def contributions(self, features: Mapping[str, float]) -> tuple[Contribution, ...]:
        """Addends ``C_i z_i`` of the R-score with their reasons, in the card's order; errors as `r_score`."""
        self.require_complete()
        return tuple(self._contribution(term, _value(features, term.name, self.id)) for term in self.terms)

    def risk_index(self, r_score: float) -> float:
        """Risk index in [0, 1] of an R-score: higher = more risk, 0.5 at the cut-off."""
        self.require_complete()
        assert self.risk_index_scale is not None
        x = self._direction * (r_score - self.cutoff) / self.risk_index_scale
        # two forms so that exp never overflows
        return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))

    def category(self, risk_index: float, low: float, high: float) -> Category:
        """Side of the cut-off, or indeterminate when [low, high] holds it; at the cut-off counts as higher risk."""
        if low < CUTOFF_RISK_INDEX <= high:
            return Category.INDETERMINATE
        return Category.HIGHER_RISK if risk_index >= CUTOFF_RISK_INDEX else Category.LOWER_RISK

    @property
    def _direction(self) -> int:
        return 1 if self.higher_is_risk else -1

    def _contribution(self, term: Term, value: float) -> Contribution:
        assert term.mean is not None  # of a complete card, as the others
        assert term.sd is not None
        assert term.coefficient is not None
        z = (value - term.mean) / term.sd
        share = term.coefficient * z
        risk = self._direction * share
        return Contribution(term.name, value, z, share, risk, reason_sentence(term.name, z, risk))


def _value(features: Mapping[str, float], name: str, model_id: str) -> float:
    """A feature that is there and finite."""
    if name not in features:
        raise OVCFRiskError(f"model '{model_id}' needs the feature '{name}', which was not computed")
    value = float(features[name])
    if not math.isfinite(value):
        raise OVCFRiskError(f"feature '{name}' is {value}; a score needs a finite number: check the mask and the CT")
    return value
