"""Crushed bodies under masks that are stopped, and masks that are stopped in healthy spines."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import CRUSHED_LOSS, HEIGHT_LOSS
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.body_sampler import BodySampler
from OVCFRiskLib.quality.crushed_body import AlongSpine, crushed_height_mm, hollow_height_mm, read_along
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
GRID = {"spacing_mm": (0.9, 0.9, 1.5), "field_mm": (120.0, 130.0, 190.0)}


@pytest.fixture(scope="module")
def crushed():
    """A spine of thin bone whose L2 has lost 60 % of its height."""
    settings = {"trabecular_hu": 40.0, "cortex_mm": 0.25, "seed": 41, "fractures": {L2: ("crush", 0.6)}}
    return make_phantom(PhantomSettings(**GRID, **settings))


@pytest.fixture(scope="module")
def healthy():
    return make_phantom(PhantomSettings(**GRID, trabecular_hu=40.0, cortex_mm=0.25, seed=41))


def crushes(checks):
    return {
        level: finding
        for level, findings in checks.findings.items()
        for finding in findings
        if (finding.code, finding.variant) == ("height_loss", "crushed")
    }


@pytest.mark.parametrize("kind", ["own masks", "label map"])
def test_a_crushed_body_is_a_suspected_fracture_and_no_other_level_is(crushed, kind):
    labels = crushed.labels if kind == "label map" else segment_bodies(crushed.ct, crushed.points)
    checks = check_masks(crushed.ct, cut_out_levels(labels, crushed.ct))
    losses = {
        level: [f for f in found if f.code == "height_loss" and f.severity is Severity.STOPS_SCORING]
        for level, found in checks.findings.items()
    }
    assert [level for level, found in losses.items() if found] == [L2]
    assert losses[L2][0].value == pytest.approx(0.6, abs=0.12)
    assert losses[L2][0].values["grade"] == 3


def test_it_comes_before_what_is_said_of_the_mask(crushed):
    labels = segment_bodies(crushed.ct, crushed.points)
    checks = check_masks(crushed.ct, cut_out_levels(labels, crushed.ct))
    finding = crushes(checks)[L2]
    assert checks.findings[L2][0] is finding
    assert finding.text.startswith("suspected fracture: the CT shows a body")
    assert checks.reason_against_mask(L2)


@pytest.mark.parametrize("up_mm", [18, 15, 13, -13, -18])
def test_discs_of_a_healthy_spine_are_no_fractures(healthy, up_mm):
    array = sitk.GetArrayFromImage(healthy.labels)
    moved = np.roll(array, round(up_mm / GRID["spacing_mm"][2]), axis=0)
    checks = check_masks(healthy.ct, cut_out_levels(image_like(moved, healthy.labels), healthy.ct))
    assert all(checks.reason_against_mask(level) for level in (L2, L3))
    assert not crushes(checks)


def test_the_height_is_that_of_the_body_between_its_discs(crushed, healthy):
    for phantom, own in ((crushed, pytest.approx(11.0, abs=2.5)), (healthy, None)):
        along = read_along(BodySampler(phantom.ct, cut_out_levels(phantom.labels, phantom.ct)[L2]))
        assert crushed_height_mm(along, 12.0, 27.0) == own
    assert hollow_height_mm(along, 12.0, 27.0) is None
    # of a body that is low anyway it is no loss
    along = read_along(BodySampler(crushed.ct, cut_out_levels(crushed.labels, crushed.ct)[L2]))
    assert crushed_height_mm(along, 12.0, 0.9 * 11.0 / (1 - CRUSHED_LOSS)) is None


def test_plates_deep_within_the_walls_are_a_hollow_body():
    up = np.arange(-45.0, 45.1, 0.75)
    cortex = np.where(np.abs(up) < 13, 150.0, 10.0) + np.where(np.abs(up) > 24, 140.0, 0.0)
    strip = 85 + sum(150 * np.exp(-(((up - plate) / 1.5) ** 2)) for plate in (-5, 5))
    along = AlongSpine(up, cortex, np.array([strip] * 3))
    assert hollow_height_mm(along, 13.0, 27.0) == pytest.approx(10, abs=1)
    assert crushed_height_mm(along, 13.0, 27.0) is None
    whole = 40 + sum(200 * np.exp(-(((up - plate) / 1.5) ** 2)) for plate in (-12, 12))
    assert hollow_height_mm(AlongSpine(up, cortex, np.array([whole] * 3)), 13.0, 27.0) is None


def test_thick_slices_call_nothing_crushed(crushed):
    hu, labels = (sitk.GetArrayFromImage(image) for image in (crushed.ct, crushed.labels))
    whole = len(hu) // 3 * 3
    thick = hu[:whole].reshape(-1, 3, *hu.shape[1:]).mean(axis=1)
    images = [sitk.GetImageFromArray(array) for array in (thick, labels[1:whole:3])]
    for image in images:
        image.SetSpacing((0.9, 0.9, 4.5))
        image.SetOrigin(crushed.ct.TransformContinuousIndexToPhysicalPoint((0, 0, 1)))
    assert not crushes(check_masks(images[0], cut_out_levels(images[1], images[0])))


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_plate_out_of_view_is_not_seen(sign):
    up = np.arange(-45.0, 45.1, 0.75)
    cortex = np.where(np.abs(up) < 13, 150.0, 10.0) + np.where(np.abs(up) > 24, 140.0, 0.0)
    strip = 85 + sum(150 * np.exp(-(((up - plate) / 1.5) ** 2)) for plate in (-5, 5))
    for out_of_view in (sign * up > 9, sign * up > 0):
        seen = np.where(out_of_view, np.nan, strip)
        assert hollow_height_mm(AlongSpine(up, cortex, np.array([seen] * 3)), 13.0, 27.0) is None


def test_fractured_bodies_say_nothing_of_what_a_whole_one_would_be_high(crushed, monkeypatch):
    bodies = cut_out_levels(segment_bodies(crushed.ct, crushed.points), crushed.ct)
    plain = crushes(check_masks(crushed.ct, bodies))[L2]
    assert plain.values["at_least"] == ""
    assert "where at least" not in plain.text

    def all_lost(heights, slice_mm):
        values = {"value": 0.3, "deformity": "crush", "grade": 2}
        return {level: [HEIGHT_LOSS.finding(level, variant="fracture", **values)] for level in heights}

    monkeypatch.setattr("OVCFRiskLib.quality.masks.check_heights", all_lost)
    finding = crushes(check_masks(crushed.ct, bodies))[L2]
    assert f"where at least {finding.values['expected']:.0f} mm are expected" in finding.text
