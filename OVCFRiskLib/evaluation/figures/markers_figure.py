"""Markers side by side: their ROC curves, and their areas with intervals as a forest plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OVCFRiskLib.figures.style import (
    FAINT,
    INK,
    LINE_STYLES,
    MARKER_COLORS,
    MUTED,
    PAGE_WIDTH_IN,
    interval_text,
    new_figure,
    panel_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.evaluation.marker_study import MarkerStudy


def markers_figure(study: MarkerStudy) -> Figure:
    """Curves to the left (the first marker with its band by patient), areas to the right."""
    figure, (curves, areas) = new_figure(PAGE_WIDTH_IN, 3.6, 2)
    _draw_curves(curves, study)
    _draw_areas(areas, study)
    panel_title(curves, 0, "ROC curves")
    panel_title(areas, 1, "Areas, 95 % intervals by patient")
    return figure


def look(number: int) -> tuple[str, str]:
    """Colour and dashes of the n-th marker; colours repeat with other dashes."""
    turn, place = divmod(number, len(MARKER_COLORS))
    return MARKER_COLORS[place], LINE_STYLES[(place + turn) % len(LINE_STYLES)]


def _draw_curves(axes: Axes, study: MarkerStudy) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, zorder=0)
    for number, band in enumerate(study.bands):
        color, style = look(number)
        if number == 0:
            axes.fill_between(band.false_positive_rates, band.lower, band.upper, color=color, alpha=0.13, linewidth=0)
        axes.plot(
            1 - band.curve.specificity,
            band.curve.sensitivity,
            color=color,
            linestyle=style,
            linewidth=1.5,
            label=band.name,
        )
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal", xlabel="1 − specificity", ylabel="Sensitivity")


def _draw_areas(axes: Axes, study: MarkerStudy) -> None:
    axes.axvline(0.5, color=MUTED, linewidth=0.8, linestyle=":")
    names = []
    for row, found in enumerate(study.discriminations):
        color, style = look(row)
        interval = found.by_patient
        axes.plot([interval.lower, interval.upper], [row, row], color=color, linewidth=1.6, linestyle=style)
        axes.plot(found.auc.value, row, "s", color=color, markersize=5, clip_on=False)
        axes.text(
            1.03,
            row,
            interval_text(found.auc.value, interval.lower, interval.upper),
            va="center",
            fontsize=7,
            transform=axes.get_yaxis_transform(),
            color=INK,
        )
        turned = "high" if study.table.is_higher_risk[found.marker] else "low"
        names.append(f"{found.marker}\n{turned} = risk\n{found.fractures} OVCF, {found.controls} NF")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0)
    lowest = min(found.by_patient.lower for found in study.discriminations)
    axes.set(ylim=(len(names) - 0.4, -0.6), xlim=(min(0.4, lowest - 0.05), 1.0), xlabel="Area under the ROC curve")
