"""From a training run to the frozen card: every field of contract 1, none guessed."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any

import numpy as np
import scipy

from OVCFRiskLib import __version__
from OVCFRiskLib.scoring.freezing import freeze
from OVCFRiskLib.statements import DEMONSTRATION, INTENDED_FOR_DEMONSTRATION, INTENDED_FOR_RESEARCH
from OVCFRiskLib.tables.body_rows import GROUPS
from OVCFRiskLib.training.applicability_stated import applicability_of_rows, stated_applicability
from OVCFRiskLib.training.description import DataDescription
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.options import TrainingOptions
from OVCFRiskLib.training.pipeline import TrainingResult
from OVCFRiskLib.training.scaling import rounded
from OVCFRiskLib.training.selection import Reliability

# Goes into every card trained here, so that it is not taken for the paper's model.
METHOD_REFERENCE = (
    "Method: Yu Q, An H, Chen J, et al. Front. Aging 2025; 6:1472060, doi 10.3389/fragi.2025.1472060. "
    "Not the paper's own model, whose coefficients are not published."
)
# family of the regression -> scale of the R-score
LINK_OF_FAMILY = {"gaussian": "identity", "binomial": "logit"}


def make_card(
    result: TrainingResult,
    description: DataDescription,
    model_id: str,
    title: str,
    second_observer: FeatureTable | None = None,
) -> dict[str, Any]:
    """Freeze the card of a training run.

    Parameters
    ----------
    result : TrainingResult
    description : DataDescription
        Of the cohort; simulated data give a card of status ``demonstration``.
    model_id, title : str
    second_observer : FeatureTable, optional
        Table used for the ICC, for its hash.

    Returns
    -------
    dict
        A verified card.

    Raises
    ------
    OVCFRiskError
        If a field is not as the card needs it (the id holds a space, ...).
    """
    return freeze_described(card_fields(result, second_observer), description, model_id, title)


def card_fields(result: TrainingResult, second_observer: FeatureTable | None = None) -> dict[str, Any]:
    """What a card takes from the training itself; who was trained on is stated apart, see `freeze_described`.

    Parameters
    ----------
    result : TrainingResult
    second_observer : FeatureTable, optional

    Returns
    -------
    dict
        No rows of the data, so that it may be kept with a model.
    """
    groups = result.table.groups[result.is_training]
    scores = result.r_scores[result.is_training]
    return {
        "features": [
            {"name": term.name, "mean": term.mean, "sd": term.sd, "coefficient": term.coefficient}
            for term in result.terms
        ],
        "intercept": result.intercept,
        "link": LINK_OF_FAMILY[result.options.family],
        "cutoff": result.cutoff.threshold,
        "positive_class": result.options.positive_class,
        "higher_is_risk": result.higher_is_risk,
        "risk_index_scale": float(rounded(scores.std(ddof=1))),
        "training": {
            "procedure": procedure_text(result.options, result.lasso_lambda, result.reliability),
            "patients": len(np.unique(result.table.patients[result.is_training])),
            "vertebrae": {group: int((groups == group).sum()) for group in GROUPS},
            "mean_r_score": {group: float(rounded(scores[groups == group].mean())) for group in GROUPS},
            "auc": float(rounded(result.auc.value)),
            "z_covariance": result.z_covariance.tolist(),
            "input_sha256": input_hashes(result.table, second_observer),
            "software": software_versions(),
        },
        "applicability": applicability_of_rows(result),
    }


def freeze_described(
    fields: Mapping[str, Any], description: DataDescription, model_id: str, title: str
) -> dict[str, Any]:
    """Freeze what a training found together with what is stated of its cohort.

    Parameters
    ----------
    fields : mapping
        As `card_fields` gives them.
    description : DataDescription
    model_id, title : str

    Returns
    -------
    dict
        A verified card.

    Raises
    ------
    OVCFRiskError
        If a field is not as the card needs it (the id holds a space, ...).
    """
    found = dict(fields["training"])
    performed = {key: found.pop(key) for key in ("procedure", "patients", "vertebrae", "mean_r_score", "auc")}
    scans = {
        "slice_thickness_range_mm": list(description.slice_thickness_range_mm),
        "pixel_spacing_range_mm": list(description.pixel_spacing_range_mm),
        "kvp_range": None if description.kvp_range is None else list(description.kvp_range),
        "contrast": description.contrast,
    }
    return freeze(
        {
            "id": model_id,
            "title": title,
            "status": DEMONSTRATION if description.is_simulated else "research",
            "intended_use": INTENDED_FOR_DEMONSTRATION if description.is_simulated else INTENDED_FOR_RESEARCH,
            "reference": METHOD_REFERENCE,
            **{key: value for key, value in fields.items() if key not in ("training", "applicability")},
            "extraction": description.extraction.to_dict(),
            "training": {"population": description.population, **performed, **scans, **found},
            "applicability": stated_applicability(description, fields["applicability"]),
            "mask_origins": None if description.mask_origins is None else list(description.mask_origins),
        }
    )


def software_versions() -> dict[str, str]:
    """Versions of what the numbers depend on."""
    return {
        "ovcfrisk": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def input_hashes(table: FeatureTable, second_observer: FeatureTable | None) -> dict[str, str]:
    """SHA-256 per input file."""
    return {part.name: part.sha256 for part in (table, second_observer) if part is not None}


def procedure_text(options: TrainingOptions, lasso_lambda: float, reliability: Reliability) -> str:
    """How the model came about, in a sentence or two; only what was done."""
    if options.feature_set == "all":
        agreement = "no second observer, so the features' reliability was not measured"
        if reliability.iccs:
            agreement = f"ICC(2,1) > {options.icc_threshold:g} on {reliability.bodies} bodies of two observers"
        selection = f"{agreement}; mRMR {min(options.mrmr_features, len(reliability.kept))}, LASSO"
    else:
        selection = "the eight features of Yu et al. 2025, LASSO"
    choice = f"lambda.{options.lambda_rule}" if options.lasso_lambda is None else "fixed"
    scaling = "training rows" if options.scale_on == "train" else "ALL rows, before the split (as the paper)"
    leak = "; bodies of one woman lie on both sides of the split, so the test set is optimistic"
    return (
        f"{selection} ({options.family}, {options.positive_class} coded 1, lambda {lasso_lambda:.6g}, {choice}, "
        f"{options.folds} folds by {options.split_by}); split by {options.split_by}, scaled on {scaling}; cut-off by "
        f"Youden's index in the training set; seed {options.seed}{leak if options.is_faithful else ''}"
    )
