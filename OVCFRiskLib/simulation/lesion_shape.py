"""The surface of a body with what has grown onto it and what has sunk into it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from OVCFRiskLib.simulation.body_shape import body_distance, endplate_distances, smooth_max, wall_distance
from OVCFRiskLib.simulation.canvas import ellipsoid_distance
from OVCFRiskLib.simulation.lesions import Osteophytes, Plate, SchmorlNode
from OVCFRiskLib.simulation.spine import PhantomVertebra

# A lip starts this far within the body, so that it joins without a gap, mm.
LIP_ROOT_MM = 2.0
# Its tip rises beyond the endplate by this fraction of its length (it turns towards its neighbour).
LIP_CURL = 0.3
# Its tip is this fraction as thick as its root.
LIP_TAPER = 0.5
# Lips grow where the outline faces sideways and forwards: from nothing to all between these sines of its direction.
LIP_SINES = (-0.3, 0.2)
# The edge where a node breaks through the endplate is rounded over this radius.
NODE_RIM_MM = np.float32(1.0)
# No lip at all: farther than any body.
NOWHERE_MM = np.float32(1e3)


def diseased_distance(vertebra: PhantomVertebra, local: Sequence[np.ndarray]) -> np.ndarray:
    """Signed distance (mm, first order, negative inside) to the surface of a body with its lesions.

    Parameters
    ----------
    vertebra : PhantomVertebra
    local : (u, v, w)
        Local points of the vertebra, mm, float32.
    """
    distance, _ = body_distance(vertebra, local)
    for lesion in vertebra.lesions:
        if isinstance(lesion, SchmorlNode):
            distance = smooth_max(distance, -node_distance(vertebra, lesion, local), NODE_RIM_MM)
    for lesion in vertebra.lesions:
        if isinstance(lesion, Osteophytes):
            distance = np.minimum(distance, lip_distance(vertebra, lesion, local))
    return distance


def node_distance(vertebra: PhantomVertebra, node: SchmorlNode, local: Sequence[np.ndarray]) -> np.ndarray:
    """Signed distance (mm) to the hole of a node: half an ellipsoid beneath the endplate."""
    u, v = node.left * vertebra.half_width, node.back * vertebra.half_depth
    plate = plate_height(vertebra, Plate(node.plate), u, v)
    return ellipsoid_distance(local, (u, v, plate), (node.radius_mm, node.radius_mm, node.depth_mm))


def lip_distance(vertebra: PhantomVertebra, lips: Osteophytes, local: Sequence[np.ndarray]) -> np.ndarray:
    """Signed distance (mm) to the lips along an endplate's rim."""
    u, v, _ = local
    outwards = wall_distance(vertebra, local)
    upper, lower = endplate_distances(vertebra, local)
    beyond = upper if lips.plate is Plate.UPPER else lower
    x, y = u / np.float32(vertebra.half_width), v / np.float32(vertebra.half_depth)
    forwards = -y / np.maximum(np.hypot(x, y), np.float32(1e-3))
    low, high = LIP_SINES
    share = np.clip((forwards - np.float32(low)) / np.float32(high - low), 0, 1)
    length = np.float32(lips.length_mm) * share
    # a tapering rod in the plane across the rim, as long as the place along the rim says
    along = np.clip((outwards + LIP_ROOT_MM) / np.maximum(length + LIP_ROOT_MM, 1), 0, 1).astype(np.float32)
    axis_out = along * (length + LIP_ROOT_MM) - LIP_ROOT_MM
    axis_up = along * (LIP_CURL * length + lips.thickness_mm) - lips.thickness_mm
    radius = lips.thickness_mm * (1 - (1 - LIP_TAPER) * along)
    distance = np.hypot(outwards - axis_out, beyond - axis_up) - radius
    return np.where(share > 0, distance, NOWHERE_MM).astype(np.float32)


def bridge_ends(upper: PhantomVertebra, lower: PhantomVertebra, left: float, back: float) -> list[np.ndarray]:
    """LPS points on the facing rims of two neighbours, at a place in half widths and half depths."""
    ends = []
    for vertebra, plate in ((upper, Plate.LOWER), (lower, Plate.UPPER)):
        u, v = left * vertebra.half_width, back * vertebra.half_depth
        height = plate_height(vertebra, plate, u, v)
        ends.append(vertebra.place(u, v, height - np.sign(height) * LIP_ROOT_MM))
    return ends


def plate_height(vertebra: PhantomVertebra, plate: Plate, u: float, v: float) -> float:
    """w of an endplate at a local place, mm."""
    point = [np.array([x], np.float32) for x in (u, v, 0.0)]
    upper, lower = endplate_distances(vertebra, point)
    return -float(upper[0]) if plate is Plate.UPPER else float(lower[0])
