"""Calibration: predicted probability against observed share, with where the predictions lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.figures.small_cohort import small_cohort_note
from OVCFRiskLib.figures.style import (
    GROUP_COLORS,
    GROUP_NAMES,
    MUTED,
    PAGE_WIDTH_IN,
    VERMILLION,
    new_figure,
    number_text,
    panel_title,
)
from OVCFRiskLib.statistics.calibration import smoothed_calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation
    from OVCFRiskLib.evaluation.score_meaning import ScoreMeaning

# Height of the histograms under the curve, as a part of the panel.
HISTOGRAM_HEIGHT = 0.22
# Bodies below which a smooth curve would follow single ones.
FEWEST_TO_SMOOTH = 40


def calibration_figure(evaluation: Evaluation) -> Figure:
    """One panel per set; only for scores that stand for a probability."""
    sets = evaluation.sets
    figure, panels = new_figure(PAGE_WIDTH_IN / 2 * len(sets), 3.7, len(sets), sharey=True)
    for number, (axes, part) in enumerate(zip(panels, sets, strict=True)):
        _draw_set(axes, part, evaluation.meaning)
        panel_title(axes, number, f"{part.name.capitalize()} set")
    panels[0].set_ylabel("Observed fraction of OVCF bodies")
    handles, labels = max((axes.get_legend_handles_labels() for axes in panels), key=lambda found: len(found[0]))
    figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _draw_set(axes: Axes, part: SetEvaluation, meaning: ScoreMeaning) -> None:
    found = part.calibration
    if found is None:
        raise OVCFRiskError(f"the {part.name} set has no calibration to draw: its score stands for no probability")
    axes.plot([0, 1], [0, 1], color=MUTED, linestyle=":", linewidth=1, label="ideal")
    x = [group.predicted for group in found.curve]
    y = np.array([group.observed.value for group in found.curve])
    error = [
        [group.observed.value - group.observed.lower for group in found.curve],
        [group.observed.upper - group.observed.value for group in found.curve],
    ]
    axes.errorbar(
        x,
        y,
        yerr=error,
        color=VERMILLION,
        marker="o",
        markersize=4,
        elinewidth=0.9,
        linestyle="none",
        label=f"{len(found.curve)} groups of bodies, 95 % (Wilson)",
    )
    predicted = np.asarray(meaning.probability(part.table.scores))
    if len(predicted) >= FEWEST_TO_SMOOTH:
        grid = np.linspace(predicted.min(), predicted.max(), 101)
        smooth = smoothed_calibration(part.table.is_fracture, predicted, grid, True)
        axes.plot(grid, smooth, color=VERMILLION, linewidth=1.4, label="smoothed (loess)")
    _draw_histograms(axes, part, meaning)
    text = f"slope {number_text(found.slope, 2)}\nintercept {found.intercept:+.2f}\nBrier score {found.brier:.3f}"
    text += f"\n{note}" if (note := small_cohort_note(part.table)) else ""
    axes.text(0.03, 0.97, text, transform=axes.transAxes, va="top")
    axes.set(xlim=(-0.02, 1.02), ylim=(-HISTOGRAM_HEIGHT - 0.04, 1.02), xlabel="Predicted probability of OVCF")
    axes.set_yticks(np.linspace(0, 1, 6))


def _draw_histograms(axes: Axes, part: SetEvaluation, meaning: ScoreMeaning) -> None:
    """Bars of both groups below the curve, cases upwards and the others downwards from one base line."""
    probability = np.asarray(meaning.probability(part.table.scores))
    edges = np.linspace(0, 1, 41)
    counts = {g: np.histogram(probability[part.table.groups == g], edges)[0] for g in GROUP_COLORS}
    base = -HISTOGRAM_HEIGHT / 2 - 0.02
    scale = HISTOGRAM_HEIGHT / 2 / max(c.max() for c in counts.values())
    for sign, (group, count) in zip((1, -1), counts.items(), strict=True):
        axes.bar(
            edges[:-1],
            sign * count * scale,
            np.diff(edges),
            base,
            align="edge",
            color=GROUP_COLORS[group],
            linewidth=0,
            label=f"bodies, {GROUP_NAMES[group]}",
        )
    axes.axhline(base, color=MUTED, linewidth=0.5)
