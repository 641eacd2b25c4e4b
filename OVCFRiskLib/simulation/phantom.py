"""A lumbar CT with known bodies: T12 to S1, arches, discs, canal, soft tissue, scanner."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.body_shape import body_distance, posterior_wall
from OVCFRiskLib.simulation.bone_texture import trabecular_hu
from OVCFRiskLib.simulation.canvas import Canvas, capsule_distance, covered
from OVCFRiskLib.simulation.fracture import Fracture, FractureShape
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.posterior_arch import REACH_MM, arch_distance
from OVCFRiskLib.simulation.scanner import scan, thin_slices
from OVCFRiskLib.simulation.soft_tissue import BLOOD_HU, paint_canal, paint_discs, paint_organs, paint_trunk
from OVCFRiskLib.simulation.spine import PhantomVertebra, Vertebra, stack_vertebrae

__all__ = ["Fracture", "FractureShape", "Phantom", "PhantomSettings", "make_phantom"]

# Cortical bone of clinical CT without blur; a shell of osteons and pores, no solid mineral.
CORTEX_HU = 900.0
# The same of the arch, whose edges are thin and curved.
ARCH_CORTEX_HU = 700.0
# Cortex of the laminae and pedicles (Panjabi et al. 1992: 1 mm and more).
ARCH_CORTEX_MM = 1.2
# Cancellous bone of the arch is denser than that of the body.
ARCH_GAIN_HU = 60.0
# Basivertebral vein: radii at the posterior wall and at its front end, which lies behind the middle, in half depths.
VEIN_RADII_MM = (2.2, 1.0)
VEIN_END = 0.1
# Room around a body for its rim and edge: factor on its half width and depth, and mm.
BODY_REACH = 1.1
BODY_MARGIN_MM = 2.0
BODY_MARGIN_HEIGHT_MM = 4.0


@dataclass(frozen=True, slots=True)
class Phantom:
    """A simulated CT and the truth about it, all on one grid.

    Attributes
    ----------
    ct : SimpleITK.Image
        int16, HU.
    labels : SimpleITK.Image
        uint8, true bodies of L1-L4 (20..23), cortex included: voxels whose centre lies in the body.
    vertebrae : SimpleITK.Image
        uint8, whole vertebrae with VerSe values T12 = 19 to L5 = 24, S1 = 26.
    points : dict of LumbarLevel to (x, y, z)
        Centres of the bodies, LPS mm.
    settings : PhantomSettings
    """

    ct: sitk.Image
    labels: sitk.Image
    vertebrae: sitk.Image
    points: dict[LumbarLevel, tuple[float, float, float]]
    settings: PhantomSettings


def make_phantom(settings: PhantomSettings | None = None) -> Phantom:
    """Make a phantom.

    Parameters
    ----------
    settings : PhantomSettings, optional

    Returns
    -------
    Phantom
        The same for the same settings. LPS axes; the middle between L2 and L3 lies at the origin.
    """
    settings = PhantomSettings() if settings is None else settings
    spine = stack_vertebrae(settings)
    canvas = _canvas(settings)
    paint_trunk(canvas)
    paint_organs(canvas, spine, settings)
    paint_canal(canvas, spine)
    paint_discs(canvas, spine)
    bodies = np.zeros(canvas.hu.shape, np.uint8)
    vertebrae = np.zeros_like(bodies)
    for vertebra in spine.values():
        _paint_arch(canvas, vertebra, settings, vertebrae)
    for vertebra in spine.values():
        _paint_body(canvas, vertebra, settings, vertebrae, bodies if vertebra.level else None)
    count = thin_slices(settings)
    middle = slice(count // 2, None, count)
    ct = _image(scan(canvas.hu, settings), canvas, settings)
    return Phantom(
        ct=ct,
        labels=_image(bodies[middle], canvas, settings),
        vertebrae=_image(vertebrae[middle], canvas, settings),
        points={level: _point(spine[Vertebra(level)].body_center) for level in LumbarLevel},
        settings=settings,
    )


def _point(place: np.ndarray) -> tuple[float, float, float]:
    """Coordinates as plain numbers."""
    x, y, z = (float(value) for value in place)
    return x, y, z


def _canvas(settings: PhantomSettings) -> Canvas:
    """Empty volume around the middle of the field of view."""
    count = thin_slices(settings)
    nx, ny, nz = settings.size
    steps = (settings.spacing_mm[0], settings.spacing_mm[1], settings.spacing_mm[2] / count)
    x, y, z = (
        (((np.arange(n) - (n - 1) / 2) * step) + shift).astype(np.float32)
        for n, step, shift in zip((nx, ny, nz * count), steps, settings.shift_mm, strict=True)
    )
    return Canvas(np.zeros((nz * count, ny, nx), np.float32), (z, y, x), (steps[2], steps[1], steps[0]))


def _paint_arch(canvas: Canvas, vertebra: PhantomVertebra, settings: PhantomSettings, vertebrae: np.ndarray) -> None:
    """Cortex and cancellous bone of the posterior elements."""
    u, v, w = REACH_MM
    box = canvas.box(*vertebra.corners((-u, -vertebra.half_depth, -w), (u, v, w)))
    if box is None:
        return
    distance = arch_distance(vertebra, vertebra.to_local(canvas.points(box)))
    canvas.paint(box, distance, ARCH_CORTEX_HU)
    canvas.paint(box, distance + np.float32(ARCH_CORTEX_MM), settings.trabecular_of(vertebra.level) + ARCH_GAIN_HU)
    vertebrae[box][distance < 0] = vertebra.name


def _paint_body(
    canvas: Canvas,
    vertebra: PhantomVertebra,
    settings: PhantomSettings,
    vertebrae: np.ndarray,
    bodies: np.ndarray | None,
) -> None:
    """Cortical shell, trabecular bone and basivertebral vein of one body."""
    half = (
        BODY_REACH * vertebra.half_width + BODY_MARGIN_MM,
        BODY_REACH * vertebra.half_depth + BODY_MARGIN_MM,
        vertebra.half_height + BODY_MARGIN_HEIGHT_MM,
    )
    box = canvas.box(*vertebra.corners([-x for x in half], half))
    if box is None:
        return
    local = vertebra.to_local(canvas.points(box))
    distance, _ = body_distance(vertebra, local)
    canvas.paint(box, distance, CORTEX_HU)
    # each body has a stream of its own, so that a field of view without its neighbours leaves it alone
    random = np.random.default_rng([settings.seed, 4, int(vertebra.name)])
    near = distance < canvas.edge_mm
    bone = np.zeros(distance.shape, np.float32)
    u, v, w = (axis[near] for axis in np.broadcast_arrays(*local))
    mean = settings.trabecular_of(vertebra.level)
    if near.any():
        bone[near] = trabecular_hu((u, v, w), half, mean, settings.texture_scale, random)
    back, front = (0.0, posterior_wall(vertebra), 0.0), (0.0, VEIN_END * vertebra.half_depth, 0.0)
    vein = capsule_distance(local, back, front, VEIN_RADII_MM)
    bone += covered(vein, canvas.edge_mm) * (np.float32(BLOOD_HU) - bone)
    canvas.paint(box, distance + np.float32(settings.cortex_mm), bone)
    inside = distance < 0
    vertebrae[box][inside] = vertebra.name
    if bodies is not None:
        bodies[box][inside] = vertebra.name


def _image(array: np.ndarray, canvas: Canvas, settings: PhantomSettings) -> sitk.Image:
    """Image of an array on the CT's grid."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing(settings.spacing_mm)
    slices_from = canvas.axes[0][thin_slices(settings) // 2]
    image.SetOrigin([float(canvas.axes[2][0]), float(canvas.axes[1][0]), float(slices_from)])
    return image
