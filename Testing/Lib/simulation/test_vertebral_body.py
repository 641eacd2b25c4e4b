"""A painted body: a shell of cortex, bone within, nothing where the field of view ends."""

import dataclasses

import numpy as np
import pytest

from OVCFRiskLib.simulation.canvas import Canvas
from OVCFRiskLib.simulation.lesions import Osteophytes, SchmorlNode
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae
from OVCFRiskLib.simulation.vertebral_body import CORTEX_HU, paint_body

SETTINGS = PhantomSettings(texture_scale=0.0, trabecular_hu=100.0, cortex_mm=1.5, subcortical_hu=0.0)
L2 = stack_vertebrae(SETTINGS)[Vertebra.L2]


def canvas(center, half=30.0, step=0.5):
    z, y, x = (np.arange(c - half, c + half, step, dtype=np.float32) for c in center[::-1])
    return Canvas(np.full((z.size, y.size, x.size), -100, np.float32), (z, y, x), (step,) * 3)


def test_cortex_without_bone_within_and_bone_without_cortex():
    volume = canvas(L2.frame.center)
    box, inside, disputed = paint_body(volume, L2, SETTINGS)
    hu = volume.hu[box]
    assert hu.max() == pytest.approx(CORTEX_HU)
    assert np.median(hu[inside]) == pytest.approx(104, abs=5)
    assert (volume.hu[~np.isin(np.arange(volume.hu.shape[0]), range(box[0].start, box[0].stop))] == -100).all()
    assert not disputed.any()


def test_bone_beneath_the_cortex_is_denser():
    means = []
    for gain in (0.0, 150.0):
        volume = canvas(L2.frame.center)
        box, inside, _ = paint_body(volume, L2, dataclasses.replace(SETTINGS, subcortical_hu=gain, cortex_mm=0.3))
        k, j, i = (n // 2 for n in volume.hu.shape)
        means.append((volume.hu[box][inside].mean(), volume.hu[k, j - 8, i]))
    assert means[1][0] > means[0][0] + 30
    assert means[1][1] == pytest.approx(means[0][1], abs=3)


def test_outside_the_field_of_view_nothing_is_painted():
    volume = canvas(L2.frame.center + 200)
    assert paint_body(volume, L2, SETTINGS) is None
    assert (volume.hu == -100).all()


def test_what_experts_dispute_is_what_has_grown_or_sunk():
    sick = dataclasses.replace(L2, lesions=(Osteophytes(), SchmorlNode(plate="lower")))
    _, inside, disputed = paint_body(canvas(L2.frame.center, 36.0), sick, SETTINGS)
    assert (inside & disputed).any()
    assert (~inside & disputed).any()
    assert disputed.sum() < 0.2 * inside.sum()
