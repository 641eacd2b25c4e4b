"""An endplate within a body: the sign that a crushed body was found with a disc or its neighbour's plate in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.local_volume import LocalGrid
from OVCFRiskLib.segmentation.marrow import OwnLevels

# The middle of each plane is looked at: within this fraction of the outline, and so far below the surface, where
# neither walls nor plates brighten it, mm.
WITHIN = 0.6
BELOW_SURFACE_MM = 3.5
# A plane tells something from so many mm2 on.
LEAST_AREA_MM2 = 100.0
# A plane that is brighter than the darkest on both sides by this is a plate, HU. On known bodies (20 to 180 HU,
# slices to 5 mm, dense bands beneath plates, islands, veins) right ones had 18 at most, the ones that had swallowed a
# disc 69 and more.
INNER_PLATE_HU = 40.0
# Which of both sides of it is a disc, the HU tell when one is nearer to the patient's discs by this, HU (half the noise
# of a plane's median and of a disc's own level); else either may be.
NEARER_HU = 10.0
# So far from the plate its blur ends, mm.
PLATE_HALF_MM = 2.4


@dataclass(frozen=True, slots=True)
class InnerPlate:
    """A plate within a body.

    Attributes
    ----------
    up_mm : float
        Its height in the body's axes.
    is_above, is_below : bool
        May what lies above it, and what lies below it, be no part of the body?
    """

    up_mm: float
    is_above: bool
    is_below: bool

    def is_beyond(self, up_mm: np.ndarray) -> np.ndarray:
        """Which heights (mm in the body's axes) may be no part of the body?"""
        return np.where(up_mm > self.up_mm, self.is_above, self.is_below)


def find_inner_plate(
    grid: LocalGrid, hu: np.ndarray, depth: np.ndarray, template: BodyTemplate, own: OwnLevels
) -> InnerPlate | None:
    """The plate within a body, None where there is none.

    Parameters
    ----------
    grid : LocalGrid
        In the body's own axes.
    hu, depth : numpy.ndarray [up, back, left]
        HU, smoothed against noise, and mm below the surface, on the grid.
    template : BodyTemplate
    own : OwnLevels
        HU of the patient's discs tell on which side of the plate one lies.
    """
    side, back, up = grid.coordinates()
    is_inner = (np.hypot(side / template.half[0], back / template.half[1]) < WITHIN) & (depth > BELOW_SURFACE_MM)
    least = LEAST_AREA_MM2 / grid.spacing**2
    planes = np.flatnonzero(np.count_nonzero(is_inner, axis=(1, 2)) > least)
    if len(planes) < 3:
        return None
    typical = np.array([np.median(hu[plane][is_inner[plane]]) for plane in planes])
    darkest_below, darkest_above = (np.minimum.accumulate(typical[::way])[::way] for way in (1, -1))
    rises = typical - np.maximum(darkest_below, darkest_above)
    place = int(rises.argmax())
    if rises[place] < INNER_PLATE_HU:
        return None
    away = round(PLATE_HALF_MM / grid.spacing)
    below, above = _from_disc(typical[: max(place - away, 1)], own), _from_disc(typical[place + away + 1 :], own)
    is_one = abs(below - above) > NEARER_HU
    return InnerPlate(float(up[planes[place], 0, 0]), not (is_one and below < above), not (is_one and above < below))


def _from_disc(typical: np.ndarray, own: OwnLevels) -> float:
    """How far the HU of planes are from those of the patient's discs."""
    return float(np.abs(np.median(typical) - own.disc_hu)) if len(typical) else float("nan")
