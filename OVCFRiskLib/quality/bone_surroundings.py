"""What the CT shows on, in and behind a mask, in the body's own axes: walls, plates, canal, pedicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.geometry import add_margin, crop, lps_to_index

# Behind a body's wall lie up to 20 mm of canal and 15 mm of lamina and process.
AROUND_MM = 45.0
# Step along rays, mm: below the pixels of a spine reconstruction.
RAY_STEP_MM = 0.75
# Extents of the mask are read between these percentiles, so that a spur does not count.
BODY_EXTENT_PERCENTILES = (0.5, 99.5)
# Profiles across the surface reach so far to either side, mm, in steps of:
WALL_PROFILE_MM = 8.0
PROFILE_STEP_MM = 0.5
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
# What lies under the cortex, mm.
UNDER_MM = (-8.0, -4.0)
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
# The canal's midline strip: half its width, mm.
CANAL_STRIP_HALF_MM = 4.0
# The canal is 14 mm deep or more (Panjabi 1992, Spine 17:299); so many mm of it are averaged.
CANAL_WINDOW_MM = 7
# Where it is looked for behind the wall, mm; in front of it bone of a wall that lies too far forward may remain.
CANAL_MM = (2.0, 20.0)
# Where the bone that ends at the canal may begin, mm in front of the mask's wall.
BONE_BEFORE_WALL_MM = 8.0
# The pedicles leave so far from the midline, mm.
PEDICLE_ASIDE_MM = (8.5, 17.5)
# ... and are met just behind the wall, before the facets begin, mm.
PEDICLE_BEHIND_MM = (0.5, 6.5)
# Heights at which they are looked for, mm from the middle of the mask: half a vertebral pitch each way.
PEDICLE_REACH_MM = 20.0
# A pedicle is 14 mm high; smaller things are smoothed away, SD in mm.
PEDICLE_SMOOTHING_MM = 3.0
# The corridor's densest half is the pedicle wherever exactly it leaves.
PEDICLE_FRACTION = 0.5
# An index outside of every image: of rays that never meet the mask.
NOWHERE = -1e6
# The inner part of the mask, in half extents, and squared distance.
INNER_REACH = 0.65
INNER_RADIUS2 = 0.45


@dataclass(frozen=True, slots=True)
class BoneSurroundings:
    """What was measured on, in and behind a mask; NaN where the field of view ends.

    Attributes
    ----------
    wall_fraction : float
        Fraction of the patches of front and sides, where no pedicle leaves, with an edge of `EDGE_HU` or more that
        reaches `BONY_EDGE_HU`.
    plate_hu : float
        By how much the weaker of both ends of the mask stands out against the bone under it.
    canal_hu : float
        Darkest stretch of canal behind the mask's posterior wall.
    wall_offset_mm : float
        How far behind the mask's posterior wall, in the midline, the bone ends: where HU fall half-way to the canal.
    pedicle_hu : float
        Highest mean of a pedicle's corridor beside the canal, of the side that has less.
    pedicle_foramen_hu : float
        Lowest mean of both corridors: between two pedicles.
    pedicle_offset_mm : float
        Height of the pedicles above the middle of the mask.
    inner_low_hu, inner_high_hu : float
        Darkest and brightest place within the mask, averaged along its axis.
    """

    wall_fraction: float
    plate_hu: float
    canal_hu: float
    wall_offset_mm: float
    pedicle_hu: float
    pedicle_foramen_hu: float
    pedicle_offset_mm: float
    inner_low_hu: float
    inner_high_hu: float


class _Sampler:
    """CT and mask around a body, read in the body's own axes."""

    def __init__(self, ct: sitk.Image, body: LevelCutOut) -> None:
        self.body = body
        self.around = crop(ct, add_margin(body.tight_box, AROUND_MM, ct))
        self.values = sitk.GetArrayFromImage(self.around).astype(np.float32)
        self.mask = body.mask.astype(np.float32)
        points = body.frame.local(body.points_lps)
        low, high = np.percentile(points, BODY_EXTENT_PERCENTILES, axis=0)
        self.middle, self.half = (low + high) / 2, (high - low) / 2

    def hu(self, left: np.ndarray, back: np.ndarray, up: np.ndarray) -> np.ndarray:
        """HU at places in the body's axes, which are broadcast; NaN outside of the CT."""
        return self._read(self.around, self.values, np.nan, left, back, up)

    def inside(self, left: np.ndarray, back: np.ndarray, up: np.ndarray) -> np.ndarray:
        """The mask, 0 to 1, at places in the body's axes."""
        return self._read(self.body.grid, self.mask, 0.0, left, back, up)

    def _read(
        self, grid: sitk.Image, values: np.ndarray, outside: float, left: np.ndarray, back: np.ndarray, up: np.ndarray
    ) -> np.ndarray:
        local = np.stack(np.broadcast_arrays(left, back, up), axis=-1)
        index = np.nan_to_num(lps_to_index(grid, self.body.frame.lps(local).reshape(-1, 3)).T, nan=NOWHERE)
        read = ndimage.map_coordinates(values, index, np.float32, order=1, mode="constant", cval=outside)
        return read.reshape(local.shape[:-1])


def measure_surroundings(ct: sitk.Image, body: LevelCutOut) -> BoneSurroundings:
    """Measure what makes a place in a CT a vertebral body.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    body : LevelCutOut
        Cut out of labels on the CT's grid; large enough to have axes.
    """
    place = _Sampler(ct, body)
    wall_fraction, wall_back = _walls(place)
    canal, wall_offset = _canal(place, wall_back)
    # pedicles leave where the bone ends, which a mask may miss by some millimetres
    bone_back = wall_back + float(np.clip(np.nan_to_num(wall_offset), -BONE_BEFORE_WALL_MM, BONE_BEFORE_WALL_MM))
    pedicle, foramen, offset = _pedicles(place, bone_back)
    low, high = _inner(place)
    return BoneSurroundings(wall_fraction, _plates(place), canal, wall_offset, pedicle, foramen, offset, low, high)


def _walls(place: _Sampler) -> tuple[float, float]:
    """Fraction of the wall's patches with an edge, and where the posterior wall of the mask lies, mm back."""
    angle = (np.arange(RAYS) + 0.5) * 2 * np.pi / RAYS
    along = np.stack([np.cos(angle) * place.half[0], np.sin(angle) * place.half[1]])
    along /= np.linalg.norm(along, axis=0)
    up = place.middle[2] + RAY_HEIGHTS[:, None, None] * place.half[2]
    reach = np.arange(0.0, float(np.hypot(*place.half[:2])) + WALL_PROFILE_MM, RAY_STEP_MM)

    def ray(length: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        left, back = (m + a[None, :, None] * length for m, a in zip(place.middle[:2], along, strict=True))
        return left, back, up

    surface = _last_exit(place.inside(*ray(reach)), reach)
    across = np.arange(-WALL_PROFILE_MM, WALL_PROFILE_MM + PROFILE_STEP_MM / 2, PROFILE_STEP_MM)
    profiles = place.hu(*ray(surface[..., None] + across))
    without_wall = in_pedicle_region(angle[None, :], RAY_HEIGHTS[:, None]) | (np.sin(angle) > BACK_SINE)
    profiles[without_wall] = np.nan
    sectors = np.arange(RAYS).reshape(-1, RAYS_PER_SECTOR)
    patches = [profiles[a:b][:, sector].reshape(-1, len(across)) for a, b in BANDS for sector in sectors]
    means = [_mean_profile(patch) for patch in patches]
    edges = [_is_bony_edge(mean, across) for mean in means if mean is not None]
    fraction = float(np.mean(edges)) if edges else np.nan
    midline = surface[2:5, RAYS // 4 - 1 : RAYS // 4 + 1]
    # a mask with a hole in its middle ends nowhere there: its extent stands in
    back = np.nanmedian(midline) if np.isfinite(midline).any() else place.half[1]
    return fraction, float(place.middle[1] + back)


def _plates(place: _Sampler) -> float:
    """By how much the weaker plate stands out against the bone under it, HU."""
    steps = np.linspace(-PLATE_COLUMN_REACH, PLATE_COLUMN_REACH, 7)
    left, back = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    kept = left**2 + back**2 < PLATE_RADIUS2
    left, back = (place.middle[n] + part[kept, None] * place.half[n] for n, part in enumerate((left, back)))
    reach = np.arange(0.0, place.half[2] + WALL_PROFILE_MM, RAY_STEP_MM)
    across = np.arange(-WALL_PROFILE_MM, WALL_PROFILE_MM + PROFILE_STEP_MM / 2, PROFILE_STEP_MM)
    heights = []
    for sign in (1, -1):
        surface = _last_exit(place.inside(left, back, place.middle[2] + sign * reach), reach)
        profiles = place.hu(left, back, place.middle[2] + sign * (surface[:, None] + across))
        means = [_mean_profile(part) for part in np.array_split(profiles, 4)]
        found = [_height_over(mean, across, PLATE_SEARCH_MM, UNDER_MM) for mean in means if mean is not None]
        heights.append(float(np.median(found)) if found else np.nan)
    return float(min(heights))


def _canal(place: _Sampler, wall_back: float) -> tuple[float, float]:
    """Darkest stretch of the midline behind the wall, HU, and how far behind the wall the bone before it ends, mm."""
    back = np.arange(-BONE_BEFORE_WALL_MM, CANAL_MM[1])
    left = place.middle[0] + np.linspace(-CANAL_STRIP_HALF_MM, CANAL_STRIP_HALF_MM, 5)
    up = place.middle[2] + np.linspace(-0.5, 0.5, 9) * place.half[2]
    profile = place.hu(left[:, None, None], wall_back + back[None, :, None], up).mean(axis=(0, 2))
    behind = np.flatnonzero(back >= CANAL_MM[0])
    if np.isnan(profile[behind]).any():
        return np.nan, np.nan
    stretches = np.convolve(profile[behind], np.ones(CANAL_WINDOW_MM) / CANAL_WINDOW_MM, mode="valid")
    canal = float(stretches.min())
    in_front = profile[: behind[int(stretches.argmin())] + CANAL_WINDOW_MM // 2]
    is_bone = np.flatnonzero(in_front >= (canal + np.nanmax(in_front)) / 2)
    return canal, float(back[is_bone[-1]] + 0.5) if len(is_bone) else np.nan


def _pedicles(place: _Sampler, wall_back: float) -> tuple[float, float, float]:
    """HU of the pedicles' corridors: highest of the weaker side, lowest; how high the highest lies above the middle."""
    up = np.arange(-PEDICLE_REACH_MM - 4, PEDICLE_REACH_MM + 5)
    aside = np.arange(*PEDICLE_ASIDE_MM, 1.5)
    back = wall_back + np.arange(*PEDICLE_BEHIND_MM, 1.5)
    sides = []
    for sign in (1, -1):
        left = place.middle[0] + sign * aside
        read = place.hu(left[:, None], back, place.middle[2] + up[:, None, None]).reshape(len(up), -1)
        dense = np.sort(read, axis=1)[:, int(read.shape[1] * PEDICLE_FRACTION) :]
        sides.append(dense.mean(axis=1))
    profile = np.mean(sides, axis=0)
    seen = np.isfinite(profile)
    if np.count_nonzero(seen & (np.abs(up) <= PEDICLE_REACH_MM)) < PEDICLE_REACH_MM:
        return np.nan, np.nan, np.nan
    smooth = ndimage.gaussian_filter1d(np.array(sides)[:, seen], PEDICLE_SMOOTHING_MM, mode="nearest")
    up, profile = up[seen], smooth.mean(axis=0)
    near = np.abs(up) <= PEDICLE_REACH_MM
    return float(smooth.max(axis=1).min()), float(profile.min()), float(up[near][profile[near].argmax()])


def _inner(place: _Sampler) -> tuple[float, float]:
    """Darkest and brightest place of the mask's inner part, averaged along its axis, HU."""
    steps = np.linspace(-INNER_REACH, INNER_REACH, 14)
    left, back = np.meshgrid(steps, steps, indexing="ij")
    up = place.middle[2] + np.linspace(-0.45, 0.45, 9)[:, None, None] * place.half[2]
    mean = place.hu(place.middle[0] + left * place.half[0], place.middle[1] + back * place.half[1], up).mean(axis=0)
    smooth = ndimage.uniform_filter(mean, 3)[left**2 + back**2 < INNER_RADIUS2]
    return float(smooth.min()), float(smooth.max())


def _last_exit(inside: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Where rays along the last axis leave a mask for good, mm; NaN where they never meet it."""
    is_in = inside >= 0.5
    last = inside.shape[-1] - 1 - is_in[..., ::-1].argmax(axis=-1)
    after = np.minimum(last + 1, inside.shape[-1] - 1)
    here, there = (np.take_along_axis(inside, n[..., None], -1)[..., 0] for n in (last, after))
    fall = here - there
    fraction = np.divide(here - 0.5, fall, out=np.zeros_like(here), where=fall > 0)
    return np.where(is_in.any(axis=-1), reach[last] + fraction * RAY_STEP_MM, np.nan)


def _mean_profile(profiles: np.ndarray) -> np.ndarray | None:
    """Mean of the profiles that are known all along, smoothed; None when there are fewer than two."""
    known = profiles[np.isfinite(profiles).all(axis=1)]
    return ndimage.gaussian_filter1d(known.mean(axis=0), 1.0) if len(known) >= 2 else None


def _is_bony_edge(mean: np.ndarray, across: np.ndarray) -> bool:
    """Does a profile across the wall peak as bone does, and fall off outside?"""
    at_wall = (across >= WALL_SEARCH_MM[0]) & (across <= WALL_SEARCH_MM[1])
    is_edge = _height_over(mean, across, WALL_SEARCH_MM, BEYOND_WALL_MM) >= EDGE_HU
    return bool(is_edge and mean[at_wall].max() >= BONY_EDGE_HU)


def _height_over(mean: np.ndarray, across: np.ndarray, at: tuple[float, float], over: tuple[float, float]) -> float:
    """Highest value of a profile in one range above its mean in another, HU."""
    here, there = ((across >= low) & (across <= high) for low, high in (at, over))
    return float(mean[here].max() - mean[there].mean())
