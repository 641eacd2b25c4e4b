"""An evaluation as plain JSON: every number, none of the patients."""

from __future__ import annotations

from typing import Any

from OVCFRiskLib import __version__
from OVCFRiskLib.evaluation.characteristics import characteristics
from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation
from OVCFRiskLib.json_text import plain_or_null

# Name and version of the document's layout, by which a reader knows what fields to expect.
EVALUATION_SCHEMA = "ovcfrisk-evaluation"
EVALUATION_SCHEMA_VERSION = 1


def evaluation_document(evaluation: Evaluation) -> dict[str, Any]:
    """The evaluation as dictionaries, lists, numbers and strings; same input, same document.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    dict
        Undefined numbers are null.
    """
    return {
        "schema": EVALUATION_SCHEMA,
        "schema_version": EVALUATION_SCHEMA_VERSION,
        "software": {"ovcfrisk": __version__},
        "input": {
            "name": evaluation.table.name,
            "sha256": evaluation.table.sha256,
            "score_column": evaluation.table.score_column,
            "not_scored": list(evaluation.table.not_scored),
        },
        "score": plain_or_null(evaluation.meaning),
        "stated_prevalence": evaluation.prevalence,
        "bootstrap": {"unit": "patient", "draws": evaluation.draws, "seed": evaluation.seed},
        "t_score_learnt_from_training": plain_or_null(evaluation.t_reference),
        "sets": {part.name: _set_document(part) for part in evaluation.sets},
        "training_against_test": plain_or_null(evaluation.between_sets),
    }


def _set_document(part: SetEvaluation) -> dict[str, Any]:
    kept = ("discriminations", "comparisons", "operating_points", "calibration", "decision", "subgroups", "roc_bands")
    return {"characteristics": plain_or_null(characteristics(part.table))} | {
        key: plain_or_null(getattr(part, key)) for key in kept
    }
