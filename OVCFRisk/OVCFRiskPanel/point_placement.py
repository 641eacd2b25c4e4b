"""One session of placing: the next clicks in any view become levels, a right click in a slice view skips a level."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
import slicer
import vtk
from OVCFRiskScene.level_points import (
    PointState,
    levelsIn,
    pointIndex,
    pointState,
    positionRas,
    proposedLevels,
    setPosition,
    skipLevel,
)

from OVCFRiskLib.levels import LumbarLevel

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode

# Before the markups widget, for which a right click would end placing.
RIGHT_CLICK_PRIORITY = 10.0


class LevelPlacement:
    """Switches place mode on and off, and leaves no observer behind.

    Parameters
    ----------
    points : vtkMRMLMarkupsFiducialNode
    onChanged : callable
        Called when a level was skipped or placing has ended.
    only : LumbarLevel, optional
        Place this level alone, anew where it has a place; None: all levels that are due.
    """

    def __init__(
        self, points: vtkMRMLMarkupsFiducialNode, onChanged: Callable[[], None], only: LumbarLevel | None = None
    ) -> None:
        self.points, self.onChanged, self.only = points, onChanged, only
        self.observed: list[tuple[Any, int]] = []
        self.persistence = 0
        self.before: tuple[tuple[float, ...], float | None] | None = None
        self.interaction = slicer.app.applicationLogic().GetInteractionNode()

    @property
    def isActive(self) -> bool:
        """True from `start` until the last level is placed or skipped, or placing was ended."""
        return bool(self.observed)

    def start(self) -> None:
        """Make the due level the one the next click places."""
        if self.only is not None:
            self._freeOnly(self.only)
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
        self._observe(self.points, self.points.PointPositionDefinedEvent, self._onPlaced, 0.0)
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
        due = levelsIn(self.points, PointState.DUE)
        if self.only is not None:
            return self.only if self.only in due else None
        return due[0] if due else None

    def end(self) -> None:
        """End placing; a half-placed point under the mouse goes back to being due."""
        if self.isActive:
            self.stop()
            self.interaction.SwitchToViewTransformMode()
            self._giveBack()

    def stop(self) -> None:
        """Remove the observers, and leave place mode as other modules expect it."""
        if self.isActive:
            self.interaction.SetPlaceModePersistence(self.persistence)
        while self.observed:
            target, tag = self.observed.pop()
            target.RemoveObserver(tag)

    def _freeOnly(self, level: LumbarLevel) -> None:
        """Make one level the due one; where it was is remembered in case nobody clicks."""
        index = pointIndex(self.points, level)
        state = pointState(self.points, level)
        if state.hasPosition:
            self.before = (positionRas(self.points, level), proposedLevels(self.points).get(level))
        if state is not PointState.DUE:
            self.points.UnsetNthControlPointPosition(index)
        self.points.SetControlPointPlacementStartIndex(index)

    def _giveBack(self) -> None:
        """A level that was to be placed anew and was not stays where it was."""
        if self.only is not None and self.before is not None and not pointState(self.points, self.only).hasPosition:
            setPosition(self.points, self.only, *self.before)
        self.before = None
        self.points.SetControlPointPlacementStartIndex(0)

    def _observe(self, target: Any, event: int, callback: Callable[..., None], priority: float) -> None:
        self.observed.append((target, target.AddObserver(event, callback, priority)))

    def _onRightButton(self, interactor: Any, event: str) -> None:
        for target, tag in self.observed:
            if target is interactor and interactor.GetCommand(tag) is not None:
                interactor.GetCommand(tag).SetAbortFlag(1)
        if event == "RightButtonReleaseEvent":
            qt.QTimer.singleShot(0, self.skip)

    def _onPlaced(self, caller: Any, event: str) -> None:
        if self.only is not None and pointState(self.points, self.only).hasPosition:
            qt.QTimer.singleShot(0, self._finish)  # the next click is for looking

    def _finish(self) -> None:
        self.interaction.SwitchToViewTransformMode()

    def _onMode(self, caller: Any, event: str) -> None:
        if caller.GetCurrentInteractionMode() != caller.Place:
            # never remove an observer while it is being called
            qt.QTimer.singleShot(0, self._ended)

    def _ended(self) -> None:
        if self.isActive:
            self.stop()
            self._giveBack()
        self.onChanged()
