"""The score by group and set: every body a point, with the shape of the distribution (the paper's Figure 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import gaussian_kde

from OVCFRiskLib.evaluation.figures.small_cohort import FEW_POINTS
from OVCFRiskLib.figures.style import GROUP_COLORS, GROUP_NAMES, INK, MUTED, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from OVCFRiskLib.evaluation.results import Evaluation

# Of a violin and of its bodies, in units of the x axis: chosen, so that groups, which are 1 apart, do not touch.
HALF_WIDTH = 0.36


def groups_figure(evaluation: Evaluation) -> Figure:
    """Violins with strips: OVCF and no fracture side by side in each set, the frozen cut-off as a line."""
    meaning = evaluation.meaning
    figure, (axes,) = new_figure(1.9 + 1.7 * len(evaluation.sets), 3.3)
    rng = np.random.default_rng(0)
    ticks = []
    for number, part in enumerate(evaluation.sets):
        for offset, group in enumerate(GROUP_COLORS):
            place = 2.4 * number + offset
            scores = part.table.scores[part.table.groups == group]
            _draw_group(axes, place, scores, GROUP_COLORS[group], rng)
            ticks.append((place, f"{GROUP_NAMES[group]}\nn = {len(scores)}"))
        axes.text(2.4 * number + 0.5, 1.02, f"{part.name} set", transform=axes.get_xaxis_transform(), ha="center")
    axes.axhline(meaning.cutoff, color=INK, linewidth=0.9, linestyle="--")
    axes.set_xticks(*zip(*ticks, strict=True))
    axes.tick_params(axis="x", length=0)
    side = "above" if meaning.higher_is_risk else "below"
    axes.set_ylabel(f"{meaning.name} (dimensionless)\n{'higher' if meaning.higher_is_risk else 'lower'} = more risk")
    axes.annotate(
        f"cut-off {meaning.cutoff:.3f}\nat risk {side}",
        (1.0, meaning.cutoff),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
        color=MUTED,
    )
    return figure


def _draw_group(axes: Axes, place: float, scores: np.ndarray, color: str, rng: np.random.Generator) -> None:
    """Half a violin to the left, the bodies to the right, median and quartiles between."""
    if len(scores) >= FEW_POINTS and np.ptp(scores) > 0:
        grid = np.linspace(scores.min(), scores.max(), 200)
        density = gaussian_kde(scores)(grid)
        axes.fill_betweenx(
            grid, place - HALF_WIDTH * density / density.max(), place, color=color, alpha=0.30, linewidth=0
        )
    axes.scatter(
        place + rng.uniform(0.06, HALF_WIDTH, len(scores)), scores, s=6, color=color, alpha=0.65, linewidths=0, zorder=3
    )
    low, middle, high = np.percentile(scores, [25, 50, 75])
    axes.plot([place, place], [low, high], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=4)
    axes.plot(place, middle, "o", color="white", markeredgecolor=INK, markersize=4, zorder=5)
