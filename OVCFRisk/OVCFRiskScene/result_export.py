"""The results into a folder: table, report, pictures, masks, scene; and in the archive's language."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import part_of, report_progress
from OVCFRiskLib.report import DICOM_FILES, write_all
from OVCFRiskScene.background import inThread
from OVCFRiskScene.checks import acquisitionOf
from OVCFRiskScene.editable_area import removeArea
from OVCFRiskScene.ownership import isInScene
from OVCFRiskScene.review import acceptedLevels
from OVCFRiskScene.scene_export import dicomProblem, exportScene, writeDicom
from OVCFRiskScene.scores import outdatedLevels, readAssessment
from OVCFRiskScene.segment_masks import digestsOf, labelImage, levelMasks
from OVCFRiskScene.steps import ctReader
from OVCFRiskScene.volumes import dicomFiles, imageOf, requireVolume, voxelsOf

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.progress import Progress
    from OVCFRiskScene.segment_masks import Masks


def exportResults(
    volume: vtkMRMLScalarVolumeNode,
    bodies: vtkMRMLSegmentationNode,
    folder: str | Path,
    progress: Progress | None = None,
) -> list[str]:
    """Write everything into a folder; see `OVCFRiskLogic.exportResults`."""
    assessment, masks = _currentResult(volume, bodies)
    readCt, acquisition, accepted = ctReader(volume), acquisitionOf(volume), acceptedLevels(bodies, digestsOf(masks))
    isRenewed = any((Path(folder) / name).exists() for name in DICOM_FILES) and not dicomProblem(volume)
    dicom = [Path(path) for path in dicomFiles(volume)] if isRenewed else []
    written: list[list[str]] = []
    left: list[str] = []

    def work(report: Progress | None) -> None:
        ct = readCt()
        labels = labelImage(masks, ct)
        report_progress(report, 0.1, _("writing the report"))

        def writeScene(stage: Path) -> None:
            left.extend(exportScene(stage, lambda: _requireTheSame(volume, bodies, masks), part_of(report, 0.4, 1.0)))

        def renewDicom(stage: Path) -> None:  # else the objects of an earlier result would go without a word
            if dicom:
                writeDicom(assessment, labels, dicom, stage)

        notes = write_all(
            assessment,
            ct,
            labels,
            folder,
            acquisition,
            further=(writeScene, renewDicom),
            accepted=accepted,
        )
        written.append([*notes, *left, *_openLevels(masks, accepted)])

    try:
        inThread(work, progress)
    except CancelledError:
        if not written:  # else the click came too late: everything is there
            raise
    return written[0]


def exportDicom(
    volume: vtkMRMLScalarVolumeNode,
    bodies: vtkMRMLSegmentationNode,
    folder: str | Path,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the results as DICOM objects; see `OVCFRiskLogic.exportDicom`."""
    assessment, masks = _currentResult(volume, bodies)
    problem = dicomProblem(volume)
    if problem:
        raise OVCFRiskError(problem)
    files, voxels = [Path(path) for path in dicomFiles(volume)], voxelsOf(volume)
    written: list[list[Path]] = []

    def work(report: Progress | None) -> None:
        labels = labelImage(masks, imageOf(*voxels))
        report_progress(report, 0.1, _("writing the DICOM objects"))
        written.append(writeDicom(assessment, labels, files, folder))

    try:
        inThread(work, progress)
    except CancelledError:
        if not written:
            raise
    return written[0]


def _requireTheSame(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode, masks: Masks) -> None:
    """Raise unless the scene still holds what the other files say; the editor's area is not saved with it."""
    requireVolume(volume)
    if not isInScene(bodies) or digestsOf(levelMasks(bodies, volume)) != digestsOf(masks):
        raise OVCFRiskError(_("The masks were changed while they were written; nothing was kept, export again."))
    removeArea(bodies)  # of an open editor, which makes it anew


def _currentResult(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> tuple[SpineAssessment, Masks]:
    """The assessment kept with the bodies and their masks; refuses one that is out of date."""
    requireVolume(volume)
    assessment = readAssessment(bodies)
    if assessment is None:
        raise OVCFRiskError(_("There is nothing to export yet: score the bodies first."))
    masks = levelMasks(bodies, volume)
    outdated = outdatedLevels(bodies, volume, digestsOf(masks))
    if outdated:
        level, why = next(iter(outdated.items()))
        raise OVCFRiskError(_("{level}: {why}; score again first.").format(level=level.name, why=why))
    return assessment, masks


def _openLevels(masks: Masks, accepted: Collection[LumbarLevel]) -> list[str]:
    """A note when levels are exported that nobody has accepted."""
    unseen = [level.name for level in LumbarLevel if level in masks and level not in accepted]
    return [_("Masks not accepted by a clinician: {levels}.").format(levels=", ".join(unseen))] if unseen else []
