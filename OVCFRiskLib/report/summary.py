"""One paragraph on the whole spine, for the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from OVCFRiskLib.assessment import Category, LevelAssessment, Score, SpineAssessment, Status
from OVCFRiskLib.counts import listed
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.level_codes import NAMING
from OVCFRiskLib.findings.mask_codes import CRUSHED, FLAT, HEIGHT, HEIGHT_LOSS, LOW, STOP_LOSS
from OVCFRiskLib.findings.model_codes import MASK_ORIGIN
from OVCFRiskLib.quality.crushed_body import EXPLAINED
from OVCFRiskLib.quality.trabecular import BALANCED_HU
from OVCFRiskLib.report.wording import describe_fracture

# category -> end of the sentence on the highest risk index; a level outside the model has no such sentence
CATEGORY_WORDS = {
    Category.HIGHER_RISK: "on the higher-risk side of the model's cut-off",
    Category.LOWER_RISK: "on the lower-risk side of the model's cut-off",
    Category.INDETERMINATE: "indeterminate, as its interval crosses the model's cut-off",
}
# Neighbours whose categories do not lie on either side of the cut-off are said to differ from a fifth of the scale on,
# and only if their intervals are apart: less changes nothing that a reader would do (Docs/method.md).
DIFFERENCE = 0.2


def summarise(assessment: SpineAssessment) -> str:
    """Summarise the four levels in one paragraph of plain text, without advice.

    Parameters
    ----------
    assessment : SpineAssessment

    Returns
    -------
    str
        First what must not be missed: names in doubt, suspected fractures, and levels outside the model, whose numbers
        are left to the details. Then the highest-risk level, whether neighbours differ, levels not scored with their
        reasons.
    """
    scored = [(row, row.score) for row in assessment.levels if row.score is not None]
    inside = [(row, score) for row, score in scored if not row.is_outside_model]
    parts = [_lead(assessment), _names(scored), _highest(inside), _low_density(inside), _agreement(inside)]
    parts += [_origin_of_masks(assessment), *_not_scored(assessment.levels)]
    warned = [row.level.name for row, _ in scored if row.warnings]
    if warned:
        parts.append(f"Warnings apply to {listed(warned)}.")
    return " ".join(part for part in parts if part)


def headlines(assessment: SpineAssessment) -> tuple[str, ...]:
    """What must not be missed, clauses without a full stop.

    Names in doubt, as they decide which bodies are meant; suspected fractures, and losses that may be one; levels
    outside the model.
    """
    leads = [
        f"check the names of the levels: L1-L4 may be {finding.values['renamed']}"
        for finding in assessment.warnings
        if finding.code == NAMING.code
    ]
    for row in assessment.levels:
        if (fracture := row.suspected_fracture) is not None:
            suspected = "suspected fracture, not scored: " if fracture.variant == CRUSHED else ""
            leads.append(f"{row.level.name}: {suspected}{describe_fracture(fracture)}: look at this level")
        elif (near := _near_a_fracture(row)) is not None:
            limit = f"which may be the {STOP_LOSS:.0%} of a fracture"
            leads.append(f"{row.level.name}: height loss of {near.value:.0%}, {limit}: look at this level")
        leads += [
            f"{row.level.name}: {finding.value:.0f} mm high, crushed flat or a part of a mask: look at this level"
            for finding in row.warnings
            if finding.code == HEIGHT.code and finding.variant in (FLAT, LOW) and fracture is None
        ]
    outside = [row.level for row in assessment.levels if row.is_outside_model]
    if outside:
        reasons = (finding for level in outside for finding in assessment.reasons_outside_model(level))
        titles = dict.fromkeys(finding.check.title for finding in reasons)
        scores, they_are = ("score", "it is") if len(outside) == 1 else ("scores", "they are")
        names = listed([level.name for level in outside])
        leads.append(f"do not rely on the {scores} of {names}: {they_are} outside the model ({', '.join(titles)})")
    return tuple(leads)


def _near_a_fracture(row: LevelAssessment) -> Finding | None:
    """The warning of a height loss that the measurement does not tell from a fracture."""
    return next((finding for finding in row.warnings if finding.code == HEIGHT_LOSS.code), None)


def _lead(assessment: SpineAssessment) -> str:
    """The headlines in one sentence; empty without any."""
    text = "; ".join(headlines(assessment))
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _names(scored: Sequence[tuple[LevelAssessment, Score]]) -> str:
    """Which levels were scored."""
    if not scored:
        return "No level could be scored."
    names = listed([row.level.name for row, _ in scored])
    return f"Scored: {names}." if len(scored) > 1 else f"Only {names} was scored."


def _highest(inside: Sequence[tuple[LevelAssessment, Score]]) -> str:
    """The highest-risk level to which the model applies."""
    if not inside:
        return ""
    row, score = max(inside, key=lambda item: item[1].risk_index)
    return (
        f"The highest risk index is {score.risk_index:.2f} ({score.risk_low:.2f} to {score.risk_high:.2f}) at "
        f"{row.level.name}, {CATEGORY_WORDS[score.category]}."
    )


def _low_density(inside: Sequence[tuple[LevelAssessment, Score]]) -> str:
    """How a low density goes together with a score on the lower-risk side, in one sentence."""
    low = [
        f"{row.level.name} ({row.trabecular.mean_hu:.0f} HU)"
        for row, score in inside
        if score.category is Category.LOWER_RISK and row.trabecular and row.trabecular.mean_hu <= BALANCED_HU
    ]
    if not low:
        return ""
    return (
        f"Trabecular density of {listed(low)} lies below the literature's balanced threshold of {BALANCED_HU:.0f} HU "
        "although the score is on the lower-risk side: the score weighs texture and shape besides density and does not "
        "rule out low density."
    )


def _agreement(inside: Iterable[tuple[LevelAssessment, Score]]) -> str:
    """Whether neighbouring levels differ in a way that matters."""
    scores = {row.level: score for row, score in inside}
    pairs = [(a, b) for a in scores for b in scores if b - a == 1]
    if not pairs:
        return ""
    apart = [
        f"{a.name} and {b.name} ({scores[a].risk_index:.2f} and {scores[b].risk_index:.2f})"
        for a, b in pairs
        if _differ(scores[a], scores[b])
    ]
    if not apart:
        return "Neighbouring levels agree within their intervals, or differ too little to matter."
    return f"Neighbouring levels differ by more than their intervals: {listed(apart)}."


def _differ(a: Score, b: Score) -> bool:
    """True when two intervals are apart, and the cut-off or a fifth of the scale lies between them."""
    are_apart = a.risk_high < b.risk_low or b.risk_high < a.risk_low
    on_either_side = {a.category, b.category} == {Category.LOWER_RISK, Category.HIGHER_RISK}
    return are_apart and (on_either_side or abs(a.risk_index - b.risk_index) >= DIFFERENCE)


def _origin_of_masks(assessment: SpineAssessment) -> str:
    """What the intervals do not cover, where masks are not of the kind that the model was trained on."""
    return " ".join(finding.text for finding in assessment.findings if finding.code == MASK_ORIGIN.code)


def _not_scored(levels: Sequence[LevelAssessment]) -> list[str]:
    """Why levels have no score, levels with the same reason together."""
    levels_by_reason: dict[str, list[str]] = {}
    for row in levels:
        if row.status is Status.NOT_SCORED:
            levels_by_reason.setdefault(_reason(row), []).append(row.level.name)
    return [
        f"{listed(names)} {'was' if len(names) == 1 else 'were'} not scored, {reason}."
        for reason, names in levels_by_reason.items()
    ]


def _reason(row: LevelAssessment) -> str:
    """Why a level has no score; the height loss of a fracture leads the summary and is not said again."""
    fracture = row.suspected_fracture
    others = {finding.code for finding in row.stops} - {HEIGHT_LOSS.code}
    is_explained = fracture is not None and fracture.variant == CRUSHED and others <= EXPLAINED
    is_said = is_explained or (fracture is not None and row.reason == fracture.text)
    return "as the method excludes fractured bodies" if is_said else f"because: {row.reason.rstrip('. ')}"
