"""The flow of participants, from the tables to the bodies that enter: as text and as an SVG drawing."""

from __future__ import annotations

from html import escape

from OVCFRiskLib.cohort.design import Cohort, FlowStep
from OVCFRiskLib.figures.style import BLUE, INK, MUTED, VERMILLION
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS

# Of the drawing, pixels.
BOX_WIDTH = 320
BOX_HEIGHT = 46
SIDE_HEIGHT = 30
SIDE_GAP = 40
GAP = 16
MARGIN = 20
# So wide that the trunk meets the middle of the left group.
SIDE_WIDTH = BOX_WIDTH + MARGIN - SIDE_GAP
# Where the trunk runs.
CENTRE_X = MARGIN + BOX_WIDTH / 2
FONT = "DejaVu Sans, Arial, sans-serif"


def flow_text(cohort: Cohort, title: str) -> str:
    """The flow as lines of text.

    Parameters
    ----------
    cohort : Cohort
    title : str
        What the tables are.
    """
    lines = [title]
    for step in cohort.flow:
        lines.append(
            f"    excluded, {step.text}: {counted(step)}" if step.is_exclusion else f"{step.text}: {counted(step)}"
        )
    return "\n".join(lines) + "\n"


def counted(step: FlowStep) -> str:
    """Counts of a step in words, e.g. ``141 patients, 160 series``."""
    counts = (
        (step.bodies, "body", "bodies"),
        (step.patients, "patient", "patients"),
        (step.series, "series", "series"),
    )
    return ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count is not None)


def flow_svg(cohort: Cohort, title: str) -> str:
    """The flow as a drawing: boxes downwards, what was excluded to the right, the two groups side by side below."""
    parts, bottom, y = _trunk(cohort)
    width = MARGIN * 2 + BOX_WIDTH + SIDE_GAP + SIDE_WIDTH
    half = (width - 3 * MARGIN) / 2
    fork = y + GAP / 2
    top = fork + GAP
    for number, step in enumerate(step for step in cohort.flow if step.text in GROUPS):
        x = MARGIN + number * (half + MARGIN)
        trunk = f"{CENTRE_X:g},{bottom:g} {CENTRE_X:g},{fork:g}"
        parts.append(_arrow(f"{trunk} {x + half / 2:g},{fork:g} {x + half / 2:g},{top:g}"))
        is_case = step.text == FRACTURE
        words = "unfractured bodies, a fracture elsewhere" if is_case else "unfractured bodies, no fracture in view"
        parts.append(
            _box(x, top, half, BOX_HEIGHT + 16, (step.text, words, counted(step)), VERMILLION if is_case else BLUE)
        )
    height = top + BOX_HEIGHT + 16 + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" font-family="{FONT}" font-size="12" role="img" aria-label="{escape(title)}">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{MUTED}"/></marker></defs>\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{_text(MARGIN, MARGIN + 4, title, "start", bold=True)}\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _trunk(cohort: Cohort) -> tuple[list[str], float, float]:
    """Drawing of all steps but the groups, the lower edge of the last box, and where the next may begin."""
    parts: list[str] = []
    side = MARGIN + BOX_WIDTH + SIDE_GAP
    y, bottom = MARGIN + 24.0, 0.0
    for step in (step for step in cohort.flow if step.text not in GROUPS):
        if step.is_exclusion:
            half = y + SIDE_HEIGHT / 2
            parts.append(_arrow(f"{CENTRE_X:g},{half:g} {side:g},{half:g}"))
            parts.append(_box(side, y, SIDE_WIDTH, SIDE_HEIGHT, (f"{step.text}: {counted(step)}",), MUTED))
            y += SIDE_HEIGHT + GAP
            continue
        if bottom:
            parts.append(_arrow(f"{CENTRE_X:g},{bottom:g} {CENTRE_X:g},{y:g}"))
        parts.append(_box(MARGIN, y, BOX_WIDTH, BOX_HEIGHT, (step.text, counted(step)), INK))
        bottom = y + BOX_HEIGHT
        y = bottom + GAP
    return parts, bottom, y


def _box(x: float, y: float, width: float, height: float, lines: tuple[str, ...], color: str) -> str:
    middle = y + height / 2 + 4 - 8 * (len(lines) - 1)
    texts = (
        _text(x + width / 2, middle + 16 * n, line, "middle", bold=n == 0 < len(lines) - 1)
        for n, line in enumerate(lines)
    )
    frame = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="4" fill="white" stroke="{color}"/>'
    return frame + "".join(texts)


def _arrow(points: str) -> str:
    return f'<polyline points="{points}" fill="none" stroke="{MUTED}" marker-end="url(#tip)"/>'


def _text(x: float, y: float, text: str, anchor: str, bold: bool) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{INK}"{weight}>{escape(text)}</text>'
