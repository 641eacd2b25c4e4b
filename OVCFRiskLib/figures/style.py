"""One look for all figures: colour-blind safe, readable in print, the same bytes for the same numbers."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from OVCFRiskLib.errors import MissingDependencyError
from OVCFRiskLib.tables.body_rows import FRACTURE, NO_FRACTURE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe M, Ito K (2008), Color Universal Design: told apart with every kind of colour vision, and by lightness in print.
VERMILLION = "#D55E00"
BLUE = "#0072B2"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
SKY = "#56B4E9"
# Text, secondary text and axes, and what only guides the eye.
INK = "#1F2328"
MUTED = "#6A737D"
FAINT = "#D5D9DE"
GROUP_COLORS = {FRACTURE: VERMILLION, NO_FRACTURE: BLUE}
GROUP_NAMES = {FRACTURE: "OVCF", NO_FRACTURE: "no fracture"}
# Of the markers in the order they are reported: the score, the T-score, the rule.
MARKER_COLORS = (VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY)
# Of lines that also differ in colour, in the order they are drawn: for print without colour.
LINE_STYLES = ("-", "--", "-.", ":")
# Width of a journal's page, inches (most ask for 7 to 7.3).
PAGE_WIDTH_IN = 7.2
# What journals ask for of pictures with lines.
PNG_DPI = 300
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "text.color": INK,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "savefig.bbox": "tight",
    "savefig.pad_inches": 0.04,
    # letters stay letters, and ids do not change from run to run
    "svg.fonttype": "none",
    "svg.hashsalt": "ovcfrisk",
}


def draw(make: Callable[[], Figure], notice: str = "") -> dict[str, bytes]:
    """Call a function that makes a figure, in our style, and give the files by suffix.

    Parameters
    ----------
    make : callable
        Without arguments; returns a matplotlib figure.
    notice : str
        Small print under the figure.

    Returns
    -------
    dict
        ``".svg"`` and ``".png"`` to the bytes of the file.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "drawing figures", "pip install ovcfrisk[training]") from error
    with matplotlib.rc_context(cast("Any", STYLE)):
        figure = make()
        if notice:
            _print_below(figure, notice)
        return {
            ".svg": _saved(figure, "svg", metadata={"Date": None}),
            ".png": _saved(figure, "png", dpi=PNG_DPI, metadata={"Software": None}),
        }


def new_figure(width: float, height: float, columns: int = 1, **options: Any) -> tuple[Figure, list[Axes]]:
    """An empty figure of one row of panels, inches; no window, no global state."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, columns, squeeze=False, **options)
    return figure, list(panels[0])


def panel_title(axes: Axes, number: int, text: str) -> None:
    """Letter and title of a panel."""
    axes.set_title(f"{'abcdefgh'[number]}  {text}")


def typeset(text: str) -> str:
    """Signs as print has them; names in tables stay ASCII."""
    return text.replace("<=", "≤").replace(">=", "≥").replace(" -", " −")


def interval_text(value: float, lower: float, upper: float) -> str:
    """An estimate with its interval; one that has no width, or is unknown, is not shown as if it were certain.

    Examples
    --------
    >>> interval_text(0.741, 0.633, 0.847)
    '0.741 (0.633–0.847)'
    >>> interval_text(1.0, 1.0, 1.0)
    '1.000 (too few for an interval)'
    """
    if not has_width(lower, upper):
        return f"{value:.3f} (too few for an interval)"
    return f"{value:.3f} ({lower:.3f}–{upper:.3f})"


def number_text(value: float, digits: int, sign: str = "") -> str:
    """A number for a figure or a report; one that has no finite estimate says so.

    Examples
    --------
    >>> number_text(0.51, 2, "+"), number_text(float("nan"), 2)
    ('+0.51', 'not estimable')
    """
    return "not estimable" if math.isnan(value) else f"{value:{sign}.{digits}f}"


def has_width(lower: float, upper: float) -> bool:
    """Whether an interval is one at three decimals: not NaN, not a point."""
    return f"{lower:.3f}" != f"{upper:.3f}" and not math.isnan(lower + upper)


def _print_below(figure: Figure, notice: str) -> None:
    """Small print under everything drawn, legends outside the panels included."""
    figure.draw_without_rendering()
    # panels and legends stay where they are: saving lays panels out again around the small print, and moves legends
    # of the figure to the edge of the page, which the small print has moved
    figure.set_layout_engine("none")
    for legend in figure.legends:
        legend.set_bbox_to_anchor((0, 0, 1, 1), transform=figure.transFigure)
    lowest = figure.get_tightbbox().y0 / figure.get_figheight()
    figure.text(0.01, lowest - 0.01, notice, fontsize=6, color=MUTED, va="top")


def _saved(figure: Figure, kind: str, **options: Any) -> bytes:
    content = io.BytesIO()
    figure.savefig(content, format=kind, **options)
    return content.getvalue()
