"""The Segment Editor inside the panel, with a parameter set of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

EFFECTS = ("Threshold", "Paint", "Erase", "Grow from seeds", "Islands", "Smoothing", "Scissors")
SINGLETON_TAG = "OVCFRisk"
UNDO_STATES = 10


class BodyEditor:
    """Owns the editor widget; made once, attached again after every scene close."""

    def __init__(self, placeholder) -> None:
        self.widget = slicer.qMRMLSegmentEditorWidget()
        placeholder.layout().addWidget(self.widget)
        self.widget.setMaximumNumberOfUndoStates(UNDO_STATES)
        self.widget.setEffectNameOrder(list(EFFECTS))
        self.widget.unorderedEffectsVisible = False
        self.widget.segmentationNodeSelectorVisible = False
        self.widget.sourceVolumeNodeSelectorVisible = False
        self.widget.switchToSegmentationsButtonVisible = False
        self.widget.addRemoveSegmentButtonsVisible = False
        self.widget.setMRMLScene(slicer.mrmlScene)
        self.entered = False

    def enter(self) -> None:
        """Take mouse and keyboard of the views."""
        if not self.entered:
            self.entered = True
            self._attach()
            self.widget.setupViewObservations()
            self.widget.installKeyboardShortcuts()

    def leave(self) -> None:
        """Give mouse and keyboard back; else an active effect keeps eating the clicks in all views."""
        if self.entered:
            self.entered = False
            self.widget.setActiveEffect(None)
            self.widget.uninstallKeyboardShortcuts()
            self.widget.removeViewObservations()

    def show(self, bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> None:
        """Edit this segmentation on this CT; None where there is none."""
        if not self.entered:
            return
        self._attach()
        if self.widget.segmentationNode() is not bodies:
            self.widget.setSegmentationNode(bodies)  # first the segmentation, then the volume
        if bodies is not None and self.widget.sourceVolumeNode() is not volume:
            self.widget.setSourceVolumeNode(volume)

    def select(self, segmentId: str) -> None:
        """Make a segment the one that is edited."""
        self.widget.setCurrentSegmentID(segmentId)

    def putDown(self) -> None:
        """Deactivate the active effect."""
        self.widget.setActiveEffect(None)

    def cleanup(self) -> None:
        """Let go of the scene: a segment editor that still has it can crash the application when it ends."""
        self.leave()
        self.widget.setMRMLScene(None)

    def _attach(self) -> None:
        """Set our own parameter set: without it the editor shares state with the Segment Editor module."""
        node = slicer.mrmlScene.GetSingletonNode(SINGLETON_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.vtkMRMLSegmentEditorNode()
            node.SetName("OVCFRisk segment editor")
            node.SetSingletonTag(SINGLETON_TAG)  # before AddNode; singletons survive closing the scene
            node = slicer.mrmlScene.AddNode(node)
            node.SetOverwriteMode(node.OverwriteAllSegments)  # a voxel belongs to one body
        if self.widget.mrmlSegmentEditorNode() is not node:
            self.widget.setMRMLSegmentEditorNode(node)
