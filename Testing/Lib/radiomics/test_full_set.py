"""The other features, by pyradiomics on our grid: against first-order formulas and pyradiomics' own shape of a box."""

import builtins

import numpy as np
import pytest

from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.radiomics import ExtractionSettings
from OVCFRiskLib.radiomics.full_set import pyradiomics_features
from OVCFRiskLib.radiomics.region import BodyRegion

SPACING_KJI = (1.5, 0.8, 0.7)
NAMES = ("original_firstorder_Mean", "original_firstorder_Range", "original_shape_VoxelVolume")


def region_of(hu):
    inside = np.zeros(hu.shape, bool)
    inside[1:-1, 1:-1, 1:-1] = True
    return BodyRegion(hu, inside, inside, hu[inside], None, SPACING_KJI)


@pytest.fixture
def region() -> BodyRegion:
    return region_of(np.random.default_rng(4).integers(0, 400, (8, 10, 12)).astype(np.int16))


def test_values_are_those_of_the_formulas_in_the_order_asked_for(region):
    found = pyradiomics_features(region, NAMES, ExtractionSettings())
    assert tuple(found) == NAMES
    assert found["original_firstorder_Mean"] == pytest.approx(region.values.mean())
    assert found["original_firstorder_Range"] == np.ptp(region.values)
    assert found["original_shape_VoxelVolume"] == pytest.approx(region.inside.sum() * np.prod(SPACING_KJI))


def test_the_shape_sees_the_spacing_along_its_own_axis(region):
    names = ("original_shape_MajorAxisLength", "original_shape_LeastAxisLength")
    found = pyradiomics_features(region, names, ExtractionSettings())
    sides = np.array([6, 8, 10]) * SPACING_KJI
    # of a box of n voxels, the variance along a side is (n^2 - 1) / 12 voxels
    variances = (np.array([6, 8, 10]) ** 2 - 1) / 12 * np.square(SPACING_KJI)
    assert found["original_shape_MajorAxisLength"] == pytest.approx(4 * np.sqrt(variances.max()), rel=1e-6)
    assert found["original_shape_LeastAxisLength"] < sides.max()
    assert found["original_shape_LeastAxisLength"] == pytest.approx(4 * np.sqrt(variances.min()), rel=1e-6)


def test_a_narrower_bin_gives_more_gray_levels(region):
    name = "original_firstorder_Entropy"
    wide, narrow = (pyradiomics_features(region, [name], ExtractionSettings(bin_width=w))[name] for w in (100, 10))
    assert narrow > wide > 0


def test_without_pyradiomics_the_features_are_named(region, monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments, **keywords):
        if name.split(".")[0] == "radiomics":
            raise ImportError(name)
        return real(name, *arguments, **keywords)

    monkeypatch.setattr(builtins, "__import__", refuse)
    names = [*NAMES, "original_shape_Sphericity"]
    with pytest.raises(MissingDependencyError, match="original_shape_VoxelVolume and 1 more") as caught:
        pyradiomics_features(region, names, ExtractionSettings())
    assert "pip install pyradiomics" in str(caught.value)


def test_a_mask_that_pyradiomics_refuses_is_a_sentence(region):
    nothing = np.zeros_like(region.inside)
    empty = BodyRegion(region.hu, nothing, nothing, region.values, None, SPACING_KJI)
    with pytest.raises(OVCFRiskError, match=r"pyradiomics cannot measure this mask: .*; correct the segment"):
        pyradiomics_features(empty, NAMES, ExtractionSettings())
