"""The arch comes off, the body stays: known shapes, any turn, any grid, and a real vertebra."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.segmentation.arch import cut_arch

TURNS = [(0, 0, 0), (25, 0, 0), (-25, 5, 10), (10, 12, 0), (0, -12, 25), (-15, 8, -20)]
GRIDS = [(1.0, 1.0, 1.0), (0.8, 0.8, 5.0), (3.0, 3.0, 3.0)]
CORPUS = (49, 50)


def array_of(image: sitk.Image) -> np.ndarray:
    return sitk.GetArrayFromImage(image) > 0


def dice(a: np.ndarray, b: np.ndarray) -> float:
    return 2 * float((a & b).sum()) / float(a.sum() + b.sum())


@pytest.mark.parametrize("degrees", TURNS)
@pytest.mark.parametrize("spacing", GRIDS)
def test_body_is_left_and_not_eaten(vertebra_factory, spacing, degrees):
    whole, body = vertebra_factory.make_vertebrae({1: (0, 0, 0)}, spacing, degrees)
    expected, got = array_of(body), array_of(cut_arch(whole))
    assert dice(got, expected) > 0.97
    assert (expected & ~got).sum() < 0.02 * expected.sum()
    assert not (got & ~array_of(whole)).any()


@pytest.mark.parametrize("degrees", TURNS)
@pytest.mark.parametrize("spacing", GRIDS)
def test_body_alone_is_returned_as_it_is(vertebra_factory, spacing, degrees):
    _whole, body = vertebra_factory.make_vertebrae({1: (0, 0, 0)}, spacing, degrees)
    assert np.array_equal(array_of(cut_arch(body)), array_of(body))


@settings(max_examples=15, deadline=None)
@given(
    half=st.tuples(st.floats(17, 28), st.floats(12, 19), st.floats(9, 16)),
    turn=st.tuples(st.floats(-30, 30), st.floats(-15, 15), st.floats(-25, 25)),
    power=st.sampled_from((2, 4, 20)),
    is_cut=st.booleans(),
)
def test_any_plain_body_is_returned_as_it_is(half, turn, power, is_cut):
    k, j, i = np.indices((40, 40, 40)) * 2.0 - 40
    axes = np.reshape(sitk.Euler3DTransform((0, 0, 0), *np.radians(turn).tolist()).GetMatrix(), (3, 3))
    local = np.stack([i, j, k], axis=-1) @ axes / half
    mask = (np.abs(local) ** power).sum(axis=-1) <= 1
    image = sitk.GetImageFromArray((mask[20:] if is_cut else mask).astype(np.uint8))
    image.SetSpacing((2.0, 2.0, 2.0))
    assert np.array_equal(array_of(cut_arch(image)), array_of(image))


@pytest.mark.parametrize("part", [slice(0, 50), slice(46, None)])
def test_half_a_vertebra_loses_its_arch_too(vertebra_factory, part):
    whole, body = vertebra_factory.make_vertebrae({1: (0, 0, 0)}, (1.0, 1.0, 1.0))
    assert dice(array_of(cut_arch(whole[:, :, part])), array_of(body[:, :, part])) > 0.95


def test_orientation_of_the_image_does_not_matter(vertebra_factory):
    whole, _body = vertebra_factory.make_vertebrae({1: (0, 0, 0)}, (1.5, 1.5, 1.5))
    expected = cut_arch(whole)
    turned = cut_arch(sitk.DICOMOrient(whole, "SAL"))
    back = sitk.DICOMOrient(turned, "LPS")
    assert dice(array_of(back), array_of(expected)) > 0.999


def test_input_stays_as_it_was(vertebra_factory):
    whole, _body = vertebra_factory.make_vertebrae({7: (0, 0, 0)}, (2.0, 2.0, 2.0))
    before = sitk.GetArrayFromImage(whole)
    body = cut_arch(whole)
    assert np.array_equal(sitk.GetArrayFromImage(whole), before)
    assert body.GetPixelID() == sitk.sitkUInt8
    assert set(np.unique(sitk.GetArrayFromImage(body))) == {0, 1}


def test_empty_mask_is_an_error():
    with pytest.raises(OVCFRiskError, match="empty"):
        cut_arch(sitk.Image((5, 5, 5), sitk.sitkUInt8))


@pytest.fixture(scope="module")
def real_vertebrae(shared_data) -> tuple[sitk.Image, np.ndarray]:
    """Whole vertebrae L2-L4 (L2 and L4 cut by the crop), and their corpus drawn by others."""
    folder = shared_data / "tptbox-l3"
    vertebrae = sitk.ReadImage(str(folder / "sub-ct_seg-vert_label-22_msk.nii.gz"))
    parts = sitk.ReadImage(str(folder / "sub-ct_seg-subreg_label-22_msk.nii.gz"))
    return vertebrae, np.isin(sitk.GetArrayFromImage(parts), CORPUS)


@pytest.mark.parametrize(("value", "at_least"), [(21, 0.98), (22, 0.98), (23, 0.98)])
def test_real_vertebra(real_vertebrae, value, at_least):
    vertebrae, corpus = real_vertebrae
    expected = corpus & (sitk.GetArrayFromImage(vertebrae) == value)
    got = array_of(cut_arch(vertebrae == value))
    assert dice(got, expected) > at_least
    assert (expected & ~got).sum() < 0.02 * expected.sum()
    body = image_like(expected.astype(np.uint8), vertebrae)
    assert np.array_equal(array_of(cut_arch(body)), expected)
