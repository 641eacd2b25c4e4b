"""The posterior elements of a phantom's vertebra: rods with a cortex, in the vertebra's own frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.simulation.body_shape import posterior_wall
from OVCFRiskLib.simulation.canvas import capsule_distance
from OVCFRiskLib.simulation.spine import Vertebra, VertebraFrame

# Depth and width of the canal (Zhou et al. 2000: about 16 x 23 mm in women).
CANAL_DEPTH_MM = 16.0
CANAL_HALF_WIDTH_MM = 11.5
# How far bone beyond the body reaches around a vertebra, in u, v, w.
REACH_MM = (75.0, 62.0, 34.0)


@dataclass(frozen=True, slots=True)
class Rod:
    """A tapering rod between two local points (u, v, w), mm.

    Attributes
    ----------
    start, end : tuple of float
    radii : tuple of float
        At both ends.
    stretch : tuple of float
        Factor on the radius along u, v, w.
    """

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    radii: tuple[float, float]
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)


def arch_distance(frame: VertebraFrame, local: Sequence[np.ndarray]) -> np.ndarray:
    """Signed distance (mm) to the posterior elements, ribs of T12 included; negative inside.

    Parameters
    ----------
    frame : VertebraFrame
    local : (u, v, w)
        Points in the frame, mm, float32.
    """
    distance = np.full(np.broadcast_shapes(*(axis.shape for axis in local)), np.float32(1e3))
    for rod in _rods(frame):
        np.minimum(distance, capsule_distance(local, rod.start, rod.end, rod.radii, rod.stretch), out=distance)
    return distance


def _rods(frame: VertebraFrame) -> Iterator[Rod]:
    """Pedicles, laminae, processes; sizes after Panjabi et al. 1992, rounded, scaled with the body."""
    s = frame.scale
    wall, h = posterior_wall(frame), frame.half_height
    side = CANAL_HALF_WIDTH_MM * s
    behind = wall + CANAL_DEPTH_MM * s
    for sign in (-1, 1):
        pedicle = (sign * (side + 3.0 * s), wall + 0.55 * CANAL_DEPTH_MM * s, 0.3 * h)
        yield Rod((sign * (side + 2.0 * s), wall - 4.0, 0.32 * h), pedicle, (4.0 * s, 4.0 * s), (1.0, 1.0, 1.6))
        joint = (sign * (side + 3.5 * s), behind - 1.0 * s, 0.0)
        yield Rod(pedicle, joint, (4.0 * s, 4.5 * s))
        yield Rod(joint, (0.0, behind + 5.0 * s, -0.3 * h), (3.2 * s, 3.2 * s), (1.0, 1.0, 2.2))
        upper = (sign * (side + 6.0 * s), behind - 2.0 * s, h + 3.0 * s)
        lower = (sign * (side + 2.0 * s), behind + 4.0 * s, -h - 8.0 * s)
        yield Rod(joint, upper, (5.0 * s, 3.6 * s))
        yield Rod(joint, lower, (5.0 * s, 4.2 * s))
        if frame.vertebra is Vertebra.T12:
            head = (sign * (frame.half_width + 3.0), wall - 2.0, 0.35 * h)
            yield Rod(head, (sign * 72.0, behind + 22.0, -16.0), (4.0, 3.5))
        elif frame.vertebra is not Vertebra.S1:
            tip = (sign * (frame.half_width + 21.0 * s), wall + 10.0 * s, 0.35 * h)
            yield Rod(pedicle, tip, (4.0 * s, 3.0 * s), (1.0, 1.0, 1.4))
    if frame.vertebra is not Vertebra.S1:
        yield Rod(
            (0.0, behind + 6.0 * s, -0.4 * h), (0.0, behind + 30.0 * s, -0.75 * h), (3.2 * s, 3.8 * s), (1.0, 1.0, 2.4)
        )
    else:  # the wings of the sacrum
        for sign in (-1, 1):
            yield Rod((sign * 20.0 * s, 4.0, -2.0), (sign * 48.0 * s, 10.0, -8.0), (12.0 * s, 13.0 * s))
