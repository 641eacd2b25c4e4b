"""The parameters of a simulated cohort, each with its source or the word that it is assumed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

# Goes with the parameters of every simulated cohort, so that it is not taken for evidence.
STATEMENT = (
    "Simulated data. No patient is behind these numbers; they show how the software works and say nothing about how "
    "well any model finds women with a fracture."
)


@dataclass(frozen=True, slots=True)
class CohortModel:
    """Parameters of the simulation; `ASSUMPTION_SOURCES` says where each comes from. HU are trabecular at 120 kV."""

    fracture_fraction: float = 96 / 145
    age_years: dict[str, tuple[float, float]] = field(default_factory=lambda: {"OVCF": (70.0, 8.0), "NF": (66.0, 8.0)})
    t_score: dict[str, tuple[float, float]] = field(default_factory=lambda: {"OVCF": (-3.1, 1.05), "NF": (-1.6, 1.05)})
    level_kept: dict[str, float] = field(default_factory=lambda: {"OVCF": 0.43, "NF": 0.79})
    hu_at_t_zero: float = 155.0
    hu_log_per_t: float = 0.2
    hu_log_sd_between_women: float = 0.25
    hu_log_sd_between_levels: float = 0.07
    hu_factor_of_fracture: float = 0.88
    architecture_shift_sd: float = 0.58
    cortex_shift_sd: float = -0.58
    cortex_mm: float = 0.42
    cortex_mm_per_hu: float = 0.0015
    cortex_sd_mm: float = 0.1
    subcortical_hu: float = 130.0
    subcortical_hu_per_hu: float = 0.4
    subcortical_sd_hu: float = 45.0
    texture_scale_log_sd: float = 0.3
    grain_log_sd: float = 0.2
    body_scale_sd: float = 0.06
    osteophytes: float = 0.15
    osteophyte_mm: tuple[float, float] = (1.0, 4.0)
    sclerosis: float = 0.1
    sclerosis_hu: tuple[float, float] = (60.0, 350.0)
    schmorl_nodes: float = 0.05
    contrast_fraction: float = 0.0
    contrast_hu: tuple[float, float] = (110.0, 180.0)
    marrow_contrast_hu: float = 8.0
    kvp: tuple[float, ...] = (120.0,)
    pixel_mm: tuple[float, float] = (0.5, 0.9)
    slices_mm: tuple[float, ...] = (0.625, 1.0, 1.25)
    blur_fwhm_mm: tuple[float, float] = (1.0, 1.8)
    edge_gain: float = 0.0
    noise_hu: float = 22.0
    noise_log_sd: float = 0.35


# Scans that `ovcfrisk simulate --scan` knows: what each changes of the model above.
ROUTINE_SCAN = "routine"
SCANS: dict[str, dict[str, Any]] = {
    ROUTINE_SCAN: {},
    "contrast": {"contrast_fraction": 1.0},
    # the resolution of bone kernels, from which their noise follows, and the edges that they raise (assumed)
    "sharp": {"blur_fwhm_mm": (0.55, 0.75), "edge_gain": 0.8},
    "thick": {"slices_mm": (5.0,)},
    "low-kvp": {"kvp": (100.0,)},
}

# parameter -> where its value comes from, or that it is assumed
ASSUMPTION_SOURCES = {
    "fracture_fraction": "Yu et al. 2025: 96 of 145 women",
    "age_years": "assumed; the order of magnitude of cohorts after menopause",
    "t_score": "the distance of the groups gives the AUC of the T-score in Yu et al. 2025 (0.845); SDs of both groups "
    "set equal, the order of magnitude of Hendrickson et al. 2018 (SD 1.5 over both sexes)",
    "level_kept": "329 of 580 bodies (119 + 54 of 384 with, 111 + 45 of 196 without fracture) in Yu et al. 2025",
    "hu_at_t_zero": "Hendrickson et al. 2018, PMC6047377: young women 227-236 +- 42 HU; 252 older subjects with a mean "
    "T-score of -0.7 had a mean of -2.3 on that scale, about 135 HU",
    "hu_log_per_t": "assumed: a fifth of the density for each unit of the T-score",
    "hu_log_sd_between_women": "Jang et al. 2019, Radiology 291:360: SD 38-44 HU at one age, part of it in the T-score",
    "hu_log_sd_between_levels": "assumed; neighbouring levels of one woman differ little",
    "hu_factor_of_fracture": "Stein et al. 2012, PMC3674300: women with vertebral fractures had the T-scores of their "
    "controls and lower trabecular density; how much lower is assumed",
    "architecture_shift_sd": "Szulc et al. 2018, J Bone Miner Res 33:1470: at equal areal density the hazard of a "
    "vertebral fracture is 1.78 per SD of trabecular number (men); ln 1.78 is the distance of two normal groups in SD. "
    "Direction in women: Stein et al. 2012 (fewer trabeculae, wider spaces); in the vertebra itself: Gordon et al. "
    "1998, Osteoporos Int 8:317 (in CT the size of marrow spaces tells fracture at equal density). Fewer trabeculae "
    "make wider spaces; the contrast between bone and marrow stays, since the fraction of bone does",
    "cortex_shift_sd": "Tromso study, PMC5612722: odds of a nonvertebral fracture 1.79 per SD of a thinner cortex; "
    "direction for vertebral fractures: Stein et al. 2012; that the shell of bodies follows is assumed",
    "cortex_mm, cortex_mm_per_hu, cortex_sd_mm": "Ritzel et al. 1997, J Bone Miner Res 12:89: lumbar shell 0.29 mm, "
    "thinner in osteoporosis. The phantom's shell has 900 HU; of solid bone (assumed 1300 HU) 0.29 mm are as much "
    "mineral as 0.42 mm of it. Slope and SD are assumed",
    "subcortical_hu, subcortical_hu_per_hu, subcortical_sd_hu": "assumed, after HU by depth below the surface in the "
    "CTs B, D and I of Docs/demonstration-model.md",
    "texture_scale_log_sd": "assumed: a third more or less than the mean texture",
    "grain_log_sd": "assumed: a fifth more or fewer trabeculae at the same density (HR-pQCT finds such SDs of their "
    "number); on the mean their number goes with the root of the fraction of bone, as for rods of one thickness "
    "(Parfitt et al. 1983†, J Clin Invest 72:1396: whole trabeculae are lost, those that remain keep their thickness)",
    "body_scale_sd": "assumed: lengths of women's bodies spread by some 6 %; no difference between the groups (Link et "
    "al. 2000, Osteoporos Int 11:304, found larger sections in osteoporosis; other reports say smaller)",
    "osteophytes, osteophyte_mm": "O'Neill et al. 1999, PMID 10229405: 74 % of women of 50 and more have at least one "
    "from T4 to L5, mostly mild; the probability is that of one rim, the lengths are assumed",
    "sclerosis, sclerosis_hu": "endplate changes in 11-21 % of lumbar spines (Sheng-yun et al. 2014, PMC4266639), more "
    "with age, denser than bone without them (Zhu et al. 2021, PMC8173826); the probability is that of one endplate, "
    "it and the HU are assumed",
    "schmorl_nodes": "14 % of the bodies L2 and L3, two fifths less in women than in men (Yin et al. 2015, Spine, "
    "10.1097/BRS.0000000000000658): 10 % of women's bodies; the probability is that of one endplate",
    "contrast_fraction, contrast_hu, marrow_contrast_hu": "0: the paper's scans have none; a portal phase fills the "
    "aorta to 110-180 HU (assumed) and adds about 8 HU to marrow (Toelly et al. 2017, Rofo 189:537)",
    "kvp": "120: the paper's",
    "pixel_mm, slices_mm": "lumbar reconstructions of at most 1.25 mm, as Yu et al. 2025 ask",
    "blur_fwhm_mm": "assumed: soft to standard kernels for bodies; sharp (bone) kernels are an option",
    "edge_gain": "0: kernels for bodies raise no edges",
    "noise_hu, noise_log_sd": "assumed: abdominal CT of 1 mm slices at routine dose; it falls with the square root of "
    "slice and dose and with the 1.5th power of the point spread, as the spectrum of the noise says (Riederer et al. "
    "1978, Phys Med Biol 23:446)",
}


def parameters_document(model: CohortModel, patients: int, seed: int) -> dict[str, Any]:
    """Parameters with their sources and the statement, for the file beside the tables."""
    return {
        "statement": STATEMENT,
        "patients": patients,
        "seed": seed,
        "parameters": asdict(model),
        "sources": ASSUMPTION_SOURCES,
    }
