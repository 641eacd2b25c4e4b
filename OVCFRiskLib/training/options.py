"""What can be chosen when a model is trained."""

from __future__ import annotations

from dataclasses import dataclass, replace

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.numeric import DEFAULT_SEED, require_seed
from OVCFRiskLib.radiomics.names import FROZEN_FEATURES
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, NO_FRACTURE
from OVCFRiskLib.training.lasso import FAMILIES

# lambda of Yu et al. 2025 (1-SE rule), for models that repeat the paper's
PAPER_LAMBDA = 0.0315
# Lambdas that a cross-validation chooses (glmnet's lambda.1se and lambda.min).
LAMBDA_RULES = ("1se", "min")
FEATURE_SETS: dict[str, tuple[str, ...] | None] = {"all": None, "the-eight": FROZEN_FEATURES}


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """Choices of a training run; the defaults are the recommended way.

    Attributes
    ----------
    family : str
        ``"binomial"`` (probabilities that can be calibrated) or ``"gaussian"`` (a line through 0/1, as the paper).
    positive_class : str
        The class coded 1, which a high R-score stands for: ``"OVCF"``, or ``"NF"`` as in the paper.
    feature_set : str
        ``"all"``: select by ICC, mRMR and LASSO; ``"the-eight"``: the paper's eight features, all kept.
    lasso_lambda : float or None
        Fixed lambda; None takes the one that the cross-validation within the training rows chooses.
    lambda_rule : str
        ``"1se"``: lambda.1se, as the paper; ``"min"``: lambda.min, which shrinks less where features are prescribed
        and none has to be selected any more.
    split_by : str
        ``"patient"``, or ``"vertebra"`` as in the paper.
    scale_on : str
        Rows whose mean and SD scale the features: ``"train"``, or ``"all"`` as in the paper.
    test_share : float
        Share of the patients (or bodies) set aside, unless the table has a column ``split``.
    folds : int
    icc_threshold : float
        A feature stays when its ICC(2,1) between the observers is greater.
    mrmr_features : int
        How many features mRMR keeps.
    seed : int
        Of split and folds.
    """

    family: str = "binomial"
    positive_class: str = FRACTURE
    feature_set: str = "all"
    lasso_lambda: float | None = None
    lambda_rule: str = LAMBDA_RULES[0]
    split_by: str = "patient"
    scale_on: str = "train"
    test_share: float = 0.3
    folds: int = 10
    icc_threshold: float = 0.8
    mrmr_features: int = 25
    seed: int = DEFAULT_SEED

    def __post_init__(self) -> None:
        for name, allowed in (
            ("family", FAMILIES),
            ("positive_class", GROUPS),
            ("feature_set", tuple(FEATURE_SETS)),
            ("lambda_rule", LAMBDA_RULES),
            ("split_by", ("patient", "vertebra")),
            ("scale_on", ("train", "all")),
        ):
            if getattr(self, name) not in allowed:
                raise OVCFRiskError(f"option {name}: expected {' or '.join(allowed)}, got '{getattr(self, name)}'")
        if self.lasso_lambda is not None and not self.lasso_lambda > 0:
            raise OVCFRiskError(f"option lasso_lambda: expected a positive number, got {self.lasso_lambda:g}")
        require_seed(self.seed)

    @property
    def is_faithful(self) -> bool:
        """True when bodies of one woman may stand on both sides of the split."""
        return self.split_by == "vertebra"


def paper_faithful(options: TrainingOptions) -> TrainingOptions:
    """The paper's way: gaussian, no fracture coded 1, split by vertebra, scaled before the split."""
    return replace(options, family="gaussian", positive_class=NO_FRACTURE, split_by="vertebra", scale_on="all")
