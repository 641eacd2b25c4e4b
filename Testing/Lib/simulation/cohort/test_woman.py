"""Who is drawn: density, bone and scan hang together as the sources say."""

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.simulation.cohort.cohort_model import SCANS, CohortModel
from OVCFRiskLib.simulation.cohort.woman import HU_LIMITS, KVP_GAIN_HU, bone_fraction, draw_woman
from OVCFRiskLib.simulation.lesions import Osteophytes, SchmorlNode, ScleroticEndplate
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

MODEL = CohortModel()


def drawn(number=300, model=MODEL):
    return [draw_woman(n, number, 5, model) for n in range(number)]


@pytest.fixture(scope="module")
def cohort():
    return drawn()


def density(woman):
    return np.mean(list(woman.trabecular_hu.values()))


def test_density_covers_that_of_women_after_menopause(cohort):
    hu = np.array([density(woman) for woman in cohort])
    assert HU_LIMITS == (30.0, 250.0)
    assert np.percentile(hu, 2) < 50
    assert np.percentile(hu, 98) > 170
    assert hu.min() >= HU_LIMITS[0]
    assert hu.max() > 200


def test_women_with_a_fracture_have_worse_bone_at_the_same_t_score(cohort):
    """Density, shell and marrow spaces differ at one T-score, by what the model says and in its direction."""
    has_fracture = np.array([woman.group == "OVCF" for woman in cohort], float)
    t = np.array([woman.t_score for woman in cohort])
    log_hu = np.log([density(woman) for woman in cohort])
    design = np.stack([has_fracture, t, np.ones_like(t)], axis=1)

    def step(values, *others):
        return np.linalg.lstsq(np.column_stack([design, *others]), values, rcond=None)[0][0]

    assert step(log_hu) == pytest.approx(np.log(MODEL.hu_factor_of_fracture), abs=0.12)
    grain = np.log([woman.phantom.texture_grain for woman in cohort]) / MODEL.grain_log_sd
    assert step(grain, log_hu) == pytest.approx(MODEL.architecture_shift_sd, abs=0.35)
    cortex = np.array([woman.phantom.cortex_mm for woman in cohort]) / MODEL.cortex_sd_mm
    assert step(cortex, np.exp(log_hu)) == pytest.approx(MODEL.cortex_shift_sd, abs=0.35)


def test_thin_bone_has_lost_whole_trabeculae(cohort):
    """Rods of one thickness: their number goes with the root of the fraction of bone, in both groups."""
    fraction = np.log([bone_fraction(density(woman)) for woman in cohort])
    grain = np.log([woman.phantom.texture_grain for woman in cohort])
    has_fracture = np.array([woman.group == "OVCF" for woman in cohort], float)
    design = np.stack([fraction, has_fracture, np.ones_like(fraction)], axis=1)
    assert np.linalg.lstsq(design, grain, rcond=None)[0][0] == pytest.approx(-0.5, abs=0.1)


def test_what_does_not_differ_between_the_groups(cohort):
    sizes = {g: [w.phantom.body_scale for w in cohort if w.group == g] for g in ("OVCF", "NF")}
    assert np.mean(sizes["OVCF"]) == pytest.approx(np.mean(sizes["NF"]), abs=0.02)


def test_dense_bone_has_a_thicker_shell_on_the_mean(cohort):
    order = sorted(cohort, key=density)
    third = len(order) // 3
    for name in ("cortex_mm", "subcortical_hu"):
        low, high = (np.mean([getattr(w.phantom, name) for w in part]) for part in (order[:third], order[-third:]))
        assert low < high


def test_noise_falls_with_slice_thickness_and_with_the_kernel_s_width(cohort):
    noise = np.log([w.phantom.noise_hu for w in cohort])
    slices = np.log([w.phantom.spacing_mm[2] for w in cohort])
    blur = np.log([w.phantom.blur_fwhm_mm for w in cohort])
    slopes = np.linalg.lstsq(np.stack([slices, blur, np.ones_like(blur)], axis=1), noise, rcond=None)[0]
    assert slopes[0] == pytest.approx(-0.5, abs=0.2)
    assert slopes[1] == pytest.approx(-1.5, abs=0.4)


@pytest.mark.parametrize(
    ("kind", "probability"),
    [
        (Osteophytes, MODEL.osteophytes),
        (ScleroticEndplate, MODEL.sclerosis),
        (SchmorlNode, MODEL.schmorl_nodes),
    ],
)
def test_degeneration_is_as_frequent_as_stated(cohort, kind, probability):
    found = [isinstance(x, kind) for w in cohort for lesions in w.phantom.lesions.values() for x in lesions]
    ends = 2 * 4 * len(cohort)
    assert sum(found) / ends == pytest.approx(probability, abs=0.03)


def test_contrast_is_an_option_that_fills_vessels_and_marrow():
    assert all(woman.phantom.contrast_hu is None for woman in drawn(20))
    with_contrast = drawn(20, dataclasses.replace(MODEL, contrast_fraction=1.0))
    low, high = MODEL.contrast_hu
    assert all(low <= woman.phantom.contrast_hu <= high for woman in with_contrast)
    for plain, filled in zip(drawn(20), with_contrast, strict=True):
        for level, hu in plain.phantom.trabecular_hu.items():
            assert filled.phantom.trabecular_hu[level] == pytest.approx(hu + MODEL.marrow_contrast_hu)


def test_a_lower_tube_voltage_brightens_bone():
    low = drawn(20, dataclasses.replace(MODEL, **SCANS["low-kvp"]))
    for plain, bright in zip(drawn(20), low, strict=True):
        assert (plain.kvp, bright.kvp) == (120.0, 100.0)
        assert plain.trabecular_hu == bright.trabecular_hu
        for level, hu in plain.phantom.trabecular_hu.items():
            assert bright.phantom.trabecular_hu[level] == pytest.approx(hu + KVP_GAIN_HU[100.0])


def test_a_sharp_kernel_brings_noise():
    sharp = drawn(40, dataclasses.replace(MODEL, **SCANS["sharp"]))
    noise = [np.median([woman.phantom.noise_hu for woman in women]) for women in (drawn(40), sharp)]
    assert noise[1] > 2 * noise[0]


def test_a_field_of_view_holds_the_bodies_with_what_the_segmentation_looks_at(cohort):
    """40 mm to the sides of their middles and 60 mm behind them; above and below them half a body."""
    for woman in cohort[:60]:
        phantom = woman.phantom
        half, shift = np.array(phantom.field_mm) / 2, np.array(phantom.shift_mm)
        for vertebra in (Vertebra.L1, Vertebra.L4):
            middle = stack_vertebrae(phantom)[vertebra].body_center
            assert (np.abs(middle[:1]) + 40 < half[:1] + 1e-9).all()
            assert middle[1] + 60 < shift[1] + half[1]
            assert abs(middle[2]) + 28 < half[2]
