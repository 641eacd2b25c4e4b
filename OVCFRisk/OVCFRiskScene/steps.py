"""The steps of the work on nodes. Each computes on copies and writes into the scene only at its end."""

import dataclasses
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib import segmentation as segmenting
from OVCFRiskLib.assess import assess
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import part_of, report_progress
from OVCFRiskLib.report import DICOM_FILES, write_all
from OVCFRiskLib.scoring import load_model
from OVCFRiskScene.checks import acquisitionOf, bodiesProblem, findFaults, findOverlaps, measureMasks
from OVCFRiskScene.foreign import foreignLabels
from OVCFRiskScene.level_points import levelPositionsLps
from OVCFRiskScene.review import acceptedLevels, maskDigest, maskDigests, setAccepted
from OVCFRiskScene.scene_export import dicomProblem, exportScene, writeDicom
from OVCFRiskScene.scores import outdatedLevels, readAssessment, storeAssessment
from OVCFRiskScene.segments import createBodies, labelImage, levelMasks, referenceVolume, writeBodies
from OVCFRiskScene.volumes import pullCt, pullVolume, requireVolume


def segmentBodies(volume, points, bodies=None, progress=None):
    """Segment the placed levels; see `OVCFRiskLogic.segmentBodies`."""
    requireVolume(volume)
    positions = levelPositionsLps(points)
    report_progress(progress, 0.0, _("reading the CT"))
    ct, _notes = pullCt(volume)
    labels = segmenting.segment_bodies(ct, positions, part_of(progress, 0.05, 0.95))
    return _write(volume, labels, bodies)


def importBodies(volume, source, bodies=None, progress=None):
    """Take bodies from masks made elsewhere; see `OVCFRiskLogic.importBodies`."""
    requireVolume(volume)
    report_progress(progress, 0.0, _("reading the masks"))
    ct, _notes = pullCt(volume)
    labels = segmenting.import_labels(foreignLabels(source, volume), ct)
    report_progress(progress, 0.9, _("writing the segments"))
    return _write(volume, labels, bodies if bodies is not source else None)


def checkMasks(volume, bodies):
    """Volume, findings, digest and acceptance of every level that has a mask."""
    requireVolume(volume)
    findings = findFaults(volume, bodies)
    return {
        level: dataclasses.replace(review, findings=findings[level])
        for level, review in measureMasks(volume, bodies).items()
    }


def acceptLevel(volume, bodies, level, accepted=True):
    """Accept the present mask of a level, or withdraw it."""
    digest = maskDigests(bodies, volume).get(level, "")
    if not digest:
        raise OVCFRiskError(_("{level} has no mask to accept.").format(level=level.name))
    setAccepted(bodies, level, digest if accepted else "")


def score(volume, bodies, model=None, progress=None):
    """Score the bodies and keep the result; see `OVCFRiskLogic.score`."""
    requireVolume(volume)
    problem = _("There is no body to score.") if bodies is None else bodiesProblem(bodies, volume)
    if problem:
        raise OVCFRiskError(problem)
    card = load_model(model or None)
    report_progress(progress, 0.0, _("reading CT and masks"))
    masks = levelMasks(bodies, volume)
    digests = {level: maskDigest(found) for level, found in masks.items()}
    ct, _notes = pullCt(volume)
    assessment = assess(ct, labelImage(masks, ct), card, progress, acquisitionOf(volume), findOverlaps(masks))
    _requireStillThere(volume, bodies)
    storeAssessment(bodies, volume, assessment, digests)
    return assessment


def exportResults(volume, bodies, folder, progress=None):
    """Write everything into a folder; see `OVCFRiskLogic.exportResults`."""
    assessment, masks = _currentResult(volume, bodies)
    ct, _notes = pullCt(volume)
    labels = labelImage(masks, ct)
    report_progress(progress, 0.1, _("writing the report"))

    def writeScene(stage):
        report_progress(progress, 0.7, _("writing the scene"))
        exportScene(stage)

    def renewDicom(stage):  # else the objects of an earlier result would go without a word
        if any((Path(folder) / name).exists() for name in DICOM_FILES) and not dicomProblem(volume):
            writeDicom(assessment, labels, volume, stage)

    further = (writeScene, renewDicom)
    notes = write_all(
        assessment, ct, labels, folder, acquisitionOf(volume), further=further, accepted=_accepted(bodies, masks)
    )
    report_progress(progress, 1.0, _("written"))
    return [*notes, *_openLevels(bodies, masks)]


def exportDicom(volume, bodies, folder, progress=None):
    """Write the results as DICOM objects; see `OVCFRiskLogic.exportDicom`."""
    assessment, masks = _currentResult(volume, bodies)
    report_progress(progress, 0.1, _("writing the DICOM objects"))
    return writeDicom(assessment, labelImage(masks, pullVolume(volume)), volume, folder)


def _currentResult(volume, bodies):
    """The assessment kept with the bodies and their masks; refuses one that is out of date."""
    requireVolume(volume)
    assessment = readAssessment(bodies)
    if assessment is None:
        raise OVCFRiskError(_("There is nothing to take away yet: score the bodies first."))
    masks = levelMasks(bodies, volume)
    outdated = outdatedLevels(bodies, volume, {level: maskDigest(found) for level, found in masks.items()})
    if outdated:
        level, why = next(iter(outdated.items()))
        raise OVCFRiskError(_("{level}: {why}; score again first.").format(level=level.name, why=why))
    return assessment, masks


def _accepted(bodies, masks):
    """Levels whose present mask a person accepted."""
    return acceptedLevels(bodies, {level: maskDigest(found) for level, found in masks.items()})


def _openLevels(bodies, masks):
    """A note when levels are taken away that nobody has accepted."""
    accepted = _accepted(bodies, masks)
    unseen = [level.name for level in LumbarLevel if level in masks and level not in accepted]
    return [_("Masks not accepted by a clinician: {levels}.").format(levels=", ".join(unseen))] if unseen else []


def _write(volume, labels, bodies):
    """Labels into a segmentation, a new one when none is given; the scene may have changed while computing."""
    requireVolume(volume)
    if bodies is not None and slicer.mrmlScene.GetNodeByID(bodies.GetID() or "") is not bodies:
        bodies = None
    if bodies is not None and referenceVolume(bodies) not in (None, volume):
        bodies = None  # made on another CT: it stays what it is
    if bodies is None:
        bodies, keep = createBodies(volume), ()
    else:
        keep = acceptedLevels(bodies, maskDigests(bodies, volume))
        bodies.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    writeBodies(bodies, volume, labels, keep)
    return bodies


def _requireStillThere(volume, bodies):
    """Raise when the CT or the segmentation was removed while a job ran."""
    requireVolume(volume)
    if slicer.mrmlScene.GetNodeByID(bodies.GetID() or "") is not bodies:
        raise OVCFRiskError(_("The segmentation was removed while scoring; nothing was changed."))
