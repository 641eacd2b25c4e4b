"""Is this a two-class outcome with one finite score per row? Checked before anything is computed.

The positive class is always given, never guessed: taking the wrong one turns every result of a study around.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from OVCFRiskLib.errors import OVCFRiskError


def positive_rows(y: ArrayLike, positive: object) -> np.ndarray:
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

    Examples
    --------
    >>> positive_rows(["OVCF", "NF", "OVCF"], "OVCF").tolist()
    [True, False, True]
    """
    outcome = np.asarray(y)
    classes = list(np.unique(outcome))
    if outcome.ndim != 1 or len(classes) != 2 or positive not in classes:
        shown = ", ".join(str(c) for c in classes[:5])
        raise OVCFRiskError(
            f"the outcome must hold two classes, one of them the positive class {positive!r}; "
            f"got {len(classes)} class(es) ({shown}) in an array of shape {outcome.shape}"
        )
    return np.asarray(outcome == positive)


def finite_scores(score: ArrayLike, rows: int, name: str = "score") -> np.ndarray:
    """The scores as floats, one per row of the outcome.

    Raises
    ------
    OVCFRiskError
        If the number of scores differs from the number of rows, or one is not finite.
    """
    values = np.asarray(score, float)
    if values.shape != (rows,):
        raise OVCFRiskError(f"{name} needs one number per row of the outcome: expected ({rows},), got {values.shape}")
    bad = np.flatnonzero(~np.isfinite(values))
    if len(bad):
        raise OVCFRiskError(f"{name}[{bad[0]}] is {values[bad[0]]}; remove rows without a finite {name} first")
    return values


def probabilities(probability: ArrayLike, rows: int) -> np.ndarray:
    """Probabilities as floats, one per row of the outcome; errors as `finite_scores`.

    Raises
    ------
    OVCFRiskError
        If one lies outside [0, 1].
    """
    values = finite_scores(probability, rows, "probability")
    bad = np.flatnonzero((values < 0) | (values > 1))
    if len(bad):
        raise OVCFRiskError(
            f"probability[{bad[0]}] is {values[bad[0]]:g}, outside [0, 1]; a linear score is not a probability"
        )
    return values
