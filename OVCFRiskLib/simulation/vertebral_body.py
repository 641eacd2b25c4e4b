"""A phantom's vertebral body painted: cortical shell, trabecular bone, basivertebral vein, lesions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from OVCFRiskLib.geometry import Box
from OVCFRiskLib.simulation.body_shape import posterior_wall
from OVCFRiskLib.simulation.bone_texture import subcortical_hu, trabecular_hu
from OVCFRiskLib.simulation.canvas import Canvas, capsule_distance, covered
from OVCFRiskLib.simulation.cortex import CORTEX_HU, cortex_thickness
from OVCFRiskLib.simulation.lesion_hu import BLOOD_HU, lesion_hu
from OVCFRiskLib.simulation.lesion_shape import diseased_distance, node_distance
from OVCFRiskLib.simulation.lesions import Osteophytes, SchmorlNode
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import PhantomVertebra

# Basivertebral vein: radii at the posterior wall and at its front end, which lies behind the middle, in half depths.
VEIN_RADII_MM = (2.2, 1.0)
VEIN_END = 0.1
# Margin around a body for its rim and edge: factor on its half width and depth, and mm.
BODY_REACH = 1.1
BODY_MARGIN_MM = 2.0
BODY_MARGIN_HEIGHT_MM = 4.0
# The shell reaches no deeper than this.
SHELL_REACH_MM = 8.0
# Number of the random streams of bone, lesions and cortex among those of a phantom's seed.
BONE_STREAM = 4
LESION_STREAM = 5
CORTEX_STREAM = 6


def paint_body(
    canvas: Canvas, vertebra: PhantomVertebra, settings: PhantomSettings
) -> tuple[Box, np.ndarray, np.ndarray] | None:
    """Paint one body.

    Parameters
    ----------
    canvas : Canvas
    vertebra : PhantomVertebra
    settings : PhantomSettings

    Returns
    -------
    (box, inside, is_disputed) or None
        The box of the canvas the body lies in; bool arrays of its voxels that are the body, and of those that one
        expert would count to it and another not (osteophytes, the disc within Schmorl's nodes). None when the body
        lies outside the field of view.
    """
    half = _reach(vertebra)
    box = canvas.box(*vertebra.corners([-x for x in half], half))
    if box is None:
        return None
    local = vertebra.to_local(canvas.points(box))
    nodes = [node_distance(vertebra, node, local) for node in vertebra.lesions if isinstance(node, SchmorlNode)]
    for node in nodes:
        canvas.paint(box, node, settings.tissue.disc)
    distance = diseased_distance(vertebra, local)
    cortex = _cortex_mm(vertebra, settings, local, distance)
    bone = _bone_hu(canvas, vertebra, settings, local, distance, cortex)
    canvas.paint_shell(box, distance, cortex, CORTEX_HU, bone)
    inside = distance < 0
    whole = diseased_distance(vertebra.without(Osteophytes, SchmorlNode), local) < 0
    return box, inside, inside ^ whole


def _reach(vertebra: PhantomVertebra) -> tuple[float, float, float]:
    """Half edges of the local box that holds a body and what grows on it, mm."""
    lips = max((lips.length_mm for lips in vertebra.lesions if isinstance(lips, Osteophytes)), default=0.0)
    return (
        BODY_REACH * vertebra.half_width + BODY_MARGIN_MM + lips,
        BODY_REACH * vertebra.half_depth + BODY_MARGIN_MM + lips,
        vertebra.half_height + BODY_MARGIN_HEIGHT_MM + lips / 2,
    )


def _stream(settings: PhantomSettings, stream: int, vertebra: PhantomVertebra) -> np.random.Generator:
    """Each body has streams of its own, so that a field of view without its neighbours leaves it alone."""
    return np.random.default_rng([settings.seed, stream, int(vertebra.name)])


def _cortex_mm(
    vertebra: PhantomVertebra, settings: PhantomSettings, local: Sequence[np.ndarray], distance: np.ndarray
) -> np.ndarray:
    """Thickness of the shell near it, the mean elsewhere."""
    thickness = np.full(distance.shape, np.float32(settings.cortex_mm))
    near = np.abs(distance) < SHELL_REACH_MM
    if near.any():
        points = [axis[near] for axis in np.broadcast_arrays(*local)]
        random = _stream(settings, CORTEX_STREAM, vertebra)
        thickness[near] = cortex_thickness(vertebra, points, settings.cortex_mm, random)
    return thickness


def _bone_hu(
    canvas: Canvas,
    vertebra: PhantomVertebra,
    settings: PhantomSettings,
    local: Sequence[np.ndarray],
    distance: np.ndarray,
    cortex_mm: np.ndarray,
) -> np.ndarray:
    """Attenuation within the cortex, 0 far outside."""
    near = distance < canvas.edge_mm
    hu = np.zeros(distance.shape, np.float32)
    if not near.any():
        return hu
    u, v, w = (axis[near] for axis in np.broadcast_arrays(*local))
    random = _stream(settings, BONE_STREAM, vertebra)
    mean = settings.trabecular_of(vertebra.level)
    scale, grain = settings.texture_scale, settings.texture_grain
    bone = trabecular_hu((u, v, w), _reach(vertebra), mean, scale, random, grain)
    bone += subcortical_hu(-distance[near] - cortex_mm[near], settings.subcortical_hu)
    back, front = (0.0, posterior_wall(vertebra), 0.0), (0.0, VEIN_END * vertebra.half_depth, 0.0)
    vein = capsule_distance((u, v, w), back, front, VEIN_RADII_MM)
    bone += covered(vein, canvas.edge_mm) * (np.float32(BLOOD_HU) - bone)
    if vertebra.lesions:
        bone = lesion_hu(vertebra, (u, v, w), bone, canvas.edge_mm, _stream(settings, LESION_STREAM, vertebra))
    hu[near] = bone
    return hu
