"""Who is in a simulated cohort and how she was scanned: distributions with their sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

STATEMENT = (
    "Simulated data. No patient is behind these numbers; they show how the software works and say nothing about how "
    "well any model finds women with a fracture."
)
# Edges of the field of view around one body: the largest body, tilted, and the margin that mask variants need.
BODY_FIELD_MM = (66.0, 60.0, 48.0)
# What is drawn is cut here: beyond lies no woman after menopause (HU: fatty marrow; young men), or a rare giant.
HU_LIMITS = (10.0, 300.0)
CORTEX_LIMITS_MM = (0.2, 1.2)
SCALE_LIMITS = (0.85, 1.15)
AGE_LIMITS_YEARS = (50.0, 95.0)
# The cortex is as thick as the model says at this density.
CORTEX_REFERENCE_HU = 100.0
# Lordosis lying (Vialle et al. 2005, a spread about the standing mean) and slight scoliosis (below 10 degrees).
LORDOSIS_DEGREES = (30.0, 60.0)
COBB_DEGREES = (-8.0, 8.0)


@dataclass(frozen=True, slots=True)
class CohortModel:
    """Parameters of the simulation; `SOURCES` says where each comes from. HU are trabecular."""

    fracture_fraction: float = 96 / 145
    age_years: dict[str, tuple[float, float]] = field(default_factory=lambda: {"OVCF": (70.0, 8.0), "NF": (66.0, 8.0)})
    t_score: dict[str, tuple[float, float]] = field(default_factory=lambda: {"OVCF": (-3.1, 1.05), "NF": (-1.6, 1.05)})
    hu_at_t_zero: float = 137.0
    hu_per_t: float = 19.0
    hu_sd_between_women: float = 18.0
    hu_sd_between_levels: float = 7.0
    hu_of_fracture: float = -8.0
    level_kept: dict[str, float] = field(default_factory=lambda: {"OVCF": 0.43, "NF": 0.79})
    cortex_mm: float = 0.55
    cortex_mm_per_hu: float = 0.0015
    cortex_sd_mm: float = 0.06
    body_scale_sd: float = 0.05
    pixel_mm: tuple[float, float] = (0.5, 0.9)
    slices_mm: tuple[float, ...] = (0.625, 1.0, 1.25)
    blur_fwhm_mm: tuple[float, float] = (0.8, 1.4)
    noise_hu: tuple[float, float] = (8.0, 22.0)


SOURCES = {
    "fracture_fraction": "Yu et al. 2025: 96 of 145 women",
    "age_years": "assumed; the order of magnitude of cohorts after menopause",
    "t_score": "spread of DXA T-scores; the distance of the groups gives the AUC of the T-score in Yu et al. 2025 "
    "(0.845), SDs of both groups set equal",
    "hu_at_t_zero, hu_per_t": "Schreiber et al. 2011, J Bone Joint Surg Am 93:1057: mean HU 133 (normal), 101 "
    "(osteopenia), 79 (osteoporosis), as a line through the middle of each class",
    "hu_sd_between_women": "Schreiber et al. 2011: spread within a class",
    "hu_sd_between_levels": "assumed; neighbouring levels of one woman differ little",
    "hu_of_fracture": "assumed: bone of women with a fracture is a little worse than their T-score says",
    "level_kept": "329 of 580 bodies (119 + 54 of 384 with, 111 + 45 of 196 without fracture) in Yu et al. 2025",
    "cortex_mm": "Ritzel et al. 1997, J Bone Miner Res 12:89: ventral shell of lumbar bodies 0.3-0.6 mm, thinner in "
    "osteoporosis",
    "body_scale_sd": "spread of the widths of women's bodies, Zhou et al. 2000, Eur Spine J 9:242",
    "pixel_mm, slices_mm": "lumbar reconstructions of at most 1.25 mm, as Yu et al. 2025 ask",
    "blur_fwhm_mm, noise_hu": "soft to sharp kernels at routine dose",
}


@dataclass(frozen=True, slots=True)
class Woman:
    """One simulated woman and her scan.

    Attributes
    ----------
    patient_id : str
    group : str
        ``"OVCF"`` or ``"NF"``.
    age, t_score : float
    trabecular_hu : dict of LumbarLevel to float
        Of the levels that are in the cohort.
    phantom : PhantomSettings
        Anatomy, bone and scanner.
    """

    patient_id: str
    group: str
    age: float
    t_score: float
    trabecular_hu: dict[LumbarLevel, float]
    phantom: PhantomSettings

    def settings_of(self, level: LumbarLevel) -> PhantomSettings:
        """Phantom whose field of view holds one body."""
        x, y, z = (float(value) for value in stack_vertebrae(self.phantom)[Vertebra(level)].body_center)
        return replace(self.phantom, shift_mm=(x, y, z), field_mm=BODY_FIELD_MM)


def draw_woman(number: int, patients: int, seed: int, model: CohortModel) -> Woman:
    """The woman of a number in a cohort; each has a random stream of her own.

    Parameters
    ----------
    number : int
        0 .. patients - 1; the first ``fracture_fraction`` of them have a fracture.
    patients, seed : int
    model : CohortModel
    """
    random = np.random.default_rng([seed, 7, number])
    group = "OVCF" if number < round(patients * model.fracture_fraction) else "NF"
    t_score = random.normal(*model.t_score[group])
    hu = model.hu_at_t_zero + model.hu_per_t * t_score + model.hu_sd_between_women * random.standard_normal()
    hu += model.hu_of_fracture if group == "OVCF" else 0.0
    kept = random.random(4) < model.level_kept[group]
    kept[random.integers(4)] |= not kept.any()
    levels = hu + model.hu_sd_between_levels * random.standard_normal(4)
    densities = {
        level: round(float(np.clip(value, *HU_LIMITS)), 1) for level, value in zip(LumbarLevel, levels, strict=True)
    }
    cortex = (
        model.cortex_mm
        + model.cortex_mm_per_hu * (hu - CORTEX_REFERENCE_HU)
        + model.cortex_sd_mm * random.standard_normal()
    )
    pixel = round(float(random.uniform(*model.pixel_mm)), 3)
    phantom = PhantomSettings(
        seed=int(random.integers(2**31)),
        spacing_mm=(pixel, pixel, float(random.choice(model.slices_mm))),
        trabecular_hu=densities,
        cortex_mm=float(np.clip(cortex, *CORTEX_LIMITS_MM)),
        body_scale=float(np.clip(1 + model.body_scale_sd * random.standard_normal(), *SCALE_LIMITS)),
        lordosis_degrees=float(random.uniform(*LORDOSIS_DEGREES)),
        cobb_degrees=float(random.uniform(*COBB_DEGREES)),
        noise_hu=float(random.uniform(*model.noise_hu)),
        blur_fwhm_mm=float(random.uniform(*model.blur_fwhm_mm)),
    )
    return Woman(
        patient_id=f"S{number + 1:04d}",
        group=group,
        age=round(float(np.clip(random.normal(*model.age_years[group]), *AGE_LIMITS_YEARS)), 1),
        t_score=round(float(t_score), 2),
        trabecular_hu={level: densities[level] for level, keep in zip(LumbarLevel, kept, strict=True) if keep},
        phantom=phantom,
    )


def parameters_document(model: CohortModel, patients: int, seed: int) -> dict[str, Any]:
    """Parameters with their sources and the statement, for the file beside the tables."""
    return {
        "statement": STATEMENT,
        "patients": patients,
        "seed": seed,
        "parameters": asdict(model),
        "sources": SOURCES,
    }
