"""Body heights, their loss against what is normal, and the grade of deformity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from OVCFRiskLib.assessment import BodyHeights
from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS, STOP_LOSS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.field_of_view import touched_faces
from OVCFRiskLib.quality.height_loss import find_loss
from OVCFRiskLib.quality.height_profile import measure_six_points
from OVCFRiskLib.threads import side_by_side

# Genant HK et al. (1993) J Bone Miner Res 8:1137: loss of 20-25 % mild, 25-40 % moderate, above 40 % severe.
GRADE_LIMITS = (STOP_LOSS, 0.25, 0.40)
# Lowest loss that is reported: below it lies the variation of whole bodies and of the measurement.
NOTE_LOSS = 0.10
# Both ends of a height lie between two slices, half a slice from either: where slices are thicker than the method's, a
# height may be wrong by as much as they are thicker.
METHOD_SLICE_MM = 1.25


def measure_heights(bodies: Bodies) -> dict[LumbarLevel, BodyHeights]:
    """Measure the heights of all bodies in their own axes and what they have lost.

    Parameters
    ----------
    bodies : Bodies

    Returns
    -------
    dict of LumbarLevel to BodyHeights
        Without levels that are absent, too small to measure, or touch the edge of the volume: part of a body has no
        height, and must not be compared with its neighbours.
    """
    measured = side_by_side(lambda body: None if touched_faces(body) else measure_six_points(body), [*bodies.values()])
    points = {level: six for level, six in zip(bodies, measured, strict=True) if six is not None}
    found = {}
    for level, own in points.items():
        loss, deformity = find_loss(level, points)
        found[level] = BodyHeights(
            own.anterior_mm,
            own.middle_mm,
            own.posterior_mm,
            loss,
            grade_of(loss),
            deformity if loss >= STOP_LOSS else "none",
        )
    return found


def grade_of(loss: float) -> int:
    """Genant's semiquantitative grade (0-3) of a height loss given as a part of 1."""
    mild, moderate, severe = GRADE_LIMITS
    if loss > severe:
        return 3
    return 2 if loss >= moderate else int(loss >= mild)


def check_heights(
    heights: Mapping[LumbarLevel, BodyHeights], slice_spacing_mm: float = METHOD_SLICE_MM
) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """Findings about height loss, one entry per measured level.

    A loss of 20 % or more stops scoring; where thick slices leave it open whether it is that much, it is a warning.

    Parameters
    ----------
    heights : mapping of LumbarLevel to BodyHeights
    slice_spacing_mm : float
        Distance of voxels along the spine.
    """
    uncertain_mm = max(0.0, slice_spacing_mm - METHOD_SLICE_MM)
    return {level: tuple(_check_level(level, measured, uncertain_mm)) for level, measured in heights.items()}


def _check_level(level: LumbarLevel, measured: BodyHeights, uncertain_mm: float) -> list[Finding]:
    """Findings of one level."""
    if measured.loss < NOTE_LOSS:
        return []
    values: dict[str, Any] = {"value": measured.loss, "deformity": measured.deformity, "grade": measured.grade}
    if measured.loss < STOP_LOSS:
        return [HEIGHT_LOSS.finding(level, Severity.NOTE, "mild", **values)]
    tallest = max(measured.anterior_mm, measured.middle_mm, measured.posterior_mm)
    uncertain = uncertain_mm / tallest
    if measured.loss >= STOP_LOSS + uncertain:
        return [HEIGHT_LOSS.finding(level, Severity.STOPS_SCORING, "fracture", **values)]
    return [HEIGHT_LOSS.finding(level, Severity.WARNING, "open", open=uncertain, **values)]
