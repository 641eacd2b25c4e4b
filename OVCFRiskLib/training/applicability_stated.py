"""What a card states of its applicability: from the rows it was trained on, and from the description of the CTs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from OVCFRiskLib.findings.model_codes import Z_LIMIT
from OVCFRiskLib.quality.contrast import contrast_kinds
from OVCFRiskLib.reading.kernels import KERNEL_KINDS, kernel_kind
from OVCFRiskLib.scoring.applicability import APPLICABILITY_FIELDS
from OVCFRiskLib.scoring.distribution import joint_limit, mahalanobis_squared
from OVCFRiskLib.training.description import DataDescription
from OVCFRiskLib.training.pipeline import TrainingResult
from OVCFRiskLib.training.scaling import rounded

# Features are no normal variables: the joint limit holds at least this part of the training bodies.
JOINT_PERCENTILE = 99.0


def applicability_of_rows(result: TrainingResult) -> dict[str, Any]:
    """What the training rows tell: sexes, ages, ranges and joint distance of the features.

    Parameters
    ----------
    result : TrainingResult

    Returns
    -------
    dict
        Keys of `APPLICABILITY_FIELDS`; None where the table has no such column or no cell of it is filled. A range of a
        feature is 3 SD around the training mean, or as far as training bodies went; the joint distance is that of a
        chi-squared distribution, or what 99 % of the training bodies stay within.
    """
    rows = result.is_training
    values = result.table.columns(tuple(term.name for term in result.terms))[rows]
    mean, sd = (np.array([getattr(term, key) for term in result.terms]) for key in ("mean", "sd"))
    low = np.minimum(values.min(axis=0), mean - Z_LIMIT * sd)  # not rounded: it has to hold the extreme bodies
    high = np.maximum(values.max(axis=0), mean + Z_LIMIT * sd)
    distances = [mahalanobis_squared(z, result.z_covariance) for z in (values - mean) / sd]
    joint = max(joint_limit(len(mean)), float(np.percentile(distances, JOINT_PERCENTILE)))
    ages = None if result.table.ages is None else result.table.ages[rows]
    sexes = None if result.table.sexes is None else result.table.sexes[rows]
    return {
        "sexes": _words(sexes),
        "age_range_years": _range(ages),
        "feature_ranges": {
            term.name: limits for term, *limits in zip(result.terms, low.tolist(), high.tolist(), strict=True)
        },
        "joint_distance": float(rounded(joint)),
    }


def stated_applicability(description: DataDescription, of_rows: Mapping[str, Any]) -> dict[str, Any]:
    """The whole block: what the rows tell, then what the description of the CTs states; None where neither does.

    Parameters
    ----------
    description : DataDescription
    of_rows : mapping
        As `applicability_of_rows` gives it.
    """
    stated = {key: getattr(description, key, None) for key in APPLICABILITY_FIELDS}
    stated["contrast"] = contrast_kinds(description.contrast)
    kinds = {kernel if kernel in KERNEL_KINDS else kernel_kind(kernel) for kernel in description.kernels or ()}
    stated["kernels"] = sorted(kinds) or None
    block = {key: of_rows[key] if of_rows.get(key) is not None else stated[key] for key in APPLICABILITY_FIELDS}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in block.items()}


def _range(values: np.ndarray | None) -> list[float] | None:
    """Lowest and highest of the cells that are filled."""
    known = np.array([]) if values is None else values[np.isfinite(values)]
    return [float(known.min()), float(known.max())] if len(known) else None


def _words(cells: np.ndarray | None) -> list[str] | None:
    """Which words a column holds, without empty cells."""
    return sorted({str(cell) for cell in ([] if cells is None else cells) if cell}) or None
