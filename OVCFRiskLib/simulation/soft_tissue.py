"""What surrounds the spine of a phantom: skin, fat, muscle, organs, vessels, canal and discs."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from OVCFRiskLib.simulation.body_shape import posterior_wall, smooth_max
from OVCFRiskLib.simulation.canvas import Canvas, capsule_distance, covered, ellipsoid_distance
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.posterior_arch import CANAL_DEPTH_MM
from OVCFRiskLib.simulation.spine import Vertebra, VertebraFrame

AIR_HU, GAS_HU = -1000.0, -850.0
SKIN_HU, FAT_HU, MUSCLE_HU, ORGAN_HU = 20.0, -100.0, 55.0, 40.0
DISC_HU, CANAL_HU, BLOOD_HU = 85.0, 25.0, 42.0
# After contrast the vein and the kidneys take up part of what the aorta has above blood.
VEIN_SHARE, KIDNEY_SHARE = 0.6, 0.75
# An adult woman's trunk: half axes and centre in x, y, mm.
TRUNK_MM, TRUNK_CENTER_Y_MM = (165.0, 118.0), -34.0
SKIN_MM, FAT_MM = 2.0, 18.0
AORTA_MM, VEIN_MM = 9.5, 10.5


def paint_trunk(canvas: Canvas) -> None:
    """Air, skin, fat and the muscle and organs within; the same in every slice."""
    x, y = canvas.axes[2][None, :], canvas.axes[1][:, None] - np.float32(TRUNK_CENTER_Y_MM)
    plane = np.full(canvas.hu.shape[1:], np.float32(AIR_HU))
    # fat fills the abdomen between the organs, which are painted later; muscle lies behind the spine's front
    layers = [(0.0, SKIN_HU), (SKIN_MM, FAT_HU), (FAT_MM, MUSCLE_HU), (FAT_MM + 9.0, FAT_HU)]
    for depth, hu in layers:
        distance = ellipsoid_distance((x, y), (0.0, 0.0), [r - depth for r in TRUNK_MM])
        plane += covered(distance, canvas.edge_mm) * (np.float32(hu) - plane)
    for sign in (-1, 1):  # erector spinae and quadratus lumborum
        points = (x, y + np.float32(TRUNK_CENTER_Y_MM))
        for center, radii in (((sign * 30.0, 46.0), (27.0, 24.0)), ((sign * 66.0, 24.0), (20.0, 15.0))):
            distance = ellipsoid_distance(points, center, radii)
            plane += covered(distance, canvas.edge_mm) * (np.float32(MUSCLE_HU) - plane)
    canvas.hu[:] = plane


def paint_organs(canvas: Canvas, frames: Mapping[Vertebra, VertebraFrame], settings: PhantomSettings) -> None:
    """Kidneys, bowel with gas, psoas, aorta and vena cava, along the spine."""
    random = np.random.default_rng([settings.seed, 2])
    gain = 0.0 if settings.contrast_hu is None else settings.contrast_hu - BLOOD_HU
    for sign in (-1, 1):
        center = frames[Vertebra.L1].to_world((sign * 62.0, 4.0, -18.0))
        _ellipsoid(canvas, center, (24.0, 22.0, 52.0), 34.0 + KIDNEY_SHARE * gain)
    for _ in range(26):
        center = random.uniform((-115.0, -118.0, -170.0), (115.0, -52.0, 170.0))
        radii = random.uniform(14.0, 27.0, 3)
        _ellipsoid(canvas, center, radii, ORGAN_HU)
        if random.random() < 0.3:
            _ellipsoid(canvas, center - (0.0, 0.3 * radii[1], 0.0), 0.55 * radii, GAS_HU)
    order = sorted(frames)
    for upper, lower in itertools.pairwise(order):
        for sign in (-1, 1):
            size = 9.0 + 3.0 * (lower - Vertebra.L1)
            ends = [_beside(frames[v], sign * (frames[v].half_width + 0.75 * size), 6.0) for v in (upper, lower)]
            if lower >= Vertebra.L1 and lower < Vertebra.S1:
                _rod(canvas, ends, (size - 2.0, size), MUSCLE_HU)
        for side, radius, hu in (
            (11.0, AORTA_MM, BLOOD_HU + gain),
            (-15.0, VEIN_MM, BLOOD_HU + VEIN_SHARE * gain),
        ):
            ends = [_beside(frames[v], side, -(frames[v].half_depth + radius + 1.5)) for v in (upper, lower)]
            _rod(canvas, ends, (radius, radius), hu)


def paint_canal(canvas: Canvas, frames: Mapping[Vertebra, VertebraFrame]) -> None:
    """Epidural fat with the thecal sac inside, behind the bodies."""
    order = sorted(frames)
    for upper, lower in itertools.pairwise(order):
        for radius, hu in ((9.5, FAT_HU / 2), (7.5, CANAL_HU)):
            ends = [_beside(frames[v], 0.0, posterior_wall(frames[v]) + 0.5 * CANAL_DEPTH_MM) for v in (upper, lower)]
            _rod(canvas, ends, (radius, radius), hu)


def paint_discs(canvas: Canvas, frames: Mapping[Vertebra, VertebraFrame]) -> None:
    """Discs between the bodies, which are painted over them afterwards."""
    order = sorted(frames)
    for above, vertebra in itertools.pairwise(order):
        frame, disc = frames[vertebra], frames[above].disc_mm
        a, b, h = 1.03 * frame.half_width, 1.0 * frame.half_depth, frame.half_height - frame.lost_at_axis_mm
        low, high = (-a - 3, -b - 3, h - 9.0), (a + 3, b + 3, h + disc + 9.0)
        box = canvas.box(*frame.corners(low, high))
        if box is None:
            continue
        u, v, w = frame.to_local(canvas.points(box))
        around = ellipsoid_distance((u, v), (0.0, -0.04 * b), (a, 0.93 * b))
        between = np.abs(w - np.float32(h + disc / 2)) - np.float32(disc / 2 + 6.0)
        canvas.paint(box, smooth_max(around, between, np.float32(2.0)), DISC_HU)


def _beside(frame: VertebraFrame, u: float, v: float) -> np.ndarray:
    """LPS point at the height of a body's middle."""
    return frame.to_world((u, v, 0.0))


def _rod(canvas: Canvas, ends: Sequence[np.ndarray], radii: tuple[float, float], hu: float) -> None:
    """Paint a rod between two LPS points."""
    room = max(radii) + 2.0
    box = canvas.box(np.minimum(*ends) - room, np.maximum(*ends) + room)
    if box is not None:
        canvas.paint(box, capsule_distance(canvas.points(box), ends[0], ends[1], radii), hu)


def _ellipsoid(canvas: Canvas, center: Sequence[float], radii: Sequence[float], hu: float) -> None:
    """Paint an ellipsoid."""
    center, radii = np.asarray(center, float), np.asarray(radii, float)
    box = canvas.box(center - radii - 2.0, center + radii + 2.0)
    if box is not None:
        canvas.paint(box, ellipsoid_distance(canvas.points(box), center, radii), hu)
