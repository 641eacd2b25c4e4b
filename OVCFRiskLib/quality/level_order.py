"""Levels against each other: order, spacing, sizes, and masks that are copies."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.level_codes import (
    IDENTICAL_MASKS,
    LEVEL_ORDER,
    LEVEL_SPACING,
    NARROWER_THAN_ABOVE,
    OUT_OF_LINE,
    OUT_OF_LINE_MM,
    WIDTH_FALL,
)
from OVCFRiskLib.findings.proportion_codes import DEPTH_FALL, HALF_DEPTH_FOR_WIDTH, LEAST_DEPTH_FOR_WIDTH, SHALLOW
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.field_of_view import touched_faces

# Distance of the centres of neighbouring bodies: 26 to 30 mm of body and 6 to 14 mm of disc (Zhou et al. 2000, Eur
# Spine J 9:242), less where a body is crushed or a disc gone.
LEVEL_STEP_MM = (22.0, 50.0)
# A step this much longer than the others' median has a body without a mask in it.
SKIP_FACTOR = 1.6


def check_order(bodies: Mapping[LumbarLevel, LevelCutOut]) -> dict[LumbarLevel, list[Finding]]:
    """Find levels in the wrong order, too near, too far apart, of unlikely sizes, or drawn twice.

    Parameters
    ----------
    bodies : mapping of LumbarLevel to LevelCutOut
        The levels that have a mask.

    Returns
    -------
    dict of LumbarLevel to list of Finding
        One entry per given level.
    """
    found: dict[LumbarLevel, list[Finding]] = {level: [] for level in bodies}
    centers = {level: body.center_lps for level, body in bodies.items()}
    of_centers = (_wrong_order(centers), _out_of_line(centers), _steps(centers))
    checks = (_copies(bodies), *of_centers, _narrowing(bodies), _shallow(bodies))
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
            yield level, LEVEL_ORDER.finding(level, value=above, upper=upper.name, lower=lower.name)


def _out_of_line(centers: Mapping[LumbarLevel, np.ndarray]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """A level that lies beside the line between the next higher and the next lower one."""
    present = sorted(centers)
    for upper, level, lower in zip(present, present[1:], present[2:], strict=False):
        along = centers[lower] - centers[upper]
        length = float(np.linalg.norm(along))
        across = np.cross(centers[level] - centers[upper], along / length) if length else np.zeros(3)
        beside = float(np.linalg.norm(across))
        if beside > OUT_OF_LINE_MM:
            yield level, OUT_OF_LINE.finding(level, value=beside, upper=upper.name, lower=lower.name)


def _steps(centers: Mapping[LumbarLevel, np.ndarray]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """Distances of neighbouring levels that are too short, or long enough for a level in between."""
    steps = {
        (upper, lower): float(np.linalg.norm(centers[upper] - centers[lower])) / (lower - upper)
        for upper, lower in _pairs(centers)
    }
    for (upper, lower), step in steps.items():
        others = [other for pair, other in steps.items() if pair != (upper, lower)]
        limit = min([LEVEL_STEP_MM[1], *([SKIP_FACTOR * float(np.median(others))] if others else [])])
        if step > limit:
            variant = "far"
        elif step < LEVEL_STEP_MM[0]:
            limit, variant = LEVEL_STEP_MM[0], "near"
        else:
            continue
        for level in (upper, lower):
            values: dict[str, Any] = {"value": step, "limit": limit, "upper": upper.name, "lower": lower.name}
            yield level, LEVEL_SPACING.finding(level, variant=variant, **values)


def _narrowing(bodies: Mapping[LumbarLevel, LevelCutOut]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """A lower body that is clearly narrower than the upper one: the count of the levels may be wrong."""
    widths = {level: float(np.ptp(body.points_lps[:, 0])) for level, body in bodies.items()}
    for upper, lower in _pairs(widths):
        fall = _fall(widths[lower], widths[upper])
        if fall > WIDTH_FALL:
            yield lower, NARROWER_THAN_ABOVE.finding(lower, value=fall, upper=upper.name)


def _shallow(bodies: Mapping[LumbarLevel, LevelCutOut]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """A body that is clearly less deep than those beside it, or than its width; what the field cuts does not count."""
    extents = {level: body.extents_mm for level, body in bodies.items() if not touched_faces(body)}
    for level, (width, depth, _) in extents.items():
        others = [other for other in extents if abs(other - level) == 1]
        fall = _fall(depth, float(np.mean([extents[other][1] for other in others]))) if others else 0.0
        if fall > DEPTH_FALL:
            values: dict[str, Any] = {"value": fall, "others": " and ".join(other.name for other in others)}
            yield level, SHALLOW.finding(level, limit=DEPTH_FALL, **values)
        elif HALF_DEPTH_FOR_WIDTH * width <= depth < LEAST_DEPTH_FOR_WIDTH * width:  # half of it stops by itself
            yield level, SHALLOW.finding(level, variant="width", value=depth / width, limit=LEAST_DEPTH_FOR_WIDTH)


def _fall(extent_mm: float, other_mm: float) -> float:
    """By which fraction of the other an extent is smaller; 0 beside a sheet of voxels, which has no extent."""
    return 1 - extent_mm / other_mm if other_mm > 0 else 0.0


def _copies(bodies: Mapping[LumbarLevel, LevelCutOut]) -> Iterator[tuple[LumbarLevel, Finding]]:
    """Levels whose masks have exactly the same voxels at different places."""
    shapes = {level: _shape(body) for level, body in bodies.items()}
    for upper in sorted(bodies):
        for lower in sorted(bodies):
            if lower <= upper or not np.array_equal(shapes[upper], shapes[lower]):
                continue
            same = np.array_equal(bodies[upper].hu[bodies[upper].mask], bodies[lower].hu[bodies[lower].mask])
            severity, variant = (Severity.STOPS_SCORING, "copies") if same else (Severity.WARNING, "shapes")
            for level in (upper, lower):
                values = {"upper": upper.name, "lower": lower.name}
                yield level, IDENTICAL_MASKS.finding(level, severity, variant, **values)


def _shape(body: LevelCutOut) -> np.ndarray:
    """The mask in its own box."""
    return body.mask[mask_box(body.mask)]
