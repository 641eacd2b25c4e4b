"""What the estimators share: a line through the features, and what a two-class problem makes of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.patient_folds import make_folds

# What a linear model of a 0/1 outcome says half-way between the classes.
GAUSSIAN_MIDDLE = 0.5


def _is_binomial(estimator: LinearScore) -> bool:
    if estimator.family != "binomial":
        raise AttributeError(f"family '{estimator.family}' stands for no probability; use family='binomial'")
    return True


class LinearScore(ClassifierMixin, BaseEstimator):
    """A score ``intercept_ + X coef_`` of two classes; ``classes_[1]`` are those with the fracture."""

    family: str

    def decision_function(self, X: Any) -> np.ndarray:  # noqa: N803
        """Score turned so that above 0 means ``classes_[1]``.

        binomial: the R-score itself, the log odds; gaussian: the R-score less one half.
        """
        check_is_fitted(self, "intercept_")
        score = self.r_score(X) - (0.0 if self.family == "binomial" else GAUSSIAN_MIDDLE)
        return score if self.is_positive_last_ else -score

    def r_score(self, X: Any) -> np.ndarray:  # noqa: N803
        """The score as the card has it, shape (n,)."""
        check_is_fitted(self, "intercept_")
        return self._values(X) @ self.coef_.ravel() + float(self.intercept_[0])

    def predict(self, X: Any) -> np.ndarray:  # noqa: N803
        """Class of each row: the more probable one. A card's cut-off is another matter, see ``cutoff_``."""
        above = self.decision_function(X) > 0
        return np.asarray(self.classes_[above.astype(int)])

    @available_if(_is_binomial)
    def predict_proba(self, X: Any) -> np.ndarray:  # noqa: N803
        """Probabilities of both classes, shape (n, 2)."""
        last = expit(self.decision_function(X))
        return np.column_stack([1 - last, last])

    def _values(self, X: Any) -> np.ndarray:  # noqa: N803
        return np.asarray(validate_data(self, X, dtype=float, reset=False))

    def _two_classes(self, X: Any, y: Any) -> tuple[np.ndarray, np.ndarray]:  # noqa: N803
        """Checked X, and which rows belong to ``classes_[1]``."""
        values, outcome = validate_data(self, X, y, dtype=float)
        check_classification_targets(outcome)
        self.classes_ = np.unique(outcome)
        if len(self.classes_) != 2:
            what = "class" if len(self.classes_) == 1 else "classes"
            raise ValueError(
                f"Only binary classification is supported: expected 2 classes, got {len(self.classes_)} {what}"
            )
        return values, outcome == self.classes_[1]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags


def possible_folds(patients: np.ndarray, is_last: np.ndarray, wanted: int) -> int:
    """How many folds can hold both classes: as many as wanted, or as the rarer class has patients.

    Raises
    ------
    OVCFRiskError
        If a class has fewer than 2 patients.
    """
    rarer = min(len(np.unique(patients[rows])) for rows in (is_last, ~is_last))
    if rarer < 2:
        raise OVCFRiskError(f"a class has {rarer} patient; a cross-validation needs at least 2 of each class")
    return min(wanted, rarer)


def folds_for(patients: np.ndarray, is_last: np.ndarray, wanted: int, seed: int) -> np.ndarray:
    """Folds by patient, fewer where a class has fewer patients."""
    return make_folds(patients, is_last, possible_folds(patients, is_last, wanted), seed)
