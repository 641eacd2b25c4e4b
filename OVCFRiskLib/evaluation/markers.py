"""How well a marker (R-score, T-score, a rule) finds bodies of women with a fracture, and which of two does better."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.statistics.bootstrap import Interval, PatientBootstrap, percentile_interval
from OVCFRiskLib.statistics.delong import AreaDifference, Auc, delong_test, delong_test_unpaired, roc_auc
from OVCFRiskLib.statistics.roc import Confusion, confusion_at


@dataclass(frozen=True, slots=True)
class Marker:
    """A number per body that speaks for a fracture.

    Attributes
    ----------
    name : str
    risk : ndarray, shape (n,)
        Higher speaks for OVCF.
    is_fracture : ndarray of bool, shape (n,)
    patients : ndarray of str, shape (n,)
    """

    name: str
    risk: np.ndarray
    is_fracture: np.ndarray
    patients: np.ndarray


@dataclass(frozen=True, slots=True)
class Discrimination:
    """Area under the ROC curve with two intervals.

    Attributes
    ----------
    marker : str
    patients : int
    fractures, controls : int
        Bodies.
    auc : Auc
        DeLong, as if bodies were independent (as the paper).
    by_patient : Interval
        Bootstrap of patients: the one to trust when women have several bodies.
    """

    marker: str
    patients: int
    fractures: int
    controls: int
    auc: Auc
    by_patient: Interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two areas against each other.

    Attributes
    ----------
    first, second : str
    delong : AreaDifference
    by_patient : Interval
        Of the difference first - second, bootstrap of patients.
    """

    first: str
    second: str
    delong: AreaDifference
    by_patient: Interval


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A marker at a cut-off; sensitivity is the share of fracture bodies found.

    Attributes
    ----------
    marker : str
    rule : str
        In words, e.g. ``"T-score <= -2.5"``.
    origin : str
        Where the cut-off comes from.
    cutoff : float
        On the marker's own scale.
    confusion : Confusion
    """

    marker: str
    rule: str
    origin: str
    cutoff: float
    confusion: Confusion


def discrimination(marker: Marker, draws: int, seed: int) -> Discrimination:
    """Area of one marker; errors as `roc_auc`."""
    fractures = int(marker.is_fracture.sum())
    bootstrap = PatientBootstrap.draw(marker.patients, marker.is_fracture, draws, seed)
    return Discrimination(
        marker.name,
        len(np.unique(marker.patients)),
        fractures,
        len(marker.is_fracture) - fractures,
        roc_auc(marker.is_fracture, marker.risk, True, True),
        percentile_interval(bootstrap.aucs(marker.risk)),
    )


def compare_paired(first: Marker, second: Marker, draws: int, seed: int) -> Comparison:
    """Two markers of the same bodies."""
    bootstrap = PatientBootstrap.draw(first.patients, first.is_fracture, draws, seed)
    return Comparison(
        first.name,
        second.name,
        delong_test(first.is_fracture, first.risk, second.risk, True, True),
        percentile_interval(bootstrap.aucs(first.risk) - bootstrap.aucs(second.risk)),
    )


def compare_sets(first: Marker, second: Marker, draws: int, seed: int) -> Comparison:
    """The same marker in two sets of women (training against validation)."""
    drawn = [
        PatientBootstrap.draw(marker.patients, marker.is_fracture, draws, seed + number).aucs(marker.risk)
        for number, marker in enumerate((first, second))
    ]
    return Comparison(
        first.name,
        second.name,
        delong_test_unpaired(first.is_fracture, first.risk, second.is_fracture, second.risk, True, True),
        percentile_interval(drawn[0] - drawn[1]),
    )


def operating_point(marker: Marker, cutoff: float, higher_is_risk: bool, origin: str) -> OperatingPoint:
    """Counts at a cut-off on the marker's own scale; a body at the cut-off is called at risk."""
    sign = 1 if higher_is_risk else -1
    rule = f"{marker.name} {'>=' if higher_is_risk else '<='} {cutoff:.4g}"
    confusion = confusion_at(marker.is_fracture, marker.risk, sign * cutoff, True, True)
    return OperatingPoint(marker.name, rule, origin, cutoff, confusion)
