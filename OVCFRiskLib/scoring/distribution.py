"""Does a body look like those the model was trained on?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import chdtri

from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.model_codes import FEATURE_OUTSIDE_TRAINING, FEATURES_UNUSUAL_TOGETHER, Z_LIMIT
from OVCFRiskLib.levels import LumbarLevel

if TYPE_CHECKING:  # the model's contributions need the sentences of this package
    from OVCFRiskLib.scoring.applicability import Applicability
    from OVCFRiskLib.scoring.model import RScoreModel, Term

# Share of a multivariate normal population beyond the joint limit.
JOINT_SHARE = 0.001
# Least variance of a direction, as a part of one feature's: features are known to a few per cent of their SD, so a
# direction in which the training data hardly varied (near duplicates) must not turn that into a distance.
LEAST_VARIANCE = 1e-3


def check_distribution(
    features: Mapping[str, float],
    model: RScoreModel,
    level: LumbarLevel | None = None,
    stated: Applicability | None = None,
) -> tuple[Finding, ...]:
    """Compare a body's features with the card's training data.

    Parameters
    ----------
    features : mapping of feature name to value
        On the card's extraction grid.
    model : RScoreModel
        Complete: with means, SDs and the covariance of the z-scores.
    level : LumbarLevel, optional
        The body's.
    stated : Applicability, optional
        What the card states of its features; None, or what it does not state: 3 SD, and chi-squared.

    Returns
    -------
    tuple of Finding
        ``feature_outside_training`` when features lie outside of the card's ranges, or beyond 3 SD of the training
        mean, and ``features_unusual_together`` when their Mahalanobis distance (Mahalanobis 1936) is beyond the card's,
        or beyond the 99.9th percentile of a chi-squared distribution, each at most once.
    """
    z = np.array([_z_score(term, features[term.name]) for term in model.terms])
    findings = []
    ranges = stated.feature_ranges if stated else None
    is_far = np.abs(z) > Z_LIMIT
    if ranges is not None:
        limits = np.array([ranges[term.name] for term in model.terms])
        values_of = np.array([features[term.name] for term in model.terms])
        is_far = (values_of < limits[:, 0]) | (values_of > limits[:, 1])
    far = [number for number in np.argsort(-np.abs(z)) if is_far[number]]
    if far:
        named = ", ".join(f"{_short(model.terms[number].name)} ({z[number]:+.1f} SD)" for number in far)
        values: dict[str, Any] = {"value": float(z[far[0]]), "features": named, "model": model.id}
        if ranges is not None:
            values["limit"] = "the card's ranges"
        findings.append(FEATURE_OUTSIDE_TRAINING.finding(level, **values))
    distance = mahalanobis_squared(z, np.array(model.training["z_covariance"], float))
    limit, rule = joint_limit(len(z)), f"chi-squared, {len(z)} degrees of freedom, {1 - JOINT_SHARE:.1%}"
    if stated and stated.joint_distance is not None:
        limit, rule = stated.joint_distance, "limit of the card"
    if distance > limit:
        values = {"value": distance, "limit": limit, "rule": rule, "model": model.id}
        findings.append(FEATURES_UNUSUAL_TOGETHER.finding(level, **values))
    return tuple(findings)


def joint_limit(features: int) -> float:
    """Squared Mahalanobis distance that a multivariate normal population exceeds with `JOINT_SHARE`."""
    return float(chdtri(features, JOINT_SHARE))


def _z_score(term: Term, value: float) -> float:
    """Standard deviations from the training mean, of a complete card."""
    assert term.mean is not None
    assert term.sd is not None
    return (value - term.mean) / term.sd


def mahalanobis_squared(z: np.ndarray, covariance: np.ndarray) -> float:
    """Squared Mahalanobis distance of (n,) z-scores from their mean 0, with the (n, n) covariance."""
    variances, directions = np.linalg.eigh(covariance)
    return float(np.sum((directions.T @ z) ** 2 / np.maximum(variances, LEAST_VARIANCE)))


def _short(name: str) -> str:
    """The last part of a feature's full name."""
    return name.rsplit("_", 1)[-1]
