import numpy as np

from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.overlap import check_overlap

L1, L2, L3, L4 = LumbarLevel


def box(start):
    mask = np.zeros((30, 12, 12), np.uint8)
    mask[start : start + 10, 1:11, 1:11] = 1
    return mask


def test_identical_overlapping_and_separate_masks_are_told_apart():
    found = check_overlap({L1: box(0), L2: box(0), L3: box(12), L4: box(19)})
    assert [f.code for f in found[L1]] == ["identical_masks"]
    assert [f.code for f in found[L2]] == ["identical_masks"]
    assert [(f.code, f.value) for f in found[L3]] == [("overlap", 300)]
    assert "shares 300 voxels with L3" in found[L4][0].message
    assert all(f.severity is Severity.STOPS_SCORING for findings in found.values() for f in findings)


def test_masks_that_only_touch_or_are_empty_pass():
    assert check_overlap({L1: box(0), L2: box(10), L3: np.zeros((30, 12, 12))}) == {L1: (), L2: (), L3: ()}
