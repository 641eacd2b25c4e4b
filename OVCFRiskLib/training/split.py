"""Splitting patients, never bodies, into training set, test set and folds."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError


def split_patients(patients: np.ndarray, is_fracture: np.ndarray, test_share: float, seed: int) -> np.ndarray:
    """Choose the training rows so that all bodies of a patient fall on one side.

    Parameters
    ----------
    patients : ndarray of str, shape (n,)
    is_fracture : ndarray of bool, shape (n,)
        The same for all rows of a patient; each class is split on its own.
    test_share : float
        Share of the patients of each class that become the test set.
    seed : int

    Returns
    -------
    ndarray of bool, shape (n,)
        True in the training rows.

    Raises
    ------
    OVCFRiskError
        If the share is not in (0, 1) or a class has fewer than 2 patients.
    """
    if not 0 < test_share < 1:
        raise OVCFRiskError(f"the share of the test set must lie between 0 and 1, got {test_share:g}")
    is_training = np.ones(len(patients), bool)
    for members in _shuffled_classes(patients, is_fracture, seed):
        if len(members) < 2:
            raise OVCFRiskError(
                f"a class has {len(members)} patient(s); a split needs at least 2 of each class, one on either side"
            )
        count = min(max(round(test_share * len(members)), 1), len(members) - 1)
        is_training &= ~np.isin(patients, members[:count])
    return is_training


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
    """
    available = len(np.unique(patients))
    if count < 2 or available < count:
        raise OVCFRiskError(
            f"cannot make {count} fold(s) by patient: expected 2 to {available}, the patients in the training set; "
            "choose --folds to fit, or add patients"
        )
    folds = np.zeros(len(patients), int)
    dealt = 0
    for members in _shuffled_classes(patients, is_fracture, seed):
        for member in members:
            folds[patients == member] = dealt % count + 1
            dealt += 1
    return folds


def _shuffled_classes(patients: np.ndarray, is_fracture: np.ndarray, seed: int) -> list[np.ndarray]:
    """Patients of each class in random order, those with a fracture first."""
    rng = np.random.default_rng(seed)
    return [rng.permutation(np.unique(patients[is_fracture == wanted])) for wanted in (True, False)]
