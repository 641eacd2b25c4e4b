"""The steps without the panel, as `OVCFRisk.OVCFRiskLogic` offers them.

Imports stand in the methods: they bring scipy along, and opening the module shall cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLLabelMapVolumeNode,
        vtkMRMLMarkupsFiducialNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLSegmentationNode,
    )

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.progress import Progress
    from OVCFRiskScene.checks import DoneChecks, MaskReview


class SceneLogic:
    """Nodes and plain values in, nodes and results out.

    Every step that cannot be done raises `OVCFRiskLib.errors.OVCFRiskError` with what to do, and leaves the scene as
    it was. ``level`` is a `LumbarLevel` or its name; ``progress(fraction, message) -> bool`` returns False to cancel.
    """

    def getParameterNode(self) -> Any:
        """The typed parameter node of the scene; given by the module's logic."""
        raise NotImplementedError

    def addSamplePhantom(self, progress: Progress | None = None) -> vtkMRMLScalarVolumeNode:
        """A simulated lumbar CT as a new volume; nothing is downloaded."""
        from OVCFRiskScene.sample import addSamplePhantom

        return addSamplePhantom(progress)

    def checkAcquisition(
        self, volume: vtkMRMLScalarVolumeNode, model: str | None = None
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """Findings (`OVCFRiskLib.findings.Finding`) on how the CT was acquired, and notes on its values as text."""
        from OVCFRiskScene.checks import checkAcquisition

        return checkAcquisition(volume, model)

    def createLevelPoints(self) -> vtkMRMLMarkupsFiducialNode:
        """A markups node with the unplaced points L1..L4."""
        from OVCFRiskScene.level_points import createLevelPoints

        return createLevelPoints()

    def placeLevel(
        self, points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel | str | int, ras: Sequence[float]
    ) -> None:
        """Place one level's point, RAS mm."""
        from OVCFRiskScene.level_points import setPosition

        setPosition(points, asLevel(level), ras)

    def segmentBodies(
        self,
        volume: vtkMRMLScalarVolumeNode,
        points: vtkMRMLMarkupsFiducialNode,
        bodies: vtkMRMLSegmentationNode | None = None,
        progress: Progress | None = None,
        replaceEdited: bool = False,
    ) -> vtkMRMLSegmentationNode:
        """Segment the bodies of the marked levels.

        Returns the segmentation node: a new one, or ``bodies`` with its segments L1..L4 replaced except the accepted
        and, unless ``replaceEdited``, those a person edited. A segmentation made elsewhere is never written to.
        """
        from OVCFRiskScene.steps import segmentBodies

        return segmentBodies(volume, points, bodies, progress, replaceEdited)

    def completePoints(
        self,
        volume: vtkMRMLScalarVolumeNode,
        points: vtkMRMLMarkupsFiducialNode,
        progress: Progress | None = None,
    ) -> list[str]:
        """Propose points for the levels that are not placed, along the spine; returns notes for the user.

        A level that is not certain stays without a point, and its note says why.
        """
        from OVCFRiskScene.steps import completePoints

        return completePoints(volume, points, progress)

    def importBodies(
        self,
        volume: vtkMRMLScalarVolumeNode,
        source: vtkMRMLSegmentationNode | vtkMRMLLabelMapVolumeNode,
        bodies: vtkMRMLSegmentationNode | None = None,
        progress: Progress | None = None,
        replaceEdited: bool = False,
    ) -> vtkMRMLSegmentationNode:
        """Take the bodies from a segmentation or label map made elsewhere; whole vertebrae are cut to their bodies.

        ``source`` itself is not modified; returns as `segmentBodies`.
        """
        from OVCFRiskScene.steps import importBodies

        return importBodies(volume, source, bodies, progress, replaceEdited)

    def segmentAutomatically(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode | None = None,
        progress: Progress | None = None,
        replaceEdited: bool = False,
    ) -> vtkMRMLSegmentationNode:
        """Let the extension TotalSegmentator find L1 to L4 and take the bodies; returns as `segmentBodies`."""
        from OVCFRiskScene.steps import segmentAutomatically

        return segmentAutomatically(volume, bodies, progress, replaceEdited)

    def checkMasks(
        self, volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode
    ) -> Mapping[LumbarLevel, MaskReview]:
        """{level: `OVCFRiskScene.checks.MaskReview`}: volume, findings, digest, accepted or not."""
        from OVCFRiskScene.steps import checkMasks

        return checkMasks(volume, bodies)

    def acceptLevel(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        level: LumbarLevel | str | int,
        accepted: bool = True,
        findings: Sequence[Finding] | None = None,
    ) -> None:
        """Mark a level's present mask as accepted, or withdraw that; saved with the scene.

        ``findings`` are what the checks said to whoever accepts; they are run anew if None.
        """
        from OVCFRiskScene.steps import acceptLevel

        acceptLevel(volume, bodies, asLevel(level), accepted, findings)

    def score(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        model: str | None = None,
        progress: Progress | None = None,
        done: DoneChecks | None = None,
    ) -> SpineAssessment:
        """Score the bodies and keep the result with them.

        ``model`` is the id or file of a model card; the demonstration model if empty. ``done`` are checks of the masks
        (`OVCFRiskScene.checks.faultSearch`), used where they are of these masks on this CT.
        """
        from OVCFRiskScene.steps import score

        return score(volume, bodies, model, progress, done)

    def assessment(self, bodies: vtkMRMLSegmentationNode | None) -> SpineAssessment | None:
        """The `SpineAssessment` kept with a segmentation, or None."""
        from OVCFRiskScene.scores import readAssessment

        return readAssessment(bodies)

    def outdatedLevels(
        self, volume: vtkMRMLScalarVolumeNode | None, bodies: vtkMRMLSegmentationNode
    ) -> Mapping[LumbarLevel, str]:
        """{level: why} of the levels whose score no longer belongs to their mask or CT."""
        from OVCFRiskScene.scores import outdatedLevels
        from OVCFRiskScene.segment_masks import maskDigests

        return outdatedLevels(bodies, volume, maskDigests(bodies, volume))

    def showOverlay(self, volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> None:
        """Colours by risk, legend and labels, as the parameter node's switches say; also greys outdated levels."""
        from OVCFRiskScene.overlay import showOverlay

        outdated = self.outdatedLevels(volume, bodies)
        showOverlay(bodies, volume, self.assessment(bodies), outdated, self.getParameterNode())

    def exportResults(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        folder: str | Path,
        progress: Progress | None = None,
    ) -> list[str]:
        """Write table, report, labels and the scene bundle into a folder; returns notes for the user.

        Raises OVCFRiskError when there is no score, or one is out of date.
        """
        from OVCFRiskScene.result_export import exportResults

        return exportResults(volume, bodies, folder, progress)

    def exportDicom(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        folder: str | Path,
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write a DICOM segmentation and report of a CT that was loaded from DICOM; returns their paths."""
        from OVCFRiskScene.result_export import exportDicom

        return exportDicom(volume, bodies, folder, progress)


def asLevel(level: LumbarLevel | str | int) -> LumbarLevel:
    """A `LumbarLevel` of itself, its name or its label value."""
    from OVCFRiskLib.levels import LumbarLevel

    return LumbarLevel[level] if isinstance(level, str) else LumbarLevel(level)
