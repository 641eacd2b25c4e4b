"""Markers side by side: the area of each, the differences between them, the same folds of patients for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.evaluation.marker_table import MarkerTable
from OVCFRiskLib.evaluation.markers import Comparison, Discrimination, compare_paired, discrimination
from OVCFRiskLib.evaluation.results import RocBand
from OVCFRiskLib.evaluation.roc_bands import roc_band
from OVCFRiskLib.numeric import DEFAULT_SEED
from OVCFRiskLib.statistics.bootstrap import DEFAULT_DRAWS
from OVCFRiskLib.statistics.delong import roc_auc
from OVCFRiskLib.statistics.patient_folds import make_folds

if TYPE_CHECKING:
    from pandas import DataFrame

# Chosen; nothing is fitted on them, they describe how an area varies between patients.
DEFAULT_FOLDS = 5


@dataclass(frozen=True, slots=True)
class MarkerStudy:
    """What a table of markers says.

    Attributes
    ----------
    table : MarkerTable
    discriminations : tuple of Discrimination
        One per marker, on all rows where it is known.
    comparisons : tuple of Comparison
        Every pair, on the rows where both are known.
    common_rows : tuple of int
        Rows of each comparison.
    bands : tuple of RocBand
    folds : ndarray of int, shape (n,)
        Of the rows, by patient.
    fold_aucs : mapping of str to ndarray
        Marker to its area in each fold, NaN where the fold lacks a class.
    draws, seed : int
        Of the bootstrap; the seed makes the folds too.
    """

    table: MarkerTable
    discriminations: tuple[Discrimination, ...]
    comparisons: tuple[Comparison, ...]
    common_rows: tuple[int, ...]
    bands: tuple[RocBand, ...]
    folds: np.ndarray
    fold_aucs: dict[str, np.ndarray]
    draws: int
    seed: int

    def to_frame(self) -> DataFrame:
        """One row per marker: counts, area, DeLong's and the bootstrap's interval, mean and SD over the folds."""
        from pandas import DataFrame

        return DataFrame(self.rows())

    def rows(self) -> list[dict[str, object]]:
        """The same as plain rows."""
        return [
            {
                "marker": found.marker,
                "risk_when": "higher" if self.table.is_higher_risk[found.marker] else "lower",
                "patients": found.patients,
                "fractures": found.fractures,
                "controls": found.controls,
                "auc": found.auc.value,
                "delong_lower": found.auc.lower,
                "delong_upper": found.auc.upper,
                "by_patient_lower": found.by_patient.lower,
                "by_patient_upper": found.by_patient.upper,
                **_over_folds(self.fold_aucs[found.marker]),
            }
            for found in self.discriminations
        ]


def evaluate_markers(
    table: MarkerTable,
    folds: np.ndarray | int = DEFAULT_FOLDS,
    draws: int = DEFAULT_DRAWS,
    seed: int = DEFAULT_SEED,
) -> MarkerStudy:
    """Measure every marker of a table.

    Parameters
    ----------
    table : MarkerTable
    folds : ndarray of int, shape (n,), or int
        Fold of each row as given, or how many to make by patient.
    draws, seed : int

    Returns
    -------
    MarkerStudy

    Raises
    ------
    OVCFRiskError
        If folds or draws are unusable.

    Notes
    -----
    Nothing is fitted: a marker is taken as it is, so folds only describe how much its area varies between patients, and
    let another tool be trained and tested on the same ones.
    """
    if isinstance(folds, int):
        folds = make_folds(table.patients, table.is_fracture, folds, seed)
    pairs, comparisons, common = list(combinations(table.values, 2)), [], []
    for first, second in pairs:
        both = np.isfinite(table.values[first]) & np.isfinite(table.values[second])
        if len(np.unique(table.groups[both])) == 2:
            comparisons.append(compare_paired(table.marker(first, both), table.marker(second, both), draws, seed))
            common.append(int(both.sum()))
    markers = [table.marker(name) for name in table.values]
    return MarkerStudy(
        table,
        tuple(discrimination(marker, draws, seed) for marker in markers),
        tuple(comparisons),
        tuple(common),
        tuple(roc_band(marker, draws, seed) for marker in markers),
        folds,
        {name: _aucs(table, name, folds) for name in table.values},
        draws,
        seed,
    )


def _aucs(table: MarkerTable, name: str, folds: np.ndarray) -> np.ndarray:
    found = []
    for fold in np.unique(folds):
        marker = table.marker(name, (folds == fold) & np.isfinite(table.values[name]))
        has_both = 0 < marker.is_fracture.sum() < len(marker.is_fracture)
        found.append(roc_auc(marker.is_fracture, marker.risk, True, True).value if has_both else np.nan)
    return np.array(found)


def _over_folds(aucs: np.ndarray) -> dict[str, object]:
    known = aucs[np.isfinite(aucs)]
    return {
        "folds": len(known),
        "fold_mean": float(known.mean()) if len(known) else None,
        "fold_sd": float(known.std(ddof=1)) if len(known) > 1 else None,
    }
