"""Training as scikit-learn estimators: the one room that needs scikit-learn and pandas, imported by nobody else.

`RScoreClassifier` is the whole way of `ovcfrisk train` behind ``fit``; `ICCSelector`, `MRMRSelector` and `LassoPath1SE`
are its steps, to be combined with others in a ``Pipeline``. They call the same functions as the command line, so the
numbers are equal to the last digit.
"""

from __future__ import annotations

from OVCFRiskLib.estimators.feature_frames import read_features
from OVCFRiskLib.estimators.icc_selector import ICCSelector
from OVCFRiskLib.estimators.lasso_estimator import LassoPath1SE
from OVCFRiskLib.estimators.mrmr_selector import MRMRSelector
from OVCFRiskLib.estimators.r_score_classifier import RScoreClassifier

__all__ = ["ICCSelector", "LassoPath1SE", "MRMRSelector", "RScoreClassifier", "read_features"]
