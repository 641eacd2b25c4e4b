"""The cortical shell of a body: thick at the rim and the pedicles, uneven everywhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from OVCFRiskLib.simulation.body_shape import endplate_distances, posterior_wall, wall_distance
from OVCFRiskLib.simulation.bone_texture import TEXTURE_LATTICE_MM, smooth_field
from OVCFRiskLib.simulation.spine import PhantomVertebra

# Cortical bone of clinical CT without blur; a shell of osteons and pores, no solid mineral.
CORTEX_HU = 900.0
# The ring apophysis makes the rim thicker than the shell, within this distance of the edge between wall and endplate
# (Wang et al. 2012, PMC3481085: the ring is 3-7 mm wide; that it doubles the shell is assumed).
RIM_GAIN = 1.0
RIM_WIDTH_MM = 3.0
# So do the roots of the pedicles, in half widths and half heights from the middle, at the posterior wall.
ROOT_GAIN = 2.5
ROOT_SIDE = 0.62
ROOT_HEIGHT = 0.35
ROOT_WIDTH_MM = 4.0
# Spread of the thickness from place to place, in its logarithm, and the size of a place (assumed; SDs between places
# are a third of the mean and more in Ritzel et al. 1997†, J Bone Miner Res 12:89).
PLACE_SPREAD = 0.5
PLACE_SIGMA_MM = 2.5


def cortex_thickness(
    vertebra: PhantomVertebra, local: Sequence[np.ndarray], mean_mm: float, random: np.random.Generator
) -> np.ndarray:
    """Thickness of the shell at points near it.

    Parameters
    ----------
    vertebra : PhantomVertebra
    local : (u, v, w), each (n,)
        Local points, mm.
    mean_mm : float
        Of the plain shell, away from rim and pedicles.
    random : numpy.random.Generator

    Returns
    -------
    ndarray (n,), float32
        mm.
    """
    u, v, w = local
    wall = wall_distance(vertebra, local)
    plates = np.maximum(*endplate_distances(vertebra, local))
    rim = RIM_GAIN * np.exp(-((np.minimum(wall, plates) / RIM_WIDTH_MM) ** 2))
    side = np.abs(u) - ROOT_SIDE * vertebra.half_width
    up, back = w - ROOT_HEIGHT * vertebra.half_height, v - posterior_wall(vertebra)
    root = ROOT_GAIN * np.exp(-(side**2 + up**2 + back**2) / ROOT_WIDTH_MM**2)
    half = [int(np.ceil(float(np.abs(axis).max()) / TEXTURE_LATTICE_MM)) + 1 for axis in local]
    field = smooth_field(random, [2 * n + 1 for n in half], (PLACE_SIGMA_MM,) * 3)
    index = [axis / TEXTURE_LATTICE_MM + n for axis, n in zip(local, half, strict=True)]
    uneven = np.exp(PLACE_SPREAD * ndimage.map_coordinates(field, index, order=1) - PLACE_SPREAD**2 / 2)
    return (mean_mm * (1 + rim + root) * uneven).astype(np.float32)
