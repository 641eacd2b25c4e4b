"""Leaks of a mask beyond the body's cortex: into disc, canal, soft tissue or the next body."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.level_codes import CONTACT, CONTACT_MM2
from OVCFRiskLib.findings.mask_codes import LEAK
from OVCFRiskLib.geometry import extent, lps_to_index
from OVCFRiskLib.levels import LumbarLevel

# Directions that are looked at: axis of the body (left, posterior, superior), sign, and what lies there.
LEAK_DIRECTIONS = (
    (2, 1, "the disc above"),
    (2, -1, "the disc below"),
    (1, 1, "the spinal canal"),
    (1, -1, "the tissue in front"),
    (0, 1, "the tissue on the left"),
    (0, -1, "the tissue on the right"),
)
# The surface is looked at in so many patches along both other axes, over the inner part of the body's extent.
PATCHES = 3
INNER_FRACTION = 0.66
# Depth of the profile from the mask's surface inwards, and its step.
LEAK_PROFILE_MM = 12.0
LEAK_STEP_MM = 0.5
LEAK_COLUMN_MM = 1.5
# A mask drawn on the cortex has its peak within 3 mm of the surface: blur and half a voxel of the mask.
LEAK_MM = 4.0
# The peak must stand out against what lies between it and the mask's surface.
PEAK_HU = 60.0
# Patches of the nine that must show it: a row of three is the flank of a leak to another side.
LEAKING_PATCHES = 4


def check_leaks(body: LevelCutOut) -> list[Finding]:
    """Find cortex deep inside the mask, and contact with another level.

    Where a mask has leaked, it goes on beyond the body's cortex, so that a
    profile from its surface inwards meets soft tissue first and the cortex only after some millimetres.
    """
    findings = []
    ends = extent(body.local_points)
    for axis, sign, where in LEAK_DIRECTIONS:
        depths = _cortex_depths(body, ends, axis, sign)
        limit = LEAK_MM + body.voxel_along(body.frame.axes[axis]) / 2
        leaking = [depth for depth in depths if depth > limit]
        if len(leaking) >= LEAKING_PATCHES:
            depth = float(np.median(leaking))
            findings.append(LEAK.finding(body.level, value=depth, limit=limit, where=where))
    return [*findings, *_check_contact(body)]


def _cortex_depths(body: LevelCutOut, ends: tuple[np.ndarray, np.ndarray], axis: int, sign: int) -> list[float]:
    """Depth of the cortex below the mask's surface in each patch that shows one, mm."""
    low, high = ends
    others = [other for other in range(3) if other != axis]
    middle, half = (low + high) / 2, (high - low) / 2 * INNER_FRACTION
    across = [np.arange(middle[o] - half[o], middle[o] + half[o], LEAK_COLUMN_MM) for o in others]
    along = (
        np.arange(high[axis] + 1, low[axis] - 1, -LEAK_STEP_MM)
        if sign > 0
        else np.arange(low[axis] - 1, high[axis] + 1, LEAK_STEP_MM)
    )
    grid = np.empty((len(across[0]), len(across[1]), len(along), 3))
    grid[..., others[0]], grid[..., others[1]], grid[..., axis] = np.meshgrid(*across, along, indexing="ij")
    index = lps_to_index(body.grid, body.frame.lps(grid).reshape(-1, 3)).T
    inside = ndimage.map_coordinates(body.mask.astype(np.float32), index, order=1).reshape(grid.shape[:3]) >= 0.5
    profiles = _from_surface(body.hu, inside, index.reshape(3, *inside.shape))
    depths = []
    for rows in np.array_split(profiles, PATCHES, axis=0):
        for patch in np.array_split(rows, PATCHES, axis=1):
            depth = _peak_depth(patch)
            if depth is not None:
                depths.append(depth)
    return depths


def _from_surface(hu: np.ndarray, inside: np.ndarray, index: np.ndarray) -> np.ndarray:
    """HU along columns from the mask's surface on; NaN where there is no mask.

    ``index`` (3, ...) are the places in ``hu`` that ``inside`` (...) tells of; columns run along the last axis.
    """
    steps = int(LEAK_PROFILE_MM / LEAK_STEP_MM)
    first = inside.argmax(axis=-1)
    place = np.minimum(first[..., None] + np.arange(steps), inside.shape[-1] - 1)
    at = np.take_along_axis(index, np.broadcast_to(place, (3, *place.shape)), -1)
    profiles = ndimage.map_coordinates(hu, at, np.float32, order=1, mode="nearest")
    profiles[~inside.any(axis=-1)] = np.nan
    return profiles


def _peak_depth(patch: np.ndarray) -> float | None:
    """Depth of the highest point of a patch's mean profile, if it stands out from what lies above it."""
    known = ~np.isnan(patch[..., 0])
    if not known.any() or np.count_nonzero(known) < known.size / 2:  # a thin mask leaves patches without a column
        return None
    profile = ndimage.gaussian_filter1d(patch[known].mean(axis=0), 1.0)
    peak = int(profile.argmax())
    if peak == len(profile) - 1 or profile[peak] - profile[: peak + 1].min() < PEAK_HU:
        return None
    return peak * LEAK_STEP_MM


def _check_contact(body: LevelCutOut) -> list[Finding]:
    """Area in which a level touches another one."""
    findings = []
    spacing = np.array(body.spacing_kji)
    for other in LumbarLevel:
        if other is body.level:
            continue
        area = 0.0
        for axis in range(3):
            mine, next_mine = _pairs(body.mask, axis)
            its, next_its = _pairs(body.labels == other, axis)
            faces = np.count_nonzero((mine & next_its) | (its & next_mine))
            area += faces * np.prod(spacing) / spacing[axis]
        if area > CONTACT_MM2:
            findings.append(CONTACT.finding(body.level, value=float(area), other=other.name))
    return findings


def _pairs(mask: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Each voxel and the next one along an axis."""
    moved = np.moveaxis(mask, axis, 0)
    return moved[:-1], moved[1:]
