"""What surrounds the spine: HU where they belong, in what order they are painted."""

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import lps_to_index
from OVCFRiskLib.reading.hounsfield import AIR_HU
from OVCFRiskLib.simulation import soft_tissue
from OVCFRiskLib.simulation.body_shape import posterior_wall
from OVCFRiskLib.simulation.lesion_hu import BLOOD_HU
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

SETTINGS = PhantomSettings(spacing_mm=(1.5, 1.5, 2.0), noise_hu=0.0, blur_fwhm_mm=0.0)
SPINE = stack_vertebrae(SETTINGS)


@pytest.fixture(scope="module")
def plain():
    return make_phantom(SETTINGS).ct


def hu_at(ct, vertebra, *local):
    k, j, i = np.rint(lps_to_index(ct, SPINE[vertebra].place(*local)[None])[0]).astype(int)
    return float(sitk.GetArrayViewFromImage(ct)[k, j, i])


def test_the_disc_lies_between_the_bodies(plain):
    frame = SPINE[Vertebra.L3]
    middle = frame.half_height + SPINE[Vertebra.L2].disc_mm / 2
    assert hu_at(plain, Vertebra.L3, 0.0, 0.0, middle) == pytest.approx(SETTINGS.tissue.disc, abs=2)


def test_the_sac_lies_behind_the_body_with_fat_around(plain):
    frame = SPINE[Vertebra.L2]
    middle = posterior_wall(frame) + 8
    assert hu_at(plain, Vertebra.L2, 0.0, middle, 0.0) == pytest.approx(SETTINGS.tissue.canal, abs=2)


@pytest.mark.parametrize(("side", "name"), [(11.0, "aorta"), (-15.0, "vein")])
def test_contrast_fills_the_vessels_each_its_fraction(side, name):
    ct = make_phantom(dataclasses.replace(SETTINGS, contrast_hu=300.0)).ct
    frame = SPINE[Vertebra.L2]
    radius = soft_tissue.AORTA_MM if name == "aorta" else soft_tissue.VEIN_MM
    found = hu_at(ct, Vertebra.L2, side, -(frame.half_depth + radius + 1.5), 0.0)
    gain = 300.0 - BLOOD_HU
    expected = 300.0 if name == "aorta" else BLOOD_HU + soft_tissue.VEIN_FRACTION * gain
    assert found == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("vertebra", [Vertebra.L2, Vertebra.L3, Vertebra.L4])
def test_the_psoas_stands_beside_the_bodies(plain, vertebra):
    for side in (-1, 1):
        beside = hu_at(plain, vertebra, side * (SPINE[vertebra].half_width + 9), 6.0, 0.0)
        assert beside == pytest.approx(SETTINGS.tissue.psoas, abs=2)


def test_air_is_around_the_trunk():
    wide = dataclasses.replace(SETTINGS, spacing_mm=(4.0, 4.0, 10.0), field_mm=(400.0, 320.0, 40.0))
    corner = sitk.GetArrayViewFromImage(make_phantom(wide).ct)[1, 0, 0]
    assert corner == AIR_HU
