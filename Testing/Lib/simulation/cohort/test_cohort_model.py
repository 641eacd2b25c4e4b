"""Who is drawn: density, bone and scan hang together as the sources say."""

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.simulation.cohort.cohort_model import CohortModel, draw_woman
from OVCFRiskLib.simulation.lesions import Osteophytes, SchmorlNode, ScleroticEndplate

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
    assert np.percentile(hu, 2) < 45
    assert np.percentile(hu, 98) > 160
    assert hu.min() >= 10


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


def test_a_field_of_view_is_that_of_one_body(cohort):
    woman = cohort[0]
    level = next(iter(woman.trabecular_hu))
    settings = woman.settings_of(level)
    assert max(settings.field_mm) < 80
    assert settings.trabecular_of(level) == woman.trabecular_hu[level]
