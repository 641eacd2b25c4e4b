"""Masks of another origin than those a model was trained on: what the interval of a score does not cover."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from OVCFRiskLib.assessment import Category, LevelAssessment
from OVCFRiskLib.counts import listed
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.model_codes import LARGEST_SHIFT, MASK_ORIGIN
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import ORIGIN_WORDS, MaskOrigin, levels_by_origin, origins_in_words
from OVCFRiskLib.scoring.model import CUTOFF_RISK_INDEX, RScoreModel


def with_origins(
    rows: Sequence[LevelAssessment], origins: Mapping[LumbarLevel, MaskOrigin]
) -> tuple[LevelAssessment, ...]:
    """The rows with the origin of their masks; unknown where nobody says it, none without a mask."""
    return tuple(
        row if row.volume_ml is None else replace(row, mask_origin=origins.get(row.level, MaskOrigin.UNKNOWN))
        for row in rows
    )


def check_origins(rows: Sequence[LevelAssessment], model: RScoreModel) -> tuple[Finding, ...]:
    """One note on the scored levels whose masks are not of the origin that the model was trained on.

    Parameters
    ----------
    rows : sequence of LevelAssessment
        With the origin of their masks.
    model : RScoreModel

    Returns
    -------
    tuple of Finding
        Empty where all masks are of an origin that the card states, and where no level is scored. Where the card states
        none, the note is on all scored levels.
    """
    scored = [row for row in rows if row.score is not None and row.mask_origin is not None]
    others = [row for row in scored if row.mask_origin not in (model.mask_origins or ())]
    if not others:
        return ()
    origins = {row.level: row.mask_origin for row in others if row.mask_origin is not None}
    near = [row.level.name for row in others if _may_change_side(row)]
    return (
        MASK_ORIGIN.finding(
            variant="stated" if model.mask_origins else "unstated",
            masks=_masks_in_words(origins, are_all=len(others) == len(scored)),
            trained=origins_in_words(model.mask_origins or ()),
            near=f" The category of {', '.join(near)} may change with it." if near else "",
            model=model.id,
        ),
    )


def _masks_in_words(origins: Mapping[LumbarLevel, MaskOrigin], are_all: bool) -> str:
    """The beginning of a sentence on masks and their origins, without levels when all are alike."""
    found = levels_by_origin(origins)
    if are_all and len(found) == 1:
        return f"{'All masks were' if len(origins) > 1 else 'The mask was'} {origins_in_words(found)}"
    clauses = ", ".join(
        f"{'the masks' if len(levels) > 1 else 'the mask'} of {listed([level.name for level in levels])} "
        f"{'were' if len(levels) > 1 else 'was'} {ORIGIN_WORDS[origin]}"
        for origin, levels in found.items()
    )
    return f"{clauses[0].upper()}{clauses[1:]}"


def _may_change_side(row: LevelAssessment) -> bool:
    """True where the largest shift that was measured reaches the cut-off."""
    score = row.score
    has_side = score is not None and score.category in (Category.LOWER_RISK, Category.HIGHER_RISK)
    return score is not None and has_side and abs(score.risk_index - CUTOFF_RISK_INDEX) <= LARGEST_SHIFT
