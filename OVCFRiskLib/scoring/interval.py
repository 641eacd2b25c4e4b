"""The interval of a score under redrawn masks, centred on the score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# The middle 95 %, as intervals are read.
INTERVAL_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, slots=True, eq=False)
class CentredInterval:
    """How far an R-score moves when the mask is redrawn.

    Attributes
    ----------
    low, high : float
        2.5th and 97.5th percentile of ``r_scores``.
    shift : float
        Median R-score of the redrawn masks as they are, minus the score of the mask itself.
    r_scores : numpy.ndarray
        Of the redrawn masks, without the shift: as many lie above as below the score.
    """

    low: float
    high: float
    shift: float
    r_scores: np.ndarray


def centred_interval(r_score: float, redrawn: Sequence[float]) -> CentredInterval:
    """The interval of an R-score from the R-scores of redrawn masks.

    A mask that follows the edge of the bone is the best of its kind: any redrawn outline, larger or smaller, takes in
    a few voxels darker than all of its own, and gray levels are counted from the darkest one. So redrawing moves all
    scores to one side, those of true masks as well, and by as much; that is no uncertainty of the score, since two
    masks drawn with the same care differ to both sides alike. The shift is reported apart, and the interval is what
    the redrawn masks scatter about their own median, laid about the score.

    Parameters
    ----------
    r_score : float
        Of the mask itself.
    redrawn : sequence of float
        Of the redrawn masks; at least one.

    Notes
    -----
    The same correction takes the bias of resampling off a bootstrap distribution.

    References
    ----------
    Efron B, Tibshirani RJ (1993) An Introduction to the Bootstrap, chapter 10 (bias of resampled estimates).

    Examples
    --------
    >>> interval = centred_interval(1.0, [1.1, 1.2, 1.3])
    >>> round(interval.shift, 6), interval.r_scores.round(6).tolist()
    (0.2, [0.9, 1.0, 1.1])
    """
    shift = float(np.median(redrawn)) - r_score
    r_scores = np.asarray(redrawn, float) - shift
    low, high = (float(x) for x in np.percentile(r_scores, INTERVAL_PERCENTILES))
    # without scatter the two ends may leave the score by the last digit
    return CentredInterval(min(low, r_score), max(high, r_score), shift, r_scores)
