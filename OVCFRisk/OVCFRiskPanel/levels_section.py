"""Sections 2 and 3: four clicks, or masks made elsewhere; then the bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
from OVCFRiskScene import layout
from OVCFRiskScene.level_points import PointState, clearPoints, levelsIn, offerSkippedAgain, pointStates, sortLevels
from OVCFRiskScene.volumes import showBoneWindow
from slicer.i18n import tr as _

from OVCFRiskPanel.point_placement import LevelPlacement

if TYPE_CHECKING:
    from slicer import vtkMRMLNode

    from OVCFRiskPanel.panel import Panel

SIGNS = {PointState.PLACED: "●", PointState.SKIPPED: "–", PointState.DUE: "○", PointState.ABSENT: "○"}


class LevelsSection:
    """Placing, skipping, sorting the level points; segmenting or taking over the bodies."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui = panel, panel.ui
        self.placement = None
        self.ui.placeButton.clicked.connect(self.onPlace)
        self.ui.skipButton.clicked.connect(self.onSkip)
        self.ui.sortButton.clicked.connect(self.onSort)
        self.ui.startOverButton.clicked.connect(self.onStartOver)
        self.ui.importButton.clicked.connect(self.onImport)
        self.ui.segmentButton.clicked.connect(self.onSegment)

    @property
    def placing(self) -> bool:
        """True while the next click places a level."""
        return self.placement is not None and self.placement.active

    def update(self) -> None:
        """Say which levels are placed, skipped and due."""
        if self.placing and self.placement.points is not self.panel.points:
            self.stopPlacing()
        state, due = self.panel.state, self.placement.due() if self.placing else None
        self.ui.placeButton.checked = self.placing
        self.ui.skipButton.text = _("S&kip {level}").format(level=due.name) if due else _("S&kip")
        words = {PointState.SKIPPED: _(" skipped")}
        parts = [f"{SIGNS[found]} {level.name}{words.get(found, '')}" for level, found in state.points.items()]
        lines = ["   ".join(parts)]
        if due:
            lines.append(_("Click the middle of {level}; a right click skips it.").format(level=due.name))
        if state.outOfOrder:
            upper, lower = state.outOfOrder[0]
            text = _("⚠ {upper} lies below {lower}. Sort them, or drag the points.")
            lines.append(text.format(upper=upper.name, lower=lower.name))
        self.ui.levelsLabel.text = "\n".join(lines)
        marked = [level.name for level in levelsIn(self.panel.points, PointState.PLACED)]
        self.ui.segmentLabel.text = _("Marked: {levels}").format(levels=", ".join(marked)) if marked else ""

    def onPlace(self) -> None:
        """Start placing the levels that are due, or end it."""
        if self.placing:
            self.stopPlacing()
            self.panel.refresh()
            return
        node = self.panel.parameterNode
        if node.levelPoints is None or PointState.ABSENT in pointStates(node.levelPoints).values():
            node.levelPoints = self.panel.logic.createLevelPoints()
        points, volume = node.levelPoints, node.inputVolume
        offerSkippedAgain(points)
        layout.showLayout()
        showBoneWindow(volume)
        layout.showVolume(volume)
        self.placement = LevelPlacement(points, self.onPlacementChanged)
        self.placement.start()
        self.panel.refresh()

    def onPlacementChanged(self) -> None:
        """A level was skipped, or placing has ended."""
        if self.panel.parameterNode is None:
            return
        if self.placement is not None and not self.placement.active:
            self.placement = None
            if levelsIn(self.panel.points, PointState.PLACED):
                self.panel.open("segment")
        self.panel.refresh()

    def stopPlacing(self) -> None:
        """End placing, whatever has been placed."""
        if self.placement is not None:
            self.placement.end()
            self.placement = None

    def onSkip(self) -> None:
        """Skip the level that is due."""
        if self.placing:
            self.placement.skip()

    def onSort(self) -> None:
        """Hand the positions out from top to bottom."""
        sortLevels(self.panel.points)
        self.panel.refresh()

    def onStartOver(self) -> None:
        """Take all points back."""
        clearPoints(self.panel.points)
        self.panel.refresh()

    def onSegment(self) -> None:
        """Segment the bodies of the placed levels."""
        self._makeBodies(
            _("Segmenting"),
            lambda volume, points, bodies, progress: self.panel.logic.segmentBodies(volume, points, bodies, progress),
            self.panel.points,
            self.ui.segmentStatusPlaceholder,
        )

    def onImport(self) -> None:
        """Take the bodies from the chosen masks."""
        self._makeBodies(
            _("Taking over the masks"),
            lambda volume, source, bodies, progress: self.panel.logic.importBodies(volume, source, bodies, progress),
            self.panel.parameterNode.foreignMasks,
            self.ui.levelsStatusPlaceholder,
        )

    def _makeBodies(self, title: str, step, source: vtkMRMLNode, place) -> None:
        """Run one of the two ways to bodies and go on to the review."""
        self.stopPlacing()
        panel = self.panel
        volume, bodies = panel.volume, panel.bodies
        made = panel.status.run(title, lambda progress: step(volume, source, bodies, progress), place)
        if made is None or panel.parameterNode is None:
            return
        panel.parameterNode.bodies = made
        panel.bodiesState.look()
        panel.bodiesState.check()
        panel.refresh()
        found = ", ".join(level.name for level in panel.bodiesState.masks)
        panel.status.say(_("Bodies: {levels}. Next: look at each mask and accept it.").format(levels=found), place)
        panel.open("review")
        if slicer.app.layoutManager() is not None:
            slicer.util.resetThreeDViews()
