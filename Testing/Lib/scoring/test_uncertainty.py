import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import CancelledError
from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings, extract_features
from OVCFRiskLib.scoring.uncertainty import perturbed_features

MEDIAN, ENERGY = "original_firstorder_Median", "original_firstorder_Energy"


@pytest.fixture(scope="module")
def body():
    """CT and mask of an elliptic cylinder of bone in soft tissue, blurred as by a scanner."""
    z, y, x = np.meshgrid(*[np.arange(n) for n in (34, 46, 58)], indexing="ij")
    inside = (((x - 28.5) / 21) ** 2 + ((y - 22.5) / 15) ** 2 <= 1) & (np.abs(z - 16.5) <= 10)
    rng = np.random.default_rng(2)
    hu = np.where(inside, 160.0, 50.0) + rng.normal(0, 40, inside.shape)
    ct = sitk.GetImageFromArray(np.round(hu).astype(np.int16))
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    for image in (ct, mask):
        image.SetSpacing((1.0, 1.0, 1.25))
    return sitk.SmoothingRecursiveGaussian(sitk.Cast(ct, sitk.sitkFloat32), 0.7), mask


def test_there_is_one_finite_row_per_variant_with_the_names_in_order(body):
    rows = perturbed_features(*body, FROZEN_FEATURES, ExtractionSettings(), repeats=4)
    assert [list(row) for row in rows] == [list(FROZEN_FEATURES)] * 4
    assert np.isfinite([list(row.values()) for row in rows]).all()


def test_the_same_seed_gives_the_same_rows(body):
    first, again, other = (
        perturbed_features(*body, [MEDIAN, ENERGY], ExtractionSettings(), 4, seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


def test_the_interval_of_size_and_density_holds_the_unperturbed_value(body):
    settings = ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0))
    own = extract_features(*body, [MEDIAN, ENERGY], settings)
    rows = perturbed_features(*body, [MEDIAN, ENERGY], settings)
    for name in (MEDIAN, ENERGY):
        low, high = np.percentile([own[name], *(row[name] for row in rows)], (2.5, 97.5))
        assert low <= own[name] <= high
        assert 0 < high - low < 0.2 * own[name]


def test_a_body_in_a_sharp_border_has_a_wider_interval_than_one_in_its_own_tissue(body):
    ct, mask = body
    bone = sitk.Clamp(ct, lowerBound=120.0, upperBound=200.0)  # hardly any edge left
    spread = [
        np.ptp([row[MEDIAN] for row in perturbed_features(image, mask, [MEDIAN], ExtractionSettings(), 10)])
        for image in (ct, bone)
    ]
    assert spread[0] >= spread[1]


def test_inputs_stay_and_progress_can_cancel(body):
    ct, mask = body
    before = sitk.Hash(ct), sitk.Hash(mask)
    seen = []
    perturbed_features(ct, mask, [MEDIAN], ExtractionSettings(), 3, progress=lambda *a: seen.append(a[0]) or True)
    assert seen == pytest.approx([1 / 3, 2 / 3, 1])
    assert (sitk.Hash(ct), sitk.Hash(mask)) == before
    with pytest.raises(CancelledError):
        perturbed_features(ct, mask, [MEDIAN], ExtractionSettings(), 3, progress=lambda *_: False)
