"""The steps of the work on nodes. Each computes on copies and writes into the scene only at its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib import segmentation as segmenting
from OVCFRiskLib.assess import assess
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.progress import part_of, report_progress
from OVCFRiskLib.scoring import load_model
from OVCFRiskScene.automatic import findVertebrae
from OVCFRiskScene.background import inThread
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.checks import acquisitionOf, bodiesProblem, findFaults, findKnownFaults, measureMasks
from OVCFRiskScene.doubt import doubtfulSurfaces, recordDoubt
from OVCFRiskScene.foreign import foreignReader
from OVCFRiskScene.level_points import clickedPositionsLps, dropProposed, levelPositionsLps, proposedLevels, setPosition
from OVCFRiskScene.ownership import isInScene, isOurs, removeNodes, requireOurs
from OVCFRiskScene.review import (
    acceptedLevels,
    keptLevels,
    originsOf,
    recordMade,
    recordNotes,
    setAccepted,
)
from OVCFRiskScene.scores import storeAssessment
from OVCFRiskScene.segment_masks import digestsOf, labelImage, labelMasks, levelMasks, maskDigests
from OVCFRiskScene.segments import createBodies, referenceVolume
from OVCFRiskScene.volumes import asCt, ijkToRas, imageOf, requireVolume, voxelsOf

if TYPE_CHECKING:
    import SimpleITK as sitk
    from slicer import (
        vtkMRMLLabelMapVolumeNode,
        vtkMRMLMarkupsFiducialNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLSegmentationNode,
    )

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.progress import Progress
    from OVCFRiskScene.checks import DoneChecks, MaskReview
    from OVCFRiskScene.doubt import DoubtfulSurface
    from OVCFRiskScene.segment_masks import Masks


def segmentBodies(
    volume: vtkMRMLScalarVolumeNode,
    points: vtkMRMLMarkupsFiducialNode,
    bodies: vtkMRMLSegmentationNode | None = None,
    progress: Progress | None = None,
    replaceEdited: bool = False,
) -> vtkMRMLSegmentationNode:
    """Segment the placed levels; see `OVCFRiskLogic.segmentBodies`."""
    requireVolume(volume)
    positions = levelPositionsLps(points)
    report_progress(progress, 0.0, _("reading the CT"))
    readCt = ctReader(volume)
    place = ijkToRas(volume), volume.GetImageData().GetDimensions()[::-1]

    def work(report: Progress | None) -> tuple[Masks, dict[LumbarLevel, DoubtfulSurface]]:
        made = segmenting.segment_bodies_and_fields(readCt(), positions, report)
        return labelMasks(made.labels), doubtfulSurfaces(made.fields, *place)

    masks, doubtful = inThread(work, part_of(progress, 0.05, 0.95))
    report_progress(progress, 0.95, _("writing the segments"))
    proposed = proposedLevels(points) if isInScene(points) else {}
    return _write(volume, masks, bodies, replaceEdited, proposed, doubtful)


def importBodies(
    volume: vtkMRMLScalarVolumeNode,
    source: vtkMRMLSegmentationNode | vtkMRMLLabelMapVolumeNode,
    bodies: vtkMRMLSegmentationNode | None = None,
    progress: Progress | None = None,
    replaceEdited: bool = False,
) -> vtkMRMLSegmentationNode:
    """Take bodies from masks made elsewhere; see `OVCFRiskLogic.importBodies`."""
    requireVolume(volume)
    report_progress(progress, 0.0, _("reading the masks"))
    readCt, readForeign = ctReader(volume), foreignReader(source, volume)

    def work(report: Progress | None) -> tuple[Masks, tuple[str, ...]]:
        read = segmenting.import_labels_and_notes(readForeign(), readCt())
        return labelMasks(read.labels), read.notes

    masks, notes = inThread(work, part_of(progress, 0.1, 0.9))
    report_progress(progress, 0.9, _("writing the segments"))
    target = bodies if bodies is not source else None
    made = _write(volume, masks, target, replaceEdited, origin=MaskOrigin.IMPORTED)
    recordNotes(made, notes)
    return made


def segmentAutomatically(
    volume: vtkMRMLScalarVolumeNode,
    bodies: vtkMRMLSegmentationNode | None = None,
    progress: Progress | None = None,
    replaceEdited: bool = False,
) -> vtkMRMLSegmentationNode:
    """Let another extension find the vertebrae and take their bodies; see `OVCFRiskLogic.segmentAutomatically`."""
    requireVolume(volume)
    report_progress(progress, 0.0, _("asking TotalSegmentator"))
    vertebrae = findVertebrae(volume, progress)
    try:
        return importBodies(volume, vertebrae, bodies, part_of(progress, 0.9, 1.0), replaceEdited)
    finally:
        if isInScene(vertebrae):
            removeNodes([vertebrae.GetID()])


def completePoints(
    volume: vtkMRMLScalarVolumeNode, points: vtkMRMLMarkupsFiducialNode, progress: Progress | None = None
) -> list[str]:
    """Propose points for the levels that are not placed; see `OVCFRiskLogic.completePoints`."""
    requireVolume(volume)
    dropProposed(points)
    clicked = clickedPositionsLps(points)
    report_progress(progress, 0.0, _("reading the CT"))
    readCt = ctReader(volume)
    found = inThread(lambda report: segmenting.complete_points(readCt(), clicked), part_of(progress, 0.1, 1.0))
    requireVolume(volume)
    if not isInScene(points):
        raise OVCFRiskError(_("The points were removed meanwhile; nothing was changed."))
    with slicer.util.NodeModify(points):
        for level, certainty in found.certainty.items():
            x, y, z = found.points[level]
            setPosition(points, level, (-x, -y, z), certainty)
    return list(found.notes)


def checkMasks(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> dict[LumbarLevel, MaskReview]:
    """Volume, findings, digest and acceptance of every level that has a mask."""
    requireVolume(volume)
    findings = findFaults(volume, bodies)
    return {
        level: dataclasses.replace(review, findings=findings[level])
        for level, review in measureMasks(volume, bodies).items()
    }


def acceptLevel(
    volume: vtkMRMLScalarVolumeNode,
    bodies: vtkMRMLSegmentationNode,
    level: LumbarLevel,
    accepted: bool = True,
    findings: Sequence[Finding] | None = None,
) -> None:
    """Accept the present mask of a level, or withdraw it; see `OVCFRiskLogic.acceptLevel`."""
    requireOurs(bodies)
    digest = maskDigests(bodies, volume).get(level, "")
    if not digest:
        raise OVCFRiskError(_("{level} has no mask to accept.").format(level=level.name))
    if findings is None:
        findings = findFaults(volume, bodies)[level] if accepted else ()
    setAccepted(bodies, level, digest if accepted else "", findings)


def score(
    volume: vtkMRMLScalarVolumeNode,
    bodies: vtkMRMLSegmentationNode | None,
    model: str | None = None,
    progress: Progress | None = None,
    done: DoneChecks | None = None,
) -> SpineAssessment:
    """Score the bodies and keep the result; see `OVCFRiskLogic.score`."""
    requireVolume(volume)
    if bodies is None:
        raise OVCFRiskError(_("There is no body to score."))
    requireOurs(bodies)
    problem = bodiesProblem(bodies, volume)
    if problem:
        raise OVCFRiskError(problem)
    card = load_model(model or None)
    report_progress(progress, 0.0, _("reading CT and masks"))
    masks = levelMasks(bodies, volume)
    digests = digestsOf(masks)
    readCt, acquisition = ctReader(volume), acquisitionOf(volume)
    known, origins = findKnownFaults(bodies, masks), originsOf(bodies, digests)
    checked = done.checks if done is not None and done.fit(volume, digests) else None

    def work(report: Progress | None) -> SpineAssessment:
        ct = readCt()
        return assess(ct, labelImage(masks, ct), card, report, acquisition, known, checked, origins)

    assessment = inThread(work, progress)
    report_progress(progress, 1.0, _("keeping the scores"))
    _requireStillThere(volume, bodies)
    storeAssessment(bodies, volume, assessment, digests)
    return assessment


def ctReader(volume: vtkMRMLScalarVolumeNode) -> Callable[[], sitk.Image]:
    """A function without nodes that gives the CT as the library wants it: copying a large CT takes a while."""
    requireVolume(volume)
    voxels, name = voxelsOf(volume), volume.GetName()
    return lambda: asCt(imageOf(*voxels), name)[0]


def _write(
    volume: vtkMRMLScalarVolumeNode,
    masks: Masks,
    bodies: vtkMRMLSegmentationNode | None,
    replaceEdited: bool,
    proposed: Mapping[LumbarLevel, float] | None = None,
    doubtful: Mapping[LumbarLevel, DoubtfulSurface] | None = None,
    origin: MaskOrigin = MaskOrigin.SOFTWARE,
) -> vtkMRMLSegmentationNode:
    """Masks into a segmentation of ours, a new one when none is given; the scene may have changed while computing."""
    requireVolume(volume)
    # made on another CT, or made by somebody else: it stays what it is
    if bodies is None or not isInScene(bodies) or not isOurs(bodies) or referenceVolume(bodies) is not volume:
        bodies = createBodies(volume)
    digests = maskDigests(bodies, volume)
    keep = acceptedLevels(bodies, digests) if replaceEdited else keptLevels(bodies, digests)
    bodies.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    writeBodies(bodies, volume, masks, keep)
    made: Mapping[LumbarLevel, str] = maskDigests(bodies, volume)
    new = {level: digest for level, digest in made.items() if level not in keep}
    recordMade(bodies, new, proposed or {}, origin)
    recordDoubt(bodies, volume, doubtful or {}, [level for level in LumbarLevel if level not in keep])
    recordNotes(bodies, ())
    return bodies


def _requireStillThere(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> None:
    """Raise when the CT or the segmentation was removed while a job ran."""
    requireVolume(volume)
    if not isInScene(bodies):
        raise OVCFRiskError(_("The segmentation was removed while scoring; nothing was changed."))
