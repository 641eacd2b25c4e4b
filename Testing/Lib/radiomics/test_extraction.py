"""Names, errors and the full set."""

import math
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.radiomics import (
    ALL_FEATURES,
    FROZEN_FEATURES,
    STANDARD_EXTRACTION,
    ExtractionSettings,
    extract_features,
    extract_level_features,
    extract_many,
)
from OVCFRiskLib.scoring import load_model


def with_hu(image: sitk.Image, array: np.ndarray) -> sitk.Image:
    """Image of an array on the grid of another."""
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(image)
    return result


def test_the_eight_are_among_the_107():
    assert len(FROZEN_FEATURES) == 8
    assert len(set(ALL_FEATURES)) == 107
    assert set(FROZEN_FEATURES) < set(ALL_FEATURES)


def test_all_names_are_pyradiomics_own_in_its_order(body):
    radiomics = pytest.importorskip("radiomics", reason="pyradiomics is not installed: its names cannot be compared")
    radiomics.logger.setLevel("CRITICAL")
    from radiomics.featureextractor import RadiomicsFeatureExtractor

    assert tuple(RadiomicsFeatureExtractor(additionalInfo=False).execute(*body(1))) == ALL_FEATURES


@pytest.mark.parametrize("name", FROZEN_FEATURES)
def test_each_feature_alone_is_the_same(body, name):
    ct, mask = body(1)
    assert extract_features(ct, mask, [name]) == {name: extract_features(ct, mask)[name]}


def test_the_inputs_stay_as_they_are(body):
    ct, mask = body(1)
    before = [sitk.Hash(image) for image in (ct, mask)]
    extract_features(ct, mask, settings=ExtractionSettings(resampled_spacing=(1, 1, 1), resegment_range=(0, 300)))
    assert [sitk.Hash(image) for image in (ct, mask)] == before


def test_the_full_set_is_finite_and_in_the_asked_order(body):
    pytest.importorskip("radiomics", reason="pyradiomics is not installed: the full set cannot be computed")
    ct, mask = body(1)
    values = extract_features(ct, mask, ALL_FEATURES, ExtractionSettings(resampled_spacing=(1, 1, 1)))
    assert tuple(values) == ALL_FEATURES
    assert all(isinstance(value, float) and math.isfinite(value) for value in values.values())
    assert {name: values[name] for name in FROZEN_FEATURES} == extract_features(
        ct, mask, settings=ExtractionSettings(resampled_spacing=(1, 1, 1))
    )


def test_without_pyradiomics_the_eight_work_and_others_say_what_to_install(body, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "radiomics"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "radiomics", None)
    ct, mask = body(1)
    assert len(extract_features(ct, mask)) == 8
    with pytest.raises(
        MissingDependencyError, match=r"original_glcm_Contrast.*pip install pyradiomics-bhklab.*pyradiomics==3.0.1"
    ):
        extract_features(ct, mask, [*FROZEN_FEATURES, "original_glcm_Contrast"])
    with pytest.raises(MissingDependencyError, match="and 96 more"):
        extract_features(ct, mask, ALL_FEATURES)


def test_an_unknown_name_is_named(body):
    with pytest.raises(OVCFRiskError, match="unknown feature 'Median'"):
        extract_features(*body(1), ["Median"])


def test_a_text_is_no_sequence_of_names(body):
    with pytest.raises(OVCFRiskError, match="expected a sequence of feature names, got the text 'original_glcm_Imc2'"):
        extract_features(*body(1), "original_glcm_Imc2")


@pytest.mark.parametrize("settings", [{"binWidth": 25}, {"bin_width": 25.0}, 25])
def test_settings_of_another_kind_are_refused_with_how_to_make_them(body, settings):
    with pytest.raises(
        OVCFRiskError, match=r"expected ExtractionSettings, got .*; make them with ExtractionSettings\("
    ):
        extract_features(*body(1), settings=settings)


def test_many_masks_give_what_each_gives_alone(body):
    ct, mask = body(1)
    masks = [mask, sitk.BinaryErode(mask, (1, 1, 0)), sitk.BinaryDilate(mask, (1, 1, 1)), mask * 0 + 1]
    arrays = [sitk.GetArrayFromImage(each) != 0 for each in masks]
    assert list(extract_many(ct, arrays)) == [extract_features(ct, each) for each in masks]
    settings = ExtractionSettings(resampled_spacing=(1.03, 0.97, 1.01), resegment_range=(0, 400))
    for many, each in zip(extract_many(ct, arrays, settings=settings), masks, strict=True):
        alone = extract_features(ct, each, settings=settings)
        np.testing.assert_allclose(list(many.values()), list(alone.values()), rtol=1e-9)


@pytest.mark.parametrize("axes", ["LPS", "SAR"])
def test_masks_of_a_part_are_measured_on_the_grid_of_the_whole_ct(body, axes):
    ct, mask = (sitk.DICOMOrient(image, axes) for image in body(1))
    box = mask_box(sitk.GetArrayViewFromImage(mask), 3)
    for settings in (ExtractionSettings(), ExtractionSettings(resampled_spacing=(1.03, 0.97, 1.01))):
        (many,) = extract_many(ct, [sitk.GetArrayFromImage(mask)[box] != 0], settings=settings, box=box)
        alone = extract_features(ct, mask, settings=settings)
        np.testing.assert_allclose(list(many.values()), list(alone.values()), rtol=1e-9)


def test_many_masks_in_a_turned_ct(body):
    ct, mask = (sitk.DICOMOrient(image, "SAR") for image in body(1))
    for settings in (ExtractionSettings(), ExtractionSettings(resampled_spacing=(1.03, 0.97, 1.01))):
        (many,) = extract_many(ct, [sitk.GetArrayFromImage(mask) != 0], settings=settings)
        np.testing.assert_allclose(
            list(many.values()), list(extract_features(*body(1), settings=settings).values()), rtol=1e-9
        )


@pytest.mark.parametrize(
    ("shape", "extent"), [((1, 1, 1), "1 x 1 x 1"), ((1, 1, 4), "4 x 1 x 1"), ((5, 1, 1), "1 x 1 x 5")]
)
def test_a_voxel_and_a_line_of_voxels_are_refused(image_of, shape, extent):
    array = np.zeros((7, 7, 7), np.uint8)
    array[tuple(slice(1, 1 + n) for n in shape)] = 1
    with pytest.raises(OVCFRiskError, match=f"spans {extent} voxels"):
        extract_features(image_of(np.zeros((7, 7, 7), np.int16)), image_of(array), settings=ExtractionSettings())


def test_a_flat_region_has_pyradiomics_special_values(image_of):
    values = extract_features(image_of(np.full((4, 5, 6), 137, np.int16)), image_of(np.ones((4, 5, 6), np.uint8)))
    assert values["original_glcm_Imc2"] == 0
    assert values["original_ngtdm_Strength"] == 0
    assert values["original_firstorder_Median"] == values["original_firstorder_10Percentile"] == 137


def test_voxels_that_do_not_touch_are_refused(image_of):
    array = np.zeros((7, 7, 7), np.uint8)
    array[::3, ::3, ::3] = 1
    with pytest.raises(OVCFRiskError, match="Imc2"):
        extract_features(
            image_of(np.arange(343, dtype=np.int16).reshape(7, 7, 7)), image_of(array), settings=ExtractionSettings()
        )


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_nan_matters_inside_the_mask_only(body, value):
    ct, mask = body(1, dtype="float64")
    array, inside = sitk.GetArrayFromImage(ct), sitk.GetArrayFromImage(mask) > 0
    outside = np.argwhere(~inside)[-1]
    array[tuple(outside)] = value
    assert extract_features(with_hu(ct, array), mask) == extract_features(ct, mask)
    array[tuple(np.argwhere(inside)[100])] = value
    with pytest.raises(OVCFRiskError, match="NaN, infinite"):
        extract_features(with_hu(ct, array), mask)


def test_absurd_hu_are_refused_before_the_memory_is_full(body):
    ct, mask = body(1, dtype="float64")
    with pytest.raises(OVCFRiskError, match="more than 1000 gray levels"):
        extract_features(ct * 100, mask)
    with pytest.raises(OVCFRiskError, match="absurd values inside the mask"):
        extract_features(ct * 1e300, mask)


def test_an_empty_mask_is_refused(body):
    ct, mask = body(1)
    for settings in (ExtractionSettings(), ExtractionSettings(resampled_spacing=(1, 1, 1))):
        with pytest.raises(OVCFRiskError, match="mask is empty"):
            extract_features(ct, mask * 0, settings=settings)


def test_a_mask_thinner_than_the_new_grid_is_refused(body):
    ct, mask = body(1)
    array = np.zeros_like(sitk.GetArrayFromImage(mask))
    array[3:5, 4:6, 4:6] = 1
    with pytest.raises(OVCFRiskError, match=r"extraction grid|spans"):
        extract_features(ct, with_hu(mask, array), settings=ExtractionSettings(resampled_spacing=(9, 9, 9)))


def test_a_resegment_range_that_leaves_nothing_is_refused(body):
    with pytest.raises(OVCFRiskError, match="within 5000 to 6000 HU, spans 0 x 0 x 0"):
        extract_features(*body(1), settings=ExtractionSettings(resegment_range=(5000, 6000)))


def test_a_mask_on_another_grid_is_refused(body):
    ct, mask = body(1)
    mask.SetOrigin((0, 0, 0))
    with pytest.raises(OVCFRiskError, match="not on the CT's grid"):
        extract_features(ct, mask)


def test_colour_images_are_refused(body):
    ct, mask = body(1)
    with pytest.raises(OVCFRiskError, match="CT: expected a 3D image with one value per voxel"):
        extract_features(sitk.Compose(ct, ct), mask)


def test_bspline_on_too_few_slices_is_refused(image_of):
    settings = ExtractionSettings(resampled_spacing=(1, 1, 1), interpolator="bspline")
    with pytest.raises(OVCFRiskError, match="B-spline interpolation needs 4 voxels"):
        extract_features(
            image_of(np.zeros((3, 9, 9), np.int16)), image_of(np.ones((3, 9, 9), np.uint8)), settings=settings
        )


def test_the_default_grid_is_the_demonstration_card_s(body):
    ct, mask = body(1)
    assert load_model().settings == STANDARD_EXTRACTION
    assert extract_features(ct, mask) == extract_features(ct, mask, settings=load_model().settings)
    assert extract_features(ct, mask) != extract_features(ct, mask, settings=ExtractionSettings())


def test_bodies_of_several_values_are_not_mixed(phantom):
    with pytest.raises(OVCFRiskError, match="expected one body, got the values 20, 21, 22, 23; give one of them"):
        extract_features(phantom.ct, phantom.labels)
    found = extract_level_features(phantom.ct, phantom.labels)
    assert list(found) == list(LumbarLevel)
    for level, features in found.items():
        assert features == extract_features(phantom.ct, phantom.labels == int(level))


@pytest.mark.parametrize(
    ("ct", "mask", "expected"),
    [
        (
            "ct.nii.gz",
            None,
            r"ct: expected a SimpleITK image, got the path 'ct\.nii\.gz'; read files with",
        ),
        (None, "labels.nii.gz", "mask: expected a SimpleITK image, got the path"),
        (np.zeros((3, 3, 3)), None, "ct: expected a SimpleITK image, got ndarray"),
        (None, 5, "mask: expected a SimpleITK image, got int"),
    ],
)
def test_what_is_no_image_is_refused_in_a_sentence(body, ct, mask, expected):
    good_ct, good_mask = body(1)
    with pytest.raises(OVCFRiskError, match=expected):
        extract_features(good_ct if ct is None else ct, good_mask if mask is None else mask)
