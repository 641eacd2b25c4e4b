"""The spine placed as one: each step on phantoms whose canal, walls, pedicles and endplates are known, in thin bone."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.canal import find_canal
from OVCFRiskLib.segmentation.pedicles import find_pedicles
from OVCFRiskLib.segmentation.placement import find_anatomy, place_levels
from OVCFRiskLib.segmentation.spine_curve import SpineCurve
from OVCFRiskLib.segmentation.straightened import ALONG_CLICKS, straighten
from OVCFRiskLib.simulation.phantom import Phantom, PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
THIN = {
    "dark": {"seed": 12, "trabecular_hu": 20.0, "cortex_mm": 0.2},
    "scoliosis": {"seed": 3, "trabecular_hu": 50.0, "cortex_mm": 0.3, "cobb_degrees": 30.0, "lordosis_degrees": 65.0},
    "crushed": {"seed": 19, "trabecular_hu": 60.0, "cortex_mm": 0.3, "fractures": {L2: ("crush", 0.4)}},
}


@pytest.fixture(scope="module", params=THIN, ids=str)
def thin_spine(request) -> Phantom:
    """A spine of thin bone, small enough to be quick."""
    settings = {"field_mm": (110.0, 130.0, 190.0), "shift_mm": (0.0, 15.0, 0.0), "spacing_mm": (1.0, 1.0, 1.5)}
    return make_phantom(PhantomSettings(**settings, **THIN[request.param]))


def clicks_off(phantom: Phantom, mm: float, seed: int) -> dict[LumbarLevel, np.ndarray]:
    """Clicks so far off the middles, each in a direction of its own."""
    off = np.random.default_rng(seed).normal(size=(len(phantom.points), 3))
    off *= mm / np.linalg.norm(off, axis=1, keepdims=True)
    return {level: point + o for (level, point), o in zip(phantom.points.items(), off, strict=True)}


@pytest.mark.parametrize("seed", [1, 2])
def test_bodies_are_placed_whatever_the_clicks(thin_spine, seed):
    placed = place_levels(thin_spine.ct, clicks_off(thin_spine, 7.0, seed))
    bodies = cut_out_levels(thin_spine.labels)
    for level, body in bodies.items():
        off = body.frame.local(placed[level].frame.center)
        assert abs(off[2]) < 2.5, f"{level.name} is {off[2]:.1f} mm off along the spine"
        assert abs(off[0]) < 3.5
        behind = placed[level].frame.lps(np.array([0.0, placed[level].wall_mm, 0.0]))
        middle = np.abs(body.frame.local(body.points_lps)[:, [0, 2]]).max(axis=1) < 5
        wall = body.frame.local(body.points_lps)[middle, 1].max()
        assert body.frame.local(behind)[1] == pytest.approx(wall, abs=2.5)


def test_the_canal_is_followed_where_the_curve_is_not(thin_spine):
    clicks = clicks_off(thin_spine, 8.0, 5)
    curve = SpineCurve.through_clicks(np.array(list(clicks.values())))
    spine = straighten(thin_spine.ct, clicks, curve, ALONG_CLICKS)
    canal = find_canal(spine)
    inner = slice(len(spine.frames) // 4, -len(spine.frames) // 4)
    assert canal.ring_hu[inner].min() > 90
    bone = sitk.GetArrayFromImage(thin_spine.vertebrae) > 0
    for frame, back, side in list(zip(spine.frames, canal.back, canal.side, strict=True))[inner]:
        index = thin_spine.ct.TransformPhysicalPointToIndex(frame.lps(np.array([side, back, 0.0])).tolist())
        assert not bone[index[::-1]], "the canal's middle lies in bone"


def test_a_ct_without_arches_has_no_placement():
    array = np.full((80, 90, 90), 40, np.int16)
    array[20:50, 30:60, 25:65] = 200
    ct = sitk.GetImageFromArray(array)
    assert place_levels(ct, {L2: np.array([45.0, 45.0, 35.0])}) == {}


def test_a_wanted_level_is_found_between_and_beyond():
    phantom = make_phantom(PhantomSettings(field_mm=(110.0, 130.0, 190.0), shift_mm=(0.0, 15.0, 0.0)))
    clicks = {level: np.array(phantom.points[level]) for level in (L1, L3)}
    anatomy = find_anatomy(phantom.ct, clicks, [L2, L4])
    for level in LumbarLevel:
        middle = anatomy.placements[level].frame.center
        assert np.linalg.norm(middle - phantom.points[level]) < 4.0
        assert anatomy.pedicle_values[level] > 0.7


def test_pedicles_are_chosen_together():
    planes = np.arange(150)
    profile = np.exp(-0.5 * ((planes[:, None] - [20, 56, 92, 128]) / 3.0) ** 2).max(axis=1)
    # L2's click lies between two pedicles; its neighbours tell which one it means
    found = find_pedicles(profile, {L1: 124.0, L2: 72.0, L3: 50.0})
    assert found == pytest.approx({L1: 128, L2: 92, L3: 56}, abs=1.5)


def test_a_gap_in_the_arches_is_bridged(thin_spine):
    """A laminectomy of one vertebra: the path of the canal goes on straight."""
    array = sitk.GetArrayFromImage(thin_spine.ct)
    vertebrae = sitk.GetArrayFromImage(thin_spine.vertebrae)
    bodies = sitk.GetArrayFromImage(thin_spine.labels)
    y = thin_spine.ct.GetOrigin()[1] + np.arange(array.shape[1]) * thin_spine.ct.GetSpacing()[1]
    behind = y[None, :, None] > thin_spine.points[L3][1] + 30
    array[(vertebrae == L3) & (bodies == 0) & behind] = 50
    placed = place_levels(image_like(array, thin_spine.ct), clicks_off(thin_spine, 3.0, 1))
    off = cut_out_levels(thin_spine.labels)[L3].frame.local(placed[L3].frame.center)
    assert np.abs(off[[0, 2]]).max() < 3.5
