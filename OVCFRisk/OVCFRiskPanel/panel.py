"""The panel as a whole: which nodes it looks at, when it looks again, which buttons may be pressed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from OVCFRiskScene.level_points import levelsMarked, placedOn
from OVCFRiskScene.volumes import volumeProblem

from OVCFRiskPanel.background import Background
from OVCFRiskPanel.body_state import BodiesState
from OVCFRiskPanel.buttons import BUTTONS, missingFor
from OVCFRiskPanel.case import Case, RemovedNodes, soleVolume
from OVCFRiskPanel.export_section import ExportSection
from OVCFRiskPanel.input_section import InputSection
from OVCFRiskPanel.levels_section import LevelsSection
from OVCFRiskPanel.model_choice import ModelChoice
from OVCFRiskPanel.panel_state import PanelState, readState
from OVCFRiskPanel.review_section import ReviewSection
from OVCFRiskPanel.score_section import ScoreSection
from OVCFRiskPanel.slice_labels import SliceLabels
from OVCFRiskPanel.status import StatusLine
from OVCFRiskPanel.views import CaseViews

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskPanel.logic_protocol import PanelLogic

# A brush stroke sends many events; masks are looked at once it rests, and checked when the hand has.
MASKS_DELAY_MS = 300
CHECKS_DELAY_MS = 1500
POINT_EVENTS = (
    "PointAddedEvent",
    "PointRemovedEvent",
    "PointModifiedEvent",
    "PointPositionDefinedEvent",
    "PointPositionUndefinedEvent",
    "PointPositionMissingEvent",
)
SECTIONS = ("input", "levels", "segment", "review", "score", "export")
FIRST_SECTION = "input"


class Panel:
    """Everything between the widgets and the scene. `parameterNode` is None while the panel does not follow it."""

    def __init__(self, ui: Any, logic: PanelLogic) -> None:
        self.ui, self.logic, self.state = ui, logic, PanelState()
        self.parameterNode: Any = None
        self.observed: list[tuple[vtkMRMLNode, list[int]]] = []
        self.isRefreshing = self.haveMasksChanged = self.isEntered = self.isVolumeNew = False
        self.lastBodies: vtkMRMLSegmentationNode | None = None
        self.timers: list[tuple[qt.QTimer, Callable[[], None]]] = []
        self.timer, self.checkTimer = self._timer(self.onTimer), self._timer(self.onCheckTimer)
        self.caseTimer = self._timer(self.onCaseTimer)
        self.background, self.case, self.removed = Background(), Case(), RemovedNodes()
        self.status = StatusLine(ui, self.refresh)
        self.bodiesState = BodiesState(self.background, self.onMasksMaybeChanged, self.refresh)
        self.modelChoice, self.sliceLabels, self.views = ModelChoice(), SliceLabels(), CaseViews(self)
        self.input, self.levels, self.review = InputSection(self), LevelsSection(self), ReviewSection(self)
        self.score, self.export = ScoreSection(self), ExportSection(self)

    # --- what the sections ask for

    @property
    def volume(self) -> vtkMRMLScalarVolumeNode | None:
        """The chosen CT, or None."""
        return self.parameterNode.inputVolume if self.parameterNode is not None else None

    @property
    def points(self) -> vtkMRMLMarkupsFiducialNode | None:
        """The level points, or None."""
        return self.parameterNode.levelPoints if self.parameterNode is not None else None

    @property
    def bodies(self) -> vtkMRMLSegmentationNode | None:
        """The segmentation of the bodies, or None."""
        return self.parameterNode.bodies if self.parameterNode is not None else None

    @property
    def modelText(self) -> str:
        """What the user typed as model."""
        return self.parameterNode.model if self.parameterNode is not None else ""

    @property
    def pointsOfOtherVolume(self) -> str:
        """Name of the CT that the points were placed on, when it is not the chosen one; else empty."""
        on = placedOn(self.points) if self.points is not None else None
        return on.GetName() if on is not None and on is not self.volume else ""

    def keptLevels(self, replaceEdited: bool) -> list[LumbarLevel]:
        """Levels that making bodies again leaves alone."""
        state = self.bodiesState
        kept = set(state.accepted) if replaceEdited else {*state.accepted, *state.edited}
        return [level for level in state.masks if level in kept]

    def open(self, *names: str) -> None:
        """Open sections by name; the others stay as the user left them."""
        for name in names:
            getattr(self.ui, f"{name}CollapsibleButton").collapsed = False

    # --- the life of the module and of the scene

    def setParameterNode(self, parameterNode: Any) -> None:
        """Follow a parameter node, or none."""
        self.parameterNode = self.removed.parameterNode = parameterNode
        self.chooseSoleVolume()
        self.refresh()

    def chooseSoleVolume(self) -> None:
        """Choose the only CT there is, to save a click; not after the chosen one was removed."""
        node = self.parameterNode
        if node is not None and node.inputVolume is None and self.case.volume is None and soleVolume() is not None:
            node.inputVolume = soleVolume()

    def enter(self) -> None:
        """The module is shown."""
        self.isEntered = True
        self.status.dock()
        self.review.enter()
        self.bodiesState.look()
        self.bodiesState.check()
        self.refresh()
        self.openWhatIsThere()

    def exit(self) -> None:
        """Another module is shown: give the mouse back, stop what runs."""
        self.isEntered = False
        self.status.cancel()
        self.status.undock()
        self.levels.stopPlacing()
        self.review.exit()

    def sceneCloses(self) -> None:
        """Nodes are about to go."""
        self.levels.stopPlacing()
        self.case.forget()
        self.startAgain()

    def startAgain(self) -> None:
        """Nothing of the CT before stays: no message, result, report or open section."""
        self.status.cancel()
        self.background.stop()
        self.lastBodies = None
        self.bodiesState.forget()
        self.sliceLabels.forget()
        self.export.forget()
        self.status.clear()
        self.input.checked = None
        self.ui.replaceEditedCheckBox.checked = False
        for name in SECTIONS:
            getattr(self.ui, f"{name}CollapsibleButton").collapsed = name != FIRST_SECTION
        self.ui.editorCollapsibleButton.collapsed = True

    def openWhatIsThere(self) -> None:
        """Open the sections whose turn has come, as after opening a file or a saved scene."""
        if self.volume is not None and not self.state.volumeProblem:
            self.open("levels")
        if levelsMarked(self.points):
            self.open("segment")
        if self.bodiesState.masks:
            self.open("review", "score")
        if self.bodiesState.assessment is not None:
            self.open("export")

    def cleanup(self) -> None:
        """The panel goes away for good."""
        for timer, slot in self.timers:
            timer.stop()
            timer.timeout.disconnect(slot)  # a connection would keep this panel alive
        self.background.cleanup()
        self.parameterNode = self.removed.parameterNode = None
        self.exit()
        self._observe()
        self.bodiesState.forget()
        self.sliceLabels.forget()
        self.review.cleanup()

    # --- looking again

    def onMasksMaybeChanged(self) -> None:
        """A segment was edited, renamed, coloured: look at the masks once that rests, also behind another module."""
        self.haveMasksChanged = True
        self.timer.start(MASKS_DELAY_MS)

    def onNodeChanged(self, caller: vtkMRMLNode, event: str) -> None:
        """CT or points changed."""
        self.timer.start(0)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAdded(self, caller: Any, event: str, node: vtkMRMLNode) -> None:
        """A CT may have been loaded: look once its image is there."""
        self.isVolumeNew = self.isVolumeNew or bool(node.IsA("vtkMRMLScalarVolumeNode"))
        self.timer.start(MASKS_DELAY_MS)

    def onTimer(self) -> None:
        """Events have come to rest."""
        if self.status.isBusy:
            self.timer.start(MASKS_DELAY_MS)
            return
        if self.haveMasksChanged:
            self.haveMasksChanged = False
            self.bodiesState.look()
            self.checkTimer.start(CHECKS_DELAY_MS)
        if self.isVolumeNew:
            self.isVolumeNew = False
            self.chooseSoleVolume()
        self.refresh()

    def onCheckTimer(self) -> None:
        """The hand rests: run the checks of the masks that changed."""
        if self.status.isBusy:
            self.checkTimer.start(CHECKS_DELAY_MS)
            return
        self.bodiesState.check()
        self.refresh()

    def onCaseTimer(self) -> None:
        """Another CT was chosen: show it, and open the sections whose turn has come."""
        if self.isEntered and self.volume is not None:
            self.views.showCase()
            self.openWhatIsThere()
            self.refresh()

    def refresh(self, caller: Any = None, event: str = "") -> None:
        """Bring every widget in line with the scene: what `_checkCanApply` is in other modules."""
        # while a scene is opened, nodes and the references to them come one after the other
        if self.isRefreshing or slicer.mrmlScene.IsImporting() or slicer.mrmlScene.IsClosing():
            return
        self.isRefreshing = True
        try:
            if self.parameterNode is not None and self.case.follow(self.parameterNode):
                self.startAgain()
                self.caseTimer.start(0)
            self._forgetOtherBodies()
            self._observe()
            if self.parameterNode is not None and not self.status.isBusy:
                self.modelChoice.look(self.modelText)
                usable = self.volume if not volumeProblem(self.volume) else None
                self.bodiesState.follow(self.bodies, usable, self.modelChoice.model)
                if self.bodiesState.becameOutdated():
                    self.status.clear()  # what was said of the scores holds no longer
                self.bodiesState.draw(self.parameterNode)
                self.sliceLabels.follow(self.bodiesState, self.parameterNode)
            self.state = readState(self)
            for name, missing in missingFor(self.state).items():
                button = getattr(self.ui, name)
                button.enabled = not missing
                button.toolTip = missing or BUTTONS[name].tip()
            if self.parameterNode is not None:
                for section in (self.input, self.levels, self.review, self.score, self.export):
                    section.update()
        finally:
            self.isRefreshing = False

    def _forgetOtherBodies(self) -> None:
        """The bodies were removed or exchanged: what was said and written of them goes."""
        if self.parameterNode is None or self.bodies is self.lastBodies:
            return
        if self.lastBodies is not None:
            self.status.clear()
            self.export.forget()
            for name in ("review", "score", "export"):
                getattr(self.ui, f"{name}CollapsibleButton").collapsed = True
        self.lastBodies = self.bodies

    def _timer(self, slot: Callable[[], None]) -> qt.QTimer:
        """A timer that fires once."""
        timer = qt.QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        self.timers.append((timer, slot))
        return timer

    def _observe(self) -> None:
        """Observe the present CT and points, what the views show, and nothing else."""
        wanted = [node for node in (self.volume, self.points) if node is not None]
        if self.parameterNode is not None:
            wanted += slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
        if [node for node, _tags in self.observed] == wanted:
            return
        for node, tags in self.observed:
            for tag in tags:
                node.RemoveObserver(tag)
        self.observed = [(node, self._observeNode(node)) for node in wanted]

    def _observeNode(self, node: vtkMRMLNode) -> list[int]:
        """Look again after every event that matters of a node."""
        if node.IsA("vtkMRMLSliceCompositeNode"):
            return [node.AddObserver(vtk.vtkCommand.ModifiedEvent, self.onNodeChanged)]
        if not node.IsA("vtkMRMLMarkupsNode"):
            events = [vtk.vtkCommand.ModifiedEvent, node.ImageDataModifiedEvent, node.TransformModifiedEvent]
            return [node.AddObserver(event, self.onNodeChanged) for event in events]
        return [node.AddObserver(getattr(node, name), self.onNodeChanged) for name in POINT_EVENTS]
