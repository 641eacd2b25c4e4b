"""What an archived result must say of a level beside its numbers: the words of the screen, the gravest first."""

from __future__ import annotations

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.findings.model_codes import MASK_ORIGIN
from OVCFRiskLib.report.wording import describe_fracture, is_demonstration
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY


def level_notes(assessment: SpineAssessment, row: LevelAssessment) -> tuple[str, ...]:
    """Sentences for one level, each once.

    Parameters
    ----------
    assessment : SpineAssessment
    row : LevelAssessment
        One of its levels.

    Returns
    -------
    tuple of str
        A suspected fracture, "outside the model", why there is no score, the warnings of level and CT, what
        the interval does not cover, the notice of a demonstration model, and the limits.
    """
    outside = assessment.reasons_outside_model(row.level) if row.is_outside_model else ()
    notes = []
    if (fracture := row.suspected_fracture) is not None:
        notes.append(f"Suspected fracture: {describe_fracture(fracture)}: look at this level.")
    if row.is_outside_model:
        titles = ", ".join(dict.fromkeys(finding.check.title for finding in outside))
        notes.append(f"Outside the model: do not rely on this score ({titles}).")
    if row.score is None:
        notes.append(f"Not scored, because: {row.reason}")
    # what stops scoring is the reason already
    notes += [finding.message for finding in row.warnings if finding not in row.stops]
    notes += [finding.message for finding in assessment.warnings]
    if row.score is not None:
        notes += [finding.message for finding in assessment.findings if finding.code == MASK_ORIGIN.code]
    if is_demonstration(assessment):
        notes.append(DEMONSTRATION_NOTICE)
    return tuple(dict.fromkeys((*notes, RESEARCH_ONLY, LIMITS)))
