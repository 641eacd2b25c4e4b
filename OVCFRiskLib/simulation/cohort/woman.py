"""One woman of a simulated cohort: drawn from its model, with her spine and her scan."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.cohort.cohort_model import CohortModel
from OVCFRiskLib.simulation.lesions import Lesion, Osteophytes, Plate, SchmorlNode, ScleroticEndplate
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.tissue import tissue_of_age

# Field of view, and how far behind the middle of the spine its middle lies: L1-L4 of the largest woman with half a body
# beyond, and what the segmentation looks at: 40 mm to each side of the bodies' middles and 60 mm behind them.
SPINE_FIELD_MM = (104.0, 120.0, 190.0)
FIELD_SHIFT_MM = (0.0, 20.0, 0.0)
# What is drawn is cut here: beyond lies hardly a woman after menopause (HU: fatty marrow; young men), or a rare giant.
HU_LIMITS = (30.0, 250.0)
CORTEX_LIMITS_MM = (0.2, 1.2)
SCALE_LIMITS = (0.85, 1.15)
AGE_LIMITS_YEARS = (50.0, 95.0)
SUBCORTICAL_LIMITS_HU = (30.0, 400.0)
TEXTURE_LIMITS = (0.4, 2.5)
GRAIN_LIMITS = (0.6, 2.5)
# Number of a woman's random stream among those of a cohort's seed.
WOMAN_STREAM = 7
# The cortex is as thick, and the marrow spaces are as wide, as the model says at this density.
REFERENCE_HU = 100.0
# Marrow, half of it fat (-100 HU) and half of it red (40 HU), and solid bone (assumed, as for the shell).
MARROW_HU = -30.0
SOLID_BONE_HU = 1300.0
# Lordosis lying: 37 +- 13 degrees (PMC6680033, 627 volunteers), more in women; and slight scoliosis (below 10 degrees).
LORDOSIS_DEGREES = (20.0, 60.0)
COBB_DEGREES = (-8.0, 8.0)
# Schmorl's nodes lie this far from the middle of an endplate, in its half axes (seen in CT: central).
NODE_PLACE = (-0.4, 0.4)
# HU of noise at this slice thickness and width of the point spread; it follows their physics elsewhere.
NOISE_SLICE_MM = 1.0
NOISE_FWHM_MM = 1.4
# Noise beyond it is no clinical spine CT.
NOISE_LIMITS_HU = (4.0, 90.0)
# What trabecular bone gains at another tube voltage (AAPM 2026, abstract 1859: means of cohorts at L1).
KVP_GAIN_HU = {100.0: 7.0, 120.0: 0.0, 140.0: -10.0}


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
        Of the levels that are in the cohort, at 120 kV without contrast.
    kvp : float
    phantom : PhantomSettings
        Anatomy, bone and scanner.
    """

    patient_id: str
    group: str
    age: float
    t_score: float
    trabecular_hu: dict[LumbarLevel, float]
    kvp: float
    phantom: PhantomSettings


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
    hu = model.hu_at_t_zero * np.exp(model.hu_log_per_t * t_score)
    hu *= np.exp(model.hu_log_sd_between_women * random.standard_normal())
    hu *= model.hu_factor_of_fracture if group == "OVCF" else 1.0
    kept = random.random(4) < model.level_kept[group]
    kept[random.integers(4)] |= not kept.any()
    levels = hu * np.exp(model.hu_log_sd_between_levels * random.standard_normal(4))
    densities = {
        level: round(float(np.clip(value, *HU_LIMITS)), 1) for level, value in zip(LumbarLevel, levels, strict=True)
    }
    age = round(float(np.clip(random.normal(*model.age_years[group]), *AGE_LIMITS_YEARS)), 1)
    phantom = replace(_bone(hu, group, model, random), trabecular_hu=densities, tissue=tissue_of_age(age))
    kvp = float(random.choice(model.kvp))
    return Woman(
        patient_id=f"S{number + 1:04d}",
        group=group,
        age=age,
        t_score=round(float(t_score), 2),
        trabecular_hu={level: densities[level] for level, keep in zip(LumbarLevel, kept, strict=True) if keep},
        kvp=kvp,
        phantom=_scanned(phantom, kvp, model, random),
    )


def bone_fraction(hu: float) -> float:
    """Volume of bone in trabecular bone of a density, as a fraction.

    Examples
    --------
    >>> round(bone_fraction(103.0), 3)
    0.1
    """
    return (max(hu, HU_LIMITS[0]) - MARROW_HU) / (SOLID_BONE_HU - MARROW_HU)


def _bone(hu: float, group: str, model: CohortModel, random: np.random.Generator) -> PhantomSettings:
    """Her spine: size, curvature, cortex, texture and what age has done to it."""
    has_fracture = group == "OVCF"
    shell = random.standard_normal() + has_fracture * model.cortex_shift_sd
    cortex = model.cortex_mm + model.cortex_mm_per_hu * (hu - REFERENCE_HU) + model.cortex_sd_mm * shell
    subcortical = model.subcortical_hu + model.subcortical_hu_per_hu * (hu - REFERENCE_HU)
    subcortical += model.subcortical_sd_hu * random.standard_normal()
    unevenness = random.standard_normal()
    spaces = random.standard_normal() + has_fracture * model.architecture_shift_sd
    grain = np.sqrt(bone_fraction(REFERENCE_HU) / bone_fraction(hu)) * np.exp(model.grain_log_sd * spaces)
    return PhantomSettings(
        seed=int(random.integers(2**31)),
        cortex_mm=float(np.clip(cortex, *CORTEX_LIMITS_MM)),
        subcortical_hu=float(np.clip(subcortical, *SUBCORTICAL_LIMITS_HU)),
        texture_scale=float(np.exp(model.texture_scale_log_sd * unevenness).clip(*TEXTURE_LIMITS)),
        texture_grain=float(np.clip(grain, *GRAIN_LIMITS)),
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
        place = random.uniform(*NODE_PLACE, 2)
        if chance[0] < model.osteophytes:
            found.append(Osteophytes(plate=plate, length_mm=float(length)))
        if chance[1] < model.sclerosis:
            found.append(ScleroticEndplate(plate=plate, gain_hu=float(gain)))
        if chance[2] < model.schmorl_nodes:
            found.append(SchmorlNode(plate=plate, left=float(place[0]), back=float(place[1])))
    return tuple(found)


def _scanned(phantom: PhantomSettings, kvp: float, model: CohortModel, random: np.random.Generator) -> PhantomSettings:
    """Her scan: pixels, slices, kernel, the noise that follows from them and the dose, contrast and tube voltage."""
    pixel = round(float(random.uniform(*model.pixel_mm)), 3)
    slice_mm = float(random.choice(model.slices_mm))
    blur = float(random.uniform(*model.blur_fwhm_mm))
    noise = model.noise_hu * np.exp(model.noise_log_sd * random.standard_normal())
    noise *= (NOISE_SLICE_MM / slice_mm) ** 0.5 * (NOISE_FWHM_MM / blur) ** 1.5
    has_contrast = random.random() < model.contrast_fraction
    contrast = float(random.uniform(*model.contrast_hu)) if has_contrast else None
    gain = KVP_GAIN_HU[kvp] + (model.marrow_contrast_hu if has_contrast else 0.0)
    densities = phantom.trabecular_hu
    if gain and isinstance(densities, dict):
        densities = {level: hu + gain for level, hu in densities.items()}
    return replace(
        phantom,
        spacing_mm=(pixel, pixel, slice_mm),
        blur_fwhm_mm=blur,
        edge_gain=model.edge_gain,
        noise_hu=float(np.clip(noise, *NOISE_LIMITS_HU)),
        contrast_hu=contrast,
        trabecular_hu=densities,
        field_mm=SPINE_FIELD_MM,
        shift_mm=FIELD_SHIFT_MM,
    )
