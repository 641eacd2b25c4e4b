"""The paper's pipeline: split, scale, ICC, mRMR, LASSO with the 1-SE rule, cut-off. Nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.statistics.delong import Auc, roc_auc
from OVCFRiskLib.statistics.roc import Cutoff, youden_cutoff
from OVCFRiskLib.tables.body_rows import FRACTURE
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.lasso import CrossValidation, cross_validate, lasso_path
from OVCFRiskLib.training.options import FEATURE_SETS, TrainingOptions
from OVCFRiskLib.training.scaling import Scaling, rounded
from OVCFRiskLib.training.selection import Reliability, relevant_features, reliable_features
from OVCFRiskLib.training.split import make_folds, split_patients


class NoModelError(OVCFRiskError):
    """The data hold no score: nothing gets a coefficient, or it points the wrong way."""


@dataclass(frozen=True, slots=True)
class FittedTerm:
    """One feature of the fitted score, ``coefficient * (value - mean) / sd`` (sample SD)."""

    name: str
    mean: float
    sd: float
    coefficient: float


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """Everything a training run found.

    Attributes
    ----------
    table : FeatureTable
    options : TrainingOptions
    is_training : ndarray of bool, shape (n,)
        Training rows; the others are the test set.
    folds : ndarray of int, shape (rows of the training set,)
    reliability : Reliability
    candidates : tuple of str
        Features given to the LASSO, in mRMR order.
    candidate_scaling : tuple of (mean, sd)
        Of the candidates, as learnt.
    candidate_z : ndarray, shape (rows of the training set, candidates)
        Their z-scores.
    validation : CrossValidation
        Path and cross-validated loss over the candidates, z-scored.
    lasso_lambda : float
        The one used.
    terms : tuple of FittedTerm
    intercept : float
    r_scores : ndarray, shape (n,)
    cutoff : Cutoff
        Of the R-score, by Youden's index for finding fractures in the training set.
    tied_cutoffs : tuple of Cutoff
        All cut-offs with that index.
    auc : Auc
        Training set, risk against OVCF.
    z_covariance : ndarray, shape (terms, terms)
        Of the z-scores in the training set.
    """

    table: FeatureTable
    options: TrainingOptions
    is_training: np.ndarray
    folds: np.ndarray
    reliability: Reliability
    candidates: tuple[str, ...]
    candidate_scaling: tuple[tuple[float, float], ...]
    candidate_z: np.ndarray
    validation: CrossValidation
    lasso_lambda: float
    terms: tuple[FittedTerm, ...]
    intercept: float
    r_scores: np.ndarray
    cutoff: Cutoff
    tied_cutoffs: tuple[Cutoff, ...]
    auc: Auc
    z_covariance: np.ndarray

    @property
    def higher_is_risk(self) -> bool:
        """Whether a higher R-score means more risk."""
        return self.options.positive_class == FRACTURE


def train(
    table: FeatureTable,
    second_observer: FeatureTable | None = None,
    options: TrainingOptions | None = None,
    progress: Progress | None = None,
) -> TrainingResult:
    """Train an R-score.

    Parameters
    ----------
    table : FeatureTable
        First observer; its rows are learnt from.
    second_observer : FeatureTable, optional
        The same features of the second observer's masks, for the ICC.
    options : TrainingOptions, optional
    progress : callable, optional

    Returns
    -------
    TrainingResult

    Raises
    ------
    OVCFRiskError
        If there are too few patients or no feature is reliable.
    NoModelError
        If no feature gets a coefficient, or the score points the wrong way (AUC of risk against OVCF below 0.5).

    Notes
    -----
    Yu et al. 2025 (Front. Aging 6:1472060): z-score, ICC > 0.8, mRMR 25, LASSO with 10-fold cross-validation and the
    1-SE rule, ``R-score = sum C_i z_i + b``. Unlike there, split and folds keep a woman's bodies together and the
    scaling is learnt on the training rows, unless the options ask for the paper's way.
    """
    options = TrainingOptions() if options is None else options
    report_progress(progress, 0.0, "splitting and scaling")
    units = table.patients if options.split_by == "patient" else _one_by_one(table)
    is_training = _split(table, units, options)
    return train_on(table, is_training, units, second_observer, options, progress)


def train_on(
    table: FeatureTable,
    is_training: np.ndarray,
    units: np.ndarray,
    second_observer: FeatureTable | None,
    options: TrainingOptions,
    progress: Progress | None = None,
) -> TrainingResult:
    """Train on given rows; what `train` does once it has split, and what the scikit-learn estimators do.

    Parameters
    ----------
    table : FeatureTable
    is_training : ndarray of bool, shape (n,)
    units : ndarray of str, shape (n,)
        What folds keep together: the patient, or the body in the paper's way.
    second_observer : FeatureTable or None
    options : TrainingOptions
    progress : callable, optional

    Raises
    ------
    OVCFRiskError, NoModelError
        As `train`.
    """
    y = (table.groups == options.positive_class).astype(float)
    report_progress(progress, 0.1, "agreement of the observers")
    seen = is_training if options.scale_on == "train" else np.ones(len(y), bool)
    reliability = reliable_features(table, second_observer, seen, options.icc_threshold)
    scaling = Scaling(table, seen)
    report_progress(progress, 0.3, "selecting features")
    candidates = _candidates(reliability, scaling, y, is_training, options)
    report_progress(progress, 0.4, "cross-validating the LASSO")
    folds = make_folds(units[is_training], table.is_fracture[is_training], options.folds, options.seed)
    z = scaling.z(candidates)[is_training]
    validation = cross_validate(z, y[is_training], folds, options.family)
    by_rule = validation.lambda_min if options.lambda_rule == "min" else validation.lambda_1se
    lasso_lambda = by_rule if options.lasso_lambda is None else options.lasso_lambda
    terms, intercept = _fit(z, y[is_training], candidates, lasso_lambda, scaling, options)
    report_progress(progress, 0.9, "cut-off and direction")
    r_scores = scores_of(table, terms, intercept)
    auc, cutoffs = _direction_and_cutoffs(table.groups[is_training], r_scores[is_training], options)
    chosen = scaling.z(tuple(term.name for term in terms))[is_training]
    report_progress(progress, 1.0, "trained")
    return TrainingResult(
        table=table,
        options=options,
        is_training=is_training,
        folds=folds,
        reliability=reliability,
        candidates=candidates,
        candidate_scaling=tuple(scaling.mean_and_sd(name) for name in candidates),
        candidate_z=z,
        validation=validation,
        lasso_lambda=lasso_lambda,
        terms=terms,
        intercept=intercept,
        r_scores=r_scores,
        cutoff=max(cutoffs, key=lambda cutoff: cutoff.sensitivity),
        tied_cutoffs=cutoffs,
        auc=auc,
        z_covariance=rounded(np.atleast_2d(np.cov(chosen, rowvar=False))),
    )


def scores_of(table: FeatureTable, terms: tuple[FittedTerm, ...], intercept: float) -> np.ndarray:
    """R-scores of all rows of a table, shape (n,)."""
    values = table.columns(tuple(term.name for term in terms))
    mean, sd, coefficient = (np.array([getattr(term, key) for term in terms]) for key in ("mean", "sd", "coefficient"))
    return (values - mean) / sd @ coefficient + intercept


def _one_by_one(table: FeatureTable) -> np.ndarray:
    """Every body a unit of its own, as the paper split."""
    return np.array([f"{patient} {level}" for patient, level in zip(table.patients, table.levels, strict=True)])


def _split(table: FeatureTable, units: np.ndarray, options: TrainingOptions) -> np.ndarray:
    """Training rows: as the table says, or at random."""
    if table.sets is None:
        return split_patients(units, table.is_fracture, options.test_share, options.seed)
    is_training = table.sets == "train"
    for name, rows in (("train", is_training), ("test", ~is_training)):
        if len(np.unique(table.groups[rows])) < 2:
            raise OVCFRiskError(f"{table.name}, column 'split': the set '{name}' does not hold bodies of both classes")
    return is_training


def _candidates(
    reliability: Reliability, scaling: Scaling, y: np.ndarray, is_training: np.ndarray, options: TrainingOptions
) -> tuple[str, ...]:
    """Features for the LASSO: those prescribed, or the reliable ones in mRMR order."""
    prescribed = FEATURE_SETS[options.feature_set]
    if prescribed is not None:
        return prescribed
    z = scaling.z(reliability.kept)[is_training]
    return relevant_features(reliability.kept, z, y[is_training], options.mrmr_features)


def _fit(
    z: np.ndarray,
    y: np.ndarray,
    names: tuple[str, ...],
    lasso_lambda: float,
    scaling: Scaling,
    options: TrainingOptions,
) -> tuple[tuple[FittedTerm, ...], float]:
    """Coefficients at one lambda, solved there; features without one are left out unless they were prescribed."""
    path = lasso_path(z, y, options.family, lambdas=np.array([lasso_lambda]))
    coef = rounded(path.coef[:, 0])
    kept = [i for i in range(len(names)) if coef[i] != 0 or options.feature_set != "all"]
    if not coef.any():
        raise NoModelError(f"no feature has a coefficient at lambda {lasso_lambda:.4g}: {_what_to_do(options)}")
    terms = tuple(FittedTerm(names[i], *scaling.mean_and_sd(names[i]), float(coef[i])) for i in kept)
    return terms, float(rounded(path.intercept)[0])


def _what_to_do(options: TrainingOptions) -> str:
    """Why nothing has a coefficient, and what may help."""
    if options.lasso_lambda is not None:
        return "it is too large for these data; give a smaller one, or none for lambda.1se"
    if options.lambda_rule == "min":
        return "in the cross-validation nothing separates the classes better than chance; train on more patients"
    return (
        "nothing separates the classes better than chance within one standard error; train on more patients, or take "
        "lambda.min of the same cross-validation (--lambda min), which asks for less"
    )


def _direction_and_cutoffs(
    groups: np.ndarray, r_scores: np.ndarray, options: TrainingOptions
) -> tuple[Auc, tuple[Cutoff, ...]]:
    """Training AUC of risk against OVCF, and the cut-offs with the highest Youden index for finding fractures."""
    higher_is_risk = options.positive_class == FRACTURE
    auc = roc_auc(groups, r_scores, FRACTURE, higher_is_risk)
    if not auc.value >= 0.5:
        raise NoModelError(
            f"the R-score points the wrong way: AUC of risk against OVCF is {auc.value:.3f} in the training set, "
            "expected at least 0.5; is the column 'group' right?"
        )
    cutoffs = youden_cutoff(groups, r_scores, FRACTURE, higher_is_risk)
    rounded_cutoffs = tuple(replace(c, threshold=float(rounded(c.threshold))) for c in cutoffs)
    return auc, rounded_cutoffs
