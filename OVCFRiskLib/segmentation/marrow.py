"""Marrow or disc: what the patient's own trabecular bone and discs look like along the spine.

No fixed HU tells them apart: dense bone is brighter than the disc, the bone of old women darker. Where both are known
from the pedicles (the middle of each body, the middle between two), each plane between says which of them it is like.
"""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM

# Length about an expected middle whose median is the body's level, and the disc's, mm to each side.
BODY_HALF_MM = 5.0
DISC_HALF_MM = 1.5
# SD of the planes' mean HU about the level of their body or disc: veins, islands, annulus against nucleus.
LEVEL_SD_HU = 25.0
# Departures beyond so many SDs (a plate, calcium, gas) speak for neither.
FARTHEST_SD = 2.5


def likeness(profile: np.ndarray, bodies: np.ndarray, discs: np.ndarray) -> np.ndarray:
    """How much more each plane is like a body's marrow than like a disc.

    Parameters
    ----------
    profile : numpy.ndarray (planes,)
        HU typical of each plane of the straightened spine; not a number where out of view.
    bodies : numpy.ndarray (bodies,)
        Planes expected in the middle of each body.
    discs : numpy.ndarray (discs,)
        Planes expected in the middle of discs.

    Returns
    -------
    numpy.ndarray (bodies, planes)
        -1 (disc) to 1 (marrow of that body); 0 where both are alike, or nothing is seen.
    """
    levels = [_level(profile, plane, BODY_HALF_MM) for plane in bodies]
    seen_discs = [hu for plane in discs if np.isfinite(hu := _level(profile, plane, DISC_HALF_MM))]
    if not seen_discs:
        return np.zeros((len(levels), len(profile)))
    disc = float(np.median(seen_discs))
    out = [(_cost(profile - disc) - _cost(profile - hu)) / _cost(np.array(np.inf)) for hu in levels]
    return np.nan_to_num(np.array(out), nan=0.0)


def _level(profile: np.ndarray, plane: float, half_mm: float) -> float:
    """Median about a plane; not a number where none of it is seen."""
    half = half_mm / CANAL_STEP_MM
    first, last = (int(np.clip(round(plane + n * half), 0, len(profile) - 1)) for n in (-1, 1))
    part = profile[first : last + 1]
    return float(np.median(part[np.isfinite(part)])) if np.isfinite(part).any() else float("nan")


def _cost(departure_hu: np.ndarray) -> np.ndarray:
    """Cost of a departure: its square, no more than at the farthest that counts."""
    return np.minimum(np.abs(departure_hu) / LEVEL_SD_HU, FARTHEST_SD) ** 2
