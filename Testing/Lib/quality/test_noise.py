import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.quality.noise import check_noise, noise_hu


def noisy(image, sd):
    array = sitk.GetArrayFromImage(image)
    return image_like(array + np.random.default_rng(0).normal(0, sd, array.shape).astype(np.float32), image)


@pytest.mark.parametrize(("added", "variants"), [(0, []), (40, []), (75, [""]), (120, ["outside"])])
def test_noise_is_measured_between_edges_and_told_where_it_moves_the_score(phantom, added, variants):
    ct = noisy(phantom.ct, added)
    bodies = cut_out_levels(phantom.labels, ct)
    own = noise_hu(phantom.ct, cut_out_levels(phantom.labels, phantom.ct))
    assert 10 < own < 25
    assert noise_hu(ct, bodies) == pytest.approx(np.hypot(own, added), rel=0.1)
    findings = check_noise(ct, bodies)
    assert [finding.variant for finding in findings] == variants
    assert [finding.is_outside_model for finding in findings] == [variant == "outside" for variant in variants]


def test_the_array_order_of_a_ct_does_not_matter(phantom):
    turned = [sitk.PermuteAxes(image, (2, 0, 1)) for image in (phantom.ct, phantom.labels)]
    plain = noise_hu(phantom.ct, cut_out_levels(phantom.labels, phantom.ct))
    assert noise_hu(turned[0], cut_out_levels(turned[1], turned[0])) == pytest.approx(plain, rel=0.02)


def test_without_bodies_or_soft_tissue_nothing_is_said(phantom):
    assert check_noise(phantom.ct, None) == []
    dark = sitk.Cast(phantom.ct, sitk.sitkFloat32) - 2000
    assert noise_hu(dark, cut_out_levels(phantom.labels, dark)) is None
