"""Pedicles once per vertebra, on boxes and on profiles whose peaks are known."""

import numpy as np
import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.pedicles import ABOVE_MIDDLE_MM, find_pedicles, own_pitch, pedicle_profile

L1, L2, L3, L4 = LumbarLevel
MIDDLES = (40, 76, 112, 148)  # L4 to L1, from feet to head
PLANES = 190


def peaks(*places, height=1.0):
    planes = np.arange(PLANES)
    return height * sum(np.exp(-0.5 * ((planes - place) / 3.0) ** 2) for place in places)


@pytest.mark.parametrize("bone_hu", [30.0, 130.0])
def test_the_profile_peaks_in_the_middle_of_each_pair_and_nowhere_else(tubes, bone_hu):
    spine = tubes.spine(MIDDLES, PLANES, bone_hu)
    profile = pedicle_profile(spine, np.full(PLANES, tubes.wall_mm))
    assert profile.min() >= 0
    assert profile.max() <= 1
    for middle in MIDDLES:
        near = slice(middle + 5 - 12, middle + 5 + 13)
        assert near.start + int(profile[near].argmax()) == pytest.approx(middle + 5, abs=1)
        assert profile[near].max() > 0.8
    between = [middle - 13 for middle in MIDDLES[1:]]
    assert profile[between].max() < 0.05


def test_one_sided_bone_is_less_like_a_pedicle_than_a_pair(tubes):
    spine = tubes.spine((60,), 120)
    whole = pedicle_profile(spine, np.full(120, tubes.wall_mm)).max()
    tubes.box(spine, slice(None), (tubes.wall_mm + 0.5, 4), (8, 18), 0.0)
    one_sided = pedicle_profile(spine, np.full(120, tubes.wall_mm))
    assert one_sided.max() < whole


def test_a_tube_without_bone_has_no_pedicles(tubes):
    np.testing.assert_array_equal(pedicle_profile(tubes.empty(90), np.full(90, tubes.wall_mm)), 0.0)


@pytest.mark.parametrize("off", [-6.0, 0.0, 6.0])
def test_clicks_off_along_the_spine_take_the_peaks_nearest_to_them(off):
    places = (45, 81, 117, 153)
    clicks = {level: place - ABOVE_MIDDLE_MM + off for level, place in zip((L4, L3, L2, L1), places, strict=True)}
    found = find_pedicles(peaks(*places), clicks)
    assert list(found) == [L4, L3, L2, L1]
    np.testing.assert_allclose(list(found.values()), places, atol=2)


def test_a_level_without_a_click_is_held_by_its_neighbours():
    found = find_pedicles(peaks(45, 81, 117), {L4: 40.0, L3: None, L2: 112.0})
    np.testing.assert_allclose(list(found.values()), [45, 81, 117], atol=1)


def test_levels_beyond_one_that_is_absent_are_two_pitches_apart():
    found = find_pedicles(peaks(45, 81, 117), {L4: 40.0, L2: None})
    assert found[L2] == pytest.approx(117, abs=1)


def test_without_any_peak_the_click_and_the_pitch_decide():
    found = find_pedicles(np.zeros(PLANES), {L3: 60.0, L2: 96.0})
    np.testing.assert_allclose([found[L3], found[L2]], [65.0, 101.0], atol=1)


@pytest.mark.parametrize("pitch", [28, 34, 40])
def test_distance_of_vertebrae_is_the_spines_own(pitch):
    """Peaks of small and of tall people, one of them weak, from one click 4 mm off."""
    planes = np.arange(220)
    profile = sum(
        height * np.exp(-0.5 * ((planes - place) / 2.5) ** 2)
        for place, height in zip(range(40, 220, pitch), (0.9, 0.3, 0.8, 0.9, 0.7, 0.9, 0.9), strict=False)
    )
    click = 40 + 2 * pitch - 5 + 4
    assert own_pitch(profile, {LumbarLevel.L2: float(click)}) == pytest.approx(pitch, abs=1.5)


def test_without_peaks_the_distance_is_a_womans():
    assert own_pitch(np.zeros(150), {LumbarLevel.L2: 75.0}) == pytest.approx(34.5, abs=1.0)
