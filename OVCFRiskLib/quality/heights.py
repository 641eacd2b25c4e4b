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
from OVCFRiskLib.quality.height_loss import find_loss, loss_uncertainty
from OVCFRiskLib.quality.height_profile import measure_six_points
from OVCFRiskLib.threads import side_by_side

# Genant HK et al. (1993) J Bone Miner Res 8:1137: loss of 20-25 % mild, 25-40 % moderate, above 40 % severe.
GRADE_LIMITS = (STOP_LOSS, 0.25, 0.40)
# Lowest loss that is reported: below it lies the variation of whole bodies and of the measurement.
NOTE_LOSS = 0.10
# With thicker slices no loss stops scoring: what they leave open is as large as a fracture.
THICKEST_TO_STOP_MM = 3.0
# From here on a loss that may be a fracture by its uncertainty is a warning, on slices of up to 3 mm: healthy bodies
# stay below; a wedge of 25 % of the anterior height is 20 to 25 % at six points and may read as 15 % (Docs/guards.md).
WARN_LOSS = 0.15
# A fit's last digits follow how its arrays happen to lie in memory, and results are the same to the byte (mm, parts of
# 1).
KEPT_DIGITS = 6


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
        loss = _kept(loss)
        found[level] = BodyHeights(
            _kept(own.anterior_mm),
            _kept(own.middle_mm),
            _kept(own.posterior_mm),
            _kept(own.anterior_uncertainty_mm),
            _kept(own.middle_uncertainty_mm),
            _kept(own.posterior_uncertainty_mm),
            loss=loss,
            loss_uncertainty=_kept(loss_uncertainty(level, points)),
            grade=grade_of(loss),
            deformity=deformity if loss >= STOP_LOSS else "none",
            measured_on="CT" if own.is_from_ct else "mask",
        )
    return found


def _kept(value: float) -> float:
    """A height, a loss or an uncertainty with the digits that are the same everywhere."""
    return round(value, KEPT_DIGITS)


def grade_of(loss: float) -> int:
    """Genant's semiquantitative grade (0-3) of a height loss given as a part of 1."""
    mild, moderate, severe = GRADE_LIMITS
    if loss > severe:
        return 3
    return 2 if loss >= moderate else int(loss >= mild)


def check_heights(
    heights: Mapping[LumbarLevel, BodyHeights], slice_mm: float
) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """Findings about height loss, one entry per measured level.

    A loss stops scoring when it is 20 % or more beyond its uncertainty. Up to 3 mm a loss of 15 % and more
    that may be 20 % is a warning; thicker slices never stop, and warn only of a loss beyond its uncertainty.

    Parameters
    ----------
    heights : mapping of LumbarLevel to BodyHeights
    slice_mm : float
        Extent of what a voxel shows along the spine: thickness or distance of the slices, whichever is larger.
    """
    is_thick = slice_mm > THICKEST_TO_STOP_MM
    return {level: tuple(_check_level(level, measured, is_thick)) for level, measured in heights.items()}


def _check_level(level: LumbarLevel, measured: BodyHeights, is_thick: bool) -> list[Finding]:
    """Findings of one level."""
    loss, uncertainty = measured.loss, measured.loss_uncertainty
    beyond = loss >= STOP_LOSS + uncertainty
    values: dict[str, Any] = {
        "value": loss,
        "deformity": measured.deformity,
        "grade": measured.grade,
        "open": uncertainty,
    }
    if beyond and not is_thick:
        return [HEIGHT_LOSS.finding(level, Severity.STOPS_SCORING, "fracture", **values)]
    if beyond or (not is_thick and loss >= max(WARN_LOSS, STOP_LOSS - uncertainty)):
        return [HEIGHT_LOSS.finding(level, Severity.WARNING, "open" if measured.grade else "near", **values)]
    if loss < NOTE_LOSS:
        return []
    return [HEIGHT_LOSS.finding(level, Severity.NOTE, _note(loss, uncertainty), **values)]


def _note(loss: float, uncertainty: float) -> str:
    """The wording of a loss that is noted: what may be a fracture is not said to be below one.

    One that is rounded up to `STOP_LOSS` is not said in numbers.
    """
    if loss + uncertainty >= STOP_LOSS:
        return "thick"
    return "almost" if f"{loss:.0%}" == f"{STOP_LOSS:.0%}" else "mild"
