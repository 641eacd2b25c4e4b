"""Segmentation nodes with segments L1..L4: make them, find the levels, add a segment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk

from OVCFRiskLib.geometry import Box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskScene.ownership import addNode, createOurs

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode


# Four colours that are told apart on CT and are none of the risk map's; shown until a score colours the body.
LEVEL_COLORS = {
    LumbarLevel.L1: (0.45, 0.75, 0.55),
    LumbarLevel.L2: (0.75, 0.65, 0.85),
    LumbarLevel.L3: (0.55, 0.80, 0.80),
    LumbarLevel.L4: (0.85, 0.75, 0.60),
}


def createBodies(volume: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode:
    """New, empty segmentation node of ours on the grid of a volume."""
    name = _("{ct} bodies").format(ct=volume.GetName())
    bodies = createOurs(name)
    bodies.CreateDefaultDisplayNodes()
    bodies.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    return bodies


def createMarks(
    bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, role: str, name: str, smoothing: str
) -> vtkMRMLSegmentationNode:
    """Empty segmentation for marks on bodies, which refer to it in a role; hidden from selectors."""
    marks = addNode("vtkMRMLSegmentationNode", f"{bodies.GetName()} {name}", isHidden=True)
    marks.CreateDefaultDisplayNodes()
    marks.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    marks.GetSegmentation().SetConversionParameter("Smoothing factor", smoothing)
    bodies.SetNodeReferenceID(role, marks.GetID())
    return marks


def referenceVolume(bodies: vtkMRMLSegmentationNode) -> vtkMRMLScalarVolumeNode | None:
    """The CT a segmentation was made on, or None when it came from elsewhere."""
    return bodies.GetNodeReference(bodies.GetReferenceImageGeometryReferenceRole())


def findLevels(bodies: vtkMRMLSegmentationNode | None) -> dict[LumbarLevel, str]:
    """{level: segment ID}: by ID first, which survives renaming, then by the segment's name."""
    if bodies is None:
        return {}
    segmentation = bodies.GetSegmentation()
    ids = list(segmentation.GetSegmentIDs())
    found = {level: level.name for level in LumbarLevel if level.name in ids}
    for segmentId in ids:
        name = segmentation.GetSegment(segmentId).GetName().strip().upper()
        level = LumbarLevel.__members__.get(name)
        if level is not None and segmentId not in found.values():
            found.setdefault(level, segmentId)
    return {level: found[level] for level in LumbarLevel if level in found}


def addSegment(
    node: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    identity: tuple[str, str],
    color: Sequence[float],
    box: Box,
    mask: np.ndarray,
    terminology: str = "",
) -> None:
    """Add a segment with voxels in a box of the volume's grid; ``identity`` is its id and its name."""
    segment = slicer.vtkSegment()
    segment.SetName(identity[1])
    segment.SetColor(*color)
    if terminology:
        segment.SetTerminology(terminology)
    image, matrix = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    k, j, i = box
    image.SetExtent(i.start, i.stop - 1, j.start, j.stop - 1, k.start, k.stop - 1)
    # voxels must equal the segment's label value: any other value does not belong to it
    scalars = numpy_to_vtk((mask * np.uint8(segment.GetLabelValue())).ravel(), deep=True)
    scalars.SetName("mask")
    image.GetPointData().SetScalars(scalars)
    image.SetGeometryFromImageToWorldMatrix(matrix)  # of the whole volume: the extent says where the box is
    segment.AddRepresentation(slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName(), image)
    node.GetSegmentation().AddSegment(segment, identity[0])
