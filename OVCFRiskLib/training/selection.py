"""From many features to few: reliable between observers, then relevant without being redundant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.icc import ICC, icc
from OVCFRiskLib.training.feature_table import FeatureTable, match_rows, without_known_twins
from OVCFRiskLib.training.mrmr import mrmr


@dataclass(frozen=True, slots=True)
class Reliability:
    """Agreement of two observers.

    Attributes
    ----------
    iccs : mapping of feature name to ICC
        Empty without a second observer.
    bodies : int
        Bodies both segmented, in the training set.
    kept : tuple of str
        Features above the threshold (all, without a second observer).
    left_out : mapping of feature name to reason
    """

    iccs: Mapping[str, ICC]
    bodies: int
    kept: tuple[str, ...]
    left_out: Mapping[str, str]


def reliable_features(
    table: FeatureTable, second_observer: FeatureTable | None, rows: np.ndarray, threshold: float
) -> Reliability:
    """Features that two observers' masks give alike.

    Parameters
    ----------
    table : FeatureTable
    second_observer : FeatureTable or None
        Same features of (some of) the same bodies; None keeps all features that are no known twin of another.
    rows : ndarray of bool
        Rows of ``table`` to use, the training set.
    threshold : float
        ICC(2,1) must be greater.

    Raises
    ------
    OVCFRiskError
        If no feature is reliable, or the observers' tables do not match.
    """
    names = without_known_twins(table)
    left_out = {name: "the same as another feature by definition" for name in table.features if name not in names}
    left_out |= {name: "constant in the training set" for name in names if np.ptp(table.columns((name,))[rows]) == 0}
    names = tuple(name for name in names if name not in left_out)
    if second_observer is None:
        return Reliability({}, 0, names, left_out)
    first, second = match_rows(table, second_observer)
    used = rows[first]
    if used.sum() < 3:
        raise OVCFRiskError(
            f"{second_observer.name}: {used.sum()} of its bodies are in the training set; an ICC needs at least 3"
        )
    one, other = table.columns(names)[first[used]], second_observer.columns(names)[second[used]]
    iccs = {name: icc(np.column_stack([one[:, i], other[:, i]])) for i, name in enumerate(names)}
    kept = tuple(name for name in names if iccs[name].value > threshold)
    left_out |= {name: f"ICC {iccs[name].value:.3f}" for name in names if name not in kept}
    if not kept:
        best = max(names, key=lambda name: iccs[name].value)
        raise OVCFRiskError(
            f"no feature has an ICC above {threshold:g}; the best is '{best}' with {iccs[best].value:.3f}. "
            "Check that both observers' tables were extracted alike"
        )
    return Reliability(iccs, int(used.sum()), kept, left_out)


def relevant_features(names: tuple[str, ...], z: np.ndarray, y: np.ndarray, count: int) -> tuple[str, ...]:
    """The first ``count`` features by mRMR (all of them in order, if there are fewer).

    Parameters
    ----------
    names : tuple of str
    z : ndarray, shape (n, len(names))
        Of the training rows.
    y : ndarray, shape (n,)
        0/1.
    count : int
    """
    return tuple(names[i] for i in mrmr(z, y, min(count, len(names))))
