"""Decision curves with bands by patient (the paper's Figure 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.evaluation.figures.small_cohort import FEWEST_FOR_BANDS, fewest_patients
from OVCFRiskLib.figures.style import (
    BLUE,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PAGE_WIDTH_IN,
    VERMILLION,
    new_figure,
    panel_title,
    typeset,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.evaluation.decision_analysis import DecisionAnalysis
    from OVCFRiskLib.evaluation.results import Evaluation


# Word in the name of a policy that follows a probability.
PROBABILITY = "probability"
MOST_BANDS = 2


def decision_figure(evaluation: Evaluation) -> Figure:
    """One panel per set: net benefit of acting on each marker, on all and on none."""
    sets = evaluation.sets
    figure, panels = new_figure(PAGE_WIDTH_IN / 2 * len(sets), 3.7, len(sets), sharex=True, sharey=True)
    for number, (axes, part) in enumerate(zip(panels, sets, strict=True)):
        _draw_analysis(axes, part.decision, fewest_patients(part.table)[1] >= FEWEST_FOR_BANDS)
        panel_title(axes, number, f"{part.name.capitalize()} set")
    panels[0].set_ylabel("Net benefit")
    top = max(part.decision.prevalence for part in sets)
    panels[0].set_ylim(-0.25 * top, 1.08 * top)
    panels[0].set_xlim(0, max(_last_useful(part.decision) for part in sets))
    handles, labels = panels[-1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, handlelength=2.4)
    return figure


def _draw_analysis(axes: Axes, decision: DecisionAnalysis, has_bands: bool) -> None:
    axes.plot(decision.thresholds, decision.treat_all, color=MUTED, linestyle=":", label="act on all")
    axes.axhline(0, color=INK, linewidth=0.8, label="act on none")
    banded = _banded(decision) if has_bands else set()
    for curve in decision.curves:
        color, style = _look(curve.name)
        line = np.isfinite(curve.benefit)
        axes.plot(
            decision.thresholds[line], curve.benefit[line], color=color, linestyle=style, label=typeset(curve.name)
        )
        if curve.name in banded:
            axes.fill_between(decision.thresholds, curve.lower, curve.upper, color=color, alpha=0.13, linewidth=0)
    origin = "stated" if decision.is_prevalence_stated else "as in the data"
    axes.set_xlabel(f"Threshold probability (prevalence {decision.prevalence:.3g}, {origin})")


def _banded(decision: DecisionAnalysis) -> set[str]:
    """Curves drawn with their band: the probabilities, or the first where there is none; more would hide each other."""
    names = [curve.name for curve in decision.curves]
    return set([name for name in names if PROBABILITY in name][:MOST_BANDS] or names[:1])


def _last_useful(decision: DecisionAnalysis) -> float:
    """Where the axis may end: a little beyond the last threshold at which acting on a marker gains anything."""
    useful = [decision.thresholds[curve.benefit > 0].max(initial=0.0) for curve in decision.curves]
    return min(1.0, max(useful) + 0.15)


def _look(name: str) -> tuple[str, str]:
    """Colour by marker, dashes for rules that are the same at every threshold."""
    is_rule = PROBABILITY not in name
    if name.startswith("T"):
        return (GREEN, "--") if is_rule else (BLUE, "-")
    return (ORANGE, "--") if is_rule else (VERMILLION, "-")
