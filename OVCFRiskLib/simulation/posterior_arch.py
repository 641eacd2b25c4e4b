"""The posterior elements of a phantom's vertebra: rods with a cortex, in the vertebra's own vertebra.

Lengths are those of a mean L3 and scale with the body; they are rounded from the tables of Panjabi et al. 1992†, Spine
17:299 (pedicles, canal, processes) unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.simulation.body_shape import posterior_wall
from OVCFRiskLib.simulation.canvas import capsule_distance
from OVCFRiskLib.simulation.spine import PhantomVertebra, Vertebra

# Depth of the canal (Zhou et al. 2000†: about 16 mm in women).
CANAL_DEPTH_MM = 16.0
# Half its width (Zhou et al. 2000†: about 23 mm).
CANAL_HALF_WIDTH_MM = 11.5
# How far bone beyond the body reaches around a vertebra, in u, v, w: ribs to the side, spinous process to the back.
ARCH_REACH_MM = (77.0, 68.0, 34.0)

# Pedicle: half its width (8 mm) and how much taller than wide it is.
PEDICLE_RADIUS_MM = 4.0
PEDICLE_TALLNESS = 1.6
# It starts within the body, this far in front of the posterior wall, and this far beside the canal.
PEDICLE_ROOT_DEPTH_MM = 4.0
PEDICLE_ROOT_SIDE_MM = 2.0
PEDICLE_END_SIDE_MM = 3.0
# It ends at this fraction of the canal's depth, at these heights (half heights of the body above its middle).
PEDICLE_END_DEPTH = 0.55
PEDICLE_ROOT_HEIGHT = 0.32
PEDICLE_END_HEIGHT = 0.3
# Joint: the pars and the articular mass beside the canal's back.
JOINT_SIDE_MM = 3.5
JOINT_DEPTH_MM = -1.0
JOINT_RADIUS_MM = 4.5
# Lamina: from the joint to the midline behind the canal; taller than thick (about 6 x 14 mm).
LAMINA_DEPTH_MM = 5.0
LAMINA_HEIGHT = -0.3
LAMINA_RADIUS_MM = 3.2
LAMINA_TALLNESS = 2.2
# Articular processes: base, tips and radii, from the joint up beyond the endplate and down beside the next level's.
ARTICULAR_BASE_RADIUS_MM = 5.0
UPPER_TIP_MM = (6.0, -2.0, 3.0)
UPPER_TIP_RADIUS_MM = 3.6
LOWER_TIP_MM = (2.0, 4.0, -8.0)
LOWER_TIP_RADIUS_MM = 4.2
# Transverse process: tip 21 mm beside the body, flattened.
TRANSVERSE_REACH_MM = 21.0
TRANSVERSE_DEPTH_MM = 10.0
TRANSVERSE_HEIGHT = 0.35
TRANSVERSE_RADII_MM = (4.0, 3.0)
TRANSVERSE_TALLNESS = 1.4
# Spinous process: from behind the canal 24 mm backwards and down, a tall plate.
SPINOUS_DEPTHS_MM = (6.0, 30.0)
SPINOUS_HEIGHTS = (-0.4, -0.75)
SPINOUS_RADII_MM = (3.2, 3.8)
SPINOUS_TALLNESS = 2.4
# Twelfth rib: head beside the body, shaft to the side, back and down (seen in CT).
RIB_HEAD_SIDE_MM = 3.0
RIB_HEAD_DEPTH_MM = -2.0
RIB_HEAD_HEIGHT = 0.35
RIB_END_SIDE_MM = 72.0
RIB_END_DEPTH_MM = 22.0
RIB_END_DROP_MM = -16.0
RIB_RADII_MM = (4.0, 3.5)
# Wings of the sacrum: thick rods to both sides (seen in CT).
WING_START_MM = (20.0, 4.0, -2.0)
WING_END_MM = (48.0, 10.0, -8.0)
WING_RADII_MM = (12.0, 13.0)
# Distances are right up to this one, more than half the largest voxel's edge; beyond, a point is far.
NEAR_MM = 6.0
FAR_MM = np.float32(1e3)


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


def arch_distance(vertebra: PhantomVertebra, local: Sequence[np.ndarray]) -> np.ndarray:
    """Signed distance (mm) to the posterior elements, ribs of T12 included; negative inside, `FAR_MM` far outside.

    Parameters
    ----------
    vertebra : PhantomVertebra
    local : (u, v, w)
        Local points of the vertebra, mm, float32.
    """
    points = np.broadcast_arrays(*local)
    distance = np.full(points[0].shape, FAR_MM)
    for rod in _rods(vertebra):
        near = _near(rod, points)
        found = capsule_distance([axis[near] for axis in points], rod.start, rod.end, rod.radii, rod.stretch)
        distance[near] = np.minimum(distance[near], found)
    return distance


def _near(rod: Rod, points: Sequence[np.ndarray]) -> np.ndarray:
    """Points in the box around a rod; far fewer than all, and of the others only that they are far counts."""
    near: np.ndarray = np.ones(points[0].shape, bool)
    for axis, start, end, stretch in zip(points, rod.start, rod.end, rod.stretch, strict=True):
        reach = np.float32(max(rod.radii) * stretch + NEAR_MM)
        near &= (axis > np.float32(min(start, end)) - reach) & (axis < np.float32(max(start, end)) + reach)
    return near


def _rods(vertebra: PhantomVertebra) -> Iterator[Rod]:
    """Every rod of a vertebra's posterior elements."""
    for sign in (-1, 1):
        yield from _side_rods(vertebra, sign)
    if vertebra.name is not Vertebra.S1:
        yield _spinous_process(vertebra)


def _side_rods(vertebra: PhantomVertebra, sign: int) -> Iterator[Rod]:
    """Pedicle, lamina, articular and transverse process, rib or wing of one side (-1 right, 1 left)."""
    s, h = vertebra.scale, vertebra.half_height
    wall = posterior_wall(vertebra)
    side, behind = CANAL_HALF_WIDTH_MM * s, wall + CANAL_DEPTH_MM * s
    root = (sign * (side + PEDICLE_ROOT_SIDE_MM * s), wall - PEDICLE_ROOT_DEPTH_MM, PEDICLE_ROOT_HEIGHT * h)
    pedicle = (
        sign * (side + PEDICLE_END_SIDE_MM * s),
        wall + PEDICLE_END_DEPTH * CANAL_DEPTH_MM * s,
        PEDICLE_END_HEIGHT * h,
    )
    joint = (sign * (side + JOINT_SIDE_MM * s), behind + JOINT_DEPTH_MM * s, 0.0)
    radius, base = PEDICLE_RADIUS_MM * s, ARTICULAR_BASE_RADIUS_MM * s
    yield Rod(root, pedicle, (radius, radius), (1.0, 1.0, PEDICLE_TALLNESS))
    yield Rod(pedicle, joint, (radius, JOINT_RADIUS_MM * s))
    midline = (0.0, behind + LAMINA_DEPTH_MM * s, LAMINA_HEIGHT * h)
    yield Rod(joint, midline, (LAMINA_RADIUS_MM * s, LAMINA_RADIUS_MM * s), (1.0, 1.0, LAMINA_TALLNESS))
    for tip, radius_mm, end in (
        (UPPER_TIP_MM, UPPER_TIP_RADIUS_MM, h),
        (LOWER_TIP_MM, LOWER_TIP_RADIUS_MM, -h),
    ):
        yield Rod(joint, (sign * (side + tip[0] * s), behind + tip[1] * s, end + tip[2] * s), (base, radius_mm * s))
    yield _lateral_rod(vertebra, sign, pedicle)


def _lateral_rod(vertebra: PhantomVertebra, sign: int, pedicle: tuple[float, float, float]) -> Rod:
    """What reaches to the side: a rib at T12, the sacrum's wing, else a transverse process."""
    s, h, wall = vertebra.scale, vertebra.half_height, posterior_wall(vertebra)
    if vertebra.name is Vertebra.T12:
        head = (sign * (vertebra.half_width + RIB_HEAD_SIDE_MM), wall + RIB_HEAD_DEPTH_MM, RIB_HEAD_HEIGHT * h)
        behind = wall + CANAL_DEPTH_MM * s
        return Rod(head, (sign * RIB_END_SIDE_MM, behind + RIB_END_DEPTH_MM, RIB_END_DROP_MM), RIB_RADII_MM)
    if vertebra.name is Vertebra.S1:
        start = (sign * WING_START_MM[0] * s, *WING_START_MM[1:])
        end = (sign * WING_END_MM[0] * s, *WING_END_MM[1:])
        return Rod(start, end, (WING_RADII_MM[0] * s, WING_RADII_MM[1] * s))
    tip = (
        sign * (vertebra.half_width + TRANSVERSE_REACH_MM * s),
        wall + TRANSVERSE_DEPTH_MM * s,
        TRANSVERSE_HEIGHT * h,
    )
    radii = (TRANSVERSE_RADII_MM[0] * s, TRANSVERSE_RADII_MM[1] * s)
    return Rod(pedicle, tip, radii, (1.0, 1.0, TRANSVERSE_TALLNESS))


def _spinous_process(vertebra: PhantomVertebra) -> Rod:
    """The plate in the midline behind the canal."""
    s, h = vertebra.scale, vertebra.half_height
    behind = posterior_wall(vertebra) + CANAL_DEPTH_MM * s
    start, end = (
        (0.0, behind + depth * s, height * h) for depth, height in zip(SPINOUS_DEPTHS_MM, SPINOUS_HEIGHTS, strict=True)
    )
    return Rod(start, end, (SPINOUS_RADII_MM[0] * s, SPINOUS_RADII_MM[1] * s), (1.0, 1.0, SPINOUS_TALLNESS))
