"""The words of overlay.png: level and risk index beside each body, legend, notices."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.pictures.drawn_marks import FAINT_INK, Line, Mark, Pixel, Text
from OVCFRiskLib.report.pictures.overlay_marks import category_mark, legend
from OVCFRiskLib.report.wording import interval, is_demonstration

TEXT_SIZE = 31  # pixels
# Parts of the picture's width and height.
LABEL_COLUMN = 0.62
LEGEND_PLACE = (0.34, 0.142)
LEGEND_WIDTH = 0.6
NOTICE_HEIGHT = 0.016
MISSING_HEIGHT = 0.225
MARK_DISTANCE = 3.0  # text sizes from a label's begin to the middle of its mark
LABEL_DISTANCE = 5.6  # text sizes from one label to the next
# A reason beside the picture: as much of it as fits the margin.
REASON_CHARACTERS = 31
REASON_LINES = 2


def level_labels(assessment: SpineAssessment, ends: Mapping[LumbarLevel, Pixel], size: tuple[int, int]) -> list[Mark]:
    """Level, risk index and interval beside each body, joined to it by a line.

    Parameters
    ----------
    assessment : SpineAssessment
    ends : mapping
        Where each body ends, pixels from the lower left corner; levels without a body are named below the others.
    size : tuple of int
        Width and height of the picture in pixels.
    """
    marks: list[Mark] = []
    left = LABEL_COLUMN * size[0]
    free = float("inf")
    for level, (edge, middle) in ends.items():
        y = min(middle, free - LABEL_DISTANCE * TEXT_SIZE)  # clear of the label above
        free = y
        marks.append(Line(((edge + 6, middle), (left - 60, y), (left - 14, y)), FAINT_INK))
        row = assessment.level(level)
        title, details = _label(row)
        marks.append(Text(title, (left, y - 0.35 * TEXT_SIZE), round(1.6 * TEXT_SIZE), is_bold=True))
        if row.score is not None:
            place = (left + MARK_DISTANCE * TEXT_SIZE, y + 0.23 * TEXT_SIZE)
            marks += category_mark(row.score.category, place, round(1.15 * TEXT_SIZE))
        for number, detail in enumerate(details):
            marks.append(Text(detail, (left, y - (1.75 + 1.25 * number) * TEXT_SIZE), TEXT_SIZE, color=FAINT_INK))
    missing = [row.level.name for row in assessment.levels if row.level not in ends]
    if missing:
        words = f"not scored, no mask: {', '.join(missing)}"
        marks.append(Text(words, (left, MISSING_HEIGHT * size[1]), TEXT_SIZE, color=FAINT_INK))
    return marks


def frame(assessment: SpineAssessment, size: tuple[int, int]) -> list[Mark]:
    """Legend and the notice that has to stand wherever a result is shown."""
    width, height = size
    left = LEGEND_PLACE[0] * width
    notice = "Research software, not a medical device"
    if is_demonstration(assessment):
        notice = f"DEMONSTRATION MODEL.  {notice}"
    return [
        *legend((left, LEGEND_PLACE[1] * height), LEGEND_WIDTH * width, TEXT_SIZE),
        Text(notice, (left, NOTICE_HEIGHT * height), round(0.72 * TEXT_SIZE), color=FAINT_INK),
    ]


def _label(row: LevelAssessment) -> tuple[str, list[str]]:
    """Title and lines below it; the picture travels alone, so it says what must not be missed."""
    score, fracture = row.score, row.suspected_fracture
    warning = []
    if fracture is not None:
        warning = [f"height loss {fracture.value:.0%} ({fracture.values['deformity']}):", "look at this level"]
    if score is None:
        return f"{row.level.name}   not scored", warning or _reason_lines(row.reason)
    if row.is_outside_model:
        return row.level.name, [f"{score.category.value}:", "do not rely on its score", *warning[:1]]
    title = f"{row.level.name}       {score.risk_index:.2f}"
    return title, [f"{interval(score)}   {score.category.value}", *warning]


def _reason_lines(reason: str) -> list[str]:
    """Lines of a reason; what stands in brackets goes before the sentence is cut short."""
    for words in (reason, reason.partition(" (")[0]):
        lines = textwrap.wrap(words, REASON_CHARACTERS)
        if len(lines) <= REASON_LINES:
            return lines
    return textwrap.wrap(reason, REASON_CHARACTERS, max_lines=REASON_LINES, placeholder=" ...")
