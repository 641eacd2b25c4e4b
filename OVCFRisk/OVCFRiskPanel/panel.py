"""The panel as a whole: which nodes it looks at, when it looks again, which buttons may be pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from OVCFRiskScene import layout
from OVCFRiskScene.level_points import PointState, levelsIn, levelsOutOfOrder, pointStates
from OVCFRiskScene.overlay import bodyCenterRas
from OVCFRiskScene.scene_export import dicomProblem
from OVCFRiskScene.volumes import volumeProblem

from OVCFRiskPanel.body_state import BodiesState
from OVCFRiskPanel.buttons import BUTTONS, missingFor
from OVCFRiskPanel.export_section import ExportSection
from OVCFRiskPanel.input_section import InputSection, soleVolume
from OVCFRiskPanel.levels_section import LevelsSection
from OVCFRiskPanel.model_choice import ModelChoice
from OVCFRiskPanel.panel_state import PanelState
from OVCFRiskPanel.review_section import ReviewSection
from OVCFRiskPanel.score_section import ScoreSection
from OVCFRiskPanel.status import StatusLine

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel

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


class Panel:
    """Everything between the widgets and the scene. `parameterNode` is None while the panel does not follow it."""

    def __init__(self, ui: Any, logic) -> None:
        self.ui, self.logic, self.parameterNode, self.state = ui, logic, None, PanelState()
        self.observed, self.refreshing, self.masksChanged, self.entered = [], False, False, False
        self.timers = []
        self.timer, self.checkTimer = self._timer(self.onTimer), self._timer(self.onCheckTimer)
        self.status = StatusLine(ui, self.refresh)
        self.bodiesState, self.model = BodiesState(self.onMasksMaybeChanged), ModelChoice()
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

    def open(self, *names) -> None:
        """Open sections by name; the others stay as the user left them."""
        for name in names:
            getattr(self.ui, f"{name}CollapsibleButton").collapsed = False

    def centreOn(self, level: LumbarLevel) -> None:
        """All views to a body, or to the point of a level that has none."""
        ras = bodyCenterRas(self.bodies, self.volume, level) if self.bodies is not None else None
        if ras is not None:
            layout.centreOn(ras)

    def showVolume(self, volume: vtkMRMLScalarVolumeNode) -> None:
        """A new CT in all slice views."""
        layout.showVolume(volume)

    # --- the life of the module and of the scene

    def setParameterNode(self, parameterNode) -> None:
        """Follow a parameter node, or none."""
        self.parameterNode = parameterNode
        self.chooseSoleVolume()
        self.refresh()

    def chooseSoleVolume(self) -> None:
        """Choose the only CT there is, to save a click."""
        node = self.parameterNode
        if node is not None and node.inputVolume is None and soleVolume() is not None:
            node.inputVolume = soleVolume()

    def enter(self) -> None:
        """The module is shown."""
        self.entered = True
        self.review.enter()
        self.bodiesState.look()
        self.bodiesState.check()
        self.refresh()
        self.openWhatIsThere()

    def exit(self) -> None:
        """Another module is shown: give the mouse back, stop what runs."""
        self.entered = False
        self.status.cancel()
        self.levels.stopPlacing()
        self.review.exit()

    def sceneCloses(self) -> None:
        """Nodes are about to go."""
        self.status.cancel()
        self.levels.stopPlacing()
        self.bodiesState.forget()

    def openWhatIsThere(self) -> None:
        """Open the sections whose work has been done, as after opening a saved scene."""
        if levelsIn(self.points, PointState.PLACED):
            self.open("levels", "segment")
        if self.bodiesState.masks:
            self.open("review", "score")
        if self.bodiesState.assessment is not None:
            self.open("export")

    def cleanup(self) -> None:
        """The panel goes away for good."""
        for timer, slot in self.timers:
            timer.stop()
            timer.timeout.disconnect(slot)  # a connection would keep this panel alive
        self.parameterNode = None
        self.exit()
        self._observe()
        self.bodiesState.forget()
        self.review.cleanup()

    # --- looking again

    def onMasksMaybeChanged(self) -> None:
        """A segment was edited, renamed, coloured: look at the masks once that rests, also behind another module."""
        self.masksChanged = True
        self.timer.start(MASKS_DELAY_MS)

    def onNodeChanged(self, caller: Any, event: str) -> None:
        """CT or points changed."""
        self.timer.start(0)

    def onNodeAdded(self, caller: Any, event: str) -> None:
        """A CT may have been loaded: look once its image is there."""
        self.timer.start(MASKS_DELAY_MS)

    def onTimer(self) -> None:
        """Events have come to rest."""
        if self.status.busy:
            self.timer.start(MASKS_DELAY_MS)
            return
        if self.masksChanged:
            self.masksChanged = False
            self.bodiesState.look()
            self.bodiesState.draw(self.parameterNode or self.logic.getParameterNode())
            self.checkTimer.start(CHECKS_DELAY_MS)
        self.chooseSoleVolume()
        self.refresh()

    def onCheckTimer(self) -> None:
        """The hand rests: run the checks of the masks that changed."""
        if self.status.busy:
            self.checkTimer.start(CHECKS_DELAY_MS)
            return
        self.bodiesState.check()
        self.refresh()

    def refresh(self, caller: Any = None, event: str | None = None) -> None:
        """Bring every widget in line with the scene: what `_checkCanApply` is in other modules."""
        if self.refreshing:
            return
        self.refreshing = True
        try:
            self._observe()
            if self.parameterNode is not None and not self.status.busy:
                self.model.look(self.modelText)
                self.bodiesState.follow(self.bodies, self.volume if not volumeProblem(self.volume) else None)
                self.bodiesState.draw(self.parameterNode)
            self.state = self.readState()
            for name, missing in missingFor(self.state).items():
                button = getattr(self.ui, name)
                button.enabled = not missing
                button.toolTip = missing or BUTTONS[name].tip()
            if self.parameterNode is not None:
                for section in (self.input, self.levels, self.review, self.score, self.export):
                    section.update()
        finally:
            self.refreshing = False

    def readState(self) -> PanelState:
        """What the rules need to know."""
        node, points = self.parameterNode, self.points
        return PanelState(
            busy=self.status.busy,
            volumeProblem=volumeProblem(self.volume),
            modelProblem=self.model.problem,
            bodiesProblem=self.bodiesState.problem,
            points=pointStates(points),
            outOfOrder=tuple(levelsOutOfOrder(points)) if points is not None else (),
            canPlace=slicer.app.layoutManager() is not None,
            placing=self.levels.placing,
            foreign=node is not None and node.foreignMasks is not None,
            masks=frozenset(self.bodiesState.masks),
            scored=self.bodiesState.assessment is not None,
            outdated=self.bodiesState.outdated,
            folder=self.ui.folderButton.directory,
            dicomProblem=dicomProblem(self.volume),
        )

    def _timer(self, slot) -> qt.QTimer:
        """A timer that fires once."""
        timer = qt.QTimer()
        timer.setSingleShot(True)
        timer.timeout.connect(slot)
        self.timers.append((timer, slot))
        return timer

    def _observe(self) -> None:
        """Observe the present CT and points, and no others."""
        wanted = [node for node in (self.volume, self.points) if node is not None]
        if [node for node, _tags in self.observed] == wanted:
            return
        for node, tags in self.observed:
            for tag in tags:
                node.RemoveObserver(tag)
        self.observed = [(node, [node.AddObserver(e, self.onNodeChanged) for e in _events(node)]) for node in wanted]


def _events(node: vtkMRMLNode) -> list[Any]:
    """Events after which the panel looks again."""
    if node.IsA("vtkMRMLMarkupsNode"):
        return [getattr(node, name) for name in POINT_EVENTS]
    return [vtk.vtkCommand.ModifiedEvent, node.ImageDataModifiedEvent, node.TransformModifiedEvent]
