"""Who was measured: the table that opens every report (the paper's Table 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.tables.body_rows import GROUPS, LEVELS


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample SD over ``known`` patients; NaN where nothing (or one) is known."""

    known: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class GroupCharacteristics:
    """One group of one set.

    Attributes
    ----------
    group : str
    patients, bodies : int
    bodies_per_level : mapping of level to int
    age_years, t_score : Spread
        Over patients.
    score : Spread
        Over bodies.
    """

    group: str
    patients: int
    bodies: int
    bodies_per_level: dict[str, int]
    age_years: Spread
    t_score: Spread
    score: Spread


def characteristics(table: ScoreTable) -> tuple[GroupCharacteristics, ...]:
    """Both groups of a set, OVCF first."""
    return tuple(_of_group(group, table.subset(table.groups == group)) for group in GROUPS)


def _of_group(group: str, part: ScoreTable) -> GroupCharacteristics:
    _, first = np.unique(part.patients, return_index=True)
    return GroupCharacteristics(
        group,
        len(first),
        len(part.patients),
        {level: int((part.levels == level).sum()) for level in LEVELS},
        _spread(None if part.ages is None else part.ages[first]),
        _spread(None if part.t_scores is None else part.t_scores[first]),
        _spread(part.scores),
    )


def _spread(values: np.ndarray | None) -> Spread:
    known = np.array([]) if values is None else values[np.isfinite(values)]
    mean = float(known.mean()) if len(known) else float("nan")
    sd = float(known.std(ddof=1)) if len(known) > 1 else float("nan")
    return Spread(len(known), mean, sd)
