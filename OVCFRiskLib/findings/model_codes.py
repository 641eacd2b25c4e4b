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
# By how much the risk index of a body moves when its mask is drawn another way: the true masks of 19 bodies of 8
# simulated women beside the masks that this software drew of them, with the demonstration model
# (Testing/Benchmarks/interval_coverage.py, Docs/demonstration-model.md).
MEAN_SHIFT = 0.04
LARGEST_SHIFT = 0.10
SHIFTED_BODIES = 19
_NOT_COVERED = (
    "The interval of a score covers redrawing a mask the same way, not drawing it another way: between two ways the "
    f"risk index of {SHIFTED_BODIES} simulated bodies moved by {MEAN_SHIFT:.2f} on average and by {LARGEST_SHIFT:.2f} "
    "at most.{near}"
)
MASK_ORIGIN = Check(  # of the CT as a whole, and once
    "mask_origin",
    About.MODEL,
    (Severity.NOTE,),
    {
        "stated": "{masks}; the model was trained on masks {trained}. " + _NOT_COVERED,
        "unstated": "{masks}; the model card does not state how its training masks were drawn. " + _NOT_COVERED,
    },
    source="model card {model}; shift measured, Docs/demonstration-model.md",
)
FEATURES_FAILED = Check(  # the error's own words, so that the other levels still get a score
    "features_failed",
    About.MODEL,
    (Severity.STOPS_SCORING,),
    {"": "{reason}"},
    source="extraction of the features",
)
