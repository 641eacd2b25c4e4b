"""The R-score as a scikit-learn classifier: the way of `ovcfrisk train` behind ``fit``, cards at both ends."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.estimators.feature_frames import patients_of
from OVCFRiskLib.estimators.linear_score import LinearScore, possible_folds
from OVCFRiskLib.numeric import DEFAULT_SEED
from OVCFRiskLib.scoring.bundled_cards import load_model
from OVCFRiskLib.scoring.model import RScoreModel
from OVCFRiskLib.tables.body_rows import FRACTURE, NO_FRACTURE
from OVCFRiskLib.training.description import DataDescription
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.model_card import card_fields, freeze_described
from OVCFRiskLib.training.options import TrainingOptions
from OVCFRiskLib.training.pipeline import NoModelError, TrainingResult, train_on

# A model card names the link, the classifier the family that it is fitted with.
FAMILIES_OF_LINKS = {"logit": "binomial", "identity": "gaussian"}


class RScoreClassifier(LinearScore):
    """z-score, mRMR, LASSO with the 1-SE rule, cut-off by Youden's index: one score that can be frozen as a card.

    Parameters
    ----------
    family : {"binomial", "gaussian"}
    positive_class : {"OVCF", "NF"}
        The class coded 1, which a high R-score stands for; ``classes_[1]`` is taken as OVCF whatever its label.
    feature_set : {"all", "the-eight"}
    lasso_lambda : float, optional
        Fixed lambda; None takes lambda.1se.
    folds : int
        Fewer where a class has fewer patients.
    mrmr_features : int
    seed : int
        Of the folds.

    Attributes
    ----------
    terms_ : tuple of FittedTerm
        Features of the score with mean, SD and coefficient, as a card has them.
    intercept_ : ndarray, shape (1,)
        On the scale of X; the card's own is ``card_fields_["intercept"]``.
    coef_ : ndarray, shape (1, n_features)
    cutoff_ : float
        On the scale of the R-score, for the card; `predict` takes the more probable class.
    lambda_ : float
    card_fields_ : dict
        What `to_card` freezes; no rows of the data.

    Notes
    -----
    ``fit`` learns from all rows it is given, with ``groups`` the patients, and calls the function behind
    `ovcfrisk train`: on the same training rows all numbers are equal. Reliability between observers is a step of its
    own (`ICCSelector`). Where no feature gets a coefficient, `ovcfrisk train` refuses; here the score is a constant,
    with a warning, because a cross-validation has to go on.

    Inside a pipeline name the step: ``pipeline.fit(X, y, rscoreclassifier__groups=patients)``. In a cross-validation
    ``groups`` go to the splitter alone; with scikit-learn's metadata routing switched on,
    ``RScoreClassifier().set_fit_request(groups=True)`` keeps patients whole in the inner folds too.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.arange(80) % 2
    >>> X = pd.DataFrame({"hu": 120.0 - 40.0 * y + 15.0 * rng.normal(size=80), "noise": rng.normal(size=80)})
    >>> score = RScoreClassifier(folds=5).fit(X, np.where(y, "OVCF", "NF"))
    >>> [term.name for term in score.terms_], score.classes_.tolist()
    (['hu'], ['NF', 'OVCF'])
    >>> score.predict(pd.DataFrame({"hu": [60.0, 150.0], "noise": [0.0, 0.0]})).tolist()
    ['OVCF', 'NF']
    """

    def __init__(
        self,
        family: str = "binomial",
        positive_class: str = FRACTURE,
        feature_set: str = "all",
        lasso_lambda: float | None = None,
        folds: int = 10,
        mrmr_features: int = 25,
        seed: int = DEFAULT_SEED,
    ) -> None:
        self.family = family
        self.positive_class = positive_class
        self.feature_set = feature_set
        self.lasso_lambda = lasso_lambda
        self.folds = folds
        self.mrmr_features = mrmr_features
        self.seed = seed

    def fit(self, X: Any, y: Any, groups: Any = None) -> RScoreClassifier:  # noqa: N803
        """Train on all rows.

        Parameters
        ----------
        X : DataFrame or array_like, shape (n, p)
            Features; names of columns become the names in the card.
        y : array_like, shape (n,)
            Two classes, the second in order the one with the fracture (``"NF"``, ``"OVCF"``; 0, 1).
        groups : array_like, shape (n,), optional
            Patients; every row its own if None.

        Raises
        ------
        OVCFRiskError
            If an option is unusable or a class has fewer than 2 patients.
        """
        self.is_selecting_columns_ = False
        values, is_last = self._two_classes(X, y)
        table = self._table(values, is_last, groups)
        options = TrainingOptions(
            family=self.family,
            positive_class=self.positive_class,
            feature_set=self.feature_set,
            lasso_lambda=self.lasso_lambda,
            folds=possible_folds(table.patients, is_last, self.folds),
            mrmr_features=self.mrmr_features,
            seed=self.seed,
        )
        self.is_positive_last_ = self.positive_class == FRACTURE
        try:
            result = train_on(table, np.ones(len(is_last), bool), table.patients, None, options)
        except NoModelError as error:
            self._fit_constant(is_last, error)
        else:
            self._take(result)
        return self

    def to_card(self, description: DataDescription, model_id: str, title: str = "R-score") -> dict[str, Any]:
        """Freeze the score.

        Parameters
        ----------
        description : DataDescription
            Of whom, how acquired and extracted; never assumed.
        model_id, title : str

        Returns
        -------
        dict
            A verified card; ``OVCFRiskLib.scoring.freezing.write_card`` writes it.

        Raises
        ------
        OVCFRiskError
            If there is no score to freeze, or it came from a card already.
        """
        fields = getattr(self, "card_fields_", None)
        if fields is None:
            raise OVCFRiskError("there is no trained score to freeze: call fit first, on data that hold one")
        return freeze_described(fields, description, model_id, title)

    @classmethod
    def from_card(cls, card: str | Path | Mapping[str, Any] | RScoreModel) -> RScoreClassifier:
        """A fitted classifier of a frozen model; ``classes_`` are ``"NF"`` and ``"OVCF"``.

        Parameters
        ----------
        card : path, bundled id, mapping or RScoreModel

        Returns
        -------
        RScoreClassifier
            It takes the card's columns from any DataFrame that has them.

        Raises
        ------
        OVCFRiskError
            If the card is incomplete or altered.
        """
        if isinstance(card, RScoreModel):
            model = card
        else:
            model = RScoreModel.from_card(card) if isinstance(card, Mapping) else load_model(str(card))
        model.require_complete()
        fitted = cls(family=FAMILIES_OF_LINKS[model.link], positive_class=model.positive_class)
        fitted.classes_ = np.array([NO_FRACTURE, FRACTURE])
        fitted.feature_names_in_ = np.array(model.feature_names, dtype=object)
        fitted.n_features_in_ = len(model.terms)
        fitted.is_positive_last_ = model.higher_is_risk
        fitted.is_selecting_columns_ = True
        fitted._set_line(model.terms, float(model.intercept or 0.0), model.feature_names)
        fitted.cutoff_ = model.cutoff
        return fitted

    def _values(self, X: Any) -> np.ndarray:  # noqa: N803
        """A score of a card takes its columns from a wider frame."""
        if getattr(self, "is_selecting_columns_", False) and isinstance(X, pd.DataFrame):
            missing = [name for name in self.feature_names_in_ if name not in X.columns]
            if missing:
                raise OVCFRiskError(f"the card needs the feature '{missing[0]}', which the frame lacks")
            X = X[list(self.feature_names_in_)]  # noqa: N806
        return super()._values(X)

    def _table(self, values: np.ndarray, is_last: np.ndarray, groups: Any) -> FeatureTable:
        """The rows as the training takes them."""
        names = getattr(self, "feature_names_in_", None)
        count = len(values)
        return FeatureTable(
            name="DataFrame",
            sha256=hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest(),
            features=tuple(f"x{i}" for i in range(values.shape[1])) if names is None else tuple(map(str, names)),
            values=values,
            patients=patients_of(groups, count),
            levels=np.full(count, ""),
            groups=np.where(is_last, FRACTURE, NO_FRACTURE),
            t_scores=None,
            ages=None,
            sets=None,
            lines=tuple(range(count)),
        )

    def _take(self, result: TrainingResult) -> None:
        self.lambda_ = result.lasso_lambda
        self.cutoff_ = result.cutoff.threshold
        self.card_fields_ = card_fields(result)
        self._set_line(result.terms, result.intercept, result.table.features)

    def _set_line(self, terms: Any, intercept: float, names: tuple[str, ...]) -> None:
        """Coefficients on the scale of X."""
        self.terms_ = tuple(terms)
        self._card_intercept = intercept
        self.coef_ = np.zeros((1, len(names)))
        places = {name: i for i, name in enumerate(names)}
        for term in self.terms_:
            self.coef_[0, places[term.name]] = term.coefficient / term.sd
        self._places = [places[term.name] for term in self.terms_]
        offset = sum(term.coefficient * term.mean / term.sd for term in self.terms_)
        self.intercept_ = np.array([intercept - offset])

    def r_score(self, X: Any) -> np.ndarray:  # noqa: N803
        """The score, computed as the training and the card compute it (z-scores first), shape (n,)."""
        check_is_fitted(self, "terms_")
        values = self._values(X)[:, self._places]
        mean = np.array([term.mean for term in self.terms_])
        sd = np.array([term.sd for term in self.terms_])
        coefficient = np.array([term.coefficient for term in self.terms_])
        return (values - mean) / sd @ coefficient + self._card_intercept

    def _fit_constant(self, is_last: np.ndarray, error: NoModelError) -> None:
        """A score that says the same of everybody."""
        warnings.warn(f"the score is a constant: {error}", UserWarning, stacklevel=3)
        fraction = float(is_last.mean() if self.is_positive_last_ else 1 - is_last.mean())
        constant = float(np.log(fraction / (1 - fraction))) if self.family == "binomial" else fraction
        self.lambda_ = float("nan") if self.lasso_lambda is None else self.lasso_lambda
        self.cutoff_ = constant
        self._set_line((), constant, tuple(f"x{i}" for i in range(self.n_features_in_)))
