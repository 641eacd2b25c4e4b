"""training_log.json: every number on the way from the tables to the card, without patient identifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from OVCFRiskLib.evaluation.document import evaluation_document
from OVCFRiskLib.evaluation.results import Evaluation
from OVCFRiskLib.json_text import plain_or_null
from OVCFRiskLib.tables.body_rows import GROUPS
from OVCFRiskLib.training.description import DataDescription
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.leakage import shared_patients
from OVCFRiskLib.training.model_card import input_hashes, software_versions
from OVCFRiskLib.training.pipeline import TrainingResult
from OVCFRiskLib.training.regression_path import kkt_violation

# What the file is and which fields it has, so that a program can tell before it reads on.
LOG_SCHEMA = "ovcfrisk-training-log"
LOG_SCHEMA_VERSION = 1


def training_log(
    result: TrainingResult,
    description: DataDescription,
    card: Mapping[str, Any],
    evaluation: Evaluation,
    second_observer: FeatureTable | None = None,
    leakage: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The log as dictionaries, lists, numbers and strings.

    Parameters
    ----------
    result : TrainingResult
    description : DataDescription
    card : mapping
        The frozen card.
    evaluation : Evaluation
        Of training and test set.
    second_observer : FeatureTable, optional
    leakage : mapping, optional
        What splitting by vertebra cost, for a paper-faithful run.

    Returns
    -------
    dict
        Rows are named by their line in the feature table, not by patient.
    """
    return {
        "schema": LOG_SCHEMA,
        "schema_version": LOG_SCHEMA_VERSION,
        "model": {"id": card["id"], "sha256": card["sha256"], "status": card["status"]},
        "software": software_versions(),
        "inputs": input_hashes(result.table, second_observer),
        "options": plain_or_null(result.options),
        "data": description.to_dict(),
        "split": _split_document(result),
        "scaling": {
            name: {"mean": mean, "sd": sd}
            for name, (mean, sd) in zip(result.candidates, result.candidate_scaling, strict=True)
        },
        "observers": {
            "bodies": result.reliability.bodies,
            "icc_2_1": plain_or_null(result.reliability.iccs),
            "kept": list(result.reliability.kept),
            "left_out": dict(result.reliability.left_out),
        },
        "mrmr_order": list(result.candidates),
        "path": _path_document(result),
        "score": {
            "lambda": result.lasso_lambda,
            "terms": plain_or_null(result.terms),
            "intercept": result.intercept,
            "training_auc": plain_or_null(result.auc),
            "cutoff": plain_or_null(result.cutoff),
            "tied_cutoffs": plain_or_null(result.tied_cutoffs),
        },
        "leakage": plain_or_null(leakage),
        "evaluation": evaluation_document(evaluation),
        "rows": _row_documents(result),
    }


def _split_document(result: TrainingResult) -> dict[str, Any]:
    """Counts per set and class, and how many women stand on both sides."""
    table = result.table
    document: dict[str, Any] = {"from_table": table.sets is not None}
    for name, rows in (("training", result.is_training), ("test", ~result.is_training)):
        document[name] = {
            "patients": len(np.unique(table.patients[rows])),
            **{group: int((table.groups[rows] == group).sum()) for group in GROUPS},
        }
    document["patients_in_both"] = len(shared_patients(result))
    return document


def _path_document(result: TrainingResult) -> dict[str, Any]:
    """Path of all training rows over the z-scored candidates, and its cross-validation."""
    validation = result.validation
    rows = result.is_training
    y = (result.table.groups[rows] == result.options.positive_class).astype(float)
    violation = kkt_violation(validation.path, result.candidate_z, y)
    return {
        "family": result.options.family,
        "measure": validation.measure,
        "alignment": validation.alignment,
        "lambda_min": validation.lambda_min,
        "lambda_1se": validation.lambda_1se,
        "lambdas": plain_or_null(validation.lambdas),
        "mean_loss": plain_or_null(validation.mean),
        "standard_error": plain_or_null(validation.se),
        "nonzero": plain_or_null(validation.nonzero),
        "intercept": plain_or_null(validation.path.intercept),
        "coefficients": dict(zip(result.candidates, plain_or_null(validation.path.coef), strict=True)),
        "largest_kkt_violation_of_lambda": float(violation.max()),
    }


def _row_documents(result: TrainingResult) -> list[dict[str, Any]]:
    folds = np.zeros(len(result.is_training), int)
    folds[result.is_training] = result.folds
    return [
        {
            "line": line,
            "set": "train" if result.is_training[row] else "test",
            "fold": int(folds[row]) or None,
            "r_score": float(result.r_scores[row]),
        }
        for row, line in enumerate(result.table.lines)
    ]
