"""External validation of a frozen score: everything is measured, nothing is refitted."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.decision_analysis import DecisionAnalysis, decision_analysis
from OVCFRiskLib.evaluation.markers import Marker, compare_paired, compare_sets, discrimination, operating_point
from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation
from OVCFRiskLib.evaluation.roc_bands import roc_band
from OVCFRiskLib.evaluation.score_meaning import OSTEOPOROSIS_T_SCORE, T_SCORE, ScoreMeaning
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.evaluation.subgroups import subgroup_table
from OVCFRiskLib.evaluation.t_score_reference import TScoreReference
from OVCFRiskLib.numeric import DEFAULT_SEED
from OVCFRiskLib.statistics.bootstrap import DEFAULT_DRAWS, PatientBootstrap
from OVCFRiskLib.statistics.calibration import calibration

# Bodies in a group of the calibration curve: with fewer, the interval of its frequency spans most of the axis.
FEWEST_IN_GROUP = 8
SET_NAMES = {"train": "training", "test": "test"}


def evaluate(
    table: ScoreTable,
    meaning: ScoreMeaning,
    prevalence: float | None = None,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> Evaluation:
    """Measure a frozen score against the outcome.

    Parameters
    ----------
    table : ScoreTable
        With a column ``split``, training and test rows are measured apart and compared.
    meaning : ScoreMeaning
        Direction, cut-off and link of the score.
    prevalence : float, optional
        Share of OVCF where the score will be used, for decision curves.
    draws, seed : int
        Of the bootstrap by patient.

    Returns
    -------
    Evaluation

    Raises
    ------
    OVCFRiskError
        If a set lacks a class, or prevalence or draws are unusable.

    Notes
    -----
    The cut-off is the frozen one. The T-score enters as it is, as the rule T <= -2.5 (WHO), and, where training rows
    have T-scores, with the cut-off and the logistic line learnt from those rows.
    """
    parts = _parts(table)
    t_reference = TScoreReference.learnt(parts["training"]) if "training" in parts else None
    sets = tuple(
        _evaluate_set(name, part, meaning, t_reference, prevalence, draws, seed) for name, part in parts.items()
    )
    between = None
    if len(parts) == 2:
        first, second = (_score_marker(part, meaning, name) for name, part in parts.items())
        between = compare_sets(first, second, draws, seed)
    return Evaluation(table, meaning, prevalence, draws, seed, t_reference, sets, between)


def _parts(table: ScoreTable) -> dict[str, ScoreTable]:
    """The sets by name, training first."""
    if table.sets is None:
        return {"validation": table}
    parts = {SET_NAMES[key]: table.subset(table.sets == key) for key in SET_NAMES if (table.sets == key).any()}
    for name, part in parts.items():
        if len(np.unique(part.groups)) < 2:
            raise OVCFRiskError(
                f"{table.name}, column 'split': the {name} set holds {part.groups[0]} only; each set needs both classes"
            )
    return parts


def _score_marker(table: ScoreTable, meaning: ScoreMeaning, name: str) -> Marker:
    return Marker(name, meaning.risk(table.scores), table.is_fracture, table.patients)


def _t_score_markers(table: ScoreTable) -> tuple[Marker, ...]:
    """The T-score and the rule T <= -2.5, of bodies that all have one."""
    t_scores = table.known_t_scores
    rule = np.less_equal(t_scores, OSTEOPOROSIS_T_SCORE).astype(float)
    return (
        Marker(T_SCORE.name, T_SCORE.risk(t_scores), table.is_fracture, table.patients),
        Marker(f"T <= {OSTEOPOROSIS_T_SCORE}", rule, table.is_fracture, table.patients),
    )


def _with_t_score(table: ScoreTable) -> ScoreTable | None:
    """Bodies with a T-score, if there are some of both classes."""
    if table.t_scores is None:
        return None
    part = table.subset(np.isfinite(table.t_scores))
    return part if len(np.unique(part.groups)) == 2 else None


def _evaluate_set(
    name: str,
    table: ScoreTable,
    meaning: ScoreMeaning,
    t_reference: TScoreReference | None,
    prevalence: float | None,
    draws: int,
    seed: int,
) -> SetEvaluation:
    score = _score_marker(table, meaning, meaning.name)
    points = [operating_point(score, meaning.cutoff, meaning.higher_is_risk, "frozen")]
    markers, comparisons = [score], []
    dxa = _with_t_score(table)
    if dxa is not None:
        others = _t_score_markers(dxa)
        same_bodies = _score_marker(dxa, meaning, meaning.name)
        markers += others
        comparisons = [compare_paired(same_bodies, other, draws, seed) for other in others]
        points.append(operating_point(others[0], OSTEOPOROSIS_T_SCORE, False, "WHO"))
        if t_reference is not None:
            points.append(operating_point(others[0], t_reference.cutoff, False, "Youden, training set"))
    probability = meaning.probability(table.scores)
    return SetEvaluation(
        name,
        table,
        tuple(discrimination(marker, draws, seed) for marker in markers),
        tuple(comparisons),
        tuple(points),
        None
        if probability is None
        else calibration(table.is_fracture, probability, True, _calibration_groups(len(table.scores))),
        _decision(table, dxa, meaning, t_reference, prevalence, draws, seed),
        subgroup_table(table, meaning, draws, seed),
        tuple(roc_band(marker, draws, seed) for marker in markers),
    )


def _calibration_groups(bodies: int) -> int:
    """Groups of the calibration curve: tenths, or fewer where a group would hold less than `FEWEST_IN_GROUP` bodies."""
    return max(2, min(10, bodies // FEWEST_IN_GROUP))


def _decision(
    table: ScoreTable,
    dxa: ScoreTable | None,
    meaning: ScoreMeaning,
    t_reference: TScoreReference | None,
    prevalence: float | None,
    draws: int,
    seed: int,
) -> DecisionAnalysis:
    """Policies on the bodies that have all markers, so that the curves can be compared."""
    table = table if dxa is None else dxa
    risk = meaning.risk(table.scores)
    policies: dict[str, np.ndarray] = {}
    probability = meaning.probability(table.scores, prevalence)
    if probability is not None:
        policies[f"{meaning.name}, probability"] = probability
    policies[f"{meaning.name}, frozen cut-off"] = (risk >= meaning.risk(np.array(meaning.cutoff))).astype(float)
    if dxa is not None:
        if t_reference is not None:
            policies["T-score, probability"] = t_reference.probability(dxa.known_t_scores, prevalence)
        rule = np.less_equal(dxa.known_t_scores, OSTEOPOROSIS_T_SCORE).astype(float)
        policies[f"T <= {OSTEOPOROSIS_T_SCORE}"] = rule
    bootstrap = PatientBootstrap.draw(table.patients, table.is_fracture, draws, seed)
    return decision_analysis(policies, table.is_fracture, bootstrap, prevalence)
