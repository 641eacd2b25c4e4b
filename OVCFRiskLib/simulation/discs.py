"""Discs of a phantom, with gas, calcium and bridges of bone around them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np

from OVCFRiskLib.simulation.body_shape import smooth_max
from OVCFRiskLib.simulation.canvas import Canvas, capsule_distance, ellipsoid_distance
from OVCFRiskLib.simulation.lesion_shape import bridge_ends
from OVCFRiskLib.simulation.lesions import Bridge, CalcifiedDisc, Lesion, Side, VacuumDisc
from OVCFRiskLib.simulation.spine import PhantomVertebra, Vertebra

# A disc bulges beyond the endplates: half width and half depth in those of the body, centre in half depths.
DISC_WIDTH = 1.03
DISC_DEPTH = 0.93
DISC_CENTER = -0.04
# It reaches this far into both bodies, which are painted over it (their concavity is at most 5 mm deep).
DISC_OVERLAP_MM = 6.0
DISC_RIM_MM = np.float32(2.0)
# Where a fracture has hollowed an endplate the disc follows it, within this fraction of its half axes.
SUNKEN_FRACTION = 0.9
# Margin around a disc beyond its half axes and its height.
DISC_MARGIN_MM = 3.0
DISC_MARGIN_HEIGHT_MM = 9.0
# Calcium fills this fraction of the disc's height, from the front to here (half depths).
CALCIUM_HEIGHT = 0.7
CALCIUM_BACK = -0.75
# Of its half width it fills this.
CALCIUM_WIDTH = 0.6
# Gas is as deep as wide, in half axes of the disc.
GAS_DEPTH = 0.8
# Where bridges stand, in half widths and half depths: on the rim.
BRIDGE_PLACES = {Side.LEFT: (0.8, -0.55), Side.FRONT: (0.0, -1.0), Side.RIGHT: (-0.8, -0.55)}
# They bulge around the disc by this, so that they stand before the rim.
BRIDGE_BULGE_MM = 1.5


def paint_discs(canvas: Canvas, spine: Mapping[Vertebra, PhantomVertebra], disc_hu: float) -> None:
    """Discs between the bodies, which are painted over them afterwards."""
    for above, name in itertools.pairwise(sorted(spine)):
        vertebra, disc = spine[name], spine[above].disc_mm
        a, b = DISC_WIDTH * vertebra.half_width, vertebra.half_depth
        h = vertebra.half_height - vertebra.lost_at_axis_mm
        m = DISC_MARGIN_MM
        beyond = DISC_MARGIN_HEIGHT_MM + max(vertebra.hollow_loss_mm, spine[above].hollow_loss_mm)
        low = (-a - m, -b - m, h - beyond)
        high = (a + m, b + m, h + disc + beyond)
        box = canvas.box(*vertebra.corners(low, high))
        if box is None:
            continue
        u, v, w = vertebra.to_local(canvas.points(box))
        around = ellipsoid_distance((u, v), (0.0, DISC_CENTER * b), (a, DISC_DEPTH * b))
        between = np.abs(w - np.float32(h + disc / 2)) - np.float32(disc / 2 + DISC_OVERLAP_MM)
        canvas.paint(box, smooth_max(around, between, DISC_RIM_MM), disc_hu)
        if beyond > DISC_MARGIN_HEIGHT_MM:
            within = ellipsoid_distance((u, v), (0.0, DISC_CENTER * b), (SUNKEN_FRACTION * a, SUNKEN_FRACTION * b))
            canvas.paint(box, np.maximum(within, between - np.float32(beyond - DISC_MARGIN_HEIGHT_MM)), disc_hu)
        for lesion in spine[above].lesions:
            inside = _within_disc(lesion, (u, v, w), (a, b), h + disc / 2, disc)
            if inside is not None:
                distance, hu = inside
                canvas.paint(box, distance, hu)


def bridge_rods(spine: Mapping[Vertebra, PhantomVertebra]) -> list[tuple[list[np.ndarray], Bridge]]:
    """Bridges with their ends, LPS mm."""
    rods = []
    for upper, lower in itertools.pairwise(sorted(spine)):
        for lesion in spine[upper].lesions:
            if isinstance(lesion, Bridge):
                left, back = BRIDGE_PLACES[Side(lesion.side)]
                ends = bridge_ends(spine[upper], spine[lower], left, back)
                axes = spine[upper].frame
                out = np.sign(left) * axes.left * abs(left) - abs(back) * axes.posterior
                rods.append(([end + BRIDGE_BULGE_MM * out for end in ends], lesion))
    return rods


def paint_bridges(canvas: Canvas, spine: Mapping[Vertebra, PhantomVertebra], disputed: np.ndarray) -> None:
    """Bone over the discs; its voxels outside the bodies belong to none of them."""
    for (start, end), bridge in bridge_rods(spine):
        margin = bridge.thickness_mm + canvas.edge_mm
        box = canvas.box(np.minimum(start, end) - margin, np.maximum(start, end) + margin)
        if box is None:
            continue
        radii = bridge.thickness_mm, bridge.thickness_mm
        distance = capsule_distance(canvas.points(box), start, end, radii)
        canvas.paint(box, distance, bridge.hu)
        disputed[box][distance < 0] = 1


def _within_disc(
    lesion: Lesion,
    local: tuple[np.ndarray, np.ndarray, np.ndarray],
    half_axes: tuple[float, float],
    middle: float,
    disc_mm: float,
) -> tuple[np.ndarray, float] | None:
    """Signed distance and HU of what a lesion puts into the disc, None if it puts nothing there."""
    a, b = half_axes
    if isinstance(lesion, VacuumDisc):
        radii = lesion.fraction * a, lesion.fraction * GAS_DEPTH * b, lesion.fraction * disc_mm / 2
        return ellipsoid_distance(local, (0.0, DISC_CENTER * b, middle), radii), lesion.hu
    if isinstance(lesion, CalcifiedDisc):
        radii = CALCIUM_WIDTH * a, lesion.thickness_mm, CALCIUM_HEIGHT * disc_mm / 2
        return ellipsoid_distance(local, (0.0, CALCIUM_BACK * b, middle), radii), lesion.hu
    return None
