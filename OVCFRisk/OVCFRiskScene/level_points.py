"""Four level points in a markups node: which are placed, skipped or due, their order, their place in LPS mm."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskScene.ownership import addNode

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode

POINT_COLOR = (1.0, 0.82, 0.2)  # yellow: stands out on bone, is no colour of the risk map
PROPOSED_COLOR = (0.35, 0.85, 1.0)  # pale blue: a proposal is told from a click
POINT_SCALE_PERCENT = 2.5
# Attribute of the points, per level: where a point was proposed, RAS mm, and how certain it is. Saved with the scene; a
# point that is no longer there was dragged by a person.
PROPOSED_ATTRIBUTE = "OVCFRisk.proposed.{level}"
PROPOSED_DESCRIPTION = "proposed"  # what the Markups module shows beside such a point
VOLUME_ROLE = "OVCFRiskVolume"  # node reference from points to the CT they were placed on


class PointState(enum.Enum):
    """What is known of a level's point."""

    ABSENT = "absent"
    DUE = "due"
    SKIPPED = "skipped"
    PLACED = "placed"
    PROPOSED = "proposed"  # by the software, along the spine; placed once a person drags it

    @property
    def hasPosition(self) -> bool:
        """True when there is a body to segment at the point."""
        return self in (PointState.PLACED, PointState.PROPOSED)


def createLevelPoints() -> vtkMRMLMarkupsFiducialNode:
    """New markups node with the unplaced points L1..L4, in that order, and no place for a fifth."""
    points = addNode("vtkMRMLMarkupsFiducialNode", _("Levels"))
    points.CreateDefaultDisplayNodes()
    for level in LumbarLevel:
        points.UnsetNthControlPointPosition(points.AddControlPoint((0, 0, 0), level.name))
    points.SetFixedNumberOfControlPoints(True)  # after adding: place mode then ends by itself
    display = points.GetDisplayNode()
    display.SetSelectedColor(*POINT_COLOR)
    display.SetColor(*PROPOSED_COLOR)  # of points that are not "selected": the proposed ones
    display.SetGlyphScale(POINT_SCALE_PERCENT)
    display.SetOccludedVisibility(True)  # the points lie inside the bodies
    display.SetPropertiesLabelVisibility(False)
    return points


def pointIndex(points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel) -> int:
    """Index of a level's control point by its label, or -1."""
    for index in range(points.GetNumberOfControlPoints()):
        if points.GetNthControlPointLabel(index).strip().upper() == level.name:
            return index
    return -1


def pointState(points: vtkMRMLMarkupsFiducialNode | None, level: LumbarLevel) -> PointState:
    """State of one level's point."""
    index = pointIndex(points, level) if points is not None else -1
    if points is None or index < 0:
        return PointState.ABSENT
    status = points.GetNthControlPointPositionStatus(index)
    if status == points.PositionDefined:
        where = (points.GetAttribute(PROPOSED_ATTRIBUTE.format(level=level.name)) or "").rpartition(" ")[0]
        return PointState.PROPOSED if where and where == _asText(positionRas(points, level)) else PointState.PLACED
    return PointState.SKIPPED if status == points.PositionMissing else PointState.DUE


def pointStates(points: vtkMRMLMarkupsFiducialNode | None) -> dict[LumbarLevel, PointState]:
    """{level: state} of all four levels."""
    return {level: pointState(points, level) for level in LumbarLevel}


def levelsIn(points: vtkMRMLMarkupsFiducialNode | None, *states: PointState) -> list[LumbarLevel]:
    """Levels whose point is in one of the states, L1 first."""
    return [level for level, found in pointStates(points).items() if found in states]


def levelsMarked(points: vtkMRMLMarkupsFiducialNode | None) -> list[LumbarLevel]:
    """Levels with a position, placed or proposed."""
    return [level for level, found in pointStates(points).items() if found.hasPosition]


def positionRas(points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel) -> tuple[float, float, float]:
    """World position of a placed point, RAS mm."""
    return tuple(points.GetNthControlPointPositionWorld(pointIndex(points, level)))


def setPosition(
    points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel, ras: Sequence[float], certainty: float | None = None
) -> None:
    """Place one level's point, RAS mm, or propose it with a certainty of 0 to 1."""
    index = pointIndex(points, level)
    if index < 0:
        raise OVCFRiskError(
            _("{node} has no point named {level}; name its points L1 to L4.").format(
                node=points.GetName(), level=level.name
            )
        )
    points.SetNthControlPointPositionWorld(index, *ras)
    proposal = None if certainty is None else f"{_asText(positionRas(points, level))} {certainty:.2f}"
    points.SetAttribute(PROPOSED_ATTRIBUTE.format(level=level.name), proposal)
    showProposed(points)


def proposedLevels(points: vtkMRMLMarkupsFiducialNode) -> dict[LumbarLevel, float]:
    """{level: certainty} of the points that are where they were proposed."""
    texts = {
        level: points.GetAttribute(PROPOSED_ATTRIBUTE.format(level=level.name))
        for level in levelsIn(points, PointState.PROPOSED)
    }
    return {level: float(text.rpartition(" ")[2]) for level, text in texts.items()}


def showProposed(points: vtkMRMLMarkupsFiducialNode) -> None:
    """Draw proposed points in their own colour, and those a person has dragged as placed ones."""
    for level, state in pointStates(points).items():
        index, isProposed = pointIndex(points, level), state is PointState.PROPOSED
        if index >= 0 and bool(points.GetNthControlPointSelected(index)) is isProposed:
            points.SetNthControlPointSelected(index, not isProposed)
            points.SetNthControlPointDescription(index, PROPOSED_DESCRIPTION if isProposed else "")


def _asText(ras: Sequence[float]) -> str:
    """A position to a hundredth of a millimetre: what saving and opening a scene leaves of it."""
    return " ".join(f"{x:.2f}" for x in ras)


def skipLevel(points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel) -> None:
    """Mark a level as not to be placed; placing passes over it, the label stays."""
    points.SetNthControlPointPositionMissing(pointIndex(points, level))


def offerSkippedAgain(points: vtkMRMLMarkupsFiducialNode) -> None:
    """Skipped levels become due."""
    for level in levelsIn(points, PointState.SKIPPED):
        points.UnsetNthControlPointPosition(pointIndex(points, level))


def clearPoints(points: vtkMRMLMarkupsFiducialNode) -> None:
    """All levels become due; labels and their order stay."""
    for level in LumbarLevel:
        index = pointIndex(points, level)
        if index >= 0:
            points.UnsetNthControlPointPosition(index)
            points.SetAttribute(PROPOSED_ATTRIBUTE.format(level=level.name), None)
    showProposed(points)


def levelsOutOfOrder(points: vtkMRMLMarkupsFiducialNode) -> list[tuple[LumbarLevel, LumbarLevel]]:
    """Pairs of neighbouring placed levels of which the lower one does not lie lower (S, RAS mm)."""
    placed = levelsMarked(points)
    heights = {level: positionRas(points, level)[2] for level in placed}
    return [(a, b) for a, b in pairwise(placed) if heights[a] <= heights[b]]


def sortLevels(points: vtkMRMLMarkupsFiducialNode) -> None:
    """Reassign the positions from top to bottom, over the levels that are marked."""
    placed = levelsMarked(points)
    positions = sorted((positionRas(points, level) for level in placed), key=lambda ras: -ras[2])
    with slicer.util.NodeModify(points):
        for level, ras in zip(placed, positions, strict=True):
            setPosition(points, level, ras)


def levelPositionsLps(points: vtkMRMLMarkupsFiducialNode | None) -> dict[LumbarLevel, tuple[float, float, float]]:
    """{level: (x, y, z) LPS mm} of the placed points.

    Raises OVCFRiskError when none is placed, or their order along the spine is wrong.
    """
    if points is None or not levelsMarked(points):
        raise OVCFRiskError(_("No level is marked; place at least one of L1 to L4."))
    wrong = levelsOutOfOrder(points)
    if wrong:
        raise OVCFRiskError(
            _("{upper} lies below {lower}; sort the points or move them.").format(
                upper=wrong[0][0].name, lower=wrong[0][1].name
            )
        )
    placed = {level: positionRas(points, level) for level in levelsMarked(points)}
    return {level: (-r, -a, s) for level, (r, a, s) in placed.items()}


def clickedPositionsLps(points: vtkMRMLMarkupsFiducialNode | None) -> dict[LumbarLevel, tuple[float, float, float]]:
    """The positions of `levelPositionsLps` that a person placed."""
    placed = levelsIn(points, PointState.PLACED)
    return {level: lps for level, lps in levelPositionsLps(points).items() if level in placed}


def dropProposed(points: vtkMRMLMarkupsFiducialNode) -> None:
    """Proposed levels become due again."""
    for level in levelsIn(points, PointState.PROPOSED):
        points.UnsetNthControlPointPosition(pointIndex(points, level))


def rememberVolume(points: vtkMRMLMarkupsFiducialNode, volume: vtkMRMLScalarVolumeNode) -> None:
    """Remember the CT that points are placed on."""
    points.SetNodeReferenceID(VOLUME_ROLE, volume.GetID())


def placedOn(points: vtkMRMLMarkupsFiducialNode) -> vtkMRMLScalarVolumeNode | None:
    """The CT that points were placed on, or None where nobody remembered."""
    return points.GetNodeReference(VOLUME_ROLE)
