"""The steps of the work on nodes. Each computes on copies and writes into the scene only at its end."""

from dataclasses import dataclass

import numpy as np
import slicer
from slicer.i18n import tr as _

from OVCFRiskLib import segmentation as segmenting
from OVCFRiskLib.assess import assess
from OVCFRiskLib.ct import read_acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import report_progress
from OVCFRiskLib.quality.acquisition import check_acquisition
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.quality.overlap import check_overlap
from OVCFRiskLib.report import write_all
from OVCFRiskLib.scoring import load_model
from OVCFRiskScene.export import exportScene
from OVCFRiskScene.foreign import foreignLabels
from OVCFRiskScene.points import levelPositionsLps
from OVCFRiskScene.review import acceptedLevels, maskDigest, maskDigests, setAccepted
from OVCFRiskScene.scores import outdatedLevels, readAssessment, storeAssessment, withFindings
from OVCFRiskScene.segments import createBodies, labelImage, levelMasks, referenceVolume, writeBodies
from OVCFRiskScene.volumes import dicomFiles, pullCt, pullVolume, requireVolume


@dataclass(frozen=True)
class MaskFacts:
    """What the review shows of one level's mask."""

    volumeMl: float
    digest: str
    accepted: bool
    findings: tuple


def acquisitionOf(volume):
    """What DICOM says of the CT, or None where Slicer's database does not know its files."""
    files = dicomFiles(volume)
    try:
        return read_acquisition(files[0]) if files else None
    except OVCFRiskError:  # moved or deleted since: the CT itself is in the scene
        return None


def checkAcquisition(volume, model=None):
    """Findings on how the CT was acquired, and notes on its values as text."""
    ct, notes = pullCt(volume)
    training = load_model(model or None).training
    return check_acquisition(ct, acquisitionOf(volume), training), notes


def segmentBodies(volume, points, bodies=None, progress=None):
    """Segment the placed levels; see `OVCFRiskLogic.segmentBodies`."""
    requireVolume(volume)
    positions = levelPositionsLps(points)
    ct, _notes = pullCt(volume)
    labels = segmenting.segment_bodies(ct, positions, progress)
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
    masks = levelMasks(bodies, volume)
    if not masks:
        return {}
    ct = pullVolume(volume)
    findings = check_masks(ct, labelImage(masks, ct))
    overlaps = _overlaps(masks)
    voxelMl = 1e-3
    for edge in ct.GetSpacing():
        voxelMl *= edge
    digests = {level: maskDigest(found) for level, found in masks.items()}
    accepted = acceptedLevels(bodies, digests)
    return {
        level: MaskFacts(
            float(found[1].sum() * voxelMl), digests[level], level in accepted, (*overlaps[level], *findings[level])
        )
        for level, found in masks.items()
    }


def acceptLevel(volume, bodies, level, accepted=True):
    """Accept the present mask of a level, or withdraw it."""
    digest = maskDigests(bodies, volume).get(level, "")
    if not digest:
        raise OVCFRiskError(_("{level} has no mask to accept.").format(level=level.name))
    setAccepted(bodies, level, digest if accepted else "")


def bodiesProblem(bodies, volume):
    """Why a segmentation's bodies cannot be scored on a CT; empty when they can, or when there is no segmentation."""
    if bodies is None or volume is None:
        return ""
    made_on = referenceVolume(bodies)
    if made_on is not None and made_on is not volume and made_on.IsA("vtkMRMLScalarVolumeNode"):
        return _("{bodies} was made on {ct}; choose that CT, or segment again.").format(
            bodies=bodies.GetName(), ct=made_on.GetName()
        )
    return ""


def score(volume, bodies, model=None, progress=None):
    """Score the bodies and keep the result; see `OVCFRiskLogic.score`."""
    requireVolume(volume)
    problem = _("There is no body to score.") if bodies is None else bodiesProblem(bodies, volume)
    if problem:
        raise OVCFRiskError(problem)
    card = load_model(model or None)
    masks = levelMasks(bodies, volume)
    digests = {level: maskDigest(found) for level, found in masks.items()}
    ct, _notes = pullCt(volume)
    assessment = assess(ct, labelImage(masks, ct), card, progress, acquisitionOf(volume))
    assessment = withFindings(assessment, _overlaps(masks))
    _requireStillThere(volume, bodies)
    storeAssessment(bodies, volume, assessment, digests)
    return assessment


def exportResults(volume, bodies, folder, progress=None):
    """Write everything into a folder; see `OVCFRiskLogic.exportResults`."""
    requireVolume(volume)
    assessment = readAssessment(bodies)
    if assessment is None:
        raise OVCFRiskError(_("There is nothing to take away yet: score the bodies first."))
    masks = levelMasks(bodies, volume)
    outdated = outdatedLevels(bodies, volume, {level: maskDigest(found) for level, found in masks.items()})
    if outdated:
        level, why = next(iter(outdated.items()))
        raise OVCFRiskError(_("{level}: {why}; score again first.").format(level=level.name, why=why))
    folder = prepare_folder(folder)
    ct, _notes = pullCt(volume)
    report_progress(progress, 0.1, _("writing the report"))
    notes = write_all(assessment, ct, labelImage(masks, ct), folder)
    report_progress(progress, 0.7, _("writing the scene"))
    exportScene(folder)
    report_progress(progress, 1.0, _("written"))
    return notes


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


def _overlaps(masks):
    """Overlap findings of all levels, looked for in the box around all masks while they are still apart."""
    findings = dict.fromkeys(LumbarLevel, ())
    if len(masks) < 2:
        return findings
    boxes = [box for box, _mask in masks.values()]
    start = [min(box[axis].start for box in boxes) for axis in range(3)]
    shape = [max(box[axis].stop for box in boxes) - start[axis] for axis in range(3)]
    apart = {level: np.zeros(shape, bool) for level in masks}
    for level, (box, mask) in masks.items():
        apart[level][tuple(slice(s.start - o, s.stop - o) for s, o in zip(box, start, strict=True))] = mask
    return findings | check_overlap(apart)
