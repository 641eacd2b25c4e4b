"""mRMR as a scikit-learn selector."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from OVCFRiskLib.training.mrmr import mrmr


class MRMRSelector(SelectorMixin, BaseEstimator):
    """Keep the k features that tell most of the outcome and least of each other.

    Parameters
    ----------
    k : int
        Fewer are kept where fewer vary.

    Attributes
    ----------
    selected_ : ndarray of int
        Columns in the order of selection; ``transform`` keeps the order of X.

    See Also
    --------
    OVCFRiskLib.training.mrmr.mrmr : the criterion (``mRMR.classic`` of mRMRe 2.1).
    """

    def __init__(self, k: int = 25) -> None:
        self.k = k

    def fit(self, X: Any, y: Any) -> MRMRSelector:  # noqa: N803
        """Select on the rows of X; ``y`` has two classes, or is a number."""
        values, outcome = validate_data(self, X, y, dtype=float, ensure_min_samples=2)
        if outcome.dtype.kind not in "fiub":
            check_classification_targets(outcome)
            outcome = np.unique(outcome, return_inverse=True)[1]
        varying = int((np.ptp(values, axis=0) > 0).sum())
        self.selected_ = mrmr(values, outcome.astype(float), min(self.k, varying))
        return self

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self, "selected_")
        mask = np.zeros(self.n_features_in_, bool)
        mask[self.selected_] = True
        return mask

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
