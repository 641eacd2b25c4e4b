"""What an evaluation found: plain results, made by `validation.evaluate`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.evaluation.decision_analysis import DecisionAnalysis
from OVCFRiskLib.evaluation.markers import Comparison, Discrimination, OperatingPoint
from OVCFRiskLib.evaluation.score_meaning import ScoreMeaning
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.evaluation.subgroups import Subgroup
from OVCFRiskLib.evaluation.t_score_reference import TScoreReference
from OVCFRiskLib.statistics.calibration import Calibration
from OVCFRiskLib.statistics.roc import RocCurve

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True)
class RocBand:
    """A marker's ROC curve with a pointwise band by patient.

    Attributes
    ----------
    name : str
    curve : RocCurve
    false_positive_rates, lower, upper : ndarray, shape (101,)
    """

    name: str
    curve: RocCurve
    false_positive_rates: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True, slots=True)
class SetEvaluation:
    """One set of bodies.

    Attributes
    ----------
    name : str
        ``"training"``, ``"test"`` or ``"validation"``.
    table : ScoreTable
        Its rows.
    discriminations : tuple of Discrimination
        The score first, then T-score and the rule T <= -2.5 where T-scores are known.
    comparisons : tuple of Comparison
        The score against each of them, on the bodies with a T-score.
    operating_points : tuple of OperatingPoint
    calibration : Calibration or None
        None where the score stands for no probability.
    decision : DecisionAnalysis
    subgroups : tuple of Subgroup
    roc_bands : tuple of RocBand
    """

    name: str
    table: ScoreTable
    discriminations: tuple[Discrimination, ...]
    comparisons: tuple[Comparison, ...]
    operating_points: tuple[OperatingPoint, ...]
    calibration: Calibration | None
    decision: DecisionAnalysis
    subgroups: tuple[Subgroup, ...]
    roc_bands: tuple[RocBand, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What is known of a score's worth.

    Attributes
    ----------
    table : ScoreTable
    meaning : ScoreMeaning
    prevalence : float or None
        As stated.
    draws, seed : int
        Of the bootstrap.
    t_reference : TScoreReference or None
        What the training rows say of the T-score.
    sets : tuple of SetEvaluation
    between_sets : Comparison or None
        Training against test, other women.
    """

    table: ScoreTable
    meaning: ScoreMeaning
    prevalence: float | None
    draws: int
    seed: int
    t_reference: TScoreReference | None
    sets: tuple[SetEvaluation, ...]
    between_sets: Comparison | None

    def to_frame(self) -> DataFrame:
        """One row per set and marker: counts, area, DeLong's interval and that of the bootstrap by patient."""
        from pandas import DataFrame

        return DataFrame(
            [
                {
                    "set": part.name,
                    "marker": found.marker,
                    "patients": found.patients,
                    "fractures": found.fractures,
                    "controls": found.controls,
                    "auc": found.auc.value,
                    "delong_lower": found.auc.lower,
                    "delong_upper": found.auc.upper,
                    "by_patient_lower": found.by_patient.lower,
                    "by_patient_upper": found.by_patient.upper,
                }
                for part in self.sets
                for found in part.discriminations
            ]
        )
