"""Segmentation and report made one by one, without a folder: numbers of segments, texts, references."""

import numpy as np
import pytest
import SimpleITK as sitk
from highdicom import UID

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.archive.level_notes import level_notes
from OVCFRiskLib.report.archive.segmentation_object import (
    LONGEST_DESCRIPTION,
    level_region,
    make_segmentation,
    present_levels,
)
from OVCFRiskLib.report.archive.source_series import read_source_series
from OVCFRiskLib.report.archive.structured_report import make_report

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture
def source(dicom_factory, tmp_path):
    ct = sitk.GetImageFromArray(np.zeros((6, 12, 10), np.int16))
    ct.SetSpacing((0.8, 0.8, 2.0))
    files = dicom_factory.write_series(tmp_path / "ct", ct)
    return read_source_series(files, sitk.Cast(ct, sitk.sitkUInt8))


@pytest.fixture
def labels():
    """L2 above L4; a vertebra that is none of ours beside them."""
    array = np.zeros((6, 12, 10), np.uint8)
    array[4:6, 2:6, 2:6] = L2
    array[0:2, 4:9, 3:8] = L4
    array[0:2, 0:2, 0:2] = 24
    image = sitk.Image([10, 12, 6], sitk.sitkUInt8)
    image.SetSpacing((0.8, 0.8, 2.0))
    return image_like(array, image)


@pytest.fixture
def segmentation(case, labels, source):
    return make_segmentation(case.assessment, labels, source, {L2: UID(), L4: UID()})


def test_only_our_levels_are_present_from_head_to_feet(labels):
    assert present_levels(labels) == (L2, L4)
    assert present_levels(labels * 0) == ()


@pytest.mark.parametrize("level", list(LumbarLevel))
def test_regions_are_coded_as_the_level_says(level):
    region = level_region(level)
    assert (region.value, region.scheme, region.meaning) == (level.snomed_code, "SCT", level.snomed_meaning)


def test_segments_are_numbered_without_gaps_and_hold_their_voxels(segmentation, labels):
    assert [item.SegmentNumber for item in segmentation.SegmentSequence] == [1, 2]
    assert [item.SegmentLabel for item in segmentation.SegmentSequence] == ["L2 vertebral body", "L4 vertebral body"]
    array = sitk.GetArrayFromImage(labels)
    voxels = sum(int(segmentation.pixel_array[n].sum()) for n in range(len(segmentation.pixel_array)))
    assert voxels == np.count_nonzero((array == L2) | (array == L4))
    # frames without bone are left out: two slices of each body
    assert segmentation.NumberOfFrames == 4


def test_the_description_of_a_segment_says_what_qualifies_it(segmentation, case):
    (second, fourth) = segmentation.SegmentSequence
    for item, level in ((second, L2), (fourth, L4)):
        notes = " ".join(level_notes(case.assessment, case.assessment.level(level)))
        assert item.SegmentDescription == notes[:LONGEST_DESCRIPTION]
    assert "Not scored" in fourth.SegmentDescription


def test_labels_without_a_body_are_refused(case, labels, source):
    with pytest.raises(OVCFRiskError, match=r"20 \(L1\) to 23 \(L4\), got none; segment the bodies first"):
        make_segmentation(case.assessment, labels * 0, source, {})


def test_a_report_refers_to_the_segments_by_their_numbers(case, segmentation, source):
    tracking = {L2: segmentation.SegmentSequence[0].TrackingUID, L4: segmentation.SegmentSequence[1].TrackingUID}
    report = make_report(case.assessment, source, segmentation, tracking)
    told = [item for item in report.iterall() if item.keyword in ("ReferencedSegmentNumber", "UID")]
    uids = {str(uid): number for number, uid in enumerate(tracking.values(), start=1)}
    numbers, pairs = None, set()
    for item in told:
        if item.keyword == "UID" and str(item.value) in uids:
            numbers = uids[str(item.value)]
        elif item.keyword == "ReferencedSegmentNumber":
            pairs.add((numbers, item.value))
    assert pairs == {(1, 1), (2, 2)}
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")
