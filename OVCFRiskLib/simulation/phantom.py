"""A lumbar CT with known bodies: T12 to S1, arches, discs, canal, soft tissue, lesions, scanner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.canvas import Canvas
from OVCFRiskLib.simulation.discs import paint_bridges, paint_discs
from OVCFRiskLib.simulation.fracture import Fracture, FractureShape
from OVCFRiskLib.simulation.lesion_shape import diseased_distance
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.posterior_arch import ARCH_REACH_MM, arch_distance
from OVCFRiskLib.simulation.scanner import scan, thin_slices
from OVCFRiskLib.simulation.soft_tissue import paint_canal, paint_organs, paint_trunk
from OVCFRiskLib.simulation.spine import PhantomVertebra, Vertebra, stack_vertebrae
from OVCFRiskLib.simulation.true_heights import TrueHeights, true_heights
from OVCFRiskLib.simulation.vertebral_body import paint_body

__all__ = ["Fracture", "FractureShape", "Phantom", "PhantomSettings", "make_phantom"]

# Cortical bone of the arch, whose edges are thin and curved.
ARCH_CORTEX_HU = 700.0
# Cortex of the laminae and pedicles (Panjabi et al. 1992†: 1 mm and more).
ARCH_CORTEX_MM = 1.2
# Cancellous bone of the arch is denser than that of the body.
ARCH_GAIN_HU = 60.0


@dataclass(frozen=True, slots=True)
class Phantom:
    """A simulated CT and the truth about it, all on one grid.

    Attributes
    ----------
    ct : SimpleITK.Image
        int16, HU.
    labels : SimpleITK.Image
        uint8, true bodies of L1-L4 (20..23), cortex included: voxels whose centre lies in the body. Osteophytes
        belong to it, the disc within Schmorl's nodes and bridges around discs do not.
    disputed : SimpleITK.Image
        uint8, 1 where one expert would count a voxel to a body and another not: osteophytes, Schmorl's nodes, bridges.
        A fair comparison leaves these voxels out.
    vertebrae : SimpleITK.Image
        uint8, whole vertebrae with VerSe values T12 = 19 to L5 = 24, S1 = 26.
    points : dict of LumbarLevel to (x, y, z)
        Centres of the bodies, LPS mm.
    heights : dict of LumbarLevel to TrueHeights
        Between the endplates at the front, in the middle and at the back, mm, without lesions other than fractures.
    settings : PhantomSettings
    spine : dict of Vertebra to PhantomVertebra
        Where each vertebra stands and its shape, for `surface_distance`.
    """

    ct: sitk.Image
    labels: sitk.Image
    disputed: sitk.Image
    vertebrae: sitk.Image
    points: dict[LumbarLevel, tuple[float, float, float]]
    heights: dict[LumbarLevel, TrueHeights]
    settings: PhantomSettings
    spine: Mapping[Vertebra, PhantomVertebra] = field(repr=False)

    def surface_distance(self, level: LumbarLevel, points: np.ndarray) -> np.ndarray:
        """Signed distance of points to the true surface of a body, below the size of its voxels.

        Parameters
        ----------
        level : LumbarLevel
        points : ndarray (..., 3)
            LPS mm.

        Returns
        -------
        ndarray (...)
            mm to first order (right at the surface), negative inside.
        """
        vertebra = self.spine[Vertebra(level)]
        u, v, w = np.moveaxis(vertebra.frame.local(np.asarray(points, float)), -1, 0).astype(np.float32)
        return diseased_distance(vertebra, (u, v, w))


def make_phantom(settings: PhantomSettings | None = None, absent: Collection[Vertebra] = ()) -> Phantom:
    """Make a phantom.

    Parameters
    ----------
    settings : PhantomSettings, optional
    absent : collection of Vertebra
        Vertebrae whose bone is left out, so that another can be put there: soft tissue and discs are as if it were.

    Returns
    -------
    Phantom
        The same for the same settings. LPS axes; the middle between L2 and L3 lies at the origin.
    """
    settings = PhantomSettings() if settings is None else settings
    spine = stack_vertebrae(settings)
    canvas = _canvas(settings)
    paint_trunk(canvas, settings.tissue)
    paint_organs(canvas, spine, settings)
    paint_canal(canvas, spine, settings.tissue)
    paint_discs(canvas, spine, settings.tissue.disc)
    masks = _paint_bones(canvas, {name: spine[name] for name in spine if name not in absent}, settings)
    count = thin_slices(settings)
    middle = slice(count // 2, None, count)
    bodies, disputed, vertebrae = (_image(mask[middle], canvas, settings) for mask in masks)
    return Phantom(
        ct=_image(scan(canvas.hu, settings), canvas, settings),
        labels=bodies,
        disputed=disputed,
        vertebrae=vertebrae,
        points={level: _point(spine[Vertebra(level)].body_center) for level in LumbarLevel},
        heights={level: true_heights(spine[Vertebra(level)]) for level in LumbarLevel},
        settings=settings,
        spine=spine,
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


def _paint_bones(
    canvas: Canvas, spine: Mapping[Vertebra, PhantomVertebra], settings: PhantomSettings
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Paint arches, bodies and bridges; labels of the bodies, disputed voxels and labels of the vertebrae."""
    bodies, disputed, vertebrae = (np.zeros(canvas.hu.shape, np.uint8) for _ in range(3))
    for vertebra in spine.values():
        _paint_arch(canvas, vertebra, settings, vertebrae)
    paint_bridges(canvas, spine, disputed)
    for vertebra in spine.values():
        painted = paint_body(canvas, vertebra, settings)
        if painted is None:
            continue
        box, inside, is_disputed = painted
        vertebrae[box][inside] = vertebra.name
        # a bridge ends where the bodies begin
        disputed[box][inside] = 0
        disputed[box][is_disputed] = 1
        if vertebra.level is not None:
            bodies[box][inside] = vertebra.name
    return bodies, disputed, vertebrae


def _paint_arch(canvas: Canvas, vertebra: PhantomVertebra, settings: PhantomSettings, vertebrae: np.ndarray) -> None:
    """Cortex and cancellous bone of the posterior elements."""
    u, v, w = (max(1.0, vertebra.scale) * reach for reach in ARCH_REACH_MM)
    box = canvas.box(*vertebra.corners((-u, -vertebra.half_depth, -w), (u, v, w)))
    if box is None:
        return
    distance = arch_distance(vertebra, vertebra.to_local(canvas.points(box)))
    inside_hu = settings.trabecular_of(vertebra.level) + ARCH_GAIN_HU
    canvas.paint_shell(box, distance, ARCH_CORTEX_MM, ARCH_CORTEX_HU, inside_hu)
    vertebrae[box][distance < 0] = vertebra.name


def _image(array: np.ndarray, canvas: Canvas, settings: PhantomSettings) -> sitk.Image:
    """Image of an array on the CT's grid."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing(settings.spacing_mm)
    slices_from = canvas.axes[0][thin_slices(settings) // 2]
    image.SetOrigin([float(canvas.axes[2][0]), float(canvas.axes[1][0]), float(slices_from)])
    return image
