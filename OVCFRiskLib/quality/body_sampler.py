"""CT and mask read in a body's own axes, along rays and as profiles across the mask's surface."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import add_margin, array_view, crop, lps_to_index

# Behind a body's wall lie up to 20 mm of canal and 15 mm of lamina and process.
AROUND_MM = 45.0
# Step along rays, mm: below the pixels of a spine reconstruction.
RAY_STEP_MM = 0.75
# Extents of the mask are read between these percentiles, so that a spur does not count.
BODY_EXTENT_PERCENTILES = (0.5, 99.5)
# Profiles across the surface reach so far inside and outside, mm, in steps of:
PROFILE_INSIDE_MM = 12.0
PROFILE_OUTSIDE_MM = 8.0
PROFILE_STEP_MM = 0.5
# Places along such a profile, mm outside of the surface.
ACROSS_MM = np.arange(-PROFILE_INSIDE_MM, PROFILE_OUTSIDE_MM + PROFILE_STEP_MM / 2, PROFILE_STEP_MM)
# An index outside of every image: of rays that never meet the mask.
NOWHERE = -1e6


class BodySampler:
    """CT and mask around a body, read in the body's own axes."""

    def __init__(self, ct: sitk.Image, body: LevelCutOut) -> None:
        self.body = body
        self.around = crop(ct, add_margin(body.tight_box, AROUND_MM, ct))
        self.values = array_view(self.around).astype(np.float32)
        self.mask = body.mask.astype(np.float32)
        low, high = np.percentile(body.local_points, BODY_EXTENT_PERCENTILES, axis=0)
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


def last_exit(inside: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Where rays along the last axis leave a mask for good, mm; NaN where they never meet it."""
    is_in = inside >= 0.5
    last = inside.shape[-1] - 1 - is_in[..., ::-1].argmax(axis=-1)
    after = np.minimum(last + 1, inside.shape[-1] - 1)
    here, there = (np.take_along_axis(inside, n[..., None], -1)[..., 0] for n in (last, after))
    fall = here - there
    fraction = np.divide(here - 0.5, fall, out=np.zeros_like(here), where=fall > 0)
    return np.where(is_in.any(axis=-1), reach[last] + fraction * RAY_STEP_MM, np.nan)


def mean_profile(profiles: np.ndarray) -> np.ndarray | None:
    """Mean of the profiles that are known all along, smoothed; None when there are fewer than two."""
    known = profiles[np.isfinite(profiles).all(axis=1)]
    return ndimage.gaussian_filter1d(known.mean(axis=0), 1.0) if len(known) >= 2 else None


def across(limits: tuple[float, float]) -> np.ndarray:
    """Which places of a profile lie between two distances outside of the surface, mm."""
    low, high = limits
    return np.abs(ACROSS_MM - (low + high) / 2) <= (high - low) / 2


def height_over(mean: np.ndarray, at: tuple[float, float], over: tuple[float, float]) -> float:
    """Highest value of a profile in one range above its mean in another, HU."""
    return float(mean[across(at)].max() - mean[across(over)].mean())
