"""Checks of a body against what the model was trained on: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import About, Check, Severity

# Features further from the training mean: 0.27 % of a normal population beyond it on either side.
Z_LIMIT = 3.0

FEATURE_OUTSIDE_TRAINING = Check(  # each feature alone
    "feature_outside_training",
    About.MODEL,
    (Severity.WARNING,),
    {"": "Outside what the model has seen: {features}; its score is an extrapolation."},
    source="training data of model {model}",
    unit="SD",
    limit=Z_LIMIT,
    outside=("",),
)
FEATURES_UNUSUAL_TOGETHER = Check(  # what no feature shows alone
    "features_unusual_together",
    About.MODEL,
    (Severity.WARNING,),
    {
        "": "The features do not occur together like this in the training data, even where each alone does; check mask "
        "and acquisition."
    },
    source="covariance of model {model}; {rule}",
    unit="squared Mahalanobis distance",
    outside=("",),
)
CARD_UNSTATED = Check(  # of the CT as a whole, and once: what nobody stated cannot be compared with
    "card_unstated",
    About.MODEL,
    (Severity.NOTE,),
    {"": "The model card states no {value}; a CT cannot be compared with it there."},
    source="model card {model}",
)
FEATURES_FAILED = Check(  # the error's own words, so that the other levels still get a score
    "features_failed",
    About.MODEL,
    (Severity.STOPS_SCORING,),
    {"": "{reason}"},
    source="extraction of the features",
)
