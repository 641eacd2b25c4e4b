"""DICOM SEG: the vertebral bodies as a binary segmentation of the CT series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib import __version__
from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.archive.coding import PRODUCT, SEGMENTATION_SERIES_NUMBER, concept, equipment
from OVCFRiskLib.report.archive.level_notes import level_notes
from OVCFRiskLib.report.archive.measurements import SNOMED, VERTEBRA, Code
from OVCFRiskLib.report.archive.source_series import SourceSeries
from OVCFRiskLib.report.colors import level_color

if TYPE_CHECKING:
    from highdicom.seg import Segmentation, SegmentDescription

LONGEST_DESCRIPTION = 1024  # characters of a short text (ST)
ANATOMICAL_STRUCTURE = Code("91723000", SNOMED, "Anatomical Structure")  # the category of a segment that is a vertebra


def level_region(level: LumbarLevel) -> Code:
    """The anatomic region of a level."""
    return Code(level.snomed_code, SNOMED, level.snomed_meaning)


def present_levels(labels: sitk.Image) -> tuple[LumbarLevel, ...]:
    """Levels that have a mask; their order gives the segment numbers 1, 2, ..."""
    array = array_view(labels)
    return tuple(level for level in LumbarLevel if (array == level).any())


def make_segmentation(
    assessment: SpineAssessment, labels: sitk.Image, source: SourceSeries, tracking: Mapping[LumbarLevel, str]
) -> Segmentation:
    """Make the segmentation object.

    Parameters
    ----------
    assessment : SpineAssessment
        Its risk indices colour the segments.
    labels : SimpleITK.Image
        Bodies as 20..23 on the grid of the source series.
    source : SourceSeries
    tracking : mapping of LumbarLevel to str
        Tracking UID of each body, shared with the report.

    Returns
    -------
    highdicom.seg.Segmentation
        BINARY, one segment per body that has a mask; category anatomical structure, type vertebra, the level as
        anatomic region. Frames without bone are left out.

    Raises
    ------
    OVCFRiskError
        If no level has a mask.
    """
    from highdicom import UID
    from highdicom.seg import Segmentation, SegmentationTypeValues

    levels = present_levels(labels)
    if not levels:
        raise OVCFRiskError("expected masks with the values 20 (L1) to 23 (L4), got none; segment the bodies first")
    segmentation = Segmentation(
        source_images=source.datasets,
        pixel_array=_segment_numbers(labels, source, levels),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[
            _description(number, assessment.level(level), tracking[level])
            for number, level in enumerate(levels, start=1)
        ],
        series_instance_uid=UID(),
        series_number=SEGMENTATION_SERIES_NUMBER,
        sop_instance_uid=UID(),
        instance_number=1,
        series_description="OVCFRisk vertebral bodies",
        content_label="VERTEBRAL_BODIES",
        content_description="Vertebral bodies L1-L4, research use only",
        content_creator_name="OVCFRisk^^",
        **equipment(),
    )
    for item, level in zip(segmentation.SegmentSequence, levels, strict=True):
        item.SegmentDescription = " ".join(level_notes(assessment, assessment.level(level)))[:LONGEST_DESCRIPTION]
    return segmentation


def _segment_numbers(labels: sitk.Image, source: SourceSeries, levels: tuple[LumbarLevel, ...]) -> np.ndarray:
    """Segment numbers, [source frame, row, column]."""
    array = array_view(labels)
    numbers = np.zeros((len(source.slice_of_frame), *array.shape[1:]), np.uint8)
    for frame, k in enumerate(source.slice_of_frame):
        if k is not None:
            for number, level in enumerate(levels, start=1):
                numbers[frame][array[k] == level] = number
    return numbers


def _description(number: int, row: LevelAssessment, tracking_uid: str) -> SegmentDescription:
    """One segment."""
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.color import CIELabColor
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    name = f"{row.level.name} vertebral body"
    return SegmentDescription(
        segment_number=number,
        segment_label=name,
        segmented_property_category=concept(ANATOMICAL_STRUCTURE),
        segmented_property_type=concept(VERTEBRA),
        algorithm_type=SegmentAlgorithmTypeValues.SEMIAUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=PRODUCT, version=__version__, family=codes.cid7162.NeighborhoodAnalysis
        ),
        tracking_uid=tracking_uid,
        tracking_id=name,
        anatomic_regions=[concept(level_region(row.level))],
        display_color=CIELabColor.from_rgb(*(round(255 * part) for part in level_color(row))),
    )
