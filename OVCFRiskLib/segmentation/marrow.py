"""Marrow or disc: what the patient's own trabecular bone and discs look like along the spine.

No fixed HU tells them apart: dense bone is brighter than the disc, the bone of old women darker. Where both are known
from the pedicles (the middle of each body, the middle between two), each place between says which of them it is like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM

# Length about an expected middle whose median is the body's level, and the disc's, mm to each side.
BODY_HALF_MM = 5.0
DISC_HALF_MM = 1.5
# SD of HU, averaged over some mm, about the level of their body or disc: veins, islands, annulus against nucleus.
LEVEL_SD_HU = 25.0
# Departures beyond so many SDs (a plate, calcium, gas) speak for neither.
FARTHEST_SD = 2.5

# Marrow is darker than a disc from this difference on.
DARKER_HU = 15.0


@dataclass(frozen=True, slots=True)
class OwnLevels:
    """HU of a body's marrow and of the patient's discs; not a number where unknown."""

    marrow_hu: float
    disc_hu: float

    @property
    def is_dark(self) -> bool:
        """Is the marrow clearly darker than the discs, so that HU rise across a plate that does not stand out?"""
        return self.disc_hu - self.marrow_hu > DARKER_HU

    def likeness(self, hu: np.ndarray) -> np.ndarray:
        """How much more HU are like the marrow than like a disc, -1 to 1; 0 where both are alike, or unknown."""
        differs = _cost(hu - self.disc_hu) - _cost(hu - self.marrow_hu)
        return np.nan_to_num(differs / FARTHEST_SD**2, nan=0.0)


# Where nothing is known of either.
UNKNOWN_LEVELS = OwnLevels(float("nan"), float("nan"))


def own_levels(profile: np.ndarray, bodies: np.ndarray, discs: np.ndarray) -> list[OwnLevels]:
    """Levels of each body: its own marrow's, and that of the usual disc.

    Parameters
    ----------
    profile : numpy.ndarray (planes,)
        HU typical of each plane of the straightened spine; not a number where out of view.
    bodies : numpy.ndarray (bodies,)
        Planes expected in the middle of each body.
    discs : numpy.ndarray (discs,)
        Planes expected in the middle of discs.
    """
    seen = [hu for plane in discs if np.isfinite(hu := _level(profile, plane, DISC_HALF_MM))]
    disc_hu = float(np.median(seen)) if seen else float("nan")
    return [OwnLevels(_level(profile, plane, BODY_HALF_MM), disc_hu) for plane in bodies]


def _level(profile: np.ndarray, plane: float, half_mm: float) -> float:
    """Median about a plane; not a number where none of it is seen."""
    half = half_mm / CANAL_STEP_MM
    first, last = (int(np.clip(round(plane + n * half), 0, len(profile) - 1)) for n in (-1, 1))
    part = profile[first : last + 1]
    return float(np.median(part[np.isfinite(part)])) if np.isfinite(part).any() else float("nan")


def _cost(departure_hu: np.ndarray) -> np.ndarray:
    """Cost of a departure: its square, no more than at the farthest that counts."""
    return np.minimum(np.abs(departure_hu) / LEVEL_SD_HU, FARTHEST_SD) ** 2
