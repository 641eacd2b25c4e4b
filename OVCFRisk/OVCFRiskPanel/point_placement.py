"""One session of placing: the next clicks in any view become L1..L4, a right click in a slice view skips a level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from OVCFRiskScene.level_points import PointState, levelsIn, skipLevel

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode

    from OVCFRiskLib.levels import LumbarLevel

# Before the markups widget, for which a right click would end placing.
RIGHT_CLICK_PRIORITY = 10.0


class LevelPlacement:
    """Switches place mode on and off, and leaves no observer behind."""

    def __init__(self, points: vtkMRMLMarkupsFiducialNode, onChanged) -> None:
        self.points, self.onChanged, self.observed, self.persistence = points, onChanged, [], 0
        self.interaction = slicer.app.applicationLogic().GetInteractionNode()

    @property
    def active(self) -> bool:
        """True from `start` until the last level is placed or skipped, or placing was ended."""
        return bool(self.observed)

    def start(self) -> None:
        """Make the due level the one the next click places."""
        selection = slicer.app.applicationLogic().GetSelectionNode()
        selection.SetReferenceActivePlaceNodeClassName(self.points.GetClassName())
        selection.SetActivePlaceNodeID(self.points.GetID())
        self.persistence = self.interaction.GetPlaceModePersistence()
        self.interaction.SetPlaceModePersistence(1)
        self.interaction.SetCurrentInteractionMode(self.interaction.Place)
        layoutManager = slicer.app.layoutManager()
        for name in layoutManager.sliceViewNames() if layoutManager is not None else ():
            interactor = layoutManager.sliceWidget(name).sliceView().interactor()
            for event in (vtk.vtkCommand.RightButtonPressEvent, vtk.vtkCommand.RightButtonReleaseEvent):
                self._observe(interactor, event, self._onRightButton, RIGHT_CLICK_PRIORITY)
        self._observe(self.interaction, self.interaction.InteractionModeChangedEvent, self._onMode, 0.0)

    def skip(self) -> None:
        """Pass over the level that is due; ends placing after the last one."""
        due = self.due()
        if due is not None:
            skipLevel(self.points, due)
        if self.due() is None:
            self.interaction.SwitchToViewTransformMode()
        self.onChanged()

    def due(self) -> LumbarLevel | None:
        """The level the next click places, or None."""
        return next(iter(levelsIn(self.points, PointState.DUE)), None)

    def end(self) -> None:
        """End placing; a half-placed point under the mouse goes back to being due."""
        if self.active:
            self.stop()
            self.interaction.SwitchToViewTransformMode()

    def stop(self) -> None:
        """Remove the observers, and leave place mode as other modules expect it."""
        if self.active:
            self.interaction.SetPlaceModePersistence(self.persistence)
        while self.observed:
            target, tag = self.observed.pop()
            target.RemoveObserver(tag)

    def _observe(self, target, event: str, callback, priority) -> None:
        self.observed.append((target, target.AddObserver(event, callback, priority)))

    def _onRightButton(self, interactor, event: str) -> None:
        for target, tag in self.observed:
            if target is interactor and interactor.GetCommand(tag) is not None:
                interactor.GetCommand(tag).SetAbortFlag(1)
        if event == "RightButtonReleaseEvent":
            qt.QTimer.singleShot(0, self.skip)

    def _onMode(self, caller: Any, event: str) -> None:
        if caller.GetCurrentInteractionMode() != caller.Place:
            # never remove an observer while it is being called
            qt.QTimer.singleShot(0, self._ended)

    def _ended(self) -> None:
        self.stop()
        self.onChanged()
