"""Size, islands and holes of a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.bodies.plane_hull import hull_of_outline
from OVCFRiskLib.findings import Check, Finding, Severity
from OVCFRiskLib.findings.mask_codes import (
    DEPTH,
    DEPTH_MM,
    FLAT,
    HEIGHT,
    HEIGHT_MM,
    HOLES,
    HUMAN_DEPTH_MM,
    HUMAN_HEIGHT_MM,
    HUMAN_VOLUME_ML,
    HUMAN_WIDTH_MM,
    ISLANDS,
    LOW,
    MINOR_FRACTION,
    SCATTERED_FRACTION,
    VOLUME,
    VOLUME_ML,
    WIDTH,
    WIDTH_MM,
    in_words,
)
from OVCFRiskLib.findings.proportion_codes import (
    HALF_DEPTH_FOR_WIDTH,
    LEAST_FILLED_HULL,
    LEAST_HEIGHT_FOR_DEPTH,
    OUTLINE,
    SHALLOW,
    TIPPED_STOP,
    TIPPED_WARN,
    TURNED,
    TURNED_STOP,
    TURNED_WARN,
)
from OVCFRiskLib.quality.heights import THICKEST_TO_STOP_MM

# Extents in the order of a body's own axes.
EXTENTS = (
    (WIDTH, WIDTH_MM, HUMAN_WIDTH_MM),
    (DEPTH, DEPTH_MM, HUMAN_DEPTH_MM),
    (HEIGHT, HEIGHT_MM, HUMAN_HEIGHT_MM),
)
# Outlines along the axis are drawn of squares of this size; voxels that are longer are drawn as several places.
OUTLINE_STEP_MM = 1.0
OUTLINE_STEP_VOXELS = 1.5
# Bands of heights, as parts of it, whose outlines are looked at: without the rims, where osteophytes grow.
OUTLINE_BANDS = ((0.15, 0.4), (0.3, 0.7), (0.6, 0.85))
BAND_PERCENTILES = (1, 99)  # ends of that height, so that a spur does not count


def check_shape(body: LevelCutOut) -> list[Finding]:
    """Find a mask of implausible size, in several pieces, or with holes."""
    extents = [*_check_extents(body), *_check_proportions(body)]
    is_flat = any(finding.variant in (FLAT, LOW) for finding in extents)
    volume = [] if is_flat else _check_volume(body)  # a flat body has little: not another fault
    return [*volume, *extents, *_check_outline(body), *_check_islands(body), *_check_holes(body)]


def filled_hull(local: np.ndarray, spacing_mm: float) -> float:
    """Which part of its convex hull a mask fills, seen along its axis: median of three bands of heights.

    Parameters
    ----------
    local : numpy.ndarray, (n, 3)
        The mask's voxels in the body's axes, mm.
    spacing_mm : float
        Smallest distance of voxels.
    """
    step = _outline_step_mm(spacing_mm)
    places = np.round((local[:, :2] - local[:, :2].min(axis=0)) / step).astype(int)
    low, high = np.percentile(local[:, 2], BAND_PERCENTILES)
    height = (local[:, 2] - low) / max(high - low, step)
    parts = []
    for start, end in OUTLINE_BANDS:
        outline = np.zeros(places.max(axis=0) + 1, bool)
        outline[tuple(places[(height >= start) & (height <= end)].T)] = True
        points = np.argwhere(outline)
        if len(points) < 3 or np.ptp(points, axis=0).min() == 0:
            continue  # a line has no area
        area, length = hull_of_outline(outline)
        parts.append(len(points) / (area + length / 2))  # half a step lies around the places
    return float(np.median(parts)) if parts else 0.0


def _outline_step_mm(spacing_mm: float) -> float:
    """Side of the squares that an outline is drawn of."""
    return max(OUTLINE_STEP_MM, OUTLINE_STEP_VOXELS * spacing_mm)


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
    findings: list[Finding] = []
    for (check, limits, human), extent in zip(EXTENTS, body.extents_mm, strict=True):
        if beyond := _beyond(extent, human):
            values: dict[str, Any] = {"value": extent, "what": check.title, "limit": in_words(human)}
            is_flat = check is HEIGHT and beyond == "too small" and not findings  # width and depth come first
            findings.append(check.finding(body.level, Severity.STOPS_SCORING, FLAT if is_flat else beyond, **values))
        elif _beyond(extent, limits):
            variant = "arch" if check is DEPTH and extent > limits[1] else ""
            findings.append(check.finding(body.level, variant=variant, value=extent, what=check.title))
    return findings


def _check_proportions(body: LevelCutOut) -> list[Finding]:
    """Depth against width and height against depth; a low body only where slices are too thick to measure heights on.

    A mask that is nowhere as wide or deep as a body is high, e.g. a sheet of voxels, has no proportions: its extents
    stop it.
    """
    width, depth, height = body.extents_mm
    if min(width, depth) < HUMAN_HEIGHT_MM[0]:
        return []
    slice_mm = body.blur_along(body.frame.axes[2])
    findings = []
    if depth < HALF_DEPTH_FOR_WIDTH * width:
        ratio: dict[str, Any] = {"value": depth / width, "limit": HALF_DEPTH_FOR_WIDTH}
        findings.append(SHALLOW.finding(body.level, Severity.STOPS_SCORING, "half", **ratio))
    for variant, value, warn, stop in (
        ("", depth / width, TURNED_WARN, TURNED_STOP),
        ("tipped", height / depth, TIPPED_WARN, TIPPED_STOP),
    ):
        severity, limit = (Severity.STOPS_SCORING, stop) if value > stop else (Severity.WARNING, warn)
        if value > limit:
            findings.append(TURNED.finding(body.level, severity, variant, value=value, limit=limit))
    least = LEAST_HEIGHT_FOR_DEPTH * depth - slice_mm
    if slice_mm > THICKEST_TO_STOP_MM and HUMAN_HEIGHT_MM[0] <= height < least:
        values: dict[str, Any] = {"value": height, "what": HEIGHT.title, "limit": f"at least {least:.0f}"}
        findings.append(HEIGHT.finding(body.level, Severity.STOPS_SCORING, LOW, **values))
    return findings


def _check_outline(body: LevelCutOut) -> list[Finding]:
    """A corner that is missing, or something beside the body."""
    filled = filled_hull(_without_gaps(body, body.local_points), min(body.spacing_kji))
    return [OUTLINE.finding(body.level, value=filled)] if filled < LEAST_FILLED_HULL else []


def _without_gaps(body: LevelCutOut, local: np.ndarray) -> np.ndarray:
    """The voxels in the body's axes, several places for each where they lie further apart than the outline is drawn.

    So they do across the body where slices are sagittal or coronal, or the grid is oblique.
    """
    step = _outline_step_mm(min(body.spacing_kji))
    edges = np.array(body.grid.GetDirection()).reshape(3, 3) * body.grid.GetSpacing()  # columns, LPS mm
    for edge in (np.array(body.frame.axes) @ edges).T:
        many = int(np.ceil(np.hypot(*edge[:2]) / step))
        if many > 1:
            places = (np.arange(many) + 0.5) / many - 0.5
            local = (local[:, None] + places[:, None] * edge).reshape(-1, 3)
    return local


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
    """A finding that is a warning above the minor fraction of the mask, a note below, and stops above a quarter."""
    if fraction > SCATTERED_FRACTION:
        values |= {"limit": SCATTERED_FRACTION}
        return check.finding(body.level, Severity.STOPS_SCORING, "scattered", value=fraction, **values)
    severity = Severity.WARNING if fraction > MINOR_FRACTION else Severity.NOTE
    return check.finding(body.level, severity, value=fraction, **values)
