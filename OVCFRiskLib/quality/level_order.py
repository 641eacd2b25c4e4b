"""Levels against each other: order, spacing, sizes, and masks that are copies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.levels import LumbarLevel

# Distance of the centres of neighbouring bodies: 26 to 30 mm of body and 6 to 14 mm of disc (Zhou et al. 2000, Eur
# Spine J 9:242), less where a body is crushed or a disc gone.
STEP_MM = (22.0, 50.0)
STEP_SOURCE = "Zhou et al. 2000, Eur Spine J 9:242"
# A step this much longer than the others' median has a body without a mask in it.
SKIP_FACTOR = 1.6
# From L1 to L4 bodies become wider, by 2 to 4 % a level (Zhou et al. 2000); a fall of this part is no variation.
WIDTH_FALL = 0.15


def check_order(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> dict[LumbarLevel, list[Finding]]:
    """Find levels in the wrong order, too near, too far apart, of unlikely sizes, or drawn twice.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    bodies : mapping of LumbarLevel to LevelCutOut
        The levels that have a mask.

    Returns
    -------
    dict of LumbarLevel to list of Finding
        One entry per given level.
    """
    found: dict[LumbarLevel, list[Finding]] = {level: [] for level in bodies}
    centers = {level: body.center_lps for level, body in bodies.items()}
    checks = (_copies(ct, bodies), _wrong_order(centers), _steps(centers), _narrowing(bodies))
    for check in checks:
        for level, finding in check:
            found[level].append(finding)
    return found


def _pairs(levels: Mapping[LumbarLevel, object]) -> list[tuple[LumbarLevel, LumbarLevel]]:
    """Each level with the next lower one that is there."""
    present = sorted(levels)
    return list(itertools.pairwise(present))


def _wrong_order(centers: Mapping[LumbarLevel, np.ndarray]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """Levels that do not lie above the next lower level."""
    for upper, lower in _pairs(centers):
        above = float(centers[upper][2] - centers[lower][2])
        if above > 0:
            continue
        for level in (upper, lower):
            message = (
                f"{level.name}: {upper.name} does not lie above {lower.name} ({above:.0f} mm); exchange the names."
            )
            yield (
                level,
                Finding("level_order", Severity.STOPS_SCORING, message, above, 0.0, "mm", "order of the vertebrae"),
            )


def _steps(centers: Mapping[LumbarLevel, np.ndarray]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """Distances of neighbouring levels that are too short, or long enough for a level in between."""
    steps = {
        (upper, lower): float(np.linalg.norm(centers[upper] - centers[lower])) / (lower - upper)
        for upper, lower in _pairs(centers)
    }
    for (upper, lower), step in steps.items():
        others = [other for pair, other in steps.items() if pair != (upper, lower)]
        limit = min([STEP_MM[1], *([SKIP_FACTOR * float(np.median(others))] if others else [])])
        if step > limit:
            hint = "a vertebra between them seems to be skipped or the names are wrong"
        elif step < STEP_MM[0]:
            limit, hint = STEP_MM[0], "they are nearer than two bodies can be; check names and masks"
        else:
            continue
        for level in (upper, lower):
            message = f"{level.name}: {step:.0f} mm per level between {upper.name} and {lower.name}: {hint}."
            yield level, Finding("level_spacing", Severity.WARNING, message, step, limit, "mm", STEP_SOURCE)


def _narrowing(bodies: Mapping[LumbarLevel, LevelCutOut]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """A lower body that is clearly narrower than the upper one: the count of the levels may be wrong."""
    widths = {level: float(np.ptp(body.points_lps[:, 0])) for level, body in bodies.items()}
    for upper, lower in _pairs(widths):
        fall = 1 - widths[lower] / widths[upper]
        if fall > WIDTH_FALL:
            message = (
                f"{lower.name}: narrower than {upper.name} by {fall:.0%}, while lumbar bodies widen downwards; "
                "a mask may be incomplete or the count wrong (transitional vertebra)."
            )
            yield lower, Finding("narrower_than_above", Severity.NOTE, message, fall, WIDTH_FALL, "part", STEP_SOURCE)


def _copies(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """Levels whose masks have exactly the same voxels at different places."""
    shapes = {level: _shape(body) for level, body in bodies.items()}
    for upper in sorted(bodies):
        for lower in sorted(bodies):
            if lower <= upper or not np.array_equal(shapes[upper], shapes[lower]):
                continue
            same = np.array_equal(
                bodies[upper].hu_of(ct)[bodies[upper].mask], bodies[lower].hu_of(ct)[bodies[lower].mask]
            )
            severity = Severity.STOPS_SCORING if same else Severity.WARNING
            what = "are copies of each other, voxels and HU" if same else "have exactly the same shape"
            for level in (upper, lower):
                message = f"{level.name}: the masks of {upper.name} and {lower.name} {what}; draw each body by itself."
                yield level, Finding("identical_masks", severity, message, source="no two bodies are alike")


def _shape(body: LevelCutOut) -> np.ndarray:
    """The mask in its own box."""
    return body.mask[mask_box(body.mask)]
