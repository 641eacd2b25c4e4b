"""The eight frozen features equal pyradiomics' on every kind of mask, grid and pixel type."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings, extract_features

# The issue asks for 1e-9 relative.
RELATIVE = 1e-9
SETTINGS = {
    "native": ExtractionSettings(),
    "narrow bins": ExtractionSettings(bin_width=7.3),
    "wide bins": ExtractionSettings(bin_width=200),
    "finer grid": ExtractionSettings(resampled_spacing=(0.5, 0.5, 1.0)),
    "coarser grid": ExtractionSettings(resampled_spacing=(1.5, 1.3, 2.0)),
    "one axis": ExtractionSettings(resampled_spacing=(0, 0, 0.9)),
    "own grid": ExtractionSettings(resampled_spacing=(0.7, 0.8, 1.25)),
    "bspline": ExtractionSettings(resampled_spacing=(1, 1, 1), interpolator="bspline"),
    "nearest": ExtractionSettings(resampled_spacing=(1, 1, 1), interpolator="nearest"),
    "resegmented": ExtractionSettings(resegment_range=(50, 350)),
    "resampled, resegmented": ExtractionSettings(resampled_spacing=(1, 1, 1), resegment_range=(50, 350)),
}


def assert_equal(ours, theirs):
    assert tuple(ours) == FROZEN_FEATURES
    for name in FROZEN_FEATURES:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=RELATIVE, atol=0, err_msg=name)


@pytest.mark.parametrize("dtype", ["int16", "int32", "uint16", "float32", "float64"])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_every_setting_and_pixel_type(body, reference, settings, dtype):
    ct, mask = body(7, dtype=dtype, low_hu=0 if dtype == "uint16" else -150)
    assert_equal(extract_features(ct, mask, settings=settings), reference(ct, mask, settings))


@pytest.mark.parametrize("spacing", [(0.35, 0.35, 1.25), (1.0, 1.0, 1.0), (0.9765625, 0.9765625, 5.0)])
def test_every_voxel_size(body, reference, spacing):
    ct, mask = body(3)
    for image in (ct, mask):
        image.SetSpacing(spacing)
    for settings in (SETTINGS["native"], SETTINGS["finer grid"]):
        assert_equal(extract_features(ct, mask, settings=settings), reference(ct, mask, settings))


def test_a_small_body_in_a_large_ct(body, reference):
    small_ct, small_mask = body(5)
    ct, mask = (
        sitk.ConstantPad(small_ct, (31, 17, 9), (40, 25, 12), -1000),
        sitk.ConstantPad(small_mask, (31, 17, 9), (40, 25, 12)),
    )
    for settings in SETTINGS.values():
        assert_equal(extract_features(ct, mask, settings=settings), reference(ct, mask, settings))


@pytest.mark.parametrize("value", [1, 22, 255])
def test_any_non_zero_value_is_inside(body, value):
    ct, mask = body(5)
    assert extract_features(ct, mask * value) == extract_features(ct, mask)


@hypothesis_settings(max_examples=150, deadline=None)
@given(
    shape=st.tuples(*[st.integers(1, 7)] * 3),
    share=st.sampled_from([0.1, 0.5, 0.9, 1.0]),
    span=st.sampled_from([0, 40, 900]),
    is_float=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    settings=st.sampled_from([s for s in SETTINGS.values() if s.interpolator != "bspline"]),
)
def test_scattered_voxels_give_the_same_or_a_clear_error(
    image_of, reference, shape, share, span, is_float, seed, settings
):
    random = np.random.default_rng(seed)
    hu = random.uniform(-100, span - 100, shape)
    ct = image_of(hu if is_float else hu.astype(np.int16))
    mask = image_of((random.random(shape) < share).astype(np.uint8))
    try:
        with np.errstate(invalid="ignore"):
            theirs = reference(ct, mask, settings)
    except (ValueError, RuntimeWarning):
        theirs = None
    if theirs is None or not np.isfinite(list(theirs.values())).all():
        with pytest.raises(OVCFRiskError):
            extract_features(ct, mask, settings=settings)
    else:
        assert_equal(extract_features(ct, mask, settings=settings), theirs)
