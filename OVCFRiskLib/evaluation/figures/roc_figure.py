"""ROC curves with bands by patient (the paper's Figure 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OVCFRiskLib.evaluation.figures.small_cohort import FEWEST_FOR_BANDS, fewest_patients, small_cohort_note
from OVCFRiskLib.figures.style import (
    FAINT,
    LINE_STYLES,
    MARKER_COLORS,
    PAGE_WIDTH_IN,
    interval_text,
    new_figure,
    panel_title,
    typeset,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.evaluation.results import Evaluation, RocBand, SetEvaluation
    from OVCFRiskLib.statistics.roc import Confusion, Proportion


def roc_figure(evaluation: Evaluation) -> Figure:
    """One panel per set: the score and the T-score as curves, rules and frozen cut-offs as points with intervals."""
    sets = evaluation.sets
    figure, panels = new_figure(PAGE_WIDTH_IN / 2 * len(sets), 4.5, len(sets), sharey=True)
    for number, (axes, part) in enumerate(zip(panels, sets, strict=True)):
        _draw_set(axes, part)
        panel_title(axes, number, f"{part.name.capitalize()} set")
    panels[0].set_ylabel("Sensitivity for OVCF")
    return figure


def _draw_set(axes: Axes, part: SetEvaluation) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, zorder=0)
    has_bands = fewest_patients(part.table)[1] >= FEWEST_FOR_BANDS
    for number, (band, found) in enumerate(zip(part.roc_bands, part.discriminations, strict=True)):
        interval = interval_text(found.auc.value, found.by_patient.lower, found.by_patient.upper)
        label = f"{typeset(band.name)}:  {interval}"
        if len(band.curve.thresholds) > 3:
            _draw_curve(axes, band, number, label, has_bands)
        else:
            _draw_rule(axes, band, number, label)
    _draw_point(
        axes,
        part.operating_points[0].confusion,
        MARKER_COLORS[0],
        "D",
        f"{part.roc_bands[0].name} at the frozen cut-off",
    )
    note = small_cohort_note(part.table)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    axes.set_xlabel(f"1 − specificity{f' ({note})' if note else ''}")
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.02, -0.17),
        handlelength=2.2,
        title="AUC (95 % interval by patient)",
        title_fontsize=7,
        alignment="left",
    )


def _draw_curve(axes: Axes, band: RocBand, number: int, label: str, has_bands: bool) -> None:
    color, style = MARKER_COLORS[number], LINE_STYLES[number]
    if has_bands:
        axes.fill_between(band.false_positive_rates, band.lower, band.upper, color=color, alpha=0.15, linewidth=0)
    axes.plot(1 - band.curve.specificity, band.curve.sensitivity, color=color, linestyle=style, label=label)


def _draw_rule(axes: Axes, band: RocBand, number: int, label: str) -> None:
    """A rule has one point; its curve would be two straight lines that nobody can operate on."""
    from OVCFRiskLib.statistics.roc import wilson_interval

    curve = band.curve
    found = wilson_interval(int(curve.true_positives[1]), curve.cases)
    spared = wilson_interval(curve.controls - int(curve.false_positives[1]), curve.controls)
    _draw_cross(axes, found, spared, MARKER_COLORS[number], "s", label)


def _draw_point(axes: Axes, confusion: Confusion, color: str, marker: str, label: str) -> None:
    _draw_cross(axes, confusion.sensitivity, confusion.specificity, color, marker, label)


def _draw_cross(axes: Axes, found: Proportion, spared: Proportion, color: str, marker: str, label: str) -> None:
    """A point with Wilson intervals both ways."""
    axes.errorbar(
        1 - spared.value,
        found.value,
        xerr=[[spared.upper - spared.value], [spared.value - spared.lower]],
        yerr=[[found.value - found.lower], [found.upper - found.value]],
        color=color,
        marker=marker,
        markersize=5,
        markeredgecolor="white",
        markeredgewidth=0.7,
        elinewidth=0.9,
        linestyle="none",
        label=label,
        zorder=5,
    )
