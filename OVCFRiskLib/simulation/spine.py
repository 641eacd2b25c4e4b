"""Where the vertebrae of a phantom stand, how they are turned and how large they are."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.fracture import Fracture, FractureShape
from OVCFRiskLib.simulation.lesions import Lesion, NarrowDisc
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings


class Vertebra(enum.IntEnum):
    """Vertebrae of a phantom; the value is the VerSe label."""

    T12 = 19
    L1 = 20
    L2 = 21
    L3 = 22
    L4 = 23
    L5 = 24
    S1 = 26


class Size(NamedTuple):
    """Size of a body and of the disc below it, mm."""

    width: float
    depth: float
    height: float
    # anterior minus posterior height
    wedge: float
    disc: float


# Women; the depth is that of the midline. Rounded from Panjabi et al. 1992†, Spine 17:299 and Zhou et al. 2000†, Eur
# Spine J 9:242, so that widths are 1.2 to 1.3 times the largest depth, as in real CTs (1.1 to 1.3),
# and the section at mid-height is near the 11-13 cm2 of women's L2-L4 (Link et al. 2000, Osteoporos Int 11:304).
SIZES_MM = {
    Vertebra.T12: Size(40.5, 30.5, 26.5, -1.5, 6.5),
    Vertebra.L1: Size(42.0, 32.0, 27.5, -1.0, 7.5),
    Vertebra.L2: Size(43.5, 33.0, 28.0, -0.5, 8.5),
    Vertebra.L3: Size(45.5, 34.0, 28.0, 0.0, 9.5),
    Vertebra.L4: Size(47.0, 34.5, 27.5, 1.0, 10.5),
    Vertebra.L5: Size(49.0, 35.0, 27.5, 4.5, 10.0),
    Vertebra.S1: Size(49.0, 32.0, 29.0, 5.0, 2.0),
}
# Where the posterior wall cuts the ellipse of the section, in half depths (shape of lumbar bodies in axial CT).
POSTERIOR_WALL_DEPTH = 0.86
# How deep the posterior wall is hollowed in the midline, in half depths (the same).
POSTERIOR_HOLLOW = 0.14
# Depth of a body in its midline, where morphometry measures it, in half depths of the ellipse.
MIDLINE_DEPTH = 1 + POSTERIOR_WALL_DEPTH - POSTERIOR_HOLLOW
# Fraction of the lordosis between L1 and S1 that lies above each vertebra: two thirds below L4, as in standing adults
# (Vialle et al. 2005†, J Bone Joint Surg Am 87:260).
LORDOSIS_FRACTIONS = {
    Vertebra.T12: 0.0,
    Vertebra.L1: 0.0,
    Vertebra.L2: 0.09,
    Vertebra.L3: 0.21,
    Vertebra.L4: 0.38,
    Vertebra.L5: 0.64,
    Vertebra.S1: 1.0,
}
# Fraction of the lordosis at which a vertebra stands upright: the lower half of L3.
UPRIGHT_FRACTION = 0.26
# Coronal tilt of each vertebra in Cobb angles: from +1/2 to -1/2, apex L2 (definition of the angle; a smooth curve).
COBB_FRACTIONS = {
    Vertebra.T12: 0.5,
    Vertebra.L1: 0.3,
    Vertebra.L2: 0.0,
    Vertebra.L3: -0.32,
    Vertebra.L4: -0.5,
    Vertebra.L5: -0.3,
    Vertebra.S1: 0.0,
}
# Axial rotation per degree of Cobb's angle at the apex (Stokes et al. 1987†, J Bone Joint Surg Br 69:702: coupled).
ROTATION_PER_COBB = 0.3
# Without rotation at half Cobb's angle from the apex.
ROTATION_REACH = 0.5
# SD of a vertebra's width, depth and height about its spine's, fraction (neighbours differ little; assumed).
SIZE_SPREAD = 0.025
# SD of its tilt about the smooth curve (assumed).
TILT_SPREAD_DEGREES = 1.0
# Sideways it tilts less than forwards.
CORONAL_SPREAD = 0.5
# Spreads are cut at so many SD.
SPREAD_LIMIT = 2
# Of a wedge fracture's loss, what the middle of the rim loses.
WEDGE_MIDDLE_FRACTION = 0.5


@dataclass(frozen=True, slots=True)
class PhantomVertebra:
    """One vertebra: its place, size and state; local coordinates are u (left), v (backwards), w (upwards), mm.

    Attributes
    ----------
    name : Vertebra
    frame : BodyFrame
        Origin in the middle of the unfractured body.
    half_width, half_depth, half_height : float
        Half edges of the body at its endplates, mm.
    wedge_mm : float
        Anterior minus posterior height.
    disc_mm : float
        Thickness of the disc below.
    fracture : Fracture or None
    lesions : tuple of Lesion
        Of the body and of the disc below it.
    """

    name: Vertebra
    frame: BodyFrame
    half_width: float
    half_depth: float
    half_height: float
    wedge_mm: float
    disc_mm: float
    fracture: Fracture | None
    lesions: tuple[Lesion, ...] = ()

    @property
    def level(self) -> LumbarLevel | None:
        """Level of the method, None for T12, L5 and S1."""
        return level_of(self.name)

    def without(self, *kinds: type[Lesion]) -> PhantomVertebra:
        """The same vertebra without lesions of some kinds."""
        return replace(self, lesions=tuple(lesion for lesion in self.lesions if not isinstance(lesion, kinds)))

    @property
    def scale(self) -> float:
        """Size relative to the mean L3, for lengths of the arch."""
        return 2 * self.half_width / SIZES_MM[Vertebra.L3].width

    def place(self, u: float, v: float, w: float) -> np.ndarray:
        """LPS mm of a local point."""
        return self.frame.lps(np.array([u, v, w]))

    def to_local(self, points: tuple[np.ndarray, np.ndarray, np.ndarray]) -> list[np.ndarray]:
        """Local u, v, w (mm, float32) of open grids x, y, z."""
        x, y, z = (p - np.float32(c) for p, c in zip(points, self.frame.center, strict=True))
        return [x * np.float32(a[0]) + y * np.float32(a[1]) + z * np.float32(a[2]) for a in self.frame.axes]

    def corners(self, low: Sequence[float], high: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
        """LPS corners of the box around a local box."""
        local = np.array(np.meshgrid(*zip(low, high, strict=True), indexing="ij")).reshape(3, -1).T
        world = self.frame.lps(local)
        return world.min(axis=0), world.max(axis=0)

    @property
    def lost_at_axis_mm(self) -> float:
        """How far a fracture lowers the middle of the upper rim."""
        if self.fracture is None or self.fracture.shape is FractureShape.BICONCAVE:
            return 0.0
        fraction = WEDGE_MIDDLE_FRACTION if self.fracture.shape is FractureShape.WEDGE else 1.0
        return fraction * self.fracture.loss * 2 * self.half_height

    @property
    def hollow_loss_mm(self) -> float:
        """How far a biconcave fracture hollows the endplates."""
        if self.fracture is None or self.fracture.shape is not FractureShape.BICONCAVE:
            return 0.0
        return self.fracture.loss * 2 * self.half_height

    @property
    def body_center(self) -> np.ndarray:
        """Middle of the body as it is, LPS mm."""
        return self.place(0.0, 0.0, -self.lost_at_axis_mm / 2)


def level_of(vertebra: Vertebra) -> LumbarLevel | None:
    """Level of the method, None for T12, L5 and S1."""
    return LumbarLevel(vertebra) if vertebra in tuple(LumbarLevel) else None


def stack_vertebrae(settings: PhantomSettings) -> dict[Vertebra, PhantomVertebra]:
    """Vertebrae T12 to S1; the middle of the centres of L2 and L3 is the origin of LPS."""
    random = np.random.default_rng([settings.seed, 1])
    spine: dict[Vertebra, PhantomVertebra] = {}
    foot: np.ndarray = np.zeros(3)
    for name in sorted(Vertebra, reverse=True):
        vertebra = _vertebra(name, settings, random)
        up = vertebra.frame.superior
        spine[name] = _moved(vertebra, foot + up * vertebra.half_height)
        if name is not Vertebra.T12:
            disc = _disc_mm(_above(name), settings)
            foot = spine[name].frame.center + up * (vertebra.half_height - vertebra.lost_at_axis_mm + disc)
    middle = (spine[Vertebra.L2].frame.center + spine[Vertebra.L3].frame.center) / 2
    return {name: _moved(spine[name], -middle) for name in sorted(Vertebra)}


def _moved(vertebra: PhantomVertebra, offset: np.ndarray) -> PhantomVertebra:
    """The vertebra at another place, LPS mm away."""
    return replace(vertebra, frame=BodyFrame(vertebra.frame.center + offset, vertebra.frame.axes))


def _disc_mm(name: Vertebra, settings: PhantomSettings) -> float:
    """Thickness of the disc below a vertebra."""
    disc = SIZES_MM[name].disc * settings.body_scale
    for lesion in settings.lesions_of(level_of(name)):
        if isinstance(lesion, NarrowDisc):
            disc *= lesion.fraction
    return disc


def _above(vertebra: Vertebra) -> Vertebra:
    """The next vertebra upwards."""
    ordered = sorted(Vertebra)
    return ordered[ordered.index(vertebra) - 1]


def _vertebra(name: Vertebra, settings: PhantomSettings, random: np.random.Generator) -> PhantomVertebra:
    """Size and turn of one vertebra, at the origin."""
    width, depth, height, wedge, _ = np.array(SIZES_MM[name]) * settings.body_scale
    spread = 1 + SIZE_SPREAD * random.standard_normal(3).clip(-SPREAD_LIMIT, SPREAD_LIMIT)
    jitter = TILT_SPREAD_DEGREES * random.standard_normal(2).clip(-SPREAD_LIMIT, SPREAD_LIMIT)
    sagittal = (UPRIGHT_FRACTION - LORDOSIS_FRACTIONS[name]) * settings.lordosis_degrees + jitter[0]
    coronal = -COBB_FRACTIONS[name] * settings.cobb_degrees + CORONAL_SPREAD * jitter[1]
    axial = ROTATION_PER_COBB * settings.cobb_degrees * (ROTATION_REACH - abs(COBB_FRACTIONS[name]))
    return PhantomVertebra(
        name=name,
        frame=BodyFrame(np.zeros(3), _rotation(sagittal, coronal, axial).T),
        half_width=width * spread[0] / 2,
        half_depth=depth * spread[1] / MIDLINE_DEPTH,
        half_height=height * spread[2] / 2,
        wedge_mm=wedge,
        disc_mm=_disc_mm(name, settings),
        fracture=settings.fracture_of(level_of(name)),
        lesions=settings.lesions_of(level_of(name)),
    )


def _rotation(sagittal: float, coronal: float, axial: float) -> np.ndarray:
    """Columns are u, v, w after leaning back, to the left and turning about the own axis (degrees)."""
    a, b, c = np.deg2rad((-sagittal, coronal, axial))
    lean = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    side = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    turn = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return lean @ side @ turn
