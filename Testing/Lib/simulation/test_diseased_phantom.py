"""Each lesion is seen in the CT where it belongs, and the truth about the bodies holds it."""

import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.geometry import index_to_lps, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation import lesions
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import Vertebra
from OVCFRiskLib.simulation.tissue import OLD_WOMAN

L1, L2, L3, L4 = LumbarLevel
PLAIN = PhantomSettings(
    spacing_mm=(1.0, 1.0, 1.0),
    field_mm=(110.0, 110.0, 170.0),
    noise_hu=0.0,
    texture_scale=0.0,
    blur_fwhm_mm=0.0,
    cobb_degrees=0.0,
)


@pytest.fixture(scope="module")
def healthy():
    return make_phantom(PLAIN)


def diseased(*lesions, level=L2):
    return make_phantom(dataclasses.replace(PLAIN, lesions={level: lesions}))


def array(image):
    return sitk.GetArrayViewFromImage(image)


def hu_at(phantom, level, left, back, up):
    """HU at a place in half edges of a body."""
    body = phantom.spine[Vertebra(level)]
    place = body.place(left * body.half_width, back * body.half_depth, up * body.half_height)
    return float(array(phantom.ct)[tuple(np.rint(lps_to_index(phantom.ct, place[None])[0]).astype(int))])


def hu_in_disc(phantom, level, back=-0.04):
    body = phantom.spine[Vertebra(level)]
    place = body.place(0.0, back * body.half_depth, -body.half_height - body.disc_mm / 2)
    return float(array(phantom.ct)[tuple(np.rint(lps_to_index(phantom.ct, place[None])[0]).astype(int))])


def volume_ml(phantom, level):
    return np.count_nonzero(array(phantom.labels) == level) / 1000


def test_without_lesions_nothing_is_disputed(healthy):
    assert not array(healthy.disputed).any()


def test_a_lesion_leaves_the_other_bodies_alone(healthy):
    other = diseased(
        lesions.SchmorlNode(),
        lesions.Osteophytes(),
        lesions.BoneIsland(),
        lesions.Haemangioma(),
        lesions.ScleroticEndplate(),
        lesions.WideVein(),
    )
    for level in (L1, L3, L4):
        mask = array(healthy.labels) == level
        assert ((array(other.labels) == level) == mask).all()
        assert (array(other.ct)[mask] == array(healthy.ct)[mask]).all()


def test_a_node_is_disc_within_the_body_s_outline(healthy):
    node = lesions.SchmorlNode(depth_mm=6.0, radius_mm=7.0)
    found = diseased(node)
    lost = volume_ml(healthy, L2) - volume_ml(found, L2)
    half_ellipsoid = 2 / 3 * np.pi * node.radius_mm**2 * node.depth_mm / 1000
    assert lost == pytest.approx(half_ellipsoid, rel=0.25)
    # it begins beneath the concave plate
    assert hu_at(found, L2, 0.0, 0.1, 0.72) == pytest.approx(PLAIN.tissue.disc, abs=5)
    holes = (array(healthy.labels) == L2) & (array(found.labels) != L2)
    assert array(found.disputed)[holes].all()
    assert ndimage.label(array(found.labels) == L2)[1] == 1


def test_a_sclerotic_endplate_fades_into_the_body(healthy):
    found = diseased(lesions.ScleroticEndplate(gain_hu=250.0, depth_mm=4.0))
    gains = [hu_at(found, L2, 0.3, -0.2, up) - hu_at(healthy, L2, 0.3, -0.2, up) for up in (0.66, 0.3, 0.0, -0.6)]
    assert gains == sorted(gains, reverse=True)
    assert gains[0] > 80
    assert gains[-1] < 10


def test_an_island_is_compact_bone(healthy):
    island = lesions.BoneIsland(radius_mm=4.0, hu=1100.0)
    found = diseased(island)
    assert hu_at(found, L2, island.left, island.back, island.up) == pytest.approx(1100, abs=5)
    brighter = array(found.ct).astype(int) - array(healthy.ct) > 400
    assert brighter.sum() == pytest.approx(4 / 3 * np.pi * 4**3, rel=0.15)


def test_a_haemangioma_is_fat_with_upright_columns(healthy):
    found = diseased(lesions.Haemangioma(radius_mm=9.0, hu=-40.0))
    changed = array(found.ct).astype(int) - array(healthy.ct)
    inside = np.abs(changed) > 60
    assert 1 < inside.sum() / 1000 < 5
    hu = array(found.ct)[inside]
    assert 0.5 < (hu < 20).mean() < 0.95
    assert (hu > 200).any()
    # the same columns one slice higher: bone that stands along the body's axis
    k = int(np.rint(lps_to_index(found.ct, np.array(found.points[L2])[None])[0][0]))
    both = inside[k] & inside[k + 1]
    assert np.corrcoef(array(found.ct)[k][both], array(found.ct)[k + 1][both])[0, 1] > 0.5


def test_a_wide_vein_is_blood_to_the_front(healthy):
    found = diseased(lesions.WideVein(radius_mm=4.0, fraction=1.0))
    assert hu_at(found, L2, 0.0, 0.0, 0.0) == pytest.approx(42, abs=3)
    assert hu_at(healthy, L2, 0.0, 0.0, 0.0) > 80


def test_osteophytes_stand_at_the_front_and_the_sides_only(healthy):
    found = diseased(lesions.Osteophytes(length_mm=6.0))
    grown = (array(found.labels) == L2) & (array(healthy.labels) != L2)
    assert grown.sum() > 300
    assert array(found.disputed)[grown].all()
    body = found.spine[Vertebra.L2]
    local = body.frame.local(index_to_lps(found.labels, np.argwhere(grown)))
    assert local[:, 1].min() < -body.half_depth - 4
    assert np.abs(local[:, 0]).max() > body.half_width + 3
    assert local[:, 1].max() < 0.5 * body.half_depth
    assert local[:, 2].min() > 0
    assert ndimage.label(array(found.labels) == L2)[1] == 1


@pytest.mark.parametrize("side", ["left", "front", "right"])
def test_a_bridge_joins_two_bodies_and_belongs_to_neither(healthy, side):
    found = diseased(lesions.Bridge(side=side))
    bone = array(found.disputed) == 1
    assert bone.sum() > 100
    assert not (array(found.labels)[bone]).any()
    assert np.median(array(found.ct)[bone]) > 300
    touched = ndimage.binary_dilation(bone, iterations=2)
    assert {int(L2), int(L3)} <= set(np.unique(array(found.labels)[touched]))
    body = found.spine[Vertebra.L2]
    local = body.frame.local(index_to_lps(found.labels, np.argwhere(bone))).mean(axis=0)
    assert (local[0] > 5, local[0] < -5) == (side == "left", side == "right")


def test_gas_and_calcium_lie_in_the_disc(healthy):
    assert hu_in_disc(healthy, L2) == pytest.approx(PLAIN.tissue.disc, abs=3)
    assert hu_in_disc(diseased(lesions.VacuumDisc()), L2) == pytest.approx(-800, abs=20)
    assert hu_in_disc(diseased(lesions.CalcifiedDisc()), L2, back=-0.75) == pytest.approx(400, abs=20)


def test_a_narrow_disc_brings_the_bodies_together(healthy):
    found = diseased(lesions.NarrowDisc(fraction=0.4))
    distances = [np.linalg.norm(np.subtract(p.points[L2], p.points[L3])) for p in (healthy, found)]
    assert distances[0] - distances[1] == pytest.approx(0.6 * healthy.spine[Vertebra.L2].disc_mm, abs=0.2)


def test_soft_tissue_of_an_old_woman_is_darker(healthy):
    old = make_phantom(dataclasses.replace(PLAIN, tissue=OLD_WOMAN))
    assert hu_in_disc(old, L3) == pytest.approx(OLD_WOMAN.disc, abs=3)
    change = array(old.ct)[array(old.vertebrae) == 0].astype(int) - array(healthy.ct)[array(old.vertebrae) == 0]
    assert change.max() <= 0
    assert (change < -20).sum() > 10_000


@pytest.mark.parametrize("hu", [20.0, 80.0])
@pytest.mark.parametrize("cortex_mm", [0.2, 0.4])
def test_a_thin_cortex_has_its_amount_below_the_voxel_size(hu, cortex_mm):
    """What the shell adds to the CT is its thickness times its HU, whatever the voxels."""
    for spacing in ((0.6, 0.6, 0.6), (1.2, 1.2, 1.2)):
        settings = dataclasses.replace(PLAIN, spacing_mm=spacing, trabecular_hu=hu, cortex_mm=cortex_mm)
        thin, thicker = (make_phantom(dataclasses.replace(settings, cortex_mm=t)) for t in (cortex_mm, cortex_mm + 0.2))
        added = (array(thicker.ct).astype(float) - array(thin.ct)).sum() * np.prod(spacing)
        bodies = [array(thin.labels) == level for level in LumbarLevel]
        assert added > 0
        # surface of a body of 30 ml is about 55 cm^2; four bodies and the neighbours' cut ends are in view
        assert added / (0.2 * (900 - hu)) / len(bodies) == pytest.approx(6500, rel=0.25)


@pytest.mark.parametrize(("shape", "worst"), [("wedge", "anterior_mm"), ("biconcave", "middle_mm"), ("crush", None)])
def test_true_heights_hold_the_fracture(healthy, shape, worst):
    found = make_phantom(dataclasses.replace(PLAIN, fractures={L3: (shape, 0.4)}))
    whole, broken = healthy.heights[L3], found.heights[L3]
    losses = {name: 1 - getattr(broken, name) / getattr(whole, name) for name in TRUE_HEIGHTS}
    if worst is None:
        assert min(losses.values()) == pytest.approx(0.4, abs=0.04)
    else:
        assert max(losses, key=losses.get) == worst
        assert losses[worst] == pytest.approx(0.42, abs=0.05)
    assert found.heights[L1] == healthy.heights[L1]


TRUE_HEIGHTS = "anterior_mm", "middle_mm", "posterior_mm"


def test_a_crush_to_half_leaves_no_gap_of_fat():
    """Between two bodies there is disc, also where a fracture has sunk an endplate."""
    for shape in ("biconcave", "crush", "wedge"):
        found = make_phantom(dataclasses.replace(PLAIN, fractures={L2: (shape, 0.5)}))
        x, y, z = found.points[L2]
        k, j, i = np.rint(lps_to_index(found.ct, np.array([[x, y - 2, z]]))[0]).astype(int)
        column = array(found.ct)[k - 25 : k + 25, j, i]
        assert column.min() > 20, shape


def test_the_true_surface_is_known_below_the_voxel_size(healthy):
    """Voxels inside have negative distances; the distance's slope is one."""
    mask = array(healthy.labels) == L2
    points = index_to_lps(healthy.labels, np.argwhere(mask))
    distance = healthy.surface_distance(L2, points)
    assert (distance < 0).all()
    edge = ndimage.binary_dilation(mask) & ~mask
    outside = healthy.surface_distance(L2, index_to_lps(healthy.labels, np.argwhere(edge)))
    assert (outside >= 0).all()
    assert outside.max() < 1.8
