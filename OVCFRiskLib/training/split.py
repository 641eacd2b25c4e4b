"""Splitting patients, never bodies, into training and test set."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.patient_folds import make_folds, shuffled_classes

__all__ = ["make_folds", "split_patients"]


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
    for members in shuffled_classes(patients, is_fracture, seed):
        if len(members) < 2:
            found = counted(len(members), "patient")
            raise OVCFRiskError(f"a class has {found}; a split needs at least 2 of each class, one on either side")
        count = min(max(round(test_share * len(members)), 1), len(members) - 1)
        is_training &= ~np.isin(patients, members[:count])
    return is_training
