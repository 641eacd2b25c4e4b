"""One paragraph on the whole spine, for the report."""

from __future__ import annotations

from collections.abc import Sequence

from OVCFRiskLib.assessment import Category, LevelAssessment, Status

CATEGORY_WORDS = {
    Category.HIGHER_RISK: "on the higher-risk side of the model's cut-off",
    Category.LOWER_RISK: "on the lower-risk side of the model's cut-off",
    Category.INDETERMINATE: "indeterminate, as its interval crosses the model's cut-off",
}


def summarise(levels: Sequence[LevelAssessment]) -> str:
    """Summarise the four levels in one paragraph of plain text, without advice.

    Parameters
    ----------
    levels : sequence of LevelAssessment

    Returns
    -------
    str
        Highest-risk scored level, agreement between neighbours, levels not scored with their reasons.
    """
    scored = [row for row in levels if row.status is Status.SCORED]
    parts = [_highest(scored), _agreement(scored), *_not_scored(levels)]
    warned = [row.level.name for row in scored if row.warnings]
    if warned:
        parts.append(f"Warnings apply to {_listed(warned)}.")
    return " ".join(part for part in parts if part)


def _highest(scored: Sequence[LevelAssessment]) -> str:
    """The highest-risk level and how many were scored."""
    if not scored:
        return "No level could be scored."
    top = max(scored, key=lambda row: row.score.risk_index)
    names = _listed([row.level.name for row in scored])
    first = f"Scored: {names}. " if len(scored) > 1 else f"Only {names} was scored. "
    return (
        f"{first}The highest risk index is {top.score.risk_index:.2f} "
        f"({top.score.risk_low:.2f} to {top.score.risk_high:.2f}) at {top.level.name}, "
        f"{CATEGORY_WORDS[top.score.category]}."
    )


def _agreement(scored: Sequence[LevelAssessment]) -> str:
    """Whether neighbouring levels agree within their intervals."""
    pairs = [(a, b) for a in scored for b in scored if b.level - a.level == 1]
    if not pairs:
        return ""
    apart = [
        f"{a.level.name} and {b.level.name} ({a.score.risk_index:.2f} and {b.score.risk_index:.2f})"
        for a, b in pairs
        if a.score.risk_high < b.score.risk_low or b.score.risk_high < a.score.risk_low
    ]
    if not apart:
        return "Neighbouring levels agree within their intervals."
    return f"Neighbouring levels differ by more than their intervals: {_listed(apart)}."


def _not_scored(levels: Sequence[LevelAssessment]) -> list[str]:
    """Why levels have no score, levels with the same reason together."""
    levels_by_reason: dict[str, list[str]] = {}
    for row in levels:
        if row.status is Status.NOT_SCORED:
            levels_by_reason.setdefault(row.reason.rstrip(". "), []).append(row.level.name)
    return [
        f"{_listed(names)} {'was' if len(names) == 1 else 'were'} not scored, because: {reason}."
        for reason, names in levels_by_reason.items()
    ]


def _listed(names: Sequence[str]) -> str:
    """Names with commas and an "and"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
