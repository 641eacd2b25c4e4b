"""What surrounds the spine of a phantom: skin, fat, muscle, organs, vessels and canal.

Shapes and places are those of an adult woman's trunk as seen in abdominal CT.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from OVCFRiskLib.reading.hounsfield import AIR_HU
from OVCFRiskLib.simulation.body_shape import posterior_wall, wall_distance
from OVCFRiskLib.simulation.canvas import Canvas, capsule_distance, covered, ellipsoid_distance
from OVCFRiskLib.simulation.lesion_hu import BLOOD_HU
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.posterior_arch import CANAL_DEPTH_MM
from OVCFRiskLib.simulation.spine import PhantomVertebra, Vertebra
from OVCFRiskLib.simulation.tissue import SoftTissue

# Bowel gas with the walls around it blurred in.
BOWEL_GAS_HU = -850.0
# Epidural fat with veins, of the fat's HU.
EPIDURAL_FRACTION = 0.5
# After contrast the vein takes up this fraction of what the aorta has above blood (portal phase).
VEIN_FRACTION = 0.6
# The same of the kidneys.
KIDNEY_FRACTION = 0.75

# Half axes of the trunk in x and y.
TRUNK_MM = (165.0, 118.0)
# Its middle lies in front of the spine's.
TRUNK_CENTER_Y_MM = -34.0
SKIN_MM = 2.0
# From the surface to the muscle: skin and subcutaneous fat.
FAT_MM = 18.0
# Abdominal wall.
ABDOMINAL_WALL_MM = 9.0
# Centre beside the spine and half axes of erector spinae and quadratus lumborum, x and y.
BACK_MUSCLES_MM = (((30.0, 46.0), (27.0, 24.0)), ((66.0, 24.0), (20.0, 15.0)))
# Middle of a kidney from L1 (to the side, back, up) and its half axes.
KIDNEY_SIDE_MM = 62.0
KIDNEY_BACK_MM = 4.0
KIDNEY_UP_MM = -18.0
KIDNEY_RADII_MM = (24.0, 22.0, 52.0)
# Loops of bowel: how many, between which corners (x, y, z), half axes, and which fraction holds gas.
BOWEL_LOOPS = 26
BOWEL_LOW_MM = (-115.0, -118.0, -170.0)
BOWEL_HIGH_MM = (115.0, -52.0, 170.0)
BOWEL_RADII_MM = (14.0, 27.0)
GAS_PROBABILITY = 0.3
# Gas rises to the front of its loop: this far and with these axes, in the loop's half axes.
GAS_RISE = 0.3
GAS_SIZE = 0.55
# Psoas: radius at L1, its growth per level, how much thinner its upper end is.
PSOAS_RADIUS_MM = 9.0
PSOAS_GROWTH_MM = 3.0
PSOAS_TAPER_MM = 2.0
# Beside the body by this fraction of its radius, behind the body's middle.
PSOAS_SIDE = 0.75
PSOAS_BACK_MM = 6.0
# It lies along the body, deeper than wide (its section, and the psoas', on a radius of 1).
PSOAS_STRETCH = (0.85, 1.18, 1.0)
# Ligaments, crura and the roots of the psoas lie on the wall of bodies and discs, so thick (seen in CT); no fat there.
SHEATH_MM = 2.5
# Aorta to the left, vena cava to the right of the midline; radii; gap to the body's front.
AORTA_SIDE_MM = 11.0
AORTA_MM = 9.5
VEIN_SIDE_MM = -15.0
VEIN_MM = 10.5
VESSEL_GAP_MM = 1.5
# Radii of the canal's fat and of the sac within.
EPIDURAL_RADIUS_MM = 9.5
SAC_RADIUS_MM = 7.5
# Margin around a painted shape for the edge of its voxels.
EDGE_MARGIN_MM = 2.0


def paint_trunk(canvas: Canvas, tissue: SoftTissue) -> None:
    """Air, skin, fat and the muscle and organs within; the same in every slice."""
    x, y = canvas.axes[2][None, :], canvas.axes[1][:, None] - np.float32(TRUNK_CENTER_Y_MM)
    plane = np.full(canvas.hu.shape[1:], np.float32(AIR_HU))
    # fat fills the abdomen between the organs, which are painted later; muscle lies behind the spine's front
    layers = [
        (0.0, tissue.skin),
        (SKIN_MM, tissue.fat),
        (FAT_MM, tissue.back_muscle),
        (FAT_MM + ABDOMINAL_WALL_MM, tissue.fat),
    ]
    for depth, hu in layers:
        distance = ellipsoid_distance((x, y), (0.0, 0.0), [r - depth for r in TRUNK_MM])
        plane += covered(distance, canvas.edge_mm) * (np.float32(hu) - plane)
    points = (x, y + np.float32(TRUNK_CENTER_Y_MM))
    for sign in (-1, 1):
        for center, radii in BACK_MUSCLES_MM:
            distance = ellipsoid_distance(points, (sign * center[0], center[1]), radii)
            plane += covered(distance, canvas.edge_mm) * (np.float32(tissue.back_muscle) - plane)
    canvas.hu[:] = plane


def paint_organs(canvas: Canvas, spine: Mapping[Vertebra, PhantomVertebra], settings: PhantomSettings) -> None:
    """Kidneys, bowel with gas, psoas, aorta and vena cava, along the spine."""
    gain = 0.0 if settings.contrast_hu is None else settings.contrast_hu - BLOOD_HU
    for sign in (-1, 1):
        center = spine[Vertebra.L1].place(sign * KIDNEY_SIDE_MM, KIDNEY_BACK_MM, KIDNEY_UP_MM)
        _ellipsoid(canvas, center, KIDNEY_RADII_MM, settings.tissue.kidney + KIDNEY_FRACTION * gain)
    _paint_bowel(canvas, settings.tissue.organ, np.random.default_rng([settings.seed, 2]))
    for vertebra in spine.values():
        _paint_sheath(canvas, vertebra, settings.tissue.psoas)
    for upper, lower in itertools.pairwise(sorted(spine)):
        pair = spine[upper], spine[lower]
        if Vertebra.L1 <= lower < Vertebra.S1:
            radius = PSOAS_RADIUS_MM + PSOAS_GROWTH_MM * (lower - Vertebra.L1)
            _paint_psoas(canvas, pair, radius, settings.tissue.psoas)
        for side, radius, hu in (
            (AORTA_SIDE_MM, AORTA_MM, BLOOD_HU + gain),
            (VEIN_SIDE_MM, VEIN_MM, BLOOD_HU + VEIN_FRACTION * gain),
        ):
            ends = [_beside(vertebra, side, -(vertebra.half_depth + radius + VESSEL_GAP_MM)) for vertebra in pair]
            _rod(canvas, ends, (radius, radius), hu)


def paint_canal(canvas: Canvas, spine: Mapping[Vertebra, PhantomVertebra], tissue: SoftTissue) -> None:
    """Epidural fat with the thecal sac inside, behind the bodies."""
    for upper, lower in itertools.pairwise(sorted(spine)):
        for radius, hu in ((EPIDURAL_RADIUS_MM, EPIDURAL_FRACTION * tissue.fat), (SAC_RADIUS_MM, tissue.canal)):
            ends = [_beside(spine[v], 0.0, posterior_wall(spine[v]) + 0.5 * CANAL_DEPTH_MM) for v in (upper, lower)]
            _rod(canvas, ends, (radius, radius), hu)


def _paint_bowel(canvas: Canvas, organ_hu: float, random: np.random.Generator) -> None:
    """Loops with gas in some, in front of the spine."""
    for _ in range(BOWEL_LOOPS):
        center = random.uniform(BOWEL_LOW_MM, BOWEL_HIGH_MM)
        radii = random.uniform(*BOWEL_RADII_MM, 3)
        _ellipsoid(canvas, center, radii, organ_hu)
        if random.random() < GAS_PROBABILITY:
            _ellipsoid(canvas, center - (0.0, GAS_RISE * radii[1], 0.0), GAS_SIZE * radii, BOWEL_GAS_HU)


def _paint_sheath(canvas: Canvas, vertebra: PhantomVertebra, hu: float) -> None:
    """Soft tissue on the wall of a body and of half the disc below and above."""
    u, v, w = (
        vertebra.half_width + SHEATH_MM + EDGE_MARGIN_MM,
        vertebra.half_depth + SHEATH_MM + EDGE_MARGIN_MM,
        vertebra.half_height + vertebra.disc_mm,
    )
    box = canvas.box(*vertebra.corners((-u, -v, -w), (u, v, w)))
    if box is not None:
        local = vertebra.to_local(canvas.points(box))
        beyond = np.abs(local[2]) - np.float32(w)
        canvas.paint(box, np.maximum(wall_distance(vertebra, local) - np.float32(SHEATH_MM), beyond), hu)


def _paint_psoas(canvas: Canvas, pair: tuple[PhantomVertebra, PhantomVertebra], radius: float, hu: float) -> None:
    """Both sides between the middles of two bodies."""
    for sign in (-1, 1):
        ends = [
            _beside(vertebra, sign * (vertebra.half_width + PSOAS_SIDE * radius), PSOAS_BACK_MM) for vertebra in pair
        ]
        _rod(canvas, ends, (radius - PSOAS_TAPER_MM, radius), hu, PSOAS_STRETCH)


def _beside(vertebra: PhantomVertebra, u: float, v: float) -> np.ndarray:
    """LPS point at the height of a body's middle."""
    return vertebra.place(u, v, 0.0)


def _rod(
    canvas: Canvas,
    ends: Sequence[np.ndarray],
    radii: tuple[float, float],
    hu: float,
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> None:
    """Paint a rod between two LPS points, so much wider along x, y, z."""
    margin = max(radii) * max(stretch) + EDGE_MARGIN_MM
    start, end = ends
    box = canvas.box(np.minimum(start, end) - margin, np.maximum(start, end) + margin)
    if box is not None:
        canvas.paint(box, capsule_distance(canvas.points(box), start, end, radii, stretch), hu)


def _ellipsoid(
    canvas: Canvas, center: np.ndarray | Sequence[float], radii: np.ndarray | Sequence[float], hu: float
) -> None:
    """Paint an ellipsoid."""
    middle, reach = np.asarray(center, float), np.asarray(radii, float) + EDGE_MARGIN_MM
    box = canvas.box(middle - reach, middle + reach)
    if box is not None:
        canvas.paint(box, ellipsoid_distance(canvas.points(box), middle, np.asarray(radii, float)), hu)
