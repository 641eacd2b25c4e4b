"""Checking an outcome and a score before anything is computed from them."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError


def positive_rows(y: np.ndarray, positive: object) -> np.ndarray:
    """Which rows belong to the positive class.

    Parameters
    ----------
    y : array_like, shape (n,)
        Class of each row; exactly two different values.
    positive : object
        The value that stands for the positive class; never guessed.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    OVCFRiskError
        If y does not hold exactly two classes, one of them ``positive``.
    """
    y = np.asarray(y)
    classes = list(np.unique(y))
    if y.ndim != 1 or len(classes) != 2 or positive not in classes:
        shown = ", ".join(str(c) for c in classes[:5])
        raise OVCFRiskError(
            f"the outcome must hold two classes, one of them the positive class {positive!r}; "
            f"got {len(classes)} class(es) ({shown}) in an array of shape {y.shape}"
        )
    return y == positive


def finite_scores(score: np.ndarray, rows: int, name: str = "score") -> np.ndarray:
    """The scores as floats, one per row of the outcome.

    Raises
    ------
    OVCFRiskError
        If the number of scores differs from the number of rows, or one is not finite.
    """
    score = np.asarray(score, float)
    if score.shape != (rows,):
        raise OVCFRiskError(f"{name} needs one number per row of the outcome: expected ({rows},), got {score.shape}")
    bad = np.flatnonzero(~np.isfinite(score))
    if len(bad):
        raise OVCFRiskError(f"{name}[{bad[0]}] is {score[bad[0]]}; remove rows without a finite {name} first")
    return score


def probabilities(probability: np.ndarray, rows: int) -> np.ndarray:
    """The same for probabilities.

    Raises
    ------
    OVCFRiskError
        If one lies outside [0, 1].
    """
    probability = finite_scores(probability, rows, "probability")
    bad = np.flatnonzero((probability < 0) | (probability > 1))
    if len(bad):
        raise OVCFRiskError(
            f"probability[{bad[0]}] is {probability[bad[0]]:g}, outside [0, 1]; a linear score is no probability"
        )
    return probability
