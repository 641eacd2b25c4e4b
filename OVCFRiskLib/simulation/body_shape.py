"""The surface of a vertebral body as a signed distance in the vertebra's own frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from OVCFRiskLib.simulation.phantom_settings import FractureShape
from OVCFRiskLib.simulation.spine import VertebraFrame

# Between an ellipse (2) and a box: lumbar cross-sections are blunt.
ROUNDNESS = np.float32(2.4)
# Share by which the waist is narrower than the endplates.
WAIST = np.float32(0.09)
# Depth of the endplates' concavity in shares of the half height (Zhou et al. 2000: about 2-3 mm).
ENDPLATE_CONCAVITY = 0.14
# Where the posterior wall cuts the ellipse, and how deep it is hollowed, in half depths.
POSTERIOR_WALL = 0.86
POSTERIOR_HOLLOW = 0.2
RIM_RADIUS_MM = np.float32(2.5)


def body_distance(frame: VertebraFrame, local: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Signed distance to the surface of a body, cortex included.

    Parameters
    ----------
    frame : VertebraFrame
    local : (u, v, w)
        Points in the frame, mm, float32.

    Returns
    -------
    distance : ndarray
        mm to first order, negative inside.
    is_endplate : ndarray of bool
        True where an endplate is nearer than the wall.
    """
    u, v, w = local
    a, b, h = (np.float32(x) for x in (frame.half_width, frame.half_depth, frame.half_height))
    wall = _wall(u, v, w, a, b, h)
    radial = np.minimum((u / a) ** 2 + (v / b) ** 2, 1)
    hollow = np.float32(ENDPLATE_CONCAVITY) * h * (1 - radial) * np.float32(1.0)
    slope = np.float32(frame.wedge_mm / 2) * (-v / (2 * b))
    upper_loss, lower_loss = _lost_heights(frame, v, b, radial)
    plates = np.maximum(w - (h + slope - hollow - upper_loss), -w - (h + slope - np.float32(0.8) * hollow - lower_loss))
    return smooth_max(wall, plates, RIM_RADIUS_MM), plates > wall


def smooth_max(a: np.ndarray, b: np.ndarray, radius: np.float32) -> np.ndarray:
    """The larger distance, with the edge between both surfaces rounded."""
    near = np.maximum(radius - np.abs(a - b), 0)
    return np.maximum(a, b) + near * near / (4 * radius)


def posterior_wall(frame: VertebraFrame) -> float:
    """v of the posterior wall beside the midline, mm."""
    return POSTERIOR_WALL * frame.half_depth


def _wall(u: np.ndarray, v: np.ndarray, w: np.ndarray, a: float, b: float, h: float) -> np.ndarray:
    """Distance to the waisted wall with its hollow back."""
    waist = 1 - WAIST * np.maximum(1 - (w / h) ** 2, 0)
    x, y = np.abs(u) / (a * waist), np.abs(v) / (b * waist)
    xp, yp = x ** (ROUNDNESS - 1), y ** (ROUNDNESS - 1)
    norm = np.maximum(x * xp + y * yp, np.float32(1e-6)) ** (1 / ROUNDNESS)
    slope = np.sqrt((xp / (a * waist)) ** 2 + (yp / (b * waist)) ** 2) * norm ** (1 - ROUNDNESS)
    around = (norm - 1) / np.maximum(slope, np.float32(1e-3))
    across = np.minimum((u / (np.float32(0.62) * a)) ** 2, np.float32(2.0))
    middle = np.float32(1) + np.float32(0.5) * (waist - 1)
    back = v - b * (np.float32(POSTERIOR_WALL) * middle - np.float32(POSTERIOR_HOLLOW) * np.maximum(1 - across, -1))
    return smooth_max(around, back * np.float32(0.9), RIM_RADIUS_MM)


def _lost_heights(frame: VertebraFrame, v: np.ndarray, b: float, radial: np.ndarray) -> tuple:
    """How far a fracture pushes the upper endplate down and the lower one up, mm."""
    if frame.fracture is None:
        return np.float32(0), np.float32(0)
    lost = np.float32(frame.fracture.loss * 2 * frame.half_height)
    if frame.fracture.shape is FractureShape.WEDGE:
        return lost * np.clip((b - v) / (2 * b), 0, 1), np.float32(0)
    if frame.fracture.shape is FractureShape.CRUSH:
        return lost, np.float32(0)
    return lost * (1 - radial) * np.float32(0.6), lost * (1 - radial) * np.float32(0.4)
