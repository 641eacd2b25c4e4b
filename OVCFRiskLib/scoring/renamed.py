"""What a renaming of the levels does to the scores: no body's own, but which bodies are L1-L4."""

from __future__ import annotations

from collections.abc import Mapping

from OVCFRiskLib.bodies.cut_out import Bodies, cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.scoring.model import RScoreModel
from OVCFRiskLib.scoring.uncertainty import surroundings
from OVCFRiskLib.segmentation import complete_points
from OVCFRiskLib.segmentation.bodies import segment_part
from OVCFRiskLib.spine_region import around_bodies
from OVCFRiskLib.volume_part import Part


def change_by_renaming(
    ct: Part, bodies: Bodies, shift: int, model: RScoreModel, risks: Mapping[LumbarLevel, float]
) -> str:
    """Say which bodies would leave the score and which would come in, with their risk indices.

    Parameters
    ----------
    ct : Part
        HU.
    bodies : Bodies
        As they are named, cut out of labels on that part.
    shift : int
        How many vertebrae further towards the head the bodies are than their names say.
    model : RScoreModel
    risks : mapping of LumbarLevel to float
        Risk indices of the bodies that were scored.

    Returns
    -------
    str
        One sentence without a full stop.
    """
    kept = {level: LumbarLevel(level - shift) for level in bodies if level - shift in tuple(LumbarLevel)}
    leaving = [f"{level.name} ({_risk(risks.get(level))})" for level in sorted(bodies) if level not in kept]
    coming = [f"{level.name} ({found})" for level, found in _coming(ct, bodies, kept, shift, model).items()]
    parts = ["Each body keeps its score whatever its name"]
    if leaving:
        parts.append(f"renamed, what is now {' and '.join(leaving)} would leave the assessment")
    if coming:
        parts.append(f"the body that would become {' and '.join(coming)} would enter it")
    return "; ".join(parts)


def _risk(value: float | None) -> str:
    """A risk index for a sentence."""
    return "no score" if value is None else f"risk index {value:.2f}"


def _coming(
    ct: Part, bodies: Bodies, kept: Mapping[LumbarLevel, LumbarLevel], shift: int, model: RScoreModel
) -> dict[LumbarLevel, str]:
    """New levels that no name stands for now, and their risk index or why there is none."""
    wanted = [level for level in LumbarLevel if level + shift not in tuple(LumbarLevel)]
    if not kept:
        return {}
    points: dict[LumbarLevel, Point] = {}
    for level, new in kept.items():
        x, y, z = (float(value) for value in bodies[level].center_lps)
        points[new] = (x, y, z)
    found = complete_points(ct, points).points
    return {level: _scored(ct, level, found[level], model) if level in found else "not found" for level in wanted}


def _scored(ct: Part, level: LumbarLevel, point: Point, model: RScoreModel) -> str:
    """Risk index of the body at a point, or that it cannot be scored."""
    try:
        region, labels = around_bodies(ct, segment_part(ct, {level: point})[0])
        body = cut_out_levels(labels, region)[level]
        if any(f.severity is Severity.STOPS_SCORING for f in check_masks(region.image, {level: body}).findings[level]):
            return _risk(None)
        around, mask = surroundings(region, body, model.settings)
        features = extract_features(around, mask, model.feature_names, model.settings)
    except OVCFRiskError:
        return _risk(None)
    return _risk(model.risk_index(model.r_score(features)))
