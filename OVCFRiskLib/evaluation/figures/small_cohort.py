"""Small cohorts are drawn as such: they say so, and no shape is drawn that a handful of points would invent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.tables.body_rows import GROUPS

if TYPE_CHECKING:
    from OVCFRiskLib.evaluation.scored_bodies import ScoreTable

# Patients of a class below which an AUC of .8 has an interval wider than about +-.12 (Hanley and McNeil 1982).
FEW_PATIENTS = 20
# Points below which a density estimate shows its kernel rather than the data.
FEW_POINTS = 10
# Patients of a class below which a bootstrap band shows who was drawn rather than how sure a curve is.
FEWEST_FOR_BANDS = 5


def fewest_patients(table: ScoreTable) -> tuple[str, int]:
    """The group with the fewest patients, and how many."""
    counts = {group: len(np.unique(table.patients[table.groups == group])) for group in GROUPS}
    return min(counts.items(), key=lambda item: item[1])


def small_cohort_note(table: ScoreTable) -> str:
    """Which group is small, e.g. ``only 12 NF patients``; empty where none is."""
    group, count = fewest_patients(table)
    return f"only {count} {group} patient{'' if count == 1 else 's'}" if count < FEW_PATIENTS else ""
