"""Who is in a simulated cohort and how she was scanned: distributions with their sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.lesions import Lesion, Osteophytes, Plate, SchmorlNode, ScleroticEndplate
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

# Goes with the parameters of every simulated cohort, so that it is not taken for evidence.
STATEMENT = (
    "Simulated data. No patient is behind these numbers; they show how the software works and say nothing about how "
    "well any model finds women with a fracture."
)
# Edges of the field of view around one body: the largest body, tilted, and the margin that mask variants need.
BODY_FIELD_MM = (76.0, 66.0, 50.0)
# What is drawn is cut here: beyond lies no woman after menopause (HU: fatty marrow; young men), or a rare giant.
HU_LIMITS = (10.0, 300.0)
CORTEX_LIMITS_MM = (0.2, 1.2)
SCALE_LIMITS = (0.85, 1.15)
AGE_LIMITS_YEARS = (50.0, 95.0)
SUBCORTICAL_LIMITS_HU = (30.0, 400.0)
TEXTURE_LIMITS = (0.4, 2.0)
# Number of a woman's random stream among those of a cohort's seed.
WOMAN_STREAM = 7
# The cortex is as thick as the model says at this density.
CORTEX_REFERENCE_HU = 100.0
# Lordosis lying (Vialle et al. 2005, a spread about the standing mean) and slight scoliosis (below 10 degrees).
LORDOSIS_DEGREES = (30.0, 60.0)
COBB_DEGREES = (-8.0, 8.0)


@dataclass(frozen=True, slots=True)
class CohortModel:
    """Parameters of the simulation; `ASSUMPTION_SOURCES` says where each comes from. HU are trabecular."""

    fracture_fraction: float = 96 / 145
    age_years: dict[str, tuple[float, float]] = field(default_factory=lambda: {"OVCF": (70.0, 8.0), "NF": (66.0, 8.0)})
    t_score: dict[str, tuple[float, float]] = field(default_factory=lambda: {"OVCF": (-3.1, 1.05), "NF": (-1.6, 1.05)})
    hu_at_t_zero: float = 160.0
    hu_per_t: float = 25.0
    hu_sd_between_women: float = 28.0
    hu_sd_between_levels: float = 8.0
    hu_of_fracture: float = -8.0
    level_kept: dict[str, float] = field(default_factory=lambda: {"OVCF": 0.43, "NF": 0.79})
    cortex_mm: float = 0.42
    cortex_mm_per_hu: float = 0.0015
    cortex_sd_mm: float = 0.1
    subcortical_hu: float = 130.0
    subcortical_hu_per_hu: float = 0.4
    subcortical_sd_hu: float = 45.0
    texture_scale_log_sd: float = 0.3
    body_scale_sd: float = 0.06
    osteophytes: float = 0.3
    osteophyte_mm: tuple[float, float] = (1.0, 4.0)
    sclerosis: float = 0.2
    sclerosis_hu: tuple[float, float] = (60.0, 350.0)
    schmorl_nodes: float = 0.12
    contrast_fraction: float = 0.0
    contrast_hu: tuple[float, float] = (110.0, 180.0)
    marrow_contrast_hu: float = 8.0
    pixel_mm: tuple[float, float] = (0.5, 0.9)
    slices_mm: tuple[float, ...] = (0.625, 1.0, 1.25)
    blur_fwhm_mm: tuple[float, float] = (1.0, 1.8)
    noise_hu: float = 22.0
    noise_log_sd: float = 0.35


# HU of noise at this slice thickness and width of the point spread; it follows their physics elsewhere.
NOISE_SLICE_MM = 1.0
NOISE_FWHM_MM = 1.4
# Noise beyond it is no clinical spine CT.
NOISE_LIMITS_HU = (4.0, 60.0)

# parameter -> where its value comes from, or that it is assumed
ASSUMPTION_SOURCES = {
    "fracture_fraction": "Yu et al. 2025: 96 of 145 women",
    "age_years": "assumed; the order of magnitude of cohorts after menopause",
    "t_score": "spread of DXA T-scores; the distance of the groups gives the AUC of the T-score in Yu et al. 2025 "
    "(0.845), SDs of both groups set equal",
    "hu_at_t_zero, hu_per_t": "between Schreiber et al. 2011, J Bone Joint Surg Am 93:1057 (mean HU 133 normal, 101 "
    "osteopenia, 79 osteoporosis) and Pickhardt et al. 2013, Ann Intern Med 158:588 (half of those with osteoporosis "
    "below about 110, of those without above about 150), as a line",
    "hu_sd_between_women": "Jang et al. 2019, Radiology 291:360: SD 38-44 at one age, part of it in the T-score",
    "hu_sd_between_levels": "assumed; neighbouring levels of one woman differ little",
    "hu_of_fracture": "assumed: bone of women with a fracture is a little worse than their T-score says",
    "level_kept": "329 of 580 bodies (119 + 54 of 384 with, 111 + 45 of 196 without fracture) in Yu et al. 2025",
    "cortex_mm, cortex_sd_mm": "Ritzel et al. 1997, J Bone Miner Res 12:89: ventral shell of lumbar bodies 0.3-0.6 mm, "
    "thinner in osteoporosis",
    "subcortical_hu, subcortical_hu_per_hu, subcortical_sd_hu": "regions beneath the endplates hold up to twice the "
    "bone of the middle (Hulme et al. 2007, Bone 41:946)",
    "texture_scale_log_sd": "assumed: a third more or less than the mean texture",
    "body_scale_sd": "spread of the widths of women's bodies, Zhou et al. 2000, Eur Spine J 9:242",
    "osteophytes, osteophyte_mm": "O'Neill et al. 1999, Osteoporos Int 9:18: in most spines over 50, mostly small; the "
    "probability is that of one rim",
    "sclerosis, sclerosis_hu": "Kuisma et al. 2009, Eur Spine J 18:1135: in a fifth of degenerative endplates",
    "schmorl_nodes": "Pfirrmann and Resnick 2001, Radiology 219:368: in more than half of spines; the probability is "
    "that of one endplate",
    "contrast_fraction, contrast_hu, marrow_contrast_hu": "0: the paper's scans have none; a portal phase fills the "
    "aorta to 110-180 HU and adds about 8 HU to marrow (Toelly et al. 2017, Rofo 189:537)",
    "pixel_mm, slices_mm": "lumbar reconstructions of at most 1.25 mm, as Yu et al. 2025 ask",
    "blur_fwhm_mm": "soft to standard kernels for bodies; sharp (bone) kernels are left out",
    "noise_hu, noise_log_sd": "abdominal CT of 1 mm slices at routine dose; falls with the square root of slice and "
    "dose and with the 1.5th power of the point spread (Brooks and Di Chiro 1976, Med Phys 3:237)",
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
    random = np.random.default_rng([seed, WOMAN_STREAM, number])
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
    phantom = replace(_bone(hu, model, random), trabecular_hu=densities)
    return Woman(
        patient_id=f"S{number + 1:04d}",
        group=group,
        age=round(float(np.clip(random.normal(*model.age_years[group]), *AGE_LIMITS_YEARS)), 1),
        t_score=round(float(t_score), 2),
        trabecular_hu={level: densities[level] for level, keep in zip(LumbarLevel, kept, strict=True) if keep},
        phantom=_scanned(phantom, model, random),
    )


def _bone(hu: float, model: CohortModel, random: np.random.Generator) -> PhantomSettings:
    """Her spine: size, curvature, cortex, texture and what age has done to it."""
    cortex = model.cortex_mm + model.cortex_mm_per_hu * (hu - CORTEX_REFERENCE_HU)
    cortex += model.cortex_sd_mm * random.standard_normal()
    subcortical = model.subcortical_hu + model.subcortical_hu_per_hu * (hu - CORTEX_REFERENCE_HU)
    subcortical += model.subcortical_sd_hu * random.standard_normal()
    return PhantomSettings(
        seed=int(random.integers(2**31)),
        cortex_mm=float(np.clip(cortex, *CORTEX_LIMITS_MM)),
        subcortical_hu=float(np.clip(subcortical, *SUBCORTICAL_LIMITS_HU)),
        texture_scale=float(np.exp(model.texture_scale_log_sd * random.standard_normal()).clip(*TEXTURE_LIMITS)),
        body_scale=float(np.clip(1 + model.body_scale_sd * random.standard_normal(), *SCALE_LIMITS)),
        lordosis_degrees=float(random.uniform(*LORDOSIS_DEGREES)),
        cobb_degrees=float(random.uniform(*COBB_DEGREES)),
        lesions={level: _lesions(model, random) for level in LumbarLevel},
    )


def _lesions(model: CohortModel, random: np.random.Generator) -> tuple[Lesion, ...]:
    """Degeneration of both ends of one body."""
    found: list[Lesion] = []
    for plate in Plate:
        chance = random.random(3)
        length, gain = random.uniform(*model.osteophyte_mm), random.uniform(*model.sclerosis_hu)
        place = random.uniform(-0.4, 0.4, 2)
        if chance[0] < model.osteophytes:
            found.append(Osteophytes(plate=plate, length_mm=float(length)))
        if chance[1] < model.sclerosis:
            found.append(ScleroticEndplate(plate=plate, gain_hu=float(gain)))
        if chance[2] < model.schmorl_nodes:
            found.append(SchmorlNode(plate=plate, left=float(place[0]), back=float(place[1])))
    return tuple(found)


def _scanned(phantom: PhantomSettings, model: CohortModel, random: np.random.Generator) -> PhantomSettings:
    """Her scan: pixels, slices, kernel, the noise that follows from them and the dose, and contrast."""
    pixel = round(float(random.uniform(*model.pixel_mm)), 3)
    slice_mm = float(random.choice(model.slices_mm))
    blur = float(random.uniform(*model.blur_fwhm_mm))
    noise = model.noise_hu * np.exp(model.noise_log_sd * random.standard_normal())
    noise *= (NOISE_SLICE_MM / slice_mm) ** 0.5 * (NOISE_FWHM_MM / blur) ** 1.5
    has_contrast = random.random() < model.contrast_fraction
    contrast = float(random.uniform(*model.contrast_hu)) if has_contrast else None
    densities = phantom.trabecular_hu
    if has_contrast and isinstance(densities, dict):
        densities = {level: hu + model.marrow_contrast_hu for level, hu in densities.items()}
    return replace(
        phantom,
        spacing_mm=(pixel, pixel, slice_mm),
        blur_fwhm_mm=blur,
        noise_hu=float(np.clip(noise, *NOISE_LIMITS_HU)),
        contrast_hu=contrast,
        trabecular_hu=densities,
    )


def parameters_document(model: CohortModel, patients: int, seed: int) -> dict[str, Any]:
    """Parameters with their sources and the statement, for the file beside the tables."""
    return {
        "statement": STATEMENT,
        "patients": patients,
        "seed": seed,
        "parameters": asdict(model),
        "sources": ASSUMPTION_SOURCES,
    }
