import dataclasses

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import index_to_lps, lps_to_index, same_grid
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom import FractureShape, PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import Vertebra

L1, L2, L3, L4 = LumbarLevel
SMALL = PhantomSettings(spacing_mm=(1.5, 1.5, 2.0), field_mm=(90.0, 110.0, 190.0))


def volume_ml(phantom, level):
    inside = sitk.GetArrayViewFromImage(phantom.labels) == level
    return inside.sum() * np.prod(phantom.ct.GetSpacing()) / 1000


def deep_hu(phantom, level, depth_mm=5.0):
    """HU of a body away from its cortex."""
    inside = sitk.GetArrayViewFromImage(phantom.labels) == level
    deep = ndimage.distance_transform_edt(inside, phantom.ct.GetSpacing()[::-1]) > depth_mm
    return sitk.GetArrayViewFromImage(phantom.ct)[deep]


def height_mm(phantom, level, v_mm=0.0):
    """Extent along z of a body through its centre, moved by ``v_mm`` to the back."""
    x, y, z = phantom.points[level]
    _, j, i = np.rint(lps_to_index(phantom.ct, np.array([[x, y + v_mm, z]]))[0]).astype(int)
    column = sitk.GetArrayViewFromImage(phantom.labels)[:, j, i] == level
    return column.sum() * phantom.ct.GetSpacing()[2]


def test_the_same_seed_gives_the_same_voxels():
    a, b = (make_phantom(dataclasses.replace(SMALL, seed=3)) for _ in range(2))
    for name in ("ct", "labels", "vertebrae"):
        assert sitk.Hash(getattr(a, name)) == sitk.Hash(getattr(b, name))
    assert sitk.Hash(a.ct) != sitk.Hash(make_phantom(dataclasses.replace(SMALL, seed=4)).ct)


def test_a_vertebra_that_is_left_out_leaves_its_neighbours_as_they_were():
    whole, gap = make_phantom(SMALL), make_phantom(SMALL, absent=(Vertebra.L2,))
    labels, without = (sitk.GetArrayViewFromImage(each.labels) for each in (whole, gap))
    assert not (without == L2).any()
    assert np.array_equal(without[labels != L2], labels[labels != L2])
    place = lps_to_index(gap.ct, np.array([gap.points[L2]]))[0].round().astype(int)
    assert sitk.GetArrayViewFromImage(gap.ct)[tuple(place)] < 100


def test_noise_and_contrast_leave_the_anatomy_alone():
    plain = make_phantom(SMALL)
    other = make_phantom(dataclasses.replace(SMALL, noise_hu=40.0, contrast_hu=250.0, blur_fwhm_mm=0.5))
    assert sitk.Hash(plain.labels) == sitk.Hash(other.labels)
    assert plain.points == other.points


def test_images_share_a_grid_and_points_are_the_centres(phantom):
    assert same_grid(phantom.ct, phantom.labels)
    assert same_grid(phantom.ct, phantom.vertebrae)
    labels = sitk.GetArrayViewFromImage(phantom.labels)
    for level in LumbarLevel:
        center = index_to_lps(phantom.labels, np.argwhere(labels == level).mean(axis=0)[None])[0]
        assert np.linalg.norm(center - phantom.points[level]) < 2.0
    heights = [phantom.points[level][2] for level in LumbarLevel]
    assert heights == sorted(heights, reverse=True)


def test_bodies_have_the_size_of_women_s(phantom):
    assert all(20 < volume_ml(phantom, level) < 45 for level in LumbarLevel)


def test_every_body_is_one_piece_within_its_vertebra(phantom):
    labels, vertebrae = (sitk.GetArrayViewFromImage(i) for i in (phantom.labels, phantom.vertebrae))
    for level in LumbarLevel:
        assert ndimage.label(labels == level)[1] == 1
        assert (vertebrae[labels == level] == level).all()
        assert (vertebrae == level).sum() > 1.2 * (labels == level).sum()


@pytest.mark.parametrize("hu", [40.0, 120.0, 200.0])
def test_trabecular_bone_has_the_density_asked_for(hu):
    phantom = make_phantom(dataclasses.replace(SMALL, trabecular_hu=hu))
    for level in LumbarLevel:
        # dense bone beneath the cortex ends about 8 mm deep; the basivertebral vein takes a few HU from what is left
        assert deep_hu(phantom, level, 8.0).mean() == pytest.approx(hu, abs=6 + 0.06 * hu)


def test_each_level_can_have_a_density_of_its_own():
    phantom = make_phantom(dataclasses.replace(SMALL, trabecular_hu={L1: 40.0, L4: 200.0}))
    means = [deep_hu(phantom, level).mean() for level in LumbarLevel]
    assert means[0] < means[1] < means[3]


@pytest.mark.parametrize(("shape", "place_mm"), [("wedge", -12.0), ("biconcave", 0.0), ("crush", 0.0)])
def test_a_fracture_takes_its_share_of_the_height(shape, place_mm):
    fine = dataclasses.replace(SMALL, spacing_mm=(1.5, 1.5, 0.5), lordosis_degrees=0.0, cobb_degrees=0.0)
    whole = height_mm(make_phantom(fine), L2, place_mm)
    broken = make_phantom(dataclasses.replace(fine, fractures={L2: (shape, 0.3)}))
    lost = 1 - height_mm(broken, L2, place_mm) / whole
    assert 0.2 < lost < 0.38
    assert volume_ml(broken, L1) == pytest.approx(volume_ml(make_phantom(fine), L1), rel=0.05)
    assert broken.settings.fractures[L2].shape is FractureShape(shape)


def test_contrast_brightens_the_aorta_beside_the_spine():
    phantom = make_phantom(dataclasses.replace(SMALL, contrast_hu=300.0))
    plain = sitk.GetArrayFromImage(make_phantom(SMALL).ct).astype(int)
    brighter = sitk.GetArrayFromImage(phantom.ct).astype(int) - plain > 150
    assert brighter.sum() * np.prod(phantom.ct.GetSpacing()) / 1000 > 10
    assert not brighter[sitk.GetArrayViewFromImage(phantom.labels) > 0].mean() > 0.02


def test_a_field_of_view_can_cut_a_body():
    phantom = make_phantom(dataclasses.replace(SMALL, shift_mm=(0.0, 0.0, 45.0)))
    labels = sitk.GetArrayViewFromImage(phantom.labels)
    assert labels[0].any()


def test_scoliosis_and_lordosis_bend_the_spine():
    straight, bent = (
        np.array(
            list(make_phantom(dataclasses.replace(SMALL, lordosis_degrees=lordosis, cobb_degrees=cobb)).points.values())
        )
        for lordosis, cobb in ((0.0, 0.0), (60.0, 25.0))
    )
    assert np.ptp(straight[:, 0]) < 3
    assert np.ptp(bent[:, 0]) > 5
    assert np.ptp(bent[:, 1]) > np.ptp(straight[:, 1]) + 3


def test_thick_slices_mix_what_they_cover():
    edges = {}
    for thickness in (1.0, 5.0):
        ct = make_phantom(dataclasses.replace(SMALL, spacing_mm=(1.5, 1.5, thickness), noise_hu=0.0)).ct
        edges[thickness] = sitk.GetArrayViewFromImage(ct).max()
    assert edges[5.0] < edges[1.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spacing_mm": (0.0, 1.0, 1.0)}, "spacing_mm"),
        ({"spacing_mm": (1.0, 1.0)}, "three numbers"),
        ({"trabecular_hu": float("nan")}, "trabecular_hu"),
        ({"trabecular_hu": {}}, "at least one level"),
        ({"fractures": {L2: ("burst", 0.3)}}, "wedge, biconcave, crush"),
        ({"fractures": {L2: ("wedge", 1.3)}}, "loss of a fracture"),
        ({"seed": -1}, "seed"),
        ({"field_mm": (600.0, 600.0, 600.0), "spacing_mm": (0.3, 0.3, 0.3)}, "voxels"),
        ({"contrast_hu": 5.0}, "contrast_hu"),
    ],
)
def test_settings_of_no_lumbar_ct_are_refused(change, message):
    with pytest.raises(OVCFRiskError, match=message):
        dataclasses.replace(SMALL, **change)
