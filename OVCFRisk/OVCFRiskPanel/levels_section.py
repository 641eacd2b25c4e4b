"""Sections 2 and 3: clicks, proposals, or masks made elsewhere; then the bodies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from OVCFRiskScene import layout
from OVCFRiskScene.level_points import (
    PointState,
    clearPoints,
    levelsMarked,
    offerSkippedAgain,
    pointStates,
    rememberVolume,
    showProposed,
    sortLevels,
)
from OVCFRiskScene.ownership import copiesOfOurs, masksNotToImport
from OVCFRiskScene.review import notesOf
from OVCFRiskScene.volumes import showBoneWindow
from slicer.i18n import tr as _

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskPanel.parameter_binding import showChosen
from OVCFRiskPanel.point_placement import LevelPlacement
from OVCFRiskPanel.texts import showText, whatWasMade

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode

    from OVCFRiskLib.progress import Progress
    from OVCFRiskPanel.panel import Panel

SIGNS = {
    PointState.PLACED: "●",
    PointState.PROPOSED: "◐",
    PointState.SKIPPED: "–",
    PointState.DUE: "○",
    PointState.ABSENT: "○",
}


class LevelsSection:
    """Placing, proposing, skipping, sorting the level points; segmenting or importing the bodies."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui = panel, panel.ui
        self.placement: LevelPlacement | None = None
        self.proposed: tuple[str, list[str]] = ("", [])  # what was said of proposed levels, and which they were
        self.ui.placeButton.clicked.connect(self.onPlace)
        for level in LumbarLevel:
            self.button(level).clicked.connect(lambda checked, level=level: self.onPlaceOne(level))
        self.ui.findOthersButton.clicked.connect(self.onFindOthers)
        self.ui.skipButton.clicked.connect(self.onSkip)
        self.ui.sortButton.clicked.connect(self.onSort)
        self.ui.startOverButton.clicked.connect(self.onStartOver)
        self.ui.importButton.clicked.connect(self.onImport)
        self.ui.automaticButton.clicked.connect(self.onAutomatic)
        self.ui.segmentButton.clicked.connect(self.onSegment)
        self.ui.segmentScoreButton.clicked.connect(self.onSegmentAndScore)
        self.ui.replaceEditedCheckBox.toggled.connect(lambda checked: self.panel.refresh())

    def button(self, level: LumbarLevel) -> Any:
        """The button that places one level."""
        return getattr(self.ui, f"place{level.name}Button")

    @property
    def isPlacing(self) -> bool:
        """True while the next click places a level."""
        return self.placement is not None and self.placement.isActive

    def update(self) -> None:
        """Say which levels are placed, proposed, skipped and due."""
        if self.placement is not None and self.isPlacing and self.placement.points is not self.panel.points:
            self.stopPlacing()
        placement = self.placement if self.isPlacing else None
        if self.panel.points is not None:
            showProposed(self.panel.points)
        state, due = self.panel.state, placement.due() if placement is not None else None
        self.ui.placeButton.checked = placement is not None and placement.only is None
        for level in LumbarLevel:
            found = state.points.get(level, PointState.ABSENT)
            self.button(level).text = f"{SIGNS[found]} {level.name}"
            self.button(level).checked = level is due
        self.ui.skipButton.text = _("S&kip {level}").format(level=due.name) if due else _("S&kip")
        showText(self.ui.levelsLabel, "\n".join(self._lines(due)))
        text, levels = self.proposed
        if text and self.ui.statusLabel.text == text and state.levels(PointState.PROPOSED) != levels:
            self.panel.status.clear()  # one was dragged, clicked or removed
        self._updateSegment()
        self._offer()

    def _offer(self) -> None:
        """Bodies are ours, masks are everybody else's; a field never holds what its selector does not offer."""
        node = self.panel.parameterNode
        for name, selector, hidden in (
            ("foreignMasks", self.ui.foreignSelector, masksNotToImport()),
            ("bodies", self.ui.bodiesSelector, copiesOfOurs()),
        ):
            chosen, offered = getattr(node, name), selector.sortFilterProxyModel()
            if chosen is not None and chosen.GetID() in hidden:
                setattr(node, name, None)  # first: a selector whose row goes takes the one above
            if list(offered.hiddenNodeIDs) != hidden:
                offered.hiddenNodeIDs = hidden
            showChosen(selector, getattr(node, name))
        showChosen(self.ui.pointsSelector, node.levelPoints)

    def onPlace(self) -> None:
        """Start placing the levels that are due, or end it."""
        self._place(None)

    def onPlaceOne(self, level: LumbarLevel) -> None:
        """Place one level, or end placing it."""
        self._place(level)

    def onPlacementChanged(self) -> None:
        """A level was skipped, or placing has ended."""
        if self.panel.parameterNode is None:
            return
        if self.placement is not None and not self.placement.isActive:
            self.placement = None
            if levelsMarked(self.panel.points):
                self.panel.open("segment")
        self.panel.refresh()

    def stopPlacing(self) -> None:
        """End placing, whatever has been placed."""
        if self.placement is not None:
            self.placement.end()
            self.placement = None

    def onFindOthers(self) -> None:
        """Propose points for the levels that are not placed."""
        self.stopPlacing()
        panel = self.panel
        volume, points = panel.volume, panel.points
        notes = panel.status.run(
            _("Finding the other levels"), lambda progress: panel.logic.completePoints(volume, points, progress)
        )
        if notes is None or panel.parameterNode is None:
            return
        panel.refresh()
        sentences = [f"{note[:1].upper()}{note[1:].rstrip('.')}." for note in notes]
        panel.status.say("\n".join([*sentences, _("Next: segment.")]))
        self.proposed = self.ui.statusLabel.text, panel.state.levels(PointState.PROPOSED)
        panel.open("segment")
        panel.views.frame()

    def onSkip(self) -> None:
        """Skip the level that is due."""
        if self.placement is not None and self.isPlacing:
            self.placement.skip()

    def onSort(self) -> None:
        """Reassign the positions from top to bottom."""
        sortLevels(self.panel.points)
        self.panel.refresh()

    def onStartOver(self) -> None:
        """Remove all points."""
        clearPoints(self.panel.points)
        self.panel.refresh()

    def onSegment(self) -> None:
        """Segment the bodies of the marked levels."""
        self._segment()

    def onSegmentAndScore(self) -> None:
        """Segment, and score what was segmented."""
        if self._segment():
            self.panel.score.onScore()

    def onImport(self) -> None:
        """Take the bodies from the chosen masks."""
        source, logic = self.panel.parameterNode.foreignMasks, self.panel.logic
        made = self._makeBodies(
            _("Importing the masks"),
            lambda bodies, progress, replace: logic.importBodies(self.panel.volume, source, bodies, progress, replace),
        )
        if made:
            layout.hideMasks(source)
            self._sayNotes()

    def _sayNotes(self) -> None:
        """Say how the masks were read and what was left out, below what was made."""
        notes = notesOf(self.panel.bodies) if self.panel.bodies is not None else []
        if notes:
            said = [self.ui.statusLabel.text, *(f"⚠ {note[:1].upper()}{note[1:].rstrip('.')}." for note in notes)]
            self.panel.status.say("\n".join(said))

    def onAutomatic(self) -> None:
        """Let another extension segment, and take the bodies of its vertebrae."""
        volume, logic = self.panel.volume, self.panel.logic
        made = self._makeBodies(
            _("Segmenting automatically"),
            lambda bodies, progress, replace: logic.segmentAutomatically(volume, bodies, progress, replace),
        )
        if made:
            self._sayNotes()

    def _place(self, level: LumbarLevel | None) -> None:
        """Start a session of placing one level or all that are due; the button of a running one ends it."""
        running = self.placement if self.isPlacing else None
        self.stopPlacing()
        if running is not None and running.only is level:
            self.panel.refresh()
            return
        node = self.panel.parameterNode
        if node.levelPoints is None or PointState.ABSENT in pointStates(node.levelPoints).values():
            node.levelPoints = self.panel.logic.createLevelPoints()
        points, volume = node.levelPoints, node.inputVolume
        rememberVolume(points, volume)
        if level is None:
            offerSkippedAgain(points)
        layout.showLayout()
        showBoneWindow(volume)
        if not levelsMarked(points):
            layout.showVolume(volume)
        self.placement = LevelPlacement(points, self.onPlacementChanged, level)
        self.placement.start()
        self.panel.refresh()

    def _segment(self) -> bool:
        points, logic = self.panel.points, self.panel.logic
        return self._makeBodies(
            _("Segmenting"),
            lambda bodies, progress, replace: logic.segmentBodies(self.panel.volume, points, bodies, progress, replace),
        )

    def _makeBodies(
        self,
        title: str,
        step: Callable[[vtkMRMLSegmentationNode | None, Progress, bool], vtkMRMLSegmentationNode],
    ) -> bool:
        """Run one of the ways to bodies and go on to the review; False when nothing was made."""
        self.stopPlacing()
        panel = self.panel
        bodies, replace = panel.bodies, bool(self.ui.replaceEditedCheckBox.checked)
        kept = panel.keptLevels(replace)
        panel.review.editor.saveState(bodies)
        made = panel.status.run(title, lambda progress: step(bodies, progress, replace))
        if made is None or panel.parameterNode is None:
            return False
        panel.parameterNode.bodies = made
        self.ui.replaceEditedCheckBox.checked = False
        panel.bodiesState.look()
        panel.bodiesState.check()
        panel.review.editor.refit()
        panel.refresh()
        panel.status.say(whatWasMade([level for level in panel.bodiesState.masks if level not in kept], kept))
        panel.open("review", "score")
        panel.views.frame()
        return True

    def _lines(self, due: LumbarLevel | None) -> list[str]:
        """What stands below the buttons of the levels."""
        state, lines = self.panel.state, []
        if due:
            lines.append(_("Click the middle of {level}; a right click skips it.").format(level=due.name))
        skipped, proposed = state.levels(PointState.SKIPPED), state.levels(PointState.PROPOSED)
        if skipped:
            lines.append(_("– skipped: {levels}").format(levels=", ".join(skipped)))
        if proposed:
            text = _("◐ proposed, not clicked: {levels}. Look at each; drag what is wrong.")
            lines.append(text.format(levels=", ".join(proposed)))
        if state.outOfOrder:
            upper, lower = state.outOfOrder[0]
            text = _("⚠ {upper} lies below {lower}. Sort them, or drag the points.")
            lines.append(text.format(upper=upper.name, lower=lower.name))
        other = self.panel.pointsOfOtherVolume
        if other:
            lines.append(_("⚠ These points were placed on {ct}. Look whether they fit.").format(ct=other))
        return lines

    def _updateSegment(self) -> None:
        """Say what will be segmented and what is kept."""
        state, bodies = self.panel.state, self.panel.bodiesState
        lines = []
        if state.marked:
            lines.append(_("Marked: {levels}").format(levels=", ".join(level.name for level in state.marked)))
        words = [
            _("{level} (accepted)").format(level=level.name)
            if level in bodies.accepted
            else _("{level} (edited)").format(level=level.name)
            for level in bodies.masks
            if level in state.kept
        ]
        if words:
            lines.append(_("Kept as they are: {levels}").format(levels=", ".join(words)))
        showText(self.ui.segmentLabel, "\n".join(lines))
        edited = [level for level in bodies.edited if level not in bodies.accepted]
        self.ui.replaceEditedCheckBox.visible = bool(edited)
        if not edited:
            self.ui.replaceEditedCheckBox.checked = False
