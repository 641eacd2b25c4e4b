import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.leaks import check_leaks
from OVCFRiskLib.quality.masks import check_masks

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture(scope="module")
def shelled(spine):
    """CT of the spine with osteoporotic bodies (60 HU) in a cortex of 2 voxels, discs of 80 HU, blurred; and labels."""
    labels = sitk.GetArrayFromImage(spine.labels)
    inside = labels > 0
    cortex = inside & ~ndimage.binary_erosion(inside, iterations=2)
    hu = np.where(cortex, 350.0, np.where(inside, 60.0, np.where(spine.tissue == 50, 80, spine.tissue)))
    hu = ndimage.gaussian_filter(hu, (0.5, 0.7, 0.7)) + np.random.default_rng(0).normal(0, 25, hu.shape)
    ct = sitk.GetImageFromArray(hu.astype(np.int16))
    ct.CopyInformation(spine.ct)
    return ct, spine.labels


def findings_of(ct, labels):
    return check_masks(ct, cut_out_levels(labels, ct)).findings


def leaks(ct, labels, level=L2):
    return [f for f in findings_of(ct, labels)[level] if f.code == "leak"]


def move_wall(axis, sign, millimetres):
    """An edit that grows L2 along an array axis by copying its mask."""

    def edit(array):
        inside = array == L2
        steps = round(millimetres / (1.25 if axis == 0 else 1.0))
        for step in range(1, steps + 1):
            array[np.roll(inside, sign * step, axis) & (array == 0)] = L2

    return edit


def test_masks_on_the_cortex_do_not_leak(shelled):
    assert [name for findings in findings_of(*shelled).values() for name in findings] == []


@pytest.mark.parametrize(
    ("axis", "sign", "where"),
    [
        (0, 1, "disc above"),
        (0, -1, "disc below"),
        (1, 1, "canal"),
        (1, -1, "in front"),
        (2, 1, "left"),
        (2, -1, "right"),
    ],
)
def test_a_leak_is_found_on_its_side_only(shelled, change, axis, sign, where):
    ct, labels = shelled
    found = leaks(ct, change(labels, move_wall(axis, sign, 6)))
    assert len(found) == 1
    assert where in found[0].message
    assert found[0].severity is Severity.WARNING
    assert found[0].value == pytest.approx(7, abs=2)


def test_a_mask_one_millimetre_too_large_is_no_leak(shelled, change):
    ct, labels = shelled
    assert leaks(ct, change(labels, move_wall(0, 1, 1.25))) == []


def test_bodies_that_touch_over_an_area_are_told(shelled, change):
    ct, labels = shelled

    def edit(array):
        between = array[70:100, 25:40, 30:50]  # across the disc of L2 and L3
        between[(between == 0) & (np.arange(70, 100)[:, None, None] >= 83)] = L2
        between[between == 0] = L3

    findings = findings_of(ct, change(labels, edit))
    contact = {(level, f.message) for level in (L2, L3) for f in findings[level] if f.code == "contact"}
    assert {level for level, _ in contact} >= {L2, L3}
    assert any("L2: its mask touches that of L3" in message for _, message in contact)


def test_separate_bodies_do_not_touch(shelled):
    assert not any(f.code == "contact" for findings in findings_of(*shelled).values() for f in findings)


def test_the_check_alone_gives_what_all_checks_give_of_it(shelled, change):
    ct, labels = shelled
    leaking = change(labels, move_wall(1, 1, 6))
    alone = check_leaks(cut_out_levels(leaking, ct)[L2])
    assert [finding.code for finding in alone] == ["leak"]
    assert alone[0].limit == pytest.approx(4.5)  # 4 mm and half a voxel backwards
    assert check_leaks(cut_out_levels(labels, ct)[L2]) == []


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("voxels", [1, 2, 4])
def test_a_mask_thinner_than_the_patches_is_looked_at_without_a_warning(shelled, axis, voxels):
    ct, labels = shelled
    array = sitk.GetArrayFromImage(labels)
    middle = int(np.median(np.nonzero(array == L2)[axis]))
    place = np.moveaxis(np.broadcast_to(np.arange(array.shape[axis]), np.moveaxis(array, axis, -1).shape), -1, axis)
    array[(array == L2) & ((place < middle) | (place >= middle + voxels))] = 0
    edited = sitk.GetImageFromArray(array)
    edited.CopyInformation(labels)
    check_leaks(cut_out_levels(edited, ct)[L2])


def test_checks_remember_a_level_until_something_near_it_changes(spine):
    """What they remember is what a search from the beginning finds."""
    memory = {}
    for cut in (0, 3, 3, 1):
        array = sitk.GetArrayFromImage(spine.labels)
        highest = np.nonzero(array == L3)[0].max()
        array[highest - cut + 1 :][array[highest - cut + 1 :] == L3] = 0
        labels = sitk.GetImageFromArray(array)
        labels.CopyInformation(spine.labels)
        bodies, before = cut_out_levels(labels, spine.ct), dict(memory)
        found = check_masks(spine.ct, bodies, memory=memory)
        assert found.findings == check_masks(spine.ct, bodies).findings
        assert memory[L1] is before.get(L1, memory[L1])  # far from L3: as it was
        assert set(memory) >= set(LumbarLevel)
