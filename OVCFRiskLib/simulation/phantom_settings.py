"""What a phantom shall look like: anatomy, bone, fractures and lesions, field of view and scanner."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.fracture import Fracture, checked_fractures
from OVCFRiskLib.simulation.lesions import Lesion, checked_lesions
from OVCFRiskLib.simulation.setting_checks import checked_densities, checked_number, checked_seed, checked_triple
from OVCFRiskLib.simulation.tissue import SoftTissue

# name of the number -> (lowest, highest) value that still is a lumbar CT
RANGES = {
    # thinner than any measured shell; the mean lumbar shell has 0.3 mm (Ritzel et al. 1997, J Bone Miner Res 12:89)
    "cortex_mm": (0.1, 2.0),
    # half and twice the volume: beyond all adults
    "body_scale": (0.7, 1.3),
    # Vialle et al. 2005†, J Bone Joint Surg Am 87:260: 14 to 69 standing; lying and deformed spines around it
    "lordosis_degrees": (-10.0, 90.0),
    # beyond it the spine turns out of the trunk that is painted around it
    "cobb_degrees": (-60.0, 60.0),
    "noise_hu": (0.0, 200.0),
    # wider than any kernel for bodies
    "blur_fwhm_mm": (0.0, 3.0),
    # twice the height of an edge is beyond any kernel
    "edge_gain": (0.0, 2.0),
    "texture_scale": (0.0, 3.0),
    # half and thrice the distance of trabeculae: beyond all adults
    "texture_grain": (0.5, 3.0),
    # three times what dense spines show
    "subcortical_hu": (0.0, 600.0),
}
# Voxels of micro CT at one end, of a radiotherapy plan at the other.
SPACING_RANGE_MM = (0.2, 10.0)
# From one body to the bore of a scanner.
FIELD_RANGE_MM = (20.0, 600.0)
# From yellow marrow alone to dense sclerosis.
TRABECULAR_RANGE_HU = (-50.0, 500.0)
# Aorta: just above blood (42 HU) to an arterial bolus.
CONTRAST_RANGE_HU = (45.0, 600.0)
# Farther from the spine there is nothing but air.
SHIFT_RANGE_MM = 300.0
# 1.6 GB of float32: what a laptop holds.
MOST_PHANTOM_VOXELS = 400_000_000


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
        Thickness of the bodies' cortical shell, at its true density before the scanner's blur; thicker at the rims.
    subcortical_hu : float
        What dense trabeculae beneath the shell add to trabecular bone, at the shell.
    texture_scale : float
        Factor on the standard deviation of the trabecular texture; 0 is homogeneous bone.
    texture_grain : float
        Factor on the size of the marrow spaces (the inverse of the number of trabeculae).
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
        Full width at half maximum of the scanner's point spread within the slice (kernel). With 1.45 and 1.65 the
        walls look as those of two real CTs do (Testing/Benchmarks/segmentation_walls.py); spine kernels are sharper.
    edge_gain : float
        How far a bone kernel raises edges and noise: the fraction of what a blur of 1.5 mm takes away that is added.
    fractures : {LumbarLevel: Fracture or (shape, loss)}
        Compressed bodies; shape is wedge, biconcave or crush, loss the fraction of the height.
    lesions : {LumbarLevel: sequence of Lesion}
        Other changes of bodies and of the discs below them.
    tissue : SoftTissue
        HU of what surrounds the spine.

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
    cortex_mm: float = 0.5
    subcortical_hu: float = 140.0
    texture_scale: float = 1.0
    texture_grain: float = 1.0
    body_scale: float = 1.0
    lordosis_degrees: float = 45.0
    cobb_degrees: float = 4.0
    contrast_hu: float | None = None
    noise_hu: float = 18.0
    blur_fwhm_mm: float = 1.2
    edge_gain: float = 0.0
    fractures: Mapping[LumbarLevel, Fracture | tuple[str, float]] = field(default_factory=dict)
    lesions: Mapping[LumbarLevel, Sequence[Lesion]] = field(default_factory=dict)
    tissue: SoftTissue = field(default_factory=SoftTissue)

    def __post_init__(self) -> None:
        values: dict[str, object] = {"seed": checked_seed(self.seed)}
        for name, bounds in RANGES.items():
            checked_number(name, getattr(self, name), bounds)
        for name, bounds in (
            ("spacing_mm", SPACING_RANGE_MM),
            ("field_mm", FIELD_RANGE_MM),
            ("shift_mm", (-SHIFT_RANGE_MM, SHIFT_RANGE_MM)),
        ):
            values[name] = checked_triple(name, getattr(self, name), bounds)
        if self.contrast_hu is not None:
            checked_number("contrast_hu", self.contrast_hu, CONTRAST_RANGE_HU)
        values["trabecular_hu"] = checked_densities(self.trabecular_hu, TRABECULAR_RANGE_HU)
        values["fractures"] = checked_fractures(self.fractures)
        values["lesions"] = checked_lesions(self.lesions)
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if math.prod(self.size) > MOST_PHANTOM_VOXELS:
            raise OVCFRiskError(
                f"phantom: expected at most {MOST_PHANTOM_VOXELS} voxels, got {self.size}; take a smaller field"
            )

    @property
    def size(self) -> tuple[int, int, int]:
        """Voxels along x, y, z."""
        pairs = zip(self.field_mm, self.spacing_mm, strict=True)
        x, y, z = (max(1, round(length / step)) for length, step in pairs)
        return x, y, z

    def trabecular_of(self, level: LumbarLevel | None) -> float:
        """Trabecular HU of a level; None stands for T12, L5 and the sacrum."""
        if not isinstance(self.trabecular_hu, Mapping):
            return float(self.trabecular_hu)
        mean = sum(self.trabecular_hu.values()) / len(self.trabecular_hu)
        return float(mean if level is None else self.trabecular_hu.get(level, mean))

    def fracture_of(self, level: LumbarLevel | None) -> Fracture | None:
        """Fracture of a level, None for a whole body."""
        return None if level is None else checked_fractures(self.fractures).get(level)

    def lesions_of(self, level: LumbarLevel | None) -> tuple[Lesion, ...]:
        """Lesions of a level and of the disc below it."""
        return () if level is None else tuple(self.lesions.get(level, ()))
