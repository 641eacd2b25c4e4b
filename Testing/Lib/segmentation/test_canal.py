"""The canal as a dark hole in a ring of bone, on tubes whose middle is known."""

import numpy as np
import pytest

from OVCFRiskLib.segmentation.canal import BEHIND_CURVE_MM, find_canal
from OVCFRiskLib.segmentation.straightened import ALONG_CLICKS

PLANES = 90


def ringed(tubes, backs, sides, planes=PLANES, arch_every=18, arch_length=9):
    """Arches (2 mm planes) around a canal of 16 x 14 mm whose middle is given in each plane."""
    spine = tubes.empty(planes, ALONG_CLICKS)
    for plane, (back, side) in enumerate(zip(backs, sides, strict=True)):
        one = slice(plane, plane + 1)
        tubes.box(spine, one, (-4, back - 8), (side - 22, side + 22), 130.0)
        if plane % arch_every < arch_length:
            tubes.box(spine, one, (back - 8, back + 16), (side - 16, side + 16), 350.0)
        tubes.box(spine, one, (back - 7, back + 7), (side - 8, side + 8), 20.0)
    return spine


@pytest.mark.parametrize("back", [20.0, BEHIND_CURVE_MM, 32.0])
@pytest.mark.parametrize("side", [-8.0, 0.0, 8.0])
def test_a_straight_canal_is_found_where_it_is(tubes, back, side):
    canal = find_canal(ringed(tubes, np.full(PLANES, back), np.full(PLANES, side)))
    np.testing.assert_allclose(canal.side, side, atol=1.5)
    np.testing.assert_allclose(canal.back, back, atol=5.0)
    # the lowest and highest planes may end between two arches
    assert canal.ring_hu[:-10].min() > 100


def test_planes_open_behind_are_bridged(tubes):
    back, side = np.full(PLANES, 26.0), np.zeros(PLANES)
    canal = find_canal(ringed(tubes, back, side, arch_every=18, arch_length=6))
    assert np.ptp(canal.side) < 2.0
    assert np.abs(canal.back - canal.back.mean()).max() < 4.0


def test_a_bent_canal_is_followed(tubes):
    side = 8.0 * np.sin(np.linspace(0, np.pi, PLANES))
    canal = find_canal(ringed(tubes, np.full(PLANES, 26.0), side))
    inner = slice(15, -15)
    np.testing.assert_allclose(canal.side[inner], side[inner], atol=2.5)


def test_a_tube_without_bone_has_hardly_a_ring(tubes):
    assert find_canal(tubes.empty(PLANES, ALONG_CLICKS)).ring_hu.max() < 100


def test_planes_beyond_the_ct_have_no_ring(tubes):
    spine = ringed(tubes, np.full(PLANES, 26.0), np.zeros(PLANES))
    spine.is_seen[60:] = False
    canal = find_canal(spine)
    assert canal.ring_hu[-8:].max() == 0
    assert canal.ring_hu[:40].min() > 100
