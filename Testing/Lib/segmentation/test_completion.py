"""Points from one click: found where the spine is clear, asked for where it is not, never a vertebra skipped."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.completion import complete_points
from OVCFRiskLib.simulation.phantom import Phantom, PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture(scope="module")
def thin_spine() -> Phantom:
    """Thin bone."""
    return make_phantom(
        PhantomSettings(
            seed=12,
            trabecular_hu=40.0,
            cortex_mm=0.3,
            field_mm=(110.0, 130.0, 190.0),
            shift_mm=(0.0, 15.0, 0.0),
            spacing_mm=(1.0, 1.0, 1.5),
        )
    )


@pytest.mark.parametrize("level", LumbarLevel)
def test_one_click_finds_the_others(thin_spine, level):
    click = tuple(np.add(thin_spine.points[level], (3.0, 2.0, -3.5)))
    found = complete_points(thin_spine.ct, {level: click})
    assert found.points[level] == click, "a given point stays as it is"
    assert not found.missing
    assert set(found.certainty) == set(LumbarLevel) - {level}
    for other, point in found.points.items():
        if other is not level:
            assert np.linalg.norm(np.subtract(point, thin_spine.points[other])) < 4.0
    assert "proposed points, not clicked" in found.notes[0]


def test_gaps_between_clicks_are_filled(thin_spine):
    found = complete_points(thin_spine.ct, {level: thin_spine.points[level] for level in (L1, L4)})
    assert list(found.points) == [L1, L2, L3, L4]
    for level in (L2, L3):
        assert np.linalg.norm(np.subtract(found.points[level], thin_spine.points[level])) < 4.0


@pytest.mark.parametrize("level", [L3, L4])
def test_a_crushed_body_is_found_in_its_middle(level):
    """Seen from below alone, the plate of the next body stands where a whole body's would."""
    crushed = make_phantom(
        PhantomSettings(
            seed=19,
            trabecular_hu=60.0,
            cortex_mm=0.3,
            fractures={L2: ("crush", 0.4)},
            field_mm=(110.0, 130.0, 190.0),
            shift_mm=(0.0, 15.0, 0.0),
        )
    )
    found = complete_points(crushed.ct, {level: np.add(crushed.points[level], (2.0, -3.0, 3.0))})
    assert np.linalg.norm(np.subtract(found.points[L2], crushed.points[L2])) < 3.0


def test_four_points_stay_as_they_are(thin_spine):
    found = complete_points(thin_spine.ct, thin_spine.points)
    assert found.points == thin_spine.points
    assert not found.certainty
    assert not found.notes


def test_nothing_is_proposed_outside_the_field_of_view(thin_spine):
    z = thin_spine.points[L3][2] - 18.0 - thin_spine.ct.GetOrigin()[2]
    upper = thin_spine.ct[:, :, int(z / 1.5) :]
    found = complete_points(upper, {L2: thin_spine.points[L2]})
    assert L4 in found.missing
    assert L4 not in found.points
    assert L1 in found.points


def test_an_erased_vertebra_is_asked_for_and_not_skipped(thin_spine):
    array = sitk.GetArrayFromImage(thin_spine.ct)
    vertebrae = sitk.GetArrayFromImage(thin_spine.vertebrae)
    array[vertebrae == L3] = 40
    found = complete_points(image_like(array, thin_spine.ct), {L2: thin_spine.points[L2]})
    assert set(found.missing) == {L3, L4}
    assert "click" in found.missing[L3]
    assert L1 in found.points


def test_no_click_is_an_error(thin_spine):
    with pytest.raises(OVCFRiskError, match="at least one"):
        complete_points(thin_spine.ct, {})


@pytest.mark.parametrize(("lean", "least"), [(-0.4, 3), (0.3, 3), (0.38, 0)])
def test_a_spine_that_leans_is_followed_or_asked_for(thin_spine, lean, least):
    """Lying over a cushion: the canal leaves the patient's axis by up to 22 degrees, which one click cannot tell."""
    turn = sitk.Euler3DTransform(thin_spine.points[L1], lean, 0.0, 0.0)
    ct = sitk.Resample(thin_spine.ct, thin_spine.ct, turn, sitk.sitkLinear, -1000)
    found = complete_points(ct, {L1: thin_spine.points[L1]})
    assert len(found.certainty) >= least
    for level in found.certainty:
        truth = turn.GetInverse().TransformPoint(tuple(map(float, thin_spine.points[level])))
        assert np.linalg.norm(np.subtract(found.points[level], truth)) < 3.0


def test_a_body_beside_the_axis_is_asked_for(thin_spine, monkeypatch):
    """Whatever was taken for the canal, no body lies so far beside its neighbour."""
    monkeypatch.setattr("OVCFRiskLib.segmentation.completion.ASIDE_MM", 0.1)
    found = complete_points(thin_spine.ct, {L2: thin_spine.points[L2]})
    assert not found.certainty
    assert "beside its neighbour's axis" in found.missing[L3]
    assert "beyond a vertebra" in found.missing[L4]


def test_what_moves_to_another_body_is_asked_for(thin_spine, monkeypatch):
    monkeypatch.setattr("OVCFRiskLib.segmentation.completion.SAME_BODY_MM", 0.0)
    found = complete_points(thin_spine.ct, {L2: thin_spine.points[L2]})
    assert set(found.points) == {L2}
    assert "together with its neighbours" in found.missing[L1]
    assert "together with its neighbours" in found.missing[L3]
    assert "beyond a vertebra" in found.missing[L4]
