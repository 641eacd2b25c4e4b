"""Which nodes of the scene are ours: no others are written to, and ours go with what they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLSegmentationNode

# Attribute of the segmentations this module made. Selectors ask for it, every step that writes does too.
BODIES_ATTRIBUTE = "OVCFRisk.bodies"
# Node reference of such a segmentation to itself. A copy of it has the attribute too, but refers to what it was copied
# from: it is somebody's own node. Opening a scene keeps the reference right, whatever ids it gives.
SELF_ROLE = "OVCFRiskBodies"
# Node references from a segmentation of ours to what is shown and kept with it.
ASSESSMENT_ROLE = "OVCFRiskAssessment"
TABLE_ROLE = "OVCFRiskTable"
LABELS_ROLE = "OVCFRiskLabels"
SLICE_LABELS_ROLE = "OVCFRiskSliceLabels"
HATCHING_ROLE = "OVCFRiskHatching"
DOUBT_ROLE = "OVCFRiskDoubt"
# Node reference of a Segment Editor node to the preview of an effect (Slicer's auto-complete effects).
PREVIEW_ROLE = "SegmentationResultPreview"
COMPANION_ROLES = (ASSESSMENT_ROLE, TABLE_ROLE, LABELS_ROLE, SLICE_LABELS_ROLE, HATCHING_ROLE, DOUBT_ROLE)


def addNode(className: str, name: str, attribute: str = "", isHidden: bool = False) -> Any:
    """New node, complete before it enters the scene: selectors look at a node once, when it is added."""
    node = slicer.mrmlScene.CreateNodeByClass(className)
    node.UnRegister(None)  # the scene's factory hands its own reference over
    node.SetName(slicer.mrmlScene.GenerateUniqueName(name))
    if attribute:
        node.SetAttribute(attribute, "1")
    node.SetHideFromEditors(isHidden)
    return slicer.mrmlScene.AddNode(node)


def isInScene(node: vtkMRMLNode | None) -> bool:
    """False for None and for a node that was removed."""
    return node is not None and slicer.mrmlScene.GetNodeByID(node.GetID() or "") is node


def isOurs(node: vtkMRMLNode | None) -> bool:
    """True for a segmentation that this module made; not for a copy of one."""
    return node is not None and node.GetAttribute(BODIES_ATTRIBUTE) == "1" and node.GetNodeReference(SELF_ROLE) is node


def createOurs(name: str) -> vtkMRMLSegmentationNode:
    """New, empty segmentation of ours."""
    node = addNode("vtkMRMLSegmentationNode", name, BODIES_ATTRIBUTE)
    node.SetNodeReferenceID(SELF_ROLE, node.GetID())
    return node


def copiesOfOurs() -> list[str]:
    """Ids of segmentations that were copied from one of ours: masks, not bodies."""
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    return [node.GetID() for node in nodes if node.GetAttribute(BODIES_ATTRIBUTE) == "1" and not isOurs(node)]


def masksNotToImport() -> list[str]:
    """Ids of segmentations that are no masks made elsewhere: our own, and previews of the Segment Editor."""
    nodes = [node for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode") if isOurs(node)]
    nodes += [
        editor.GetNodeReference(PREVIEW_ROLE) for editor in slicer.util.getNodesByClass("vtkMRMLSegmentEditorNode")
    ]
    return [node.GetID() for node in nodes if node is not None]


def requireOurs(bodies: vtkMRMLSegmentationNode) -> None:
    """Raise OVCFRiskError for a segmentation made elsewhere: nothing is ever written into it."""
    if not isOurs(bodies):
        raise OVCFRiskError(
            _(
                "{name} was made elsewhere and stays as it is; choose it under Or masks and press Use these masks."
            ).format(name=bodies.GetName())
        )


def companionIds(bodies: vtkMRMLSegmentationNode) -> list[str]:
    """Ids of the nodes that have no meaning without this segmentation of ours: results, labels, displays, legend."""
    nodes = [
        bodies.GetNthNodeReference(role, index)
        for role in COMPANION_ROLES
        for index in range(bodies.GetNumberOfNodeReferences(role))
    ]
    nodes += [bodies.GetNthDisplayNode(index) for index in range(bodies.GetNumberOfDisplayNodes())]
    displays = [
        node.GetNthDisplayNode(index)
        for node in nodes
        if node is not None and node.IsA("vtkMRMLDisplayableNode")
        for index in range(node.GetNumberOfDisplayNodes())
    ]
    return [node.GetID() for node in (*nodes, *displays) if node is not None and node.GetID()]


def removeNodes(nodeIds: list[str]) -> None:
    """Remove what is still in the scene of some nodes."""
    for nodeId in nodeIds:
        node = slicer.mrmlScene.GetNodeByID(nodeId)
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)
