"""HU of a part are those that ITK gives for the whole, to the last bit; so are features and masks."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import as_box, grow_box, image_like, mask_box
from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings, extract_features
from OVCFRiskLib.radiomics.linear_resampling import is_along_patient, resample_linearly
from OVCFRiskLib.radiomics.orientation import axial_part, to_axial_order
from OVCFRiskLib.radiomics.resampling import aligned_grid, reach_voxels
from OVCFRiskLib.volume_part import Grid, Part

SHAPE = (60, 70, 65)
INNER = as_box((slice(40, 50), slice(30, 50), slice(36, 54)))
CORNER = as_box((slice(0, 8), slice(60, 70), slice(50, 65)))
SPACINGS = [(0.7, 0.7, 1.25), (0.8, 0.8, 2.5), (0.35, 0.35, 0.6), (0.703125, 0.703125, 3.0), (1.0, 1.0, 5.0)]


def draw_ct(spacing, seed=1, dtype=np.int16):
    random = np.random.default_rng(seed)
    ct = sitk.GetImageFromArray(random.normal(120, 60, SHAPE).astype(dtype))
    ct.SetSpacing(spacing)
    ct.SetOrigin(random.uniform(-400, 400, 3))
    return ct


@pytest.mark.parametrize("new", [(1.0, 1.0, 1.0), (0.5, 0.5, 0.5), (2.0, 2.0, 2.0), (0.0, 0.0, 1.0)])
@pytest.mark.parametrize("box", [INNER, CORNER], ids=["inner", "corner"])
@pytest.mark.parametrize("spacing", SPACINGS)
def test_interpolation_is_that_of_itk(spacing, box, new):
    ct = draw_ct(spacing)
    settings = ExtractionSettings(resampled_spacing=new)
    grid = aligned_grid(Grid.of(ct), box, settings)
    if grid is None:
        assert np.allclose(np.where(np.equal(new, 0), spacing, new), spacing)
        return
    reach = reach_voxels(Grid.of(ct), grid.GetOutputSpacing())
    part = Part.of(ct).narrowed(grow_box(box, (reach,) * 3, SHAPE))
    grid.SetInterpolator(sitk.sitkLinear)
    grid.SetOutputPixelType(ct.GetPixelID())
    np.testing.assert_array_equal(resample_linearly(grid, part), sitk.GetArrayFromImage(grid.Execute(ct)))


def test_fractions_of_hu_keep_their_type():
    ct = draw_ct((0.7, 0.7, 1.25), dtype=np.float32)
    grid = aligned_grid(Grid.of(ct), INNER, ExtractionSettings(resampled_spacing=(1, 1, 1)))
    grid.SetInterpolator(sitk.sitkLinear)
    grid.SetOutputPixelType(ct.GetPixelID())
    found = resample_linearly(grid, Part.of(ct))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, sitk.GetArrayFromImage(grid.Execute(ct)))


@pytest.mark.parametrize("interpolator", ["linear", "bspline"])
@pytest.mark.parametrize("axes", ["LPS", "RAS", "SAR", "PIL", "IRA"])
@pytest.mark.parametrize("spacing", SPACINGS[:3])
def test_features_do_not_depend_on_what_is_held(spacing, axes, interpolator):
    ct = draw_ct(spacing)
    inside = np.zeros(SHAPE, np.uint8)
    inside[INNER] = np.random.default_rng(2).random(inside[INNER].shape) > 0.2
    ct, mask = (sitk.DICOMOrient(image, axes) for image in (ct, image_like(inside, ct)))
    settings = ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0), interpolator=interpolator)
    box = mask_box(sitk.GetArrayViewFromImage(mask))
    part = Part.of(ct).narrowed(grow_box(box, (34,) * 3, ct.GetSize()[::-1]))
    assert not part.is_whole
    cut = Part.of(mask).narrowed(part.box).image
    whole = extract_features(ct, mask, FROZEN_FEATURES, settings)
    assert extract_features(part, cut, FROZEN_FEATURES, settings) == whole


@pytest.mark.parametrize("axes", ["LPS", "RAI", "SAR", "PIL", "IRA", "ASL"])
def test_a_part_turned_is_the_part_of_the_whole_turned(axes):
    ct = sitk.DICOMOrient(draw_ct((0.7, 0.8, 1.25)), axes)
    part = Part.of(ct).narrowed(as_box((slice(5, 40), slice(10, 60), slice(20, 50))))
    turned = axial_part(part)
    assert turned.whole == Grid.of(to_axial_order(ct))
    assert is_along_patient(turned.whole)
    again = Part.of(to_axial_order(ct)).narrowed(turned.box)
    assert turned.image.GetOrigin() == again.image.GetOrigin()
    np.testing.assert_array_equal(*(sitk.GetArrayFromImage(each.image) for each in (turned, again)))
