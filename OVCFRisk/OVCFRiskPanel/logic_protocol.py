"""What the panel asks of the module's logic: the seam between the two, so that a test can put its own logic there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from OVCFRiskScene.checks import DoneChecks
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


class PanelLogic(Protocol):
    """The steps behind the buttons; `OVCFRisk.OVCFRiskLogic` has them all."""

    def getParameterNode(self) -> Any:
        """The typed parameter node of the scene."""

    def addSamplePhantom(self, progress: Progress | None = None) -> vtkMRMLScalarVolumeNode:
        """A simulated lumbar CT as a new volume."""

    def checkAcquisition(
        self, volume: vtkMRMLScalarVolumeNode, model: str | None = None
    ) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        """Findings on how the CT was acquired, and notes on its values."""

    def createLevelPoints(self) -> vtkMRMLMarkupsFiducialNode:
        """A markups node with the unplaced points L1..L4."""

    def segmentBodies(
        self,
        volume: vtkMRMLScalarVolumeNode,
        points: vtkMRMLMarkupsFiducialNode,
        bodies: vtkMRMLSegmentationNode | None = None,
        progress: Progress | None = None,
        replaceEdited: bool = False,
    ) -> vtkMRMLSegmentationNode:
        """Segment the bodies of the marked levels."""

    def completePoints(
        self,
        volume: vtkMRMLScalarVolumeNode,
        points: vtkMRMLMarkupsFiducialNode,
        progress: Progress | None = None,
    ) -> list[str]:
        """Propose points for the levels that are not placed; returns notes for the user."""

    def importBodies(
        self,
        volume: vtkMRMLScalarVolumeNode,
        source: vtkMRMLSegmentationNode | vtkMRMLLabelMapVolumeNode,
        bodies: vtkMRMLSegmentationNode | None = None,
        progress: Progress | None = None,
        replaceEdited: bool = False,
    ) -> vtkMRMLSegmentationNode:
        """Take the bodies from masks made elsewhere."""

    def segmentAutomatically(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode | None = None,
        progress: Progress | None = None,
        replaceEdited: bool = False,
    ) -> vtkMRMLSegmentationNode:
        """Let another extension find the vertebrae, and take their bodies."""

    def acceptLevel(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        level: LumbarLevel | str | int,
        accepted: bool = True,
        findings: Sequence[Finding] | None = None,
    ) -> None:
        """Mark a level's present mask as accepted, or withdraw that."""

    def score(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        model: str | None = None,
        progress: Progress | None = None,
        done: DoneChecks | None = None,
    ) -> SpineAssessment:
        """Score the bodies and keep the result with them."""

    def exportResults(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        folder: str | Path,
        progress: Progress | None = None,
    ) -> list[str]:
        """Write table, report, labels and the scene bundle into a folder."""

    def exportDicom(
        self,
        volume: vtkMRMLScalarVolumeNode,
        bodies: vtkMRMLSegmentationNode,
        folder: str | Path,
        progress: Progress | None = None,
    ) -> list[Path]:
        """Write a DICOM segmentation and report."""
