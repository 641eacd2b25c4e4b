"""All figures of an evaluation, drawn before any is written."""

from __future__ import annotations

from functools import partial

from OVCFRiskLib.evaluation.figures.calibration_figure import calibration_figure
from OVCFRiskLib.evaluation.figures.decision_figure import decision_figure
from OVCFRiskLib.evaluation.figures.groups_figure import groups_figure
from OVCFRiskLib.evaluation.figures.roc_figure import roc_figure
from OVCFRiskLib.evaluation.figures.subgroup_figure import subgroup_figure
from OVCFRiskLib.evaluation.results import Evaluation
from OVCFRiskLib.figures.style import draw

# File name without suffix: what draws it. Those that every evaluation has; calibration needs probabilities.
EVALUATION_FIGURES = {
    "scores_by_group": groups_figure,
    "roc": roc_figure,
    "decision_curves": decision_figure,
    "subgroups": subgroup_figure,
}


def evaluation_figures(evaluation: Evaluation) -> dict[str, bytes]:
    """File name to content, ``.svg`` and ``.png`` of each figure.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    makers = dict(EVALUATION_FIGURES)
    if evaluation.sets[0].calibration is not None:
        makers["calibration"] = calibration_figure
    return {
        name + suffix: content
        for name, make in makers.items()
        for suffix, content in draw(partial(make, evaluation), evaluation.meaning.notice).items()
    }
