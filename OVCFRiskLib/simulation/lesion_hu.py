"""What lesions do to the attenuation of the bone within a body."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from OVCFRiskLib.simulation.body_shape import endplate_distances, posterior_wall
from OVCFRiskLib.simulation.canvas import capsule_distance, covered, ellipsoid_distance
from OVCFRiskLib.simulation.lesion_shape import node_distance
from OVCFRiskLib.simulation.lesions import (
    BoneIsland,
    Haemangioma,
    Lesion,
    Plate,
    SchmorlNode,
    ScleroticEndplate,
    WideVein,
)
from OVCFRiskLib.simulation.spine import PhantomVertebra

# Blood of the veins, without contrast (haematocrit 0.4).
BLOOD_HU = 42.0
# Sclerosis around a node falls to 1/e over this.
NODE_RIM_DEPTH_MM = 1.5
# Upright trabeculae of a haemangioma: distance, thickness as a smoothing, and their attenuation (dots of 1-2 mm,
# a few apart, in axial CT).
COLUMN_LATTICE_MM = 0.5
COLUMN_SIGMA_MM = 0.6
COLUMN_FRACTION = 0.15
COLUMN_HU = 500.0
# A haemangioma ends this far from the endplates, as a fraction of the half height.
HAEMANGIOMA_HEIGHT = 0.85


def lesion_hu(
    vertebra: PhantomVertebra,
    local: Sequence[np.ndarray],
    hu: np.ndarray,
    edge_mm: float,
    random: np.random.Generator,
) -> np.ndarray:
    """Attenuation of the inside of a body with its lesions.

    Parameters
    ----------
    vertebra : PhantomVertebra
    local : (u, v, w)
        Local points, mm.
    hu : ndarray
        Without lesions, at those points.
    edge_mm : float
        Width over which edges are spread.
    random : numpy.random.Generator
        For the texture of a haemangioma.
    """
    for lesion in vertebra.lesions:
        hu = _changed(lesion, vertebra, local, hu, edge_mm, random)
    return hu


def _changed(
    lesion: Lesion,
    vertebra: PhantomVertebra,
    local: Sequence[np.ndarray],
    hu: np.ndarray,
    edge_mm: float,
    random: np.random.Generator,
) -> np.ndarray:
    """The same with one lesion."""
    if isinstance(lesion, ScleroticEndplate):
        upper, lower = endplate_distances(vertebra, local)
        beneath = np.maximum(-(upper if lesion.plate is Plate.UPPER else lower), 0)
        return hu + lesion.gain_hu * np.exp(-beneath / lesion.depth_mm)
    if isinstance(lesion, SchmorlNode):
        away = np.maximum(node_distance(vertebra, lesion, local), 0)
        return hu + lesion.gain_hu * np.exp(-away / NODE_RIM_DEPTH_MM)
    if isinstance(lesion, BoneIsland):
        ball = ellipsoid_distance(local, _place(vertebra, lesion), (lesion.radius_mm,) * 3)
        return hu + covered(ball, edge_mm) * (lesion.hu - hu)
    if isinstance(lesion, Haemangioma):
        height = HAEMANGIOMA_HEIGHT * vertebra.half_height
        region = ellipsoid_distance(local, _place(vertebra, lesion), (lesion.radius_mm, lesion.radius_mm, height))
        return hu + covered(region, edge_mm) * (_polka_dots(vertebra, local, lesion.hu, random) - hu)
    if isinstance(lesion, WideVein):
        wall = posterior_wall(vertebra)
        front = wall - lesion.fraction * vertebra.half_depth
        radii = lesion.radius_mm, lesion.radius_mm / 2
        vein = capsule_distance(local, (0.0, wall, 0.0), (0.0, front, 0.0), radii)
        return hu + covered(vein, edge_mm) * (BLOOD_HU - hu)
    return hu


def _place(vertebra: PhantomVertebra, lesion: BoneIsland | Haemangioma) -> tuple[float, float, float]:
    """Local middle of a lesion, mm."""
    return (
        lesion.left * vertebra.half_width,
        lesion.back * vertebra.half_depth,
        lesion.up * vertebra.half_height,
    )


def _polka_dots(
    vertebra: PhantomVertebra, local: Sequence[np.ndarray], stroma_hu: float, random: np.random.Generator
) -> np.ndarray:
    """Upright columns in fat: a field across the body, the same at every height."""
    half = [int(np.ceil(1.2 * edge / COLUMN_LATTICE_MM)) + 2 for edge in (vertebra.half_width, vertebra.half_depth)]
    field = ndimage.gaussian_filter(
        random.standard_normal([2 * n + 1 for n in half]), COLUMN_SIGMA_MM / COLUMN_LATTICE_MM
    )
    columns = (field > np.quantile(field, 1 - COLUMN_FRACTION)).astype(np.float32)
    u, v = np.broadcast_arrays(local[0], local[1])
    index = [u / COLUMN_LATTICE_MM + half[0], v / COLUMN_LATTICE_MM + half[1]]
    dots = ndimage.map_coordinates(columns, index, order=1, mode="nearest")
    return stroma_hu + (COLUMN_HU - stroma_hu) * dots
