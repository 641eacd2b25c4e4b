"""What it costs to let bodies of one patient be in training and test set: measured, on the data and without signal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from OVCFRiskLib.statistics.delong import roc_auc
from OVCFRiskLib.tables.body_rows import FRACTURE
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.options import TrainingOptions
from OVCFRiskLib.training.pipeline import NoModelError, TrainingResult, train

# The paper's way of splitting against ours.
SPLITS_COMPARED: dict[str, dict[str, Any]] = {
    "by_vertebra": {"split_by": "vertebra", "scale_on": "all"},
    "by_patient": {"split_by": "patient", "scale_on": "train"},
}
# Splits per mean: its standard error is then about 0.02, enough to see a leak of 0.05 to 0.15.
REPEATS = 15
# AUC of a split in which training finds no model.
CHANCE = 0.5


@dataclass(frozen=True, slots=True)
class RepeatedSplits:
    """Test AUCs of many random splits.

    Attributes
    ----------
    aucs : ndarray, shape (repeats,)
        0.5 where training found no model.
    without_model : int
    """

    aucs: np.ndarray
    without_model: int

    @property
    def mean(self) -> float:
        return float(self.aucs.mean())


def repeated_splits(
    table: FeatureTable, options: TrainingOptions, repeats: int, shuffle_outcome: bool = False
) -> RepeatedSplits:
    """Train on many random splits and measure each on its test set.

    Parameters
    ----------
    table : FeatureTable
        Its column ``split`` is not used.
    options : TrainingOptions
        Seeds are ``options.seed``, ``options.seed + 1``, ...
    repeats : int
    shuffle_outcome : bool
        Permute the groups among the patients first, so that there is nothing to learn.
    """
    aucs, without_model = [], 0
    for number in range(repeats):
        seed = options.seed + number
        groups = _shuffled(table, seed) if shuffle_outcome else table.groups
        try:
            result = train(replace(table, sets=None, groups=groups), None, replace(options, seed=seed))
        except NoModelError:
            aucs.append(CHANCE)
            without_model += 1
        else:
            aucs.append(auc_of_test_set(result))
    return RepeatedSplits(np.array(aucs), without_model)


def cost_of_leakage(result: TrainingResult, repeats: int = REPEATS) -> dict[str, Any]:
    """Mean test AUCs of the paper's way and of splits by patient, on the data and on shuffled outcomes.

    Parameters
    ----------
    result : TrainingResult
        Of the paper's way.
    repeats : int
        Splits per mean; each at the lambda of the run, without the ICC.

    Returns
    -------
    dict
        ``patients_in_both_sets``, ``test_patients``, ``repeats``, and ``same_data`` and ``shuffled_outcome``, each with
        ``by_vertebra`` and ``by_patient``.
    """
    # the run's own lambda: with the 1-SE rule most shuffled runs would end without a model and hide the leak
    fixed = replace(result.options, lasso_lambda=result.lasso_lambda)
    means = {
        kind: {
            way: repeated_splits(result.table, replace(fixed, **changes), repeats, shuffled).mean
            for way, changes in SPLITS_COMPARED.items()
        }
        for kind, shuffled in (("same_data", False), ("shuffled_outcome", True))
    }
    return {
        "patients_in_both_sets": len(shared_patients(result)),
        "test_patients": len(np.unique(result.table.patients[~result.is_training])),
        "repeats": repeats,
        **means,
    }


def shared_patients(result: TrainingResult) -> np.ndarray:
    """Women with bodies in both sets; none unless the split was by vertebra."""
    patients = result.table.patients
    return np.intersect1d(patients[result.is_training], patients[~result.is_training])


def auc_of_test_set(result: TrainingResult) -> float:
    """AUC of risk against OVCF in the test set."""
    test = ~result.is_training
    return roc_auc(result.table.groups[test], result.r_scores[test], FRACTURE, result.higher_is_risk).value


def _shuffled(table: FeatureTable, seed: int) -> np.ndarray:
    """Groups reassigned among the patients, shape (n,)."""
    _, first, owner = np.unique(table.patients, return_index=True, return_inverse=True)
    return np.random.default_rng(seed).permutation(table.groups[first])[owner]
