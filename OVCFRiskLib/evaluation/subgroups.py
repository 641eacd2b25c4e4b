"""Does the score hold up in parts of the cohort: by level, by bone density?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.evaluation.score_meaning import OSTEOPENIA_T_SCORE, OSTEOPOROSIS_T_SCORE, ScoreMeaning
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.statistics.bootstrap import Interval, PatientBootstrap, percentile_interval
from OVCFRiskLib.statistics.delong import Auc, roc_auc
from OVCFRiskLib.statistics.roc import Proportion, wilson_interval
from OVCFRiskLib.tables.body_rows import LEVELS

# Decades of life of women after menopause.
AGE_EDGES_YEARS = (60.0, 70.0, 80.0)


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One row of the subgroup table.

    Attributes
    ----------
    kind, name : str
        E.g. ``"level"``, ``"L2"``.
    patients, fractures, controls : int
    auc : Auc or None
        None with fewer than 2 bodies of a class.
    by_patient : Interval or None
    sensitivity, specificity : Proportion
        Of the fracture class at the frozen cut-off.
    """

    kind: str
    name: str
    patients: int
    fractures: int
    controls: int
    auc: Auc | None
    by_patient: Interval | None
    sensitivity: Proportion
    specificity: Proportion


def subgroup_table(table: ScoreTable, meaning: ScoreMeaning, draws: int, seed: int) -> tuple[Subgroup, ...]:
    """Subgroups by level, applicability, T-score stratum and age, those without a body left out.

    Parameters
    ----------
    table : ScoreTable
    meaning : ScoreMeaning
    draws, seed : int
        Of the bootstrap by patient.
    """
    return tuple(
        _subgroup(kind, name, table.subset(rows), meaning, draws, seed)
        for kind, name, rows in _strata(table)
        if rows.any()
    )


def _strata(table: ScoreTable) -> list[tuple[str, str, np.ndarray]]:
    """Kind, name and rows of every subgroup."""
    found = [("level", level, table.levels == level) for level in LEVELS]
    if table.is_outside is not None:
        found += [("model", "applies", ~table.is_outside), ("model", Category.OUTSIDE_MODEL.value, table.is_outside)]
    if table.t_scores is not None:
        t = table.t_scores
        found += [
            ("T-score", f"osteoporosis, T <= {OSTEOPOROSIS_T_SCORE}", t <= OSTEOPOROSIS_T_SCORE),
            ("T-score", "osteopenia", (t > OSTEOPOROSIS_T_SCORE) & (t < OSTEOPENIA_T_SCORE)),
            ("T-score", f"normal, T >= {OSTEOPENIA_T_SCORE}", t >= OSTEOPENIA_T_SCORE),
            ("T-score", "unknown", np.isnan(t)),
        ]
    if table.ages is not None:
        edges = (-np.inf, *AGE_EDGES_YEARS, np.inf)
        names = ["under 60", "60 to 69", "70 to 79", "80 and over"]
        for name, low, high in zip(names, edges, edges[1:], strict=False):
            found.append(("age, years", name, (table.ages >= low) & (table.ages < high)))
        found.append(("age, years", "unknown", np.isnan(table.ages)))
    return found


def _subgroup(kind: str, name: str, part: ScoreTable, meaning: ScoreMeaning, draws: int, seed: int) -> Subgroup:
    is_fracture, risk = part.is_fracture, meaning.risk(part.scores)
    fractures, controls = int(is_fracture.sum()), int((~is_fracture).sum())
    called = risk >= meaning.risk(np.array(meaning.cutoff))
    auc = by_patient = None
    if min(fractures, controls) >= 2:
        auc = roc_auc(is_fracture, risk, True, True)
        bootstrap = PatientBootstrap.draw(part.patients, is_fracture, draws, seed)
        by_patient = percentile_interval(bootstrap.aucs(risk))
    return Subgroup(
        kind,
        name,
        len(np.unique(part.patients)),
        fractures,
        controls,
        auc,
        by_patient,
        wilson_interval(int((called & is_fracture).sum()), fractures),
        wilson_interval(int((~called & ~is_fracture).sum()), controls),
    )
