"""Features that two observers' masks give alike, as a scikit-learn selector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.icc import ICC, icc
from OVCFRiskLib.training.feature_table import without_twin_names

# An ICC of fewer things measured has no interval worth the name.
FEWEST_BODIES = 3


class ICCSelector(SelectorMixin, BaseEstimator):
    """Keep features whose intraclass correlation between two observers is above a threshold.

    Parameters
    ----------
    second_observer : DataFrame or array_like, optional
        The same features from another observer's masks. A DataFrame is matched by index, so that in a cross-validation
        only the training rows count; an array needs the rows of X. None keeps every feature and claims nothing.
    threshold : float
        As Yu et al. 2025: above 0.8.
    form : str
        Shrout and Fleiss' name.

    Attributes
    ----------
    iccs_ : dict of feature name to ICC
        Empty without a second observer.
    n_bodies_ : int
        Rows measured by both.
    """

    def __init__(self, second_observer: Any = None, threshold: float = 0.8, form: str = "ICC(2,1)") -> None:
        self.second_observer = second_observer
        self.threshold = threshold
        self.form = form

    def fit(self, X: Any, y: Any = None) -> ICCSelector:  # noqa: N803
        """Measure the agreement on the rows of X.

        Raises
        ------
        OVCFRiskError
            If the second observer lacks a feature, fewer than 3 rows are in both, or no feature is reliable.
        """
        values = validate_data(self, X, dtype=float)
        names = getattr(self, "feature_names_in_", None)
        self.iccs_: dict[str, ICC] = {}
        self.n_bodies_ = 0
        self.support_ = np.ones(values.shape[1], bool)
        if self.second_observer is None:
            return self
        one, other = self._matched(X, values, names)
        if len(one) < FEWEST_BODIES:
            raise OVCFRiskError(
                f"{len(one)} rows are measured by both observers; an ICC needs at least {FEWEST_BODIES}"
            )
        self.n_bodies_ = len(one)
        labels = [f"x{i}" for i in range(values.shape[1])] if names is None else list(names)
        # constant columns have no ICC, and of two features that are one by definition the first is enough
        measured = set(without_twin_names(labels)) - {labels[i] for i in np.flatnonzero(np.ptp(values, axis=0) == 0)}
        for place, label in enumerate(labels):
            if label in measured:
                self.iccs_[label] = icc(np.column_stack([one[:, place], other[:, place]]), self.form)
        self.support_ = np.array([label in self.iccs_ and self.iccs_[label].value > self.threshold for label in labels])
        if not self.support_.any():
            raise OVCFRiskError(f"no feature has an ICC above {self.threshold:g}; were both tables extracted alike?")
        return self

    def _matched(self, X: Any, values: np.ndarray, names: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803
        """Rows of both observers, in the order of X."""
        second = self.second_observer
        if not (isinstance(X, pd.DataFrame) and isinstance(second, pd.DataFrame)):
            other = np.asarray(second, float)
            if other.shape != values.shape:
                raise OVCFRiskError(f"the second observer has shape {other.shape}, expected {values.shape} as X")
            return values, other
        missing = [name for name in names if name not in second.columns] if names is not None else []
        if missing:
            raise OVCFRiskError(f"the second observer lacks feature '{missing[0]}'; give the same features")
        if not second.index.is_unique:
            raise OVCFRiskError("the second observer has a duplicate row; index both tables by patient and level")
        both = X.index.isin(second.index)
        return values[both], second.loc[X.index[both], list(names)].to_numpy(float)  # type: ignore[arg-type]

    def _get_support_mask(self) -> np.ndarray:
        check_is_fitted(self, "support_")
        return self.support_
