"""LASSO at lambda.1se, as glmnet computes it, as a scikit-learn classifier."""

from __future__ import annotations

from typing import Any

import numpy as np

from OVCFRiskLib.estimators.feature_frames import patients_of
from OVCFRiskLib.estimators.linear_score import LinearScore, folds_for
from OVCFRiskLib.numeric import DEFAULT_SEED
from OVCFRiskLib.training.lasso import CrossValidation, cross_validate, lasso_path
from OVCFRiskLib.training.scaling import rounded


class LassoPath1SE(LinearScore):
    """LASSO path, cross-validated by patient, at the largest lambda within one standard error of the best.

    Parameters
    ----------
    family : {"binomial", "gaussian"}
    lasso_lambda : float, optional
        Fixed lambda; None takes lambda.1se.
    folds : int
        Fewer where a class has fewer patients.
    measure : str, optional
        Loss of the cross-validation, as `OVCFRiskLib.training.lasso.cross_validate`.
    alignment : {"own", "master"}
    seed : int

    Attributes
    ----------
    coef_ : ndarray, shape (1, n_features)
        On the scale of X; columns are standardised inside.
    intercept_ : ndarray, shape (1,)
    lambda_ : float
        The one used.
    validation_ : CrossValidation or None
        None with a fixed lambda.
    """

    def __init__(
        self,
        family: str = "binomial",
        lasso_lambda: float | None = None,
        folds: int = 10,
        measure: str | None = None,
        alignment: str = "own",
        seed: int = DEFAULT_SEED,
    ) -> None:
        self.family = family
        self.lasso_lambda = lasso_lambda
        self.folds = folds
        self.measure = measure
        self.alignment = alignment
        self.seed = seed

    def fit(self, X: Any, y: Any, groups: Any = None) -> LassoPath1SE:  # noqa: N803
        """Fit; ``groups`` are the patients, kept whole in the folds."""
        values, is_last = self._two_classes(X, y)
        self.is_positive_last_ = True
        outcome = is_last.astype(float)
        self.validation_: CrossValidation | None = None
        if self.lasso_lambda is None:
            folds = folds_for(patients_of(groups, len(outcome)), is_last, self.folds, self.seed)
            self.validation_ = cross_validate(values, outcome, folds, self.family, self.measure, self.alignment)
        self.lambda_ = self.lasso_lambda if self.validation_ is None else self.validation_.lambda_1se
        path = lasso_path(values, outcome, self.family, np.array([self.lambda_]))
        self.coef_ = rounded(path.coef.T)
        self.intercept_ = rounded(path.intercept)
        return self
