"""What a phantom shall look like: anatomy, bone, fractures, field of view and scanner."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel

# name of the number -> (lowest, highest) value that still is a lumbar CT
RANGES = {
    "cortex_mm": (0.1, 2.0),
    "body_scale": (0.7, 1.3),
    "lordosis_degrees": (-10.0, 90.0),
    "cobb_degrees": (-60.0, 60.0),
    "noise_hu": (0.0, 200.0),
    "blur_fwhm_mm": (0.0, 3.0),
    "texture_scale": (0.0, 3.0),
}
SPACING_RANGE_MM = (0.2, 10.0)
FIELD_RANGE_MM = (20.0, 600.0)
TRABECULAR_RANGE_HU = (-50.0, 500.0)
CONTRAST_RANGE_HU = (45.0, 600.0)
LOSS_RANGE = (0.05, 0.8)
SHIFT_RANGE_MM = 300.0
MOST_VOXELS = 400_000_000


class FractureShape(enum.Enum):
    """Shapes of vertebral fractures (Genant et al. 1993, J Bone Miner Res 8:1137)."""

    WEDGE = "wedge"
    BICONCAVE = "biconcave"
    CRUSH = "crush"


@dataclass(frozen=True, slots=True)
class Fracture:
    """A compressed body.

    Attributes
    ----------
    shape : FractureShape
        Which height is lost: the anterior (wedge), the middle (biconcave) or all (crush).
    loss : float
        Share of that height, 0.05..0.8.
    """

    shape: FractureShape
    loss: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _shape(self.shape))
        _check_range("loss of a fracture", self.loss, LOSS_RANGE)


@dataclass(frozen=True, slots=True)
class PhantomSettings:
    """Settings of a phantom; the defaults are a spine reconstruction of an osteopenic woman.

    Attributes
    ----------
    seed : int
        Same seed and settings, same phantom. Anatomy, bone texture and noise have streams of their own: another
        noise or spacing leaves the anatomy alone.
    spacing_mm : (x, y, z)
        Pixel size and slice increment; the slices are as thick as their increment.
    field_mm : (x, y, z)
        Edges of the field of view.
    shift_mm : (x, y, z)
        Where the middle of the field lies, in LPS mm away from the middle of the bodies L1-L4. A field that ends
        within a body cuts it.
    trabecular_hu : float or {LumbarLevel: float}
        Mean attenuation of trabecular bone; levels that a mapping leaves out get its mean.
    cortex_mm : float
        Thickness of the bodies' cortical shell, at its true density before the scanner's blur.
    texture_scale : float
        Factor on the standard deviation of the trabecular texture; 0 is homogeneous bone.
    body_scale : float
        Factor on all lengths of the vertebrae.
    lordosis_degrees : float
        Angle between the upper endplates of L1 and S1.
    cobb_degrees : float
        Scoliosis with its apex at L2; positive is convex to the patient's left.
    contrast_hu : float or None
        Attenuation of the aorta after contrast; None is a scan without contrast.
    noise_hu : float
        Standard deviation of the noise.
    blur_fwhm_mm : float
        Full width at half maximum of the scanner's point spread within the slice (kernel).
    fractures : {LumbarLevel: Fracture or (shape, loss)}
        Compressed bodies; shape is wedge, biconcave or crush, loss the share of the height.

    Raises
    ------
    OVCFRiskError
        If a value is no lumbar CT's; names the setting, what is allowed and what came.
    """

    seed: int = 0
    spacing_mm: tuple[float, float, float] = (0.8, 0.8, 1.25)
    field_mm: tuple[float, float, float] = (224.0, 200.0, 220.0)
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    trabecular_hu: float | Mapping[LumbarLevel, float] = 120.0
    cortex_mm: float = 0.6
    texture_scale: float = 1.0
    body_scale: float = 1.0
    lordosis_degrees: float = 45.0
    cobb_degrees: float = 4.0
    contrast_hu: float | None = None
    noise_hu: float = 14.0
    blur_fwhm_mm: float = 1.0
    fractures: Mapping[LumbarLevel, Fracture | tuple[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise OVCFRiskError(f"phantom: expected a seed that is a whole number >= 0, got {self.seed!r}")
        for name, bounds in RANGES.items():
            _check_range(name, getattr(self, name), bounds)
        for name, bounds in (
            ("spacing_mm", SPACING_RANGE_MM),
            ("field_mm", FIELD_RANGE_MM),
            ("shift_mm", (-SHIFT_RANGE_MM, SHIFT_RANGE_MM)),
        ):
            object.__setattr__(self, name, _triple(name, getattr(self, name), bounds))
        if self.contrast_hu is not None:
            _check_range("contrast_hu", self.contrast_hu, CONTRAST_RANGE_HU)
        object.__setattr__(self, "trabecular_hu", _densities(self.trabecular_hu))
        object.__setattr__(self, "fractures", _fractures(self.fractures))
        if math.prod(self.size) > MOST_VOXELS:
            raise OVCFRiskError(
                f"phantom: expected at most {MOST_VOXELS} voxels, got {self.size}; take a smaller field"
            )

    @property
    def size(self) -> tuple[int, int, int]:
        """Voxels along x, y, z."""
        pairs = zip(self.field_mm, self.spacing_mm, strict=True)
        return tuple(max(1, round(length / step)) for length, step in pairs)

    def trabecular_of(self, level: LumbarLevel | None) -> float:
        """Trabecular HU of a level; None stands for T12, L5 and the sacrum."""
        if not isinstance(self.trabecular_hu, Mapping):
            return float(self.trabecular_hu)
        mean = sum(self.trabecular_hu.values()) / len(self.trabecular_hu)
        return float(self.trabecular_hu.get(level, mean))


def _check_range(name: str, value: object, bounds: tuple[float, float]) -> None:
    """Raise unless ``value`` is a number within ``bounds``."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not bounds[0] <= value <= bounds[1]:
        raise OVCFRiskError(f"phantom: expected {name} within {bounds[0]:g} to {bounds[1]:g}, got {value!r}")


def _triple(name: str, value: object, bounds: tuple[float, float]) -> tuple[float, float, float]:
    """Three numbers within ``bounds``."""
    if not isinstance(value, (tuple, list)) or len(value) != 3:
        raise OVCFRiskError(f"phantom: expected {name} as three numbers (x, y, z), got {value!r}")
    for number in value:
        _check_range(name, number, bounds)
    return tuple(float(number) for number in value)


def _densities(value: object) -> float | dict[LumbarLevel, float]:
    """Checked trabecular HU."""
    if not isinstance(value, Mapping):
        _check_range("trabecular_hu", value, TRABECULAR_RANGE_HU)
        return float(value)
    if not value:
        raise OVCFRiskError("phantom: expected trabecular_hu of at least one level, got an empty mapping")
    for level, number in value.items():
        _check_range(f"trabecular_hu of {level}", number, TRABECULAR_RANGE_HU)
    return {LumbarLevel(level): float(number) for level, number in value.items()}


def _fractures(value: Mapping) -> dict[LumbarLevel, Fracture]:
    """Fractures by level, pairs made into `Fracture`."""
    return {
        LumbarLevel(level): given if isinstance(given, Fracture) else Fracture(*given) for level, given in value.items()
    }


def _shape(value: object) -> FractureShape:
    """A fracture's shape by its name."""
    try:
        return FractureShape(value)
    except ValueError:
        names = ", ".join(shape.value for shape in FractureShape)
        raise OVCFRiskError(f"phantom: expected a fracture's shape of {names}, got {value!r}") from None
