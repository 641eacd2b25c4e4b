"""The result as plain text for a terminal of 100 columns."""

from __future__ import annotations

import textwrap

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.report.wording import (
    NONE,
    fixed,
    interval,
    is_demonstration,
    status_text,
)
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY

# Characters a line, at which sentences break: chosen.
TERMINAL_WIDTH = 100
# First sentence on a level outside the model, as the table shows it no score.
OUTSIDE_HINT = "outside the model; its numbers are in scores.csv, do not rely on them"
# Titles of the columns, in the order of the cells of a row.
HEADER = ("level", "status", "R-score", "risk index", "interval", "category", "volume", "trabecular", "warnings")
# Columns of numbers end at the same place.
RIGHT_ALIGNED = {"R-score", "risk index", "volume", "trabecular", "warnings"}


def format_table(assessment: SpineAssessment) -> str:
    """Table of the four levels, then what the numbers need beside them: summary, reasons, warnings, notices.

    Parameters
    ----------
    assessment : SpineAssessment

    Returns
    -------
    str
        Lines of at most 100 columns, without a final line end.
    """
    cells = [HEADER, *(_cells(row, len(assessment.warnings)) for row in assessment.levels)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines += ["", *_wrapped(summarise(assessment))]
    details = []
    for row in assessment.levels:
        sentences = [finding.text for finding in row.warnings] if row.score is not None else [row.reason]
        if row.is_outside_model:
            sentences.insert(0, OUTSIDE_HINT)
        details += [line for sentence in sentences for line in _wrapped(sentence, f"{row.level.name}: ")]
    details += [line for finding in assessment.warnings for line in _wrapped(finding.text, "CT: ")]
    lines += ["", *details] if details else []
    provenance = assessment.provenance
    lines += ["", *_wrapped(f"model {provenance.model_id} ({provenance.model_status}, {provenance.model_sha256[:12]})")]
    if is_demonstration(assessment):
        lines += _wrapped(DEMONSTRATION_NOTICE.upper())
    return "\n".join([*lines, *_wrapped(f"{RESEARCH_ONLY} {LIMITS}")])


def _cells(row: LevelAssessment, warnings_of_ct: int) -> tuple[str, ...]:
    """One level's cells, in the header's order; no numbers of a score to which the model does not apply."""
    trabecular = row.trabecular
    score = None if row.is_outside_model else row.score
    return (
        row.level.name,
        status_text(row),
        fixed(score.r_score if score else None, 3),
        fixed(score.risk_index if score else None, 2),
        interval(score) if score else NONE,
        row.score.category.value if row.score else NONE,
        fixed(row.volume_ml, 1, "ml"),
        fixed(trabecular.mean_hu if trabecular else None, 0, "HU"),
        str(len(row.warnings) + warnings_of_ct),
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    """One line of the table."""
    padded = (
        text.rjust(width) if title in RIGHT_ALIGNED else text.ljust(width)
        for text, width, title in zip(cells, widths, HEADER, strict=True)
    )
    return "  ".join(padded).rstrip()


def _wrapped(text: str, start: str = "") -> list[str]:
    """Text broken into lines, the following ones indented to the first one's text."""
    return textwrap.wrap(text, TERMINAL_WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
