"""Size, islands and holes of a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Check, Finding, Severity
from OVCFRiskLib.findings.mask_codes import (
    DEPTH,
    DEPTH_MM,
    HEIGHT,
    HEIGHT_MM,
    HOLES,
    HUMAN_DEPTH_MM,
    HUMAN_HEIGHT_MM,
    HUMAN_VOLUME_ML,
    HUMAN_WIDTH_MM,
    ISLANDS,
    MINOR_FRACTION,
    VOLUME,
    VOLUME_ML,
    WIDTH,
    WIDTH_MM,
    in_words,
)

# Extents in the order of a body's own axes.
EXTENTS = (
    (WIDTH, WIDTH_MM, HUMAN_WIDTH_MM),
    (DEPTH, DEPTH_MM, HUMAN_DEPTH_MM),
    (HEIGHT, HEIGHT_MM, HUMAN_HEIGHT_MM),
)
# Extents are read between these percentiles, so that a spur of single voxels does not count.
SIZE_PERCENTILES = (0.2, 99.8)


def check_shape(body: LevelCutOut) -> list[Finding]:
    """Find a mask of implausible size, in several pieces, or with holes."""
    return [*_check_volume(body), *_check_extents(body), *_check_islands(body), *_check_holes(body)]


def extents_mm(body: LevelCutOut) -> tuple[float, float, float]:
    """Width, depth and height of a body in its own axes, mm."""
    low, high = np.percentile(body.frame.local(body.points_lps), SIZE_PERCENTILES, axis=0)
    width, depth, height = (float(extent) for extent in high - low)
    return width, depth, height


def _check_volume(body: LevelCutOut) -> list[Finding]:
    """Volume against what women's and all adults' bodies have."""
    volume = body.volume_ml
    if beyond := _beyond(volume, HUMAN_VOLUME_ML):
        values: dict[str, Any] = {"value": volume, "limit": in_words(HUMAN_VOLUME_ML)}
        return [VOLUME.finding(body.level, Severity.STOPS_SCORING, beyond, **values)]
    if not _beyond(volume, VOLUME_ML):
        return []
    return [VOLUME.finding(body.level, value=volume, what="less" if volume < VOLUME_ML[0] else "more")]


def _check_extents(body: LevelCutOut) -> list[Finding]:
    """Width, depth and height in the body's own axes."""
    findings = []
    for (check, limits, human), extent in zip(EXTENTS, extents_mm(body), strict=True):
        if beyond := _beyond(extent, human):
            values: dict[str, Any] = {"value": extent, "what": check.title, "limit": in_words(human)}
            findings.append(check.finding(body.level, Severity.STOPS_SCORING, beyond, **values))
        elif _beyond(extent, limits):
            variant = "arch" if check is DEPTH and extent > limits[1] else ""
            findings.append(check.finding(body.level, variant=variant, value=extent, what=check.title))
    return findings


def _beyond(value: float, limits: tuple[float, float]) -> str:
    """On which side a value lies outside of its limits; empty when it is within."""
    return "too small" if value < limits[0] else "too large" if value > limits[1] else ""


def _check_islands(body: LevelCutOut) -> list[Finding]:
    """Pieces that are not connected, corners included."""
    pieces, count = ndimage.label(body.mask, np.ones((3, 3, 3)))
    if count <= 1:
        return []
    sizes = np.bincount(pieces.ravel())[1:]
    return [_by_fraction(ISLANDS, body, float(1 - sizes.max() / sizes.sum()), pieces=count)]


def _check_holes(body: LevelCutOut) -> list[Finding]:
    """Voxels enclosed by the mask that do not belong to it."""
    holes = int(np.count_nonzero(body.filled)) - body.voxels
    return [_by_fraction(HOLES, body, holes / body.voxels, voxels=holes)] if holes else []


def _by_fraction(check: Check, body: LevelCutOut, fraction: float, **values: Any) -> Finding:
    """A finding that is a warning above the minor fraction of the mask and a note below."""
    severity = Severity.WARNING if fraction > MINOR_FRACTION else Severity.NOTE
    return check.finding(body.level, severity, value=fraction, **values)
