"""Heights of a phantom's body as its shape says, without voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.simulation.body_shape import endplate_distances, posterior_wall
from OVCFRiskLib.simulation.spine import POSTERIOR_HOLLOW, PhantomVertebra


@dataclass(frozen=True, slots=True)
class TrueHeights:
    """Distance between the endplates along the body's axis in the sagittal mid-plane, mm; rims are not rounded.

    Attributes
    ----------
    anterior_mm, posterior_mm : float
        At the walls.
    middle_mm : float
        Midway between them.
    """

    anterior_mm: float
    middle_mm: float
    posterior_mm: float


def true_heights(vertebra: PhantomVertebra) -> TrueHeights:
    """Heights of a body; fractures count, other lesions do not."""
    front = -vertebra.half_depth
    back = posterior_wall(vertebra) - POSTERIOR_HOLLOW * vertebra.half_depth
    heights = [_height_mm(vertebra, v) for v in (front, (front + back) / 2, back)]
    return TrueHeights(*heights)


def _height_mm(vertebra: PhantomVertebra, v: float) -> float:
    """Distance of the endplates in the mid-plane at a place from front (negative) to back."""
    upper, lower = endplate_distances(vertebra, [np.array([x], np.float32) for x in (0.0, v, 0.0)])
    return -float(upper[0] + lower[0])
