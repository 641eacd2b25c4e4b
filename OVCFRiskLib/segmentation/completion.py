"""Points of the levels without a click: found along the spine from one or some clicks, level by level.

From each end of what is known the next vertebra is looked for: its pedicles one pitch further along the canal, its
endplates around them. Where one is not certain, nothing beyond it is proposed: a skipped vertebra would shift all
names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.findings.finding import Finding
from OVCFRiskLib.findings.mask_codes import LEAST_CERTAINTY, POINT_NOT_FOUND, PROPOSED_POINT
from OVCFRiskLib.geometry import is_inside, require_images
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.segmentation.joint_fit import fit_together
from OVCFRiskLib.segmentation.placement import SpineAnatomy, find_anatomy, place_levels
from OVCFRiskLib.segmentation.spine_axis import check_points
from OVCFRiskLib.spine_region import LARGEST_PITCH_MM, region_of_points
from OVCFRiskLib.volume_part import Part, as_part

# Edge of the clearer endplate and mean edge of both, as fractions of a full one, of a body that is certain; the bodies
# of phantoms down to 20 HU in slices of 5 mm have 0.3 and more.
CLEAR_PLATES = 0.35
# Pedicles as clear as those of the known bodies are certain, within these fractions of full ones: at an old woman's
# thoracolumbar junction all have 0.3 to 0.5, in other spines 0.7 and more; where a vertebra is missing among clear
# ones, the joints of its neighbours leave 0.3.
CLEAR_PEDICLES = (0.4, 0.83)
# Pedicles tell a body from a disc and its neighbours, plates only how high its middle lies: where clear pedicles have
# plates that are lost (thin bone in slices of 5 mm), the body is certain by this, and its middle is still within 5 mm.
CERTAIN_BY_PEDICLES = 0.6
# Distances of neighbouring bodies of women, mm (Zhou 2000, Panjabi 1992; crushed ones included).
PITCH_RANGE_MM = (24.0, LARGEST_PITCH_MM)
# All points together place each body once more; what moves farther than this would be another body, mm.
SAME_BODY_MM = 12.0
# A neighbour's middle lies within this of a body's own axis, mm: with 15 degrees from one to the next, 9 mm.
ASIDE_MM = 14.0
# Of a body that is proposed, at least this much above and below its middle lies in the CT, mm: it is not cut.
WHOLE_HALF_MM = 10.0


@dataclass(frozen=True, slots=True)
class CompletedPoints:
    """Points of all levels that are known or could be found.

    Attributes
    ----------
    points : dict of LumbarLevel to (x, y, z)
        LPS mm, L1 first: the given ones as they were, and the proposed ones.
    certainty : dict of LumbarLevel to float
        Of the proposed points alone, `LEAST_CERTAINTY` to 1: how clear pedicles and endplates are, as a fraction of
        those of a body in plain view. It is no probability.
    missing : dict of LumbarLevel to str
        Levels without a point, and why none is proposed, with what to do.
    """

    points: dict[LumbarLevel, Point]
    certainty: dict[LumbarLevel, float]
    missing: dict[LumbarLevel, str]

    @property
    def findings(self) -> dict[LumbarLevel, tuple[Finding, ...]]:
        """A note for every proposed point, and why a level without a point is not scored."""
        found: dict[LumbarLevel, tuple[Finding, ...]] = {}
        for level, value in self.certainty.items():
            found[level] = (PROPOSED_POINT.finding(level, value=value),)
        for level, why in self.missing.items():
            found[level] = (POINT_NOT_FOUND.finding(level, why=why),)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person has to know, one sentence each."""
        proposed = [f"{level.name} ({value:.0%})" for level, value in self.certainty.items()]
        found = [
            f"proposed points, not clicked: {', '.join(proposed)[:-1]} as clear as a body in plain view); check that "
            "they lie in the bodies they name"
        ]
        return (*(found if proposed else []), *(f"{level.name}: {why}" for level, why in self.missing.items()))


def complete_points(ct: sitk.Image | Part, points: Mapping[LumbarLevel, Point]) -> CompletedPoints:
    """Propose points for the levels of L1-L4 that have none.

    Parameters
    ----------
    ct : SimpleITK.Image or Part
        HU; not modified. A part must hold the `region_of_points` of all levels.
    points : mapping of LumbarLevel to (x, y, z)
        LPS mm, at least one, about the middle of each body. They stay as they are.

    Returns
    -------
    CompletedPoints
        Every proposed point with its certainty; a level that is not certain stays without one and says so.

    Raises
    ------
    OVCFRiskError
        As `segment_bodies`, for points that lie outside or in the wrong order.
    """
    require_images(ct=ct.image if isinstance(ct, Part) else ct)
    whole = as_part(ct)
    known = check_points(whole.whole, points)
    ct = whole.narrowed(region_of_points(whole.whole, known, is_completed=True)).image
    certainty: dict[LumbarLevel, float] = {}
    missing: dict[LumbarLevel, str] = {}
    for direction in (1, -1):  # to the feet, then to the head; gaps are filled on the way
        while True:
            wanted = _next_levels(known, missing, direction)
            if not wanted:
                break
            found = _find(ct, known, wanted)
            for level in wanted:
                point, value, why = found[level]
                if why:
                    missing[level] = why
                else:
                    known[level], certainty[level] = point, value
    _settle(ct, known, certainty, missing)
    for level in LumbarLevel:
        if level not in known and level not in missing:
            missing[level] = "no point is proposed beyond a vertebra that is not certain; click into this one too"
    return CompletedPoints(
        {level: points.get(level, _as_point(known[level])) for level in LumbarLevel if level in known},
        {level: certainty[level] for level in sorted(certainty)},
        {level: missing[level] for level in sorted(missing)},
    )


def _settle(
    ct: sitk.Image,
    known: dict[LumbarLevel, np.ndarray],
    certainty: dict[LumbarLevel, float],
    missing: dict[LumbarLevel, str],
) -> None:
    """Move proposed points to the middles of their bodies; ask for what would lie elsewhere beside its neighbours."""
    together = _placed_together(ct, known, list(certainty))
    clicked = set(known) - set(certainty)
    for level in sorted(certainty, key=lambda level: min(abs(level - other) for other in clicked)):
        nearest = min(clicked, key=lambda other: abs(level - other))
        is_beyond = any(min(level, nearest) < other < max(level, nearest) for other in missing)
        if level in together and not is_beyond:
            known[level] = together[level]
            continue
        known.pop(level)
        certainty.pop(level)
        if not is_beyond:
            missing[level] = "lies elsewhere when it is placed together with its neighbours; click into its body"


def _placed_together(
    ct: sitk.Image, known: Mapping[LumbarLevel, np.ndarray], proposed: list[LumbarLevel]
) -> dict[LumbarLevel, np.ndarray]:
    """Middles of the proposed bodies, placed once more now that all are known, then fitted.

    A crushed body has less room once its neighbours are there, and bodies are deeper than the mean one, or turned.
    """
    placed = place_levels(ct, dict(sorted(known.items()))) if proposed else {}
    fitted = fit_together(ct, placed)
    centers = {level: fitted[level].frame.center for level in proposed if level in fitted}
    return {level: c for level, c in centers.items() if np.linalg.norm(c - known[level]) <= SAME_BODY_MM}


def _as_point(point: np.ndarray) -> Point:
    """A point as three numbers."""
    x, y, z = (float(value) for value in point)
    return x, y, z


def _next_levels(
    known: Mapping[LumbarLevel, np.ndarray], missing: Mapping[LumbarLevel, str], direction: int
) -> list[LumbarLevel]:
    """Levels to look for next: those between known ones together, else the one beyond the last."""
    first, last = min(known), max(known)
    between = [level for level in LumbarLevel if first < level < last and level not in known and level not in missing]
    if between:
        return between
    beyond = (last if direction > 0 else first) + direction
    if beyond not in tuple(LumbarLevel) or beyond in missing:
        return []
    return [LumbarLevel(beyond)]


def _find(
    ct: sitk.Image, known: Mapping[LumbarLevel, np.ndarray], wanted: list[LumbarLevel]
) -> dict[LumbarLevel, tuple[np.ndarray, float, str]]:
    """Place, certainty, and the reason against it (empty: none) of wanted levels."""
    nowhere = np.full(3, np.nan)
    anatomy = find_anatomy(ct, dict(sorted(known.items())), wanted)
    if anatomy is None:
        why = "the CT shows no spinal canal along which it could be found; click into its body"
        return dict.fromkeys(wanted, (nowhere, 0.0, why))
    return {level: _judged(ct, anatomy, level, wanted) for level in wanted}


def _judged(
    ct: sitk.Image, anatomy: SpineAnatomy, level: LumbarLevel, wanted: Sequence[LumbarLevel]
) -> tuple[np.ndarray, float, str]:
    """One of the wanted levels."""
    placement = anatomy.placements[level]
    point = placement.frame.center
    ends = np.array([placement.frame.lps(np.array([0.0, 0.0, up])) for up in (-WHOLE_HALF_MM, 0.0, WHOLE_HALF_MM)])
    if not is_inside(ct, ends).all():
        return point, 0.0, "lies outside the field of view, or is cut by it"
    if why := _implausible_place(anatomy, level):
        return point, 0.0, f"would lie {why}, which is not plausible; click into its body"
    value = _certainty(anatomy, level, wanted)
    if value < LEAST_CERTAINTY:
        return (
            point,
            value,
            f"its pedicles and endplates are {value:.0%} as clear as in plain view, which is not enough; click into "
            "its body",
        )
    return point, value, ""


def _implausible_place(anatomy: SpineAnatomy, level: LumbarLevel) -> str:
    """How a level would lie to its neighbours, where no spine is so; empty where it may be."""
    point = anatomy.placements[level].frame.center
    for other in (level - 1, level + 1):
        if other not in anatomy.placements:
            continue
        left, back, up = anatomy.placements[LumbarLevel(other)].frame.local(point)
        pitch, aside = float(np.linalg.norm((left, back, up))), float(np.hypot(left, back))
        if not PITCH_RANGE_MM[0] <= pitch <= PITCH_RANGE_MM[1]:
            return f"{pitch:.0f} mm from its neighbour"
        if aside > ASIDE_MM:
            return f"{aside:.0f} mm beside its neighbour's axis"
    return ""


def _certainty(anatomy: SpineAnatomy, level: LumbarLevel, wanted: Sequence[LumbarLevel]) -> float:
    """How clear pedicles and plates of a wanted level are, 0 to 1."""
    lower, upper = (max(plate.edge, 0.0) for plate in anatomy.placements[level].plates)
    plates = min(1.0, max(lower, upper) / CLEAR_PLATES, (lower + upper) / 2 / CLEAR_PLATES * 1.5)
    known = [value for other, value in anatomy.pedicle_values.items() if other not in wanted]
    clear = float(np.clip(np.median(known), *CLEAR_PEDICLES))
    pedicles = min(1.0, anatomy.pedicle_values[level] / clear)
    return pedicles * (CERTAIN_BY_PEDICLES + (1 - CERTAIN_BY_PEDICLES) * plates)
