"""In which fold is each patient, so that no fold's patients are known to the others?

Folds are balanced by *patients* of each class: standard errors over folds count patients. scikit-learn's
``StratifiedGroupKFold`` balances rows, so that folds may differ by several patients or lack a class where patients have
one to four bodies; that is why these few lines are our own.
"""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError


def make_folds(patients: np.ndarray, is_fracture: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Assign patients to folds, each class in turn, so that folds are alike in size and mix.

    Parameters
    ----------
    patients : ndarray of str, shape (n,)
    is_fracture : ndarray of bool, shape (n,)
    count : int
    seed : int

    Returns
    -------
    ndarray of int, shape (n,)
        1..count; all rows of a patient share one.

    Raises
    ------
    OVCFRiskError
        If there are fewer than two folds, or fewer patients than folds.

    Examples
    --------
    >>> patients = np.array(["A", "A", "B", "C", "D"])
    >>> folds = make_folds(patients, np.array([True, True, True, False, False]), count=2, seed=1)
    >>> bool(folds[0] == folds[1]), sorted(set(folds.tolist()))
    (True, [1, 2])
    """
    available = len(np.unique(patients))
    if count < 2 or available < count:
        raise OVCFRiskError(
            f"cannot make {counted(count, 'fold')} by patient: expected 2 to {available}, the number of patients; "
            "choose --folds to fit, or add patients"
        )
    folds = np.zeros(len(patients), int)
    dealt = 0
    for members in shuffled_classes(patients, is_fracture, seed):
        for member in members:
            folds[patients == member] = dealt % count + 1
            dealt += 1
    return folds


def shuffled_classes(patients: np.ndarray, is_fracture: np.ndarray, seed: int) -> list[np.ndarray]:
    """Patients of each class in random order, those with a fracture first."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(np.unique(patients[is_fracture == wanted])) for wanted in (True, False)]
