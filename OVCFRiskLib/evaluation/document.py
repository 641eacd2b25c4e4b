"""An evaluation as plain JSON: every number, none of the patients."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from OVCFRiskLib import __version__
from OVCFRiskLib.evaluation.characteristics import characteristics
from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation

SCHEMA = "ovcfrisk-evaluation"
SCHEMA_VERSION = 1


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
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "software": {"ovcfrisk": __version__},
        "input": {
            "name": evaluation.table.name,
            "sha256": evaluation.table.sha256,
            "score_column": evaluation.table.score_column,
            "not_scored": list(evaluation.table.not_scored),
        },
        "score": plain(evaluation.meaning),
        "stated_prevalence": evaluation.prevalence,
        "bootstrap": {"unit": "patient", "draws": evaluation.draws, "seed": evaluation.seed},
        "t_score_learnt_from_training": plain(evaluation.t_reference),
        "sets": {part.name: _set_document(part) for part in evaluation.sets},
        "training_against_test": plain(evaluation.between_sets),
    }


def plain(value: Any) -> Any:
    """Dataclasses, arrays and numpy numbers as what JSON knows; numbers that are not finite become None."""
    if dataclasses.is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def json_text(document: Mapping[str, Any]) -> str:
    """Indented JSON text, keys in the document's order."""
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _set_document(part: SetEvaluation) -> dict[str, Any]:
    kept = ("discriminations", "comparisons", "operating_points", "calibration", "decision", "subgroups", "roc_bands")
    return {"characteristics": plain(characteristics(part.table))} | {key: plain(getattr(part, key)) for key in kept}
