"""What the CT shows across a mask's surface, in the body's own axes: the edges of its walls and its plates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.quality.body_sampler import (
    ACROSS_MM,
    PROFILE_OUTSIDE_MM,
    PROFILE_STEP_MM,
    RAY_STEP_MM,
    BodySampler,
    across,
    height_over,
    last_exit,
    mean_profile,
)

# Rays around the body, gathered in sectors of four, and heights of them in half heights.
RAYS = 32
RAYS_PER_SECTOR = 4
RAY_HEIGHTS = np.linspace(-0.65, 0.65, 7)
# Sine of the angle behind the middle beyond which the wall is the canal's, which is judged by itself.
BACK_SINE = 0.6
# Bands of heights whose rays are averaged.
BANDS = ((0, 3), (2, 5), (4, 7))
# A right mask's wall lies within this of its surface, mm inside (negative) and outside: observers and half a pixel.
WALL_SEARCH_MM = (-4.0, 3.0)
# What lies outside of the wall, beyond its blur, mm.
BEYOND_WALL_MM = (4.0, 7.5)
# What lies under a plate, mm.
UNDER_MM = (-8.0, -4.0)
# What lies under the cortex of a wall, wherever the mask's surface lies, mm inside of the edge.
UNDER_EDGE_MM = (4.0, 8.0)
# A plate may lie a little deeper below the mask's end: half of a thick slice.
PLATE_SEARCH_MM = (-5.0, 3.0)
# Columns to the plates stay within this fraction of the half width and depth, and squared distance.
PLATE_COLUMN_REACH = 0.55
PLATE_RADIUS2 = 0.4
# A wall's edge, HU: averaged over 12 rays, noise of 80 HU gives less.
EDGE_HU = 30.0
# ... and is bone itself: 105 HU and more on right masks down to a cortex of 0.15 mm on trabecular bone of 20 to 30 HU;
# muscle, vessels and bowel beside fat have 50 at most (Docs/guards.md).
BONY_EDGE_HU = 75.0


# The edge of the bone is looked for so far inside and outside of the mask's surface, mm, ...
EDGE_SEARCH_MM = (-6.0, 5.0)
# ... and has fallen off within:
EDGE_FALL_MM = 6.0
# HU have fallen half-way this far outside of a right mask's surface, by the blur of a thin cortex: 0.3 to 1.9 mm, with
# medians of 0.5 on real CTs with pixels up to 1.5 mm and 1.3 on phantoms.
EDGE_BLUR_MM = 1.0


@dataclass(frozen=True, slots=True)
class Walls:
    """What was measured across the walls of a mask.

    Attributes
    ----------
    bony_fraction : float
        Fraction of the patches of front and sides, where no pedicle leaves, with an edge of `EDGE_HU` or more that
        reaches `BONY_EDGE_HU`; NaN where the field of view hides all.
    cortex_hu : tuple of float
        By how much the edge stands out against what lies under it, median of the patches: lowest and highest of the
        bands of heights. A disc has no cortex.
    edge_offset_mm : float
        How far the edge of the bone lies outside of the mask's surface, median of the patches; negative inside, NaN
        where no patch has an edge.
    back_mm : float
        Where the mask's posterior wall lies in the midline, in the body's axes.
    """

    bony_fraction: float
    cortex_hu: tuple[float, float]
    edge_offset_mm: float
    back_mm: float


def measure_walls(place: BodySampler) -> Walls:
    """Measure the edges of front and sides."""
    angle = (np.arange(RAYS) + 0.5) * 2 * np.pi / RAYS
    along = np.stack([np.cos(angle) * place.half[0], np.sin(angle) * place.half[1]])
    along /= np.linalg.norm(along, axis=0)
    up = place.middle[2] + RAY_HEIGHTS[:, None, None] * place.half[2]
    reach = np.arange(0.0, float(np.hypot(*place.half[:2])) + PROFILE_OUTSIDE_MM, RAY_STEP_MM)

    def ray(length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        left, back = (m + a[None, :, None] * length for m, a in zip(place.middle[:2], along, strict=True))
        return left, back, up

    surface = last_exit(place.inside(*ray(reach)), reach)
    profiles = place.hu(*ray(surface[..., None] + ACROSS_MM))
    without_wall = in_pedicle_region(angle[None, :], RAY_HEIGHTS[:, None]) | (np.sin(angle) > BACK_SINE)
    profiles[without_wall] = np.nan
    bands = [_patches(profiles[low:high]) for low, high in BANDS]
    edges = [_is_bony_edge(mean) for band in bands for mean in band]
    cortex = [float(np.median([_cortex_hu(mean) for mean in band])) for band in bands if band]
    offsets = [offset for band in bands for mean in band if np.isfinite(offset := _edge_offset_mm(mean))]
    midline = surface[2:5, RAYS // 4 - 1 : RAYS // 4 + 1]
    # a mask with a hole in its middle ends nowhere there: its extent stands in
    back = np.nanmedian(midline) if np.isfinite(midline).any() else place.half[1]
    return Walls(
        float(np.mean(edges)) if edges else np.nan,
        (min(cortex), max(cortex)) if cortex else (np.nan, np.nan),
        float(np.median(offsets)) if offsets else np.nan,
        float(place.middle[1] + back),
    )


def weaker_plate_hu(place: BodySampler) -> float:
    """By how much the weaker plate stands out against the bone under it, HU."""
    steps = np.linspace(-PLATE_COLUMN_REACH, PLATE_COLUMN_REACH, 7)
    left, back = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    kept = left**2 + back**2 < PLATE_RADIUS2
    left, back = (place.middle[n] + part[kept, None] * place.half[n] for n, part in enumerate((left, back)))
    reach = np.arange(0.0, place.half[2] + PROFILE_OUTSIDE_MM, RAY_STEP_MM)
    heights = []
    for sign in (1, -1):
        surface = last_exit(place.inside(left, back, place.middle[2] + sign * reach), reach)
        profiles = place.hu(left, back, place.middle[2] + sign * (surface[:, None] + ACROSS_MM))
        means = [mean_profile(part) for part in np.array_split(profiles, 4)]
        found = [height_over(mean, PLATE_SEARCH_MM, UNDER_MM) for mean in means if mean is not None]
        heights.append(float(np.median(found)) if found else np.nan)
    return float(min(heights))


def _patches(profiles: np.ndarray) -> list[np.ndarray]:
    """Mean profiles of the sectors of one band of heights, of those that are seen."""
    sectors = np.arange(RAYS).reshape(-1, RAYS_PER_SECTOR)
    means = [mean_profile(profiles[:, sector].reshape(-1, len(ACROSS_MM))) for sector in sectors]
    return [mean for mean in means if mean is not None]


def _is_bony_edge(mean: np.ndarray) -> bool:
    """Does a profile across the wall peak as bone does, and fall off outside?"""
    is_edge = height_over(mean, WALL_SEARCH_MM, BEYOND_WALL_MM) >= EDGE_HU
    return bool(is_edge and mean[across(WALL_SEARCH_MM)].max() >= BONY_EDGE_HU)


def _cortex_hu(mean: np.ndarray) -> float:
    """By how much the edge of a wall stands out against what lies under it, HU."""
    at_wall = np.flatnonzero(across(WALL_SEARCH_MM))
    edge = int(at_wall[mean[at_wall].argmax()])
    near, far = (round(depth / PROFILE_STEP_MM) for depth in UNDER_EDGE_MM)
    return float(mean[edge] - mean[edge - far : edge - near + 1].mean())


def _edge_offset_mm(mean: np.ndarray) -> float:
    """Where HU have fallen half-way outside of the edge of a wall, less the blur; NaN where they hardly fall."""
    near = np.flatnonzero(across(EDGE_SEARCH_MM))
    edge = int(near[mean[near].argmax()])
    fall = mean[edge : edge + round(EDGE_FALL_MM / PROFILE_STEP_MM) + 1]
    half = (fall[0] + fall.min()) / 2
    if fall[0] - half < EDGE_HU:
        return np.nan
    after = int((fall <= half).argmax())
    beyond = (half - fall[after]) / (fall[after - 1] - fall[after])
    return float(ACROSS_MM[edge + after] - beyond * PROFILE_STEP_MM - EDGE_BLUR_MM)
