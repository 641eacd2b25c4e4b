"""What must not change a score, and what must never raise or lower it."""

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from OVCFRiskLib.assess import assess
from OVCFRiskLib.assessment import Status
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings, extract_features
from OVCFRiskLib.scoring import load_model

L2 = LumbarLevel.L2
AXES = [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 2, 1)]
FLIPS = [(False, False, False), (True, False, True), (True, True, True)]


@pytest.fixture(scope="module")
def body(phantom):
    """CT and labels of one body with room around it."""
    labels = phantom.labels == int(L2)
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.Execute(labels)
    x, y, z, width, depth, height = statistics.GetBoundingBox(1)
    room = 16
    part = slice(x - room, x + width + room), slice(y - room, y + depth + room), slice(z - room, z + height + room)
    return phantom.ct[part], sitk.Cast(labels[part], sitk.sitkUInt8) * int(L2)


def r_score(ct, labels):
    """The score of L2."""
    row = assess(ct, labels).level(L2)
    assert row.score is not None, row.reason
    return row.score


def own_features(ct, labels, settings=None):
    return extract_features(ct, labels == int(L2), FROZEN_FEATURES, settings or ExtractionSettings())


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("flips", FLIPS)
def test_order_and_direction_of_the_axes_do_not_matter(body, axes, flips):
    ct, labels = (sitk.PermuteAxes(sitk.Flip(image, flips), axes) for image in body)
    turned, straight = own_features(ct, labels), own_features(*body)
    for name in FROZEN_FEATURES:
        assert turned[name] == pytest.approx(straight[name], rel=1e-9), name


@pytest.mark.parametrize("pixels", [sitk.sitkInt32, sitk.sitkFloat32, sitk.sitkFloat64])
def test_the_type_that_holds_whole_hu_does_not_matter(body, pixels):
    ct, labels = body
    assert r_score(sitk.Cast(ct, pixels), labels) == r_score(ct, labels)
    assert r_score(ct, sitk.Cast(labels, pixels)) == r_score(ct, labels)


def test_a_turned_ct_has_the_same_score_and_interval(body):
    turned = r_score(*(sitk.PermuteAxes(sitk.Flip(image, FLIPS[1]), AXES[2]) for image in body))
    straight = r_score(*body)
    assert turned.r_score == pytest.approx(straight.r_score, abs=1e-9)
    assert turned.risk_index == pytest.approx(straight.risk_index, abs=1e-9)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shift=st.tuples(*[st.floats(-500, 500)] * 3))
def test_where_the_patient_lies_does_not_matter(body, shift):
    moved = []
    for image in body:
        copy = sitk.Image(image)
        copy.SetOrigin([float(a + b) for a, b in zip(image.GetOrigin(), shift, strict=True)])
        moved.append(copy)
    settings_mm = load_model().settings
    there, here = own_features(*moved, settings_mm), own_features(*body, settings_mm)
    for name in FROZEN_FEATURES:
        assert there[name] == pytest.approx(here[name], rel=1e-6), name


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.integers(-8, 8))
def test_a_shift_by_whole_bins_moves_attenuation_alone(body, steps):
    """Bins of 25 HU are counted from 0 HU: texture of a body shifted by whole bins keeps its pattern."""
    ct, labels = body
    shifted = own_features(sitk.Cast(ct, sitk.sitkFloat64) + 25.0 * steps, labels)
    straight = own_features(ct, labels)
    for name in ("original_firstorder_10Percentile", "original_firstorder_Median"):
        assert shifted[name] == pytest.approx(straight[name] + 25 * steps, abs=1e-9)
    for name in FROZEN_FEATURES:
        if name.rpartition("_")[2] in ("DependenceNonUniformity", "Imc2", "Maximum2DDiameterSlice"):
            assert shifted[name] == pytest.approx(straight[name], rel=1e-9), name


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loss=st.floats(1, 60))
def test_lower_density_never_lowers_the_risk_of_a_card_of_densities(body, loss):
    """A card that weighs attenuation alone, with the sign of its direction, must follow density."""
    model = load_model()
    terms = tuple(
        dataclasses.replace(term, coefficient=term.coefficient if "firstorder_Median" in term.name else 0.0)
        for term in model.terms
    )
    only_density = dataclasses.replace(model, terms=terms)
    median = next(term for term in terms if "firstorder_Median" in term.name)
    # the coefficient's sign and the direction of the score agree: denser means less risk
    assert (median.coefficient < 0) == only_density.higher_is_risk
    ct, labels = body
    before = own_features(ct, labels, model.settings)
    after = own_features(sitk.Cast(ct, sitk.sitkFloat64) - loss, labels, model.settings)
    risks = [only_density.risk_index(only_density.r_score(values)) for values in (before, after)]
    assert risks[1] >= risks[0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.tuples(*[st.integers(1, 9)] * 3),
    start=st.tuples(*[st.integers(0, 30)] * 3),
    keep=st.floats(0.05, 1.0),
    seed=st.integers(0, 2**16),
)
def test_no_mask_gives_a_silent_nan(body, size, start, keep, seed):
    ct, labels = body
    array = np.zeros(labels.GetSize()[::-1], np.uint8)
    part = tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))
    array[part] = np.where(np.random.default_rng(seed).random(array[part].shape) < keep, int(L2), 0)
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(labels)
    try:
        row = assess(ct, mask).level(L2)
    except OVCFRiskError:
        return
    if row.status is Status.SCORED:
        assert np.isfinite([row.score.r_score, row.score.risk_index, *row.features.values()]).all()
    else:
        assert row.reason
