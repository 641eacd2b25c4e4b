from functools import partial

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import EMPTY, HU_CALIBRATION, PROPOSED_POINT
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality import masks
from OVCFRiskLib.quality.look_first import look_first
from OVCFRiskLib.quality.masks import check_masks, slice_mm

L1, L2, L3, L4 = LumbarLevel


def names(findings):
    return [finding.code for finding in findings]


def test_whole_bodies_pass(spine):
    assert check_masks(spine.ct, cut_out_levels(spine.labels, spine.ct)).findings == dict.fromkeys(LumbarLevel, ())


def test_an_empty_and_a_tiny_mask_stop_scoring(spine, change):
    def edit(array):
        array[array == L2] = 0
        inside = (array == L3).nonzero()
        array[array == L3] = 0
        array[tuple(index[:12] for index in inside)] = L3

    findings = check_masks(spine.ct, cut_out_levels(change(spine.labels, edit), spine.ct)).findings
    assert names(findings[L2]) == ["empty"]
    assert names(findings[L3]) == ["too_small"]
    assert findings[L3][0].message.startswith("L3: mask has 12 voxels, at least 500 are needed")
    assert {findings[level][0].severity for level in (L2, L3)} == {Severity.STOPS_SCORING}
    assert findings[L1] == findings[L4] == ()


def test_a_single_voxel_is_said_in_the_singular(spine, change):
    def edit(array):
        index = [axis[0] for axis in (array == L3).nonzero()]
        array[array == L3] = 0
        array[tuple(index)] = L3

    (finding,) = check_masks(spine.ct, cut_out_levels(change(spine.labels, edit), spine.ct)).findings[L3]
    assert finding.message.startswith("L3: mask has 1 voxel, at least 500 are needed")


def test_labels_of_another_grid_are_refused(spine):
    with pytest.raises(OVCFRiskError, match="not on the CT's grid"):
        cut_out_levels(spine.labels[1:, :, :], spine.ct)


def test_inputs_are_left_as_they_are(spine):
    before = sitk.Hash(spine.ct), sitk.Hash(spine.labels)
    check_masks(spine.ct, cut_out_levels(spine.labels, spine.ct))
    assert (sitk.Hash(spine.ct), sitk.Hash(spine.labels)) == before


def test_slices_that_are_thicker_than_they_lie_apart_never_stop_a_height(spine):
    thick = cut_out_levels(spine.labels, spine.ct, 5.0)
    assert slice_mm(thick) == 5.0
    assert slice_mm(cut_out_levels(spine.labels, spine.ct)) == spine.ct.GetSpacing()[2]
    assert slice_mm({}) == 0.0
    found = check_masks(spine.ct, thick)
    plain = check_masks(spine.ct, cut_out_levels(spine.labels, spine.ct))
    for level in LumbarLevel:
        assert found.heights[level].loss_uncertainty > plain.heights[level].loss_uncertainty
        assert all(finding.severity is not Severity.STOPS_SCORING for finding in found.findings[level])


def test_what_is_known_later_stands_where_it_would_have_stood(spine, change):
    bodies = cut_out_levels(change(spine.labels, lambda array: array.__setitem__(array == L3, 0)), spine.ct)
    proposed = {L1: (PROPOSED_POINT.finding(L1, value=0.7),)}
    known = {L1: (*proposed[L1], *look_first(L1, ["left wall"])), L3: look_first(L3, ["posterior wall"])}
    expected = check_masks(spine.ct, bodies, known)
    assert [len(findings) for findings in expected.findings.values()] == [2, 0, 2, 0]
    assert check_masks(spine.ct, bodies, proposed).with_known(known) == expected
    assert expected.with_known(known) == expected


def test_a_mask_among_others_that_lie_on_no_body_is_doubted(spine, change):
    """All masks moved by a level less a bit: one may lie on the body above, and would be scored under a wrong name."""

    def aside(*levels):
        def edit(array):
            for level in levels:
                mask = array == level
                array[mask] = 0
                array[np.roll(mask, -13, axis=1)] = level

        return cut_out_levels(change(spine.labels, edit), spine.ct)

    def doubted(*levels):
        found = check_masks(spine.ct, aside(*levels)).findings
        return [level for level in LumbarLevel if "others_off" in names(found[level])]

    assert doubted(L2, L3, L4) == [L1]
    assert doubted(L2, L3) == [L1, L4]
    assert doubted(L2) == doubted() == []


def test_what_is_remembered_of_some_levels_is_not_given_to_others(monkeypatch):
    """In a small field all levels have the same box and labels around them, but not the same masks."""
    array = np.zeros((12, 20, 20), np.uint8)
    array[2:6, 4:16, 4:16], array[6:10, 4:16, 4:16] = L1, L2
    ct = sitk.GetImageFromArray(np.random.default_rng(0).normal(80, 60, array.shape).astype(np.int16))
    bodies = cut_out_levels(sitk.GetImageFromArray(array), ct)
    assert bodies[L1].box == bodies[L2].box
    shifted = partial(HU_CALIBRATION.finding, variant="muscle", value=150.0, limit="-40 to 120")
    monkeypatch.setattr(masks, "_check_level", lambda ct, level, body: [])
    monkeypatch.setattr(masks, "check_muscle", lambda ct, beside, fat: {level: shifted(level) for level in beside})
    memory = {}
    for stopped, judged in ((L1, L2), (L2, L1)):
        found = check_masks(ct, bodies, {stopped: (EMPTY.finding(stopped),)}, memory).findings
        told = [level for level in LumbarLevel if "hu_calibration" in names(found[level])]
        assert told == [judged]


def test_a_voxel_without_a_number_beside_a_mask_is_left_out_and_within_it_stops(phantom):
    """A CT in memory may have such; files with them are refused when they are read."""
    labels, hu = (sitk.GetArrayFromImage(image) for image in (phantom.labels, phantom.ct))
    k, j, i = np.round(np.argwhere(labels == L2).mean(axis=0)).astype(int)
    above = int(np.flatnonzero(labels[:, j, i] == L2).max())

    def checked(*places):
        array = hu.astype(np.float32)
        for place in places:
            array[place] = np.nan
        ct = image_like(array, phantom.ct)
        return check_masks(ct, cut_out_levels(phantom.labels, ct))

    plain, beside = checked(), checked((above + 1, j, i), (above + 3, j, i), (k, j, i + 35), (k, j - 26, i))
    assert beside.findings == plain.findings
    assert beside.heights[L2].measured_on == "CT"
    assert beside.heights[L2].middle_mm == pytest.approx(plain.heights[L2].middle_mm, abs=0.1)
    within = checked((k, j, i))
    assert names(within.findings[L2]) == ["not_finite"]
    assert set(within.heights) == {L1, L3, L4}
