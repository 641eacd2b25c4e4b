"""Decision curves of the markers of one set of bodies, with bands by patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.statistics.bootstrap import PatientBootstrap, percentile_band
from OVCFRiskLib.statistics.decision_curve import benefit_of_rates, net_benefit, net_benefit_of_treating_all

# Threshold probabilities shown; beyond 0.99 the odds run away.
THRESHOLDS = np.round(np.arange(0.01, 1.0, 0.01), 2)


@dataclass(frozen=True, slots=True)
class DecisionCurve:
    """Net benefit of one policy.

    Attributes
    ----------
    name : str
    benefit, lower, upper : ndarray, shape (t,)
    """

    name: str
    benefit: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True, slots=True)
class DecisionAnalysis:
    """Curves over the same thresholds and prevalence; treating none has net benefit 0.

    Attributes
    ----------
    thresholds : ndarray, shape (t,)
    prevalence : float
    is_prevalence_stated : bool
        False: the share of the cases in the data, which a case-control study sets by design.
    curves : tuple of DecisionCurve
    treat_all : ndarray, shape (t,)
    """

    thresholds: np.ndarray
    prevalence: float
    is_prevalence_stated: bool
    curves: tuple[DecisionCurve, ...]
    treat_all: np.ndarray


def decision_analysis(
    probabilities: dict[str, np.ndarray],
    is_fracture: np.ndarray,
    bootstrap: PatientBootstrap,
    prevalence: float | None,
) -> DecisionAnalysis:
    """Decision curves of several policies.

    Parameters
    ----------
    probabilities : mapping of name to ndarray, shape (n,)
        Probability of OVCF at the prevalence; 0 or 1 for a rule, which is then the same policy at every threshold.
    is_fracture : ndarray of bool, shape (n,)
    bootstrap : PatientBootstrap
        Of the same bodies.
    prevalence : float or None
        Share of OVCF where the model will be used; None takes that of the data.
    """
    rho = float(is_fracture.mean()) if prevalence is None else prevalence
    curves = []
    for name, p in probabilities.items():
        drawn = benefit_of_rates(*bootstrap.rates_above(p, THRESHOLDS), THRESHOLDS, rho)
        curves.append(DecisionCurve(name, net_benefit(is_fracture, p, THRESHOLDS, rho, True), *percentile_band(drawn)))
    treat_all = net_benefit_of_treating_all(THRESHOLDS, rho)
    return DecisionAnalysis(THRESHOLDS, rho, prevalence is not None, tuple(curves), treat_all)
