"""The surface of a vertebral body as a signed distance in the vertebra's own vertebra."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from OVCFRiskLib.simulation.fracture import FractureShape
from OVCFRiskLib.simulation.spine import POSTERIOR_HOLLOW, POSTERIOR_WALL_DEPTH, PhantomVertebra

# Exponents of the section: between an ellipse (2) and a box; nearly an ellipse in front, blunt behind (seen in CT).
ROUNDNESS_IN_FRONT = np.float32(2.1)
ROUNDNESS_BEHIND = np.float32(2.5)
# Fraction by which the waist is narrower than the endplates (Panjabi et al. 1992†: about a tenth).
WAIST_NARROWING = np.float32(0.09)
# Depth of the lower endplate's concavity in half heights (Zhou et al. 2000†: 2-3 mm).
ENDPLATE_CONCAVITY = 0.17
# The upper endplate is hollowed this much of the lower one: 0.7 of 1.5 mm in men (Wang et al. 2012, PMC3481085, whose
# cranial endplate is the one above a disc, the body's lower one).
UPPER_CONCAVITY_FRACTION = np.float32(0.47)
# Half width of that hollow, in half widths of the body (the same).
BACK_HOLLOW_HALF_WIDTH = np.float32(0.62)
# The parabola of the hollow ends here, in its own half widths squared; farther out the ellipse is the wall.
HOLLOW_END = np.float32(2.0)
# Most that the hollow's parabola turns into a ridge beside it, in depths of the hollow.
RIDGE_LIMIT = -1
# The waist moves the posterior wall half as much as the sides.
POSTERIOR_WAIST_FRACTION = np.float32(0.5)
# Slope of the posterior wall's distance: its hollow makes the first-order distance a tenth too long.
POSTERIOR_SLOPE = np.float32(0.9)
# Radius of the rim between wall and endplate.
RIM_RADIUS_MM = np.float32(2.5)
# Of a biconcave fracture's loss, what the upper endplate takes; the lower one takes the rest.
BICONCAVE_UPPER_FRACTION = np.float32(0.6)
BICONCAVE_LOWER_FRACTION = np.float32(0.4)
# Guards against division by nothing on the axis of the ellipse (numerical).
LEAST_NORM = np.float32(1e-6)
LEAST_WALL_SLOPE = np.float32(1e-3)


def body_distance(vertebra: PhantomVertebra, local: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Signed distance to the surface of a body, cortex included.

    Parameters
    ----------
    vertebra : PhantomVertebra
    local : (u, v, w)
        Local points of the vertebra, mm, float32.

    Returns
    -------
    distance : ndarray
        mm to first order, negative inside.
    is_endplate : ndarray of bool
        True where an endplate is nearer than the wall.
    """
    wall = wall_distance(vertebra, local)
    upper, lower = endplate_distances(vertebra, local)
    plates = np.maximum(upper, lower)
    return smooth_max(wall, plates, RIM_RADIUS_MM), plates > wall


def endplate_distances(vertebra: PhantomVertebra, local: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Heights (mm) above the upper and below the lower endplate, negative inside; see `body_distance`."""
    u, v, w = local
    a, b, h = _half_edges(vertebra)
    radial = np.minimum((u / a) ** 2 + (v / b) ** 2, 1)
    hollow = np.float32(ENDPLATE_CONCAVITY) * h * (1 - radial)
    slope = np.float32(vertebra.wedge_mm / 2) * (-v / (2 * b))
    upper_loss, lower_loss = _lost_heights(vertebra, v, b, radial)
    upper = w - (h + slope - UPPER_CONCAVITY_FRACTION * hollow - upper_loss)
    return upper, -w - (h + slope - hollow - lower_loss)


def smooth_max(a: np.ndarray, b: np.ndarray, radius: np.float32) -> np.ndarray:
    """The larger distance, with the edge between both surfaces rounded."""
    near = np.maximum(radius - np.abs(a - b), 0)
    return np.maximum(a, b) + near * near / (4 * radius)


def posterior_wall(vertebra: PhantomVertebra) -> float:
    """v of the posterior wall beside the midline, mm."""
    return POSTERIOR_WALL_DEPTH * vertebra.half_depth


def wall_distance(vertebra: PhantomVertebra, local: Sequence[np.ndarray]) -> np.ndarray:
    """Signed distance (mm) to the waisted wall with its hollow back, negative inside; see `body_distance`."""
    u, v, w = local
    a, b, h = _half_edges(vertebra)
    waist = 1 - WAIST_NARROWING * np.maximum(1 - (w / h) ** 2, 0)
    x, y = np.abs(u) / (a * waist), np.abs(v) / (b * waist)
    power = np.where(v < 0, ROUNDNESS_IN_FRONT, ROUNDNESS_BEHIND)
    xp, yp = x ** (power - 1), y ** (power - 1)
    norm = np.maximum(x * xp + y * yp, LEAST_NORM) ** (1 / power)
    slope = np.sqrt((xp / (a * waist)) ** 2 + (yp / (b * waist)) ** 2) * norm ** (1 - power)
    around = (norm - 1) / np.maximum(slope, LEAST_WALL_SLOPE)
    across = np.minimum((u / (BACK_HOLLOW_HALF_WIDTH * a)) ** 2, HOLLOW_END)
    middle = np.float32(1) + POSTERIOR_WAIST_FRACTION * (waist - 1)
    hollow = np.float32(POSTERIOR_HOLLOW) * np.maximum(1 - across, RIDGE_LIMIT)
    back = v - b * (np.float32(POSTERIOR_WALL_DEPTH) * middle - hollow)
    return smooth_max(around, back * POSTERIOR_SLOPE, RIM_RADIUS_MM)


def _half_edges(vertebra: PhantomVertebra) -> tuple[np.float32, np.float32, np.float32]:
    """Half width, depth and height, mm."""
    return np.float32(vertebra.half_width), np.float32(vertebra.half_depth), np.float32(vertebra.half_height)


def _lost_heights(
    vertebra: PhantomVertebra, v: np.ndarray, b: np.float32, radial: np.ndarray
) -> tuple[np.ndarray | np.float32, np.ndarray | np.float32]:
    """How far a fracture pushes the upper endplate down and the lower one up, mm."""
    if vertebra.fracture is None:
        return np.float32(0), np.float32(0)
    lost = np.float32(vertebra.fracture.loss * 2 * vertebra.half_height)
    if vertebra.fracture.shape is FractureShape.WEDGE:
        return lost * np.clip((b - v) / (2 * b), 0, 1), np.float32(0)
    if vertebra.fracture.shape is FractureShape.CRUSH:
        return lost, np.float32(0)
    return lost * (1 - radial) * BICONCAVE_UPPER_FRACTION, lost * (1 - radial) * BICONCAVE_LOWER_FRACTION
