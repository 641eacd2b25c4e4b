"""The Segment Editor inside the panel, with a parameter set of its own, limited to the body that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import slicer
from OVCFRiskScene.editable_area import AREA_ID, fitArea, hasArea, removeArea
from OVCFRiskScene.ownership import isOurs
from OVCFRiskScene.segments import findLevels

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel

# Grow from seeds is left out: it needs a second segment as background, which bodies do not have.
EFFECTS = ("Paint", "Erase", "Islands", "Smoothing", "Scissors", "Threshold")
SINGLETON_TAG = "OVCFRisk"
UNDO_STATES = 10


class BodyEditor:
    """Owns the editor widget; made once, attached again after every scene close.

    Other bodies are protected, and nothing further than a margin from the chosen body can be changed
    (`OVCFRiskScene.editable_area`): one careless Apply must not cost the work of four levels.
    """

    def __init__(self, placeholder: Any, onLevel: Callable[[LumbarLevel], None]) -> None:
        self.onLevel = onLevel
        self.limited: Any = None
        self.isEntered = self.isOpen = False
        self.widget = slicer.qMRMLSegmentEditorWidget()
        placeholder.layout().addWidget(self.widget)
        self.widget.setMaximumNumberOfUndoStates(UNDO_STATES)
        self.widget.setEffectNameOrder(list(EFFECTS))
        self.widget.unorderedEffectsVisible = False
        self.widget.segmentationNodeSelectorVisible = False
        self.widget.sourceVolumeNodeSelectorVisible = False
        self.widget.switchToSegmentationsButtonVisible = False
        self.widget.addRemoveSegmentButtonsVisible = False
        self.widget.autoShowSourceVolumeNode = False  # which CT the views show is the panel's business, and said there
        self.widget.setMRMLScene(slicer.mrmlScene)
        self.widget.currentSegmentIDChanged.connect(self.onSegment)
        for table in slicer.util.findChildren(self.widget, className="qMRMLSegmentsTableView"):
            table.setHideSegments([AREA_ID])

    @property
    def bodies(self) -> vtkMRMLSegmentationNode | None:
        """The segmentation that is edited."""
        return self.widget.segmentationNode()

    def enter(self) -> None:
        """Take mouse and keyboard of the views."""
        if not self.isEntered:
            self.isEntered = True
            self._attach()
            self._limitThreshold()
            self.widget.setupViewObservations()
            self.widget.installKeyboardShortcuts()

    def leave(self) -> None:
        """Give mouse and keyboard back; else an active effect keeps eating the clicks in all views."""
        if self.isEntered:
            self.close()
            self.isEntered = False
            self.widget.uninstallKeyboardShortcuts()
            self.widget.removeViewObservations()

    def show(self, bodies: vtkMRMLSegmentationNode | None, volume: vtkMRMLScalarVolumeNode | None) -> None:
        """Edit this segmentation on this CT; None where there is none."""
        if not self.isEntered:
            return
        self._attach()
        if self.bodies is not bodies:
            if not self.isOpen and bodies is not None and isOurs(bodies):
                removeArea(bodies)  # of a scene that was saved while its editor was open
            self.widget.setSegmentationNode(bodies)  # first the segmentation, then the volume
        if bodies is not None and self.widget.sourceVolumeNode() is not volume:
            self.widget.setSourceVolumeNode(volume)
        if self.isOpen:
            self._limit()

    def select(self, segmentId: str) -> None:
        """Make a segment the one that is edited."""
        self.widget.setCurrentSegmentID(segmentId)

    def open(self) -> None:
        """The editor is seen."""
        self.isOpen = True
        self._limit()

    def close(self) -> None:
        """A tool nobody sees must not eat clicks, and the hidden segment has served."""
        self.isOpen = False
        self.widget.setActiveEffect(None)
        if self.bodies is not None and isOurs(self.bodies):
            removeArea(self.bodies)

    def saveState(self, bodies: vtkMRMLSegmentationNode | None) -> None:
        """Let one Undo bring back what a step is about to replace."""
        if bodies is not None and self.bodies is bodies:
            self.widget.saveStateForUndo()

    def refit(self) -> None:
        """Bodies were made anew: the editable area surrounds them."""
        self.limited = None
        if self.isOpen:
            self._limit()

    def onSegment(self, segmentId: str) -> None:
        """Another segment was chosen, in the editor's own list too."""
        level = self.level
        if level is not None and self.isOpen:
            self._limit()
            self.onLevel(level)

    @property
    def level(self) -> LumbarLevel | None:
        """The level that is edited, or None."""
        current = self.widget.currentSegmentID()
        return next((level for level, segmentId in findLevels(self.bodies).items() if segmentId == current), None)

    def cleanup(self) -> None:
        """Let go of the scene: a segment editor that still has it can crash the application when it ends."""
        self.leave()
        self.widget.currentSegmentIDChanged.disconnect(self.onSegment)
        self.widget.setMRMLScene(None)

    def _limit(self) -> None:
        """Allow editing around the chosen body only, and let no other body lose a voxel."""
        node, bodies, volume = self.widget.mrmlSegmentEditorNode(), self.bodies, self.widget.sourceVolumeNode()
        if node is None or bodies is None or volume is None or not isOurs(bodies):
            return
        level = self.level
        if level is not None and self.limited == (level, bodies.GetID()) and hasArea(bodies, level):
            return
        isLimited = level is not None and fitArea(bodies, volume, level)
        self.limited = (level, bodies.GetID()) if isLimited else None
        node.SetOverwriteMode(node.OverwriteNone)  # the area has nothing of the others; "all" would eat the area itself
        node.SetMaskSegmentID(AREA_ID if isLimited else "")
        core = slicer.vtkMRMLSegmentationNode
        node.SetMaskMode(core.EditAllowedInsideSingleSegment if isLimited else core.EditAllowedOutsideAllSegments)

    def _limitThreshold(self) -> None:
        """Threshold serves to limit the brush to bone; its own Apply would fill the whole editable area."""
        effect = self.widget.effectByName("Threshold")
        if effect is not None:
            effect.self().applyButton.hide()

    def _attach(self) -> None:
        """Set our own parameter set: without it the editor shares state with the Segment Editor module."""
        node = slicer.mrmlScene.GetSingletonNode(SINGLETON_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.vtkMRMLSegmentEditorNode()
            node.SetName("OVCFRisk segment editor")
            node.SetSingletonTag(SINGLETON_TAG)  # before AddNode; singletons survive closing the scene
            node = slicer.mrmlScene.AddNode(node)
            node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedOutsideAllSegments)
        if self.widget.mrmlSegmentEditorNode() is not node:
            self.widget.setMRMLSegmentEditorNode(node)
