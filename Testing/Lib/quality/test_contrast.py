import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.quality.contrast import measure_enhancement

WIDE = {"size": (160, 140, 160), "levels": (20, 21)}


@pytest.fixture(scope="module")
def wide_spine(draw_spine):
    """Two bodies in a field wide enough for kidneys."""
    return draw_spine(**WIDE)


def add_tube(spine, left_mm, back_mm, radius_mm, hu):
    """CT with a vertical tube at a place relative to the bodies' centre."""
    array = sitk.GetArrayFromImage(spine.ct)
    center = next(iter(spine.centers.values()))
    y, x = np.meshgrid(np.arange(array.shape[1]), np.arange(array.shape[2]), indexing="ij")
    inside = np.hypot(x - center[0] - left_mm, y - center[1] - back_mm) <= radius_mm
    array[:, inside] = hu
    ct = sitk.GetImageFromArray(array)
    ct.CopyInformation(spine.ct)
    return ct


def test_no_vessel_no_contrast(wide_spine):
    assert measure_enhancement(wide_spine.ct, cut_out_levels(wide_spine.labels)) is None


@pytest.mark.parametrize("hu", [140, 200, 320])
def test_a_bright_aorta_is_found_and_measured(wide_spine, hu):
    ct = add_tube(wide_spine, 10, -30, 9, hu)
    assert measure_enhancement(ct, cut_out_levels(wide_spine.labels)) == pytest.approx(hu, rel=0.2)


@pytest.mark.parametrize(
    ("tube", "why"),
    [
        ((10, -30, 9, 50), "blood without contrast"),
        ((10, -30, 2, 600), "a calcified wall"),
        ((60, -30, 9, 200), "bowel beside the spine"),
        ((0, 35, 9, 300), "a spinous process"),
    ],
)
def test_what_is_no_enhanced_aorta_does_not_count(wide_spine, tube, why):
    assert measure_enhancement(add_tube(wide_spine, *tube), cut_out_levels(wide_spine.labels)) is None, why


def test_kidneys_count_on_both_sides_only(wide_spine):
    one = add_tube(wide_spine, 55, 5, 15, 160)
    assert measure_enhancement(one, cut_out_levels(wide_spine.labels)) is None
    wide_spine = type(wide_spine)(ct=one, labels=wide_spine.labels, centers=wide_spine.centers)
    both = add_tube(wide_spine, -55, 5, 15, 160)
    assert measure_enhancement(both, cut_out_levels(wide_spine.labels)) == pytest.approx(160, rel=0.1)


def test_a_real_portal_venous_ct_shows_contrast(shared_data):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(shared_data / "crlm-ct-1006-dicom")))
    ct = reader.Execute()
    labels = sitk.Image(ct.GetSize(), sitk.sitkUInt8)
    labels.CopyInformation(ct)
    # L1 and L2 about the points of the data's own markups, as ellipsoids
    for label, center in ((20, (16.6, 76.6, -266.4)), (21, (16.6, 68.6, -296.4))):
        size = [int(w / s) for w, s in zip((44, 32, 27), ct.GetSpacing(), strict=True)]
        start = ct.TransformPhysicalPointToIndex([c - w / 2 for c, w in zip(center, (44, 32, 27), strict=True)])
        labels[tuple(slice(a, a + n) for a, n in zip(start, size, strict=True))] = label
    assert 110 < measure_enhancement(ct, cut_out_levels(labels)) < 160
