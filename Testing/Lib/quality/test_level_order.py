import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import MIN_VOXELS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.level_order import check_order
from OVCFRiskLib.quality.masks import check_masks

L1, L2, L3, L4 = LumbarLevel


def findings_named(spine, labels, name, ct=None):
    ct = spine.ct if ct is None else ct
    checked = check_masks(ct, cut_out_levels(labels, ct)).findings
    return {level: f for level, findings in checked.items() for f in findings if f.code == name}


def rename(change, labels, names):
    def edit(array):
        old = array.copy()
        array[:] = 0
        for before, after in names.items():
            array[old == before] = after

    return change(labels, edit)


def test_exchanged_names_stop_the_levels_involved(spine, change):
    labels = rename(change, spine.labels, {L1: L1, L2: L3, L3: L2, L4: L4})
    found = findings_named(spine, labels, "level_order")
    assert set(found) == {L2, L3}
    assert all(f.severity is Severity.STOPS_SCORING for f in found.values())


def test_upside_down_names_stop_all(spine, change):
    labels = rename(change, spine.labels, {L1: L4, L2: L3, L3: L2, L4: L1})
    assert set(findings_named(spine, labels, "level_order")) == set(LumbarLevel)


def test_a_missing_level_in_the_middle_is_no_wrong_spacing(spine, change):
    labels = rename(change, spine.labels, {L1: L1, L3: L3, L4: L4})
    assert findings_named(spine, labels, "level_spacing") == {}


def test_a_skipped_vertebra_is_told_to_both_neighbours(spine, change):
    labels = rename(change, spine.labels, {L1: L1, L3: L2, L4: L3})
    found = findings_named(spine, labels, "level_spacing")
    assert set(found) == {L1, L2}
    assert found[L1].value == pytest.approx(72, abs=1)
    assert "skipped" in found[L1].message


def test_a_lower_body_that_is_clearly_narrower_is_noted(spine, change):
    def edit(array):
        array[:, :, :26][array[:, :, :26] == L3] = 0

    found = findings_named(spine, change(spine.labels, edit), "narrower_than_above")
    assert set(found) == {L3}
    assert found[L3].severity is Severity.NOTE


def copy_l1_to_l2(array):
    hits = np.argwhere(array == L1)
    array[array == L2] = 0
    array[tuple((hits - [29, 0, 0]).T)] = L2


def test_masks_of_the_same_shape_warn(spine, change):
    found = findings_named(spine, change(spine.labels, copy_l1_to_l2), "identical_masks")
    assert set(found) == {L1, L2}
    assert {f.severity for f in found.values()} == {Severity.WARNING}


def test_masks_of_the_same_shape_and_hu_stop(spine, change):
    def same(array):
        labels = sitk.GetArrayFromImage(spine.labels)
        hits = np.argwhere(labels == L1)
        array[tuple((hits - [29, 0, 0]).T)] = array[labels == L1]

    found = findings_named(spine, change(spine.labels, copy_l1_to_l2), "identical_masks", change(spine.ct, same))
    assert {f.severity for f in found.values()} == {Severity.STOPS_SCORING}


def test_every_given_level_has_an_entry_and_a_whole_spine_no_finding(spine):
    bodies = cut_out_levels(spine.labels, spine.ct)
    assert check_order(bodies) == {level: [] for level in LumbarLevel}
    assert check_order({L2: bodies[L2]}) == {L2: []}


def test_a_level_beside_the_line_of_its_neighbours_is_told_how_far(spine, change):
    def edit(array):
        moved = np.roll(array == L2, 17, axis=2)
        array[array == L2] = 0
        array[moved & (array == 0)] = L2

    found = check_order(cut_out_levels(change(spine.labels, edit), spine.ct))
    (finding,) = [f for f in found[L2] if f.code == "out_of_line"]
    assert finding.value == pytest.approx(17, abs=1)
    assert "from L1 to L3" in finding.message


def shortened(change, labels, levels, voxels):
    """The posterior part of some bodies taken away, so many voxels of 1 mm deep."""

    def edit(array):
        for level in levels:
            back = np.argwhere(array == level)[:, 1].max()
            part = array[:, back - voxels + 1 :]
            part[part == level] = 0

    return change(labels, edit)


def test_a_body_less_deep_than_its_neighbours_is_warned_of(spine, change):
    depth = int(np.ptp(np.argwhere(sitk.GetArrayViewFromImage(spine.labels) == L2)[:, 1])) + 1
    found = findings_named(spine, shortened(change, spine.labels, [L2], round(0.25 * depth)), "shallow")
    assert set(found) == {L2}
    assert found[L2].variant == "neighbours"
    assert "less deep than L1 and L3 by 2" in found[L2].message
    assert findings_named(spine, shortened(change, spine.labels, [L2], round(0.1 * depth)), "shallow") == {}


@pytest.mark.parametrize(("part", "variant"), [(0.2, "width"), (0.3, "half")])
def test_where_all_bodies_are_short_their_width_shows_it(spine, change, part, variant):
    depth = int(np.ptp(np.argwhere(sitk.GetArrayViewFromImage(spine.labels) == L2)[:, 1])) + 1
    found = findings_named(spine, shortened(change, spine.labels, LumbarLevel, round(part * depth)), "shallow")
    assert {f.variant for f in found.values()} == {variant}
    assert set(found) == set(LumbarLevel)


@pytest.mark.parametrize("axis", [0, 1, 2], ids=["axial", "coronal", "sagittal"])
def test_a_sheet_of_voxels_stops_and_the_others_are_checked(spine, change, axis):
    def edit(array):
        middle = np.argwhere(array == L2).mean(axis=0).round()[axis]
        array[(array == L2) & (np.indices(array.shape)[axis] != middle)] = 0

    labels = change(spine.labels, edit)
    assert np.count_nonzero(sitk.GetArrayViewFromImage(labels) == L2) >= MIN_VOXELS
    checks = check_masks(spine.ct, cut_out_levels(labels, spine.ct))
    assert checks.reason_against_mask(L2)
    assert "L2" not in " ".join(finding.text for finding in checks.findings[L3])
    whole = check_masks(spine.ct, cut_out_levels(spine.labels, spine.ct))
    assert [finding.code for finding in checks.findings[L4]] == [finding.code for finding in whole.findings[L4]]
