"""DICOM SR: the numbers of an assessment as a measurement report (TID 1500) that refers to CT and segmentation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from OVCFRiskLib import __version__
from OVCFRiskLib.assessment import LevelAssessment, Provenance, SpineAssessment
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.archive.coding import (
    MANUFACTURER,
    PRODUCT,
    REPORT_SERIES_NUMBER,
    algorithm_parameters,
    concept,
    equipment,
    private_scheme,
)
from OVCFRiskLib.report.archive.level_notes import level_notes
from OVCFRiskLib.report.archive.measurements import (
    CATEGORY,
    CATEGORY_CODES,
    DCM,
    DEFORMITY,
    PRESENT,
    STATUS,
    STATUS_CODES,
    SUSPECTED_FRACTURE,
    VERTEBRA,
    Code,
    deformity_code,
    level_measurements,
)
from OVCFRiskLib.report.archive.segmentation_object import level_region
from OVCFRiskLib.report.archive.source_series import SourceSeries
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.report.wording import is_demonstration
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY

if TYPE_CHECKING:
    from highdicom.seg import Segmentation
    from highdicom.sr import Comprehensive3DSR, MeasurementReport

# PS3.16: titles and comments.
REPORT_TITLE = Code("126000", DCM, "Imaging Measurement Report")
COMMENT = Code("121106", DCM, "Comment")
SUMMARY = Code("121111", DCM, "Summary")
QUALITATIVE_EVALUATIONS = Code("C0034375", "UMLS", "Qualitative Evaluations")
PROCEDURE = Code("363679005", "SCT", "Imaging procedure")
# One device for all installations of one version; uuid5 of a name is the same everywhere.
DEVICE_UUID = uuid.uuid5(uuid.NAMESPACE_DNS, f"ovcfrisk-{__version__}")


def make_report(
    assessment: SpineAssessment,
    source: SourceSeries,
    segmentation: Segmentation,
    tracking: Mapping[LumbarLevel, str],
) -> Comprehensive3DSR:
    """Make the structured report.

    Parameters
    ----------
    assessment : SpineAssessment
    source : SourceSeries
    segmentation : highdicom.seg.Segmentation
        The segmentation object of the same bodies.
    tracking : mapping of LumbarLevel to str
        Tracking UID of each body.

    Returns
    -------
    highdicom.sr.Comprehensive3DSR
        Unverified and preliminary: research software finds, a person decides. One measurement group per level, scored
        or not; the research-only statement, the summary and the warnings of the acquisition as text.
    """
    from highdicom import UID
    from highdicom.sr import Comprehensive3DSR

    content = _content(assessment, source, segmentation, tracking)
    return Comprehensive3DSR(
        evidence=[*source.datasets, segmentation],
        content=content,
        series_instance_uid=UID(),
        series_number=REPORT_SERIES_NUMBER,
        sop_instance_uid=UID(),
        instance_number=1,
        is_complete=True,
        is_final=False,
        is_verified=False,
        series_description="OVCFRisk measurements (research only)",
        coding_schemes=[private_scheme()],
        **equipment(),
    )


def _content(
    assessment: SpineAssessment,
    source: SourceSeries,
    segmentation: Segmentation,
    tracking: Mapping[LumbarLevel, str],
) -> MeasurementReport:
    """The report's tree."""
    from highdicom import UID
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        MeasurementReport,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes

    observer = ObserverContext(
        codes.DCM.Device,
        DeviceObserverIdentifyingAttributes(
            uid=UID.from_uuid(str(DEVICE_UUID)), name=PRODUCT, manufacturer_name=MANUFACTURER, model_name=__version__
        ),
    )
    segments = {level: number for number, level in enumerate(sorted(tracking), start=1)}
    report = MeasurementReport(
        observation_context=ObservationContext(observer_device_context=observer),
        procedure_reported=concept(PROCEDURE),
        imaging_measurements=[
            _group(assessment, row, segmentation, segments.get(row.level), tracking.get(row.level))
            for row in assessment.levels
        ],
        title=concept(REPORT_TITLE),
        referenced_images=source.library_entries(),
    )
    report[0].ContentSequence.append(_statements(assessment))
    return report


def _group(
    assessment: SpineAssessment,
    row: LevelAssessment,
    segmentation: Segmentation,
    segment_number: int | None,
    tracking_uid: str | None,
) -> Any:
    """One level: measurements of its segment (TID 1411), or the reason why there is none (TID 1501)."""
    from highdicom.sr import (
        FindingSite,
        Measurement,
        MeasurementsAndQualitativeEvaluations,
        ReferencedSegment,
        SourceSeriesForSegmentation,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    common = {
        "tracking_identifier": TrackingIdentifier(tracking_uid, f"{row.level.name} vertebral body"),
        "algorithm_id": _algorithm(assessment.provenance),
        "finding_type": concept(VERTEBRA),
        "finding_sites": [FindingSite(concept(level_region(row.level)))],
        "qualitative_evaluations": _evaluations(row),
    }
    group: MeasurementsAndQualitativeEvaluations | VolumetricROIMeasurementsAndQualitativeEvaluations
    if segment_number is None:
        group = MeasurementsAndQualitativeEvaluations(**common)
    else:
        group = VolumetricROIMeasurementsAndQualitativeEvaluations(
            referenced_segment=ReferencedSegment(
                segmentation.SOPClassUID,
                segmentation.SOPInstanceUID,
                segment_number,
                source_series=SourceSeriesForSegmentation(segmentation.ReferencedSeriesSequence[0].SeriesInstanceUID),
            ),
            measurements=[
                Measurement(concept(item.name), float(item.value), concept(item.unit))
                for item in level_measurements(row)
            ],
            **common,
        )
    for text in level_notes(assessment, row):
        group[0].ContentSequence.append(_text(COMMENT, text))
    return group


def _evaluations(row: LevelAssessment) -> list[Any]:
    """Status, category and deformity as coded answers."""
    from highdicom.sr import QualitativeEvaluation

    answers = [(STATUS, STATUS_CODES[row.status.value])]
    if row.score is not None:
        answers.append((CATEGORY, CATEGORY_CODES[row.score.category]))
    if row.heights is not None:
        answers.append((DEFORMITY, deformity_code(row.heights)))
    if row.suspected_fracture is not None:
        answers.append((SUSPECTED_FRACTURE, PRESENT))
    return [QualitativeEvaluation(concept(name), concept(value)) for name, value in answers]


def _algorithm(provenance: Provenance) -> Any:
    """Software, model card and settings, so that the numbers can be made again."""
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(
        name=PRODUCT,
        version=provenance.software_version,
        parameters=list(algorithm_parameters(provenance)),
    )


def _statements(assessment: SpineAssessment) -> Any:
    """What holds for the whole CT, as text."""
    from highdicom.sr import ContainerContentItem, ContentSequence, RelationshipTypeValues

    container = ContainerContentItem(
        concept(QUALITATIVE_EVALUATIONS), relationship_type=RelationshipTypeValues.CONTAINS
    )
    notices = (DEMONSTRATION_NOTICE,) if is_demonstration(assessment) else ()
    texts = [_text(COMMENT, text) for text in (*notices, RESEARCH_ONLY, LIMITS)]
    texts += [_text(SUMMARY, summarise(assessment))]
    texts += [_text(COMMENT, finding.message) for finding in assessment.warnings]
    container.ContentSequence = ContentSequence(texts)
    return container


def _text(name: Code, text: str) -> Any:
    """A text item of a container."""
    from highdicom.sr import RelationshipTypeValues, TextContentItem

    return TextContentItem(concept(name), text, RelationshipTypeValues.CONTAINS)
