"""Which CT the panel works on: nothing of another one stays on the screen, in a field, or under a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
import vtk
from OVCFRiskScene.level_points import placedOn
from OVCFRiskScene.ownership import companionIds, isInScene, isOurs, removeNodes
from OVCFRiskScene.segments import referenceVolume

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

NODE_FIELDS = ("inputVolume", "levelPoints", "foreignMasks", "bodies")


class Case:
    """Follows the chosen CT, and lets go of nodes that are removed."""

    def __init__(self) -> None:
        self.volume: vtkMRMLScalarVolumeNode | None = None

    def follow(self, parameterNode: Any) -> bool:
        """Choose the bodies and points that belong to the chosen CT; True when it is another one than before."""
        volume = parameterNode.inputVolume
        if volume is self.volume:
            return False
        self.volume = volume
        if volume is None:
            parameterNode.bodies = parameterNode.levelPoints = parameterNode.foreignMasks = None
            return True
        bodies, points = parameterNode.bodies, parameterNode.levelPoints
        if bodies is None or referenceVolume(bodies) is not volume:
            parameterNode.bodies = bodiesOf(volume)
        if points is None or placedOn(points) not in (None, volume):
            parameterNode.levelPoints = pointsOf(volume)
        return True

    def forget(self) -> None:
        """The scene closes."""
        self.volume = None


class RemovedNodes:
    """Empties the fields of nodes that are removed, and removes what has no meaning without them.

    A node selector takes the neighbouring row when its node goes, and the field would follow it: the next step would
    then work on a node that nobody chose.
    """

    def __init__(self) -> None:
        self.parameterNode: Any = None
        self.fields: list[str] = []
        self.companions: list[str] = []

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeAboutToBeRemoved(self, scene: Any, event: str, node: vtkMRMLNode) -> None:
        """A node goes, by whatever module: note what it leaves behind, while it can still be asked."""
        if scene.IsClosing() or scene.IsImporting():
            return
        if isOurs(node):
            self.companions += companionIds(node)
        if self.parameterNode is not None:
            self.fields += [name for name in NODE_FIELDS if getattr(self.parameterNode, name) is node]
            self._empty()  # before the selectors hear of it: one without a node has nothing to exchange

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def onNodeRemoved(self, scene: Any, event: str, node: vtkMRMLNode) -> None:
        """The node has gone."""
        if scene.IsClosing() or scene.IsImporting():
            return
        if self.parameterNode is not None:
            self._empty()  # a selector that took another row meanwhile gives it back
        self.fields = []
        companions, self.companions = self.companions, []
        removeNodes(companions)

    def _empty(self) -> None:
        for name in self.fields:
            if getattr(self.parameterNode, name) is not None:
                setattr(self.parameterNode, name, None)


def bodiesOf(volume: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode | None:
    """The newest segmentation of ours that was made on a CT."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    return next((n for n in reversed(nodes) if isOurs(n) and referenceVolume(n) is volume), None)


def pointsOf(volume: vtkMRMLScalarVolumeNode) -> vtkMRMLMarkupsFiducialNode | None:
    """The newest level points that were placed on a CT."""
    nodes = slicer.util.getNodesByClass("vtkMRMLMarkupsFiducialNode")
    return next((n for n in reversed(nodes) if placedOn(n) is volume), None)


def soleVolume() -> vtkMRMLScalarVolumeNode | None:
    """The only CT of the scene, chosen to save a click; None when there is a choice to make."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    volumes = [node for node in nodes if node.GetClassName() == "vtkMRMLScalarVolumeNode"]
    return volumes[0] if len(volumes) == 1 and isInScene(volumes[0]) else None
