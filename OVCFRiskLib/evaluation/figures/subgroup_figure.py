"""Forest plot: the area under the curve in each subgroup of the last set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OVCFRiskLib.figures.style import (
    FAINT,
    INK,
    MUTED,
    PAGE_WIDTH_IN,
    VERMILLION,
    interval_text,
    new_figure,
    typeset,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.evaluation.results import Evaluation
    from OVCFRiskLib.evaluation.subgroups import Subgroup
    from OVCFRiskLib.statistics.bootstrap import Interval

# Height of a subgroup's row, inches: chosen, room for one line of its label.
SUBGROUP_ROW_IN = 0.22


def subgroup_figure(evaluation: Evaluation) -> Figure:
    """AUC with intervals by patient; subgroups too small for an AUC are listed with their counts."""
    part = evaluation.sets[-1]
    groups = part.subgroups
    figure, (axes,) = new_figure(PAGE_WIDTH_IN * 0.85, 1.1 + SUBGROUP_ROW_IN * (len(groups) + 1))
    whole = part.discriminations[0]
    axes.axvline(0.5, color=FAINT, linewidth=0.8)
    axes.axvline(whole.auc.value, color=MUTED, linestyle=":", linewidth=1)
    _draw_row(axes, 0, whole.auc.value, whole.by_patient)
    labels = [f"all bodies  ({whole.fractures} OVCF, {whole.controls} NF)"]
    for row, group in enumerate(groups, start=1):
        labels.append(_label(group))
        if group.auc is None:
            axes.text(0.02, row, "too few bodies of a class", va="center", color=MUTED, fontsize=7)
        else:
            _draw_row(axes, row, group.auc.value, group.by_patient)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", length=0)
    axes.set(ylim=(len(labels) - 0.4, -0.6), xlim=(0, 1.0))
    axes.set_xlabel(f"AUC of the {evaluation.meaning.name} for OVCF, {part.name} set (95 % interval by patient)")
    return figure


def _label(group: Subgroup) -> str:
    kind = "" if group.kind == "level" else f"{group.kind}: "
    return f"{kind}{typeset(group.name)}  ({group.fractures} OVCF, {group.controls} NF)"


def _draw_row(axes: Axes, row: int, value: float, interval: Interval | None) -> None:
    if interval is None:
        return
    axes.plot([interval.lower, interval.upper], [row, row], color=VERMILLION if row else INK, linewidth=1.3)
    axes.plot(value, row, "D" if row == 0 else "s", color=VERMILLION if row else INK, markersize=4.5, clip_on=False)
    axes.text(1.04, row, interval_text(value, interval.lower, interval.upper), va="center", fontsize=7)
