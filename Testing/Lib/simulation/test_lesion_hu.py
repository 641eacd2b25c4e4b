"""Lesions change the attenuation within a body by what they say."""

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.simulation import lesions
from OVCFRiskLib.simulation.lesion_hu import BLOOD_HU, lesion_hu
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae

L3 = stack_vertebrae(PhantomSettings())[Vertebra.L3]


def changed(lesion, *points, hu=100.0):
    local = [np.array(axis, np.float32) for axis in zip(*points, strict=True)]
    body = dataclasses.replace(L3, lesions=(lesion,))
    return lesion_hu(body, local, np.full(len(points), hu, np.float32), 0.5, np.random.default_rng(0))


def test_sclerosis_is_its_gain_at_the_plate_and_a_third_of_it_at_its_depth():
    top = L3.half_height * 0.92
    at_plate, deeper = changed(lesions.ScleroticEndplate(depth_mm=4.0, gain_hu=200.0), (0, 0, top), (0, 0, top - 4))
    assert at_plate == pytest.approx(300, abs=5)
    assert deeper - 100 == pytest.approx((at_plate - 100) / np.e, rel=0.02)


def test_an_island_has_its_hu_inside_and_nothing_outside():
    island = lesions.BoneIsland(radius_mm=3.0, hu=1000.0, left=0.0, back=0.0, up=0.0)
    assert changed(island, (0, 0, 0), (4, 0, 0)).tolist() == [1000.0, 100.0]


def test_a_vein_is_blood():
    assert changed(lesions.WideVein(), (0.0, 5.0, 0.0))[0] == pytest.approx(BLOOD_HU)
    assert changed(lesions.WideVein(), (0.0, -10.0, 0.0))[0] == pytest.approx(100)


def test_a_node_s_rim_is_dense():
    node = lesions.SchmorlNode(gain_hu=150.0, depth_mm=5.0, left=0.0, back=0.0)
    top = L3.half_height * 0.92
    assert changed(node, (0, 0, top - 5.5))[0] > 180
    assert changed(node, (0, 0, top - 15))[0] < 105


def test_a_haemangioma_stays_within_its_radius():
    spot = lesions.Haemangioma(radius_mm=6.0, left=0.0, back=0.0)
    line = [(0.0, v, 0.0) for v in np.arange(-14, 14, 0.5)]
    hu = changed(spot, *line)
    distance = np.abs([v for _, v, _ in line])
    assert (hu[distance > 7] == 100).all()
    assert (hu[distance < 5] != 100).all()


def test_osteophytes_change_no_bone_within():
    assert changed(lesions.Osteophytes(), (0, 0, 0))[0] == 100
