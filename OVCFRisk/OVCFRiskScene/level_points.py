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

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode

POINT_COLOR = (1.0, 0.82, 0.2)  # yellow: stands out on bone, is no colour of the risk map
POINT_SCALE_PERCENT = 2.5


class PointState(enum.Enum):
    """What is known of a level's point."""

    ABSENT = "absent"
    DUE = "due"
    SKIPPED = "skipped"
    PLACED = "placed"


def createLevelPoints() -> vtkMRMLMarkupsFiducialNode:
    """New markups node with the unplaced points L1..L4, in that order, and no room for a fifth."""
    points = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _("Levels"))
    points.CreateDefaultDisplayNodes()
    for level in LumbarLevel:
        points.UnsetNthControlPointPosition(points.AddControlPoint((0, 0, 0), level.name))
    points.SetFixedNumberOfControlPoints(True)  # after adding: place mode then ends by itself
    display = points.GetDisplayNode()
    display.SetSelectedColor(*POINT_COLOR)
    display.SetColor(*POINT_COLOR)
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
        return PointState.PLACED
    return PointState.SKIPPED if status == points.PositionMissing else PointState.DUE


def pointStates(points: vtkMRMLMarkupsFiducialNode | None) -> dict[LumbarLevel, PointState]:
    """{level: state} of all four levels."""
    return {level: pointState(points, level) for level in LumbarLevel}


def levelsIn(points: vtkMRMLMarkupsFiducialNode | None, state: PointState) -> list[LumbarLevel]:
    """Levels whose point is in a state, L1 first."""
    return [level for level, found in pointStates(points).items() if found is state]


def positionRas(points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel) -> tuple[float, float, float]:
    """World position of a placed point, RAS mm."""
    return tuple(points.GetNthControlPointPositionWorld(pointIndex(points, level)))


def setPosition(points: vtkMRMLMarkupsFiducialNode, level: LumbarLevel, ras: Sequence[float]) -> None:
    """Place one level's point, RAS mm."""
    index = pointIndex(points, level)
    if index < 0:
        raise OVCFRiskError(
            _("{node} has no point named {level}; name its points L1 to L4.").format(
                node=points.GetName(), level=level.name
            )
        )
    points.SetNthControlPointPositionWorld(index, *ras)


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
        if pointIndex(points, level) >= 0:
            points.UnsetNthControlPointPosition(pointIndex(points, level))


def levelsOutOfOrder(points: vtkMRMLMarkupsFiducialNode) -> list[tuple[LumbarLevel, LumbarLevel]]:
    """Pairs of neighbouring placed levels of which the lower one does not lie lower (S, RAS mm)."""
    placed = levelsIn(points, PointState.PLACED)
    heights = {level: positionRas(points, level)[2] for level in placed}
    return [(a, b) for a, b in pairwise(placed) if heights[a] <= heights[b]]


def sortLevels(points: vtkMRMLMarkupsFiducialNode) -> None:
    """Hand the placed positions out again from top to bottom, over the levels that are placed."""
    placed = levelsIn(points, PointState.PLACED)
    positions = sorted((positionRas(points, level) for level in placed), key=lambda ras: -ras[2])
    with slicer.util.NodeModify(points):
        for level, ras in zip(placed, positions, strict=True):
            setPosition(points, level, ras)


def levelPositionsLps(points: vtkMRMLMarkupsFiducialNode | None) -> dict[LumbarLevel, tuple[float, float, float]]:
    """{level: (x, y, z) LPS mm} of the placed points.

    Raises OVCFRiskError when none is placed, or their order along the spine is wrong.
    """
    if points is None or not levelsIn(points, PointState.PLACED):
        raise OVCFRiskError(_("No level is marked; place at least one of L1 to L4."))
    wrong = levelsOutOfOrder(points)
    if wrong:
        raise OVCFRiskError(
            _("{upper} lies below {lower}; sort the points or move them.").format(
                upper=wrong[0][0].name, lower=wrong[0][1].name
            )
        )
    placed = {level: positionRas(points, level) for level in levelsIn(points, PointState.PLACED)}
    return {level: (-r, -a, s) for level, (r, a, s) in placed.items()}
