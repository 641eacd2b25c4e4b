"""Segments L1..L4 of a segmentation node: find them, read them onto the CT's grid, write them from labels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskScene.ownership import BODIES_ATTRIBUTE, addNode
from OVCFRiskScene.volumes import ijkToRas, transformProblem

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode


# Terminology entry of Slicer: category ~ type ~ modifier ~ region ~ region modifier, each "scheme^code^meaning".
TERMINOLOGY = (
    "Segmentation category and type - DICOM master list"
    "~SCT^123037004^Anatomical Structure~SCT^51282000^Vertebra~^^"
    "~Anatomic codes - DICOM master list~SCT^{code}^{meaning}~^^"
)
# Four colours that are told apart on CT and are none of the risk map's; shown until a score colours the body.
LEVEL_COLORS = {
    LumbarLevel.L1: (0.45, 0.75, 0.55),
    LumbarLevel.L2: (0.75, 0.65, 0.85),
    LumbarLevel.L3: (0.55, 0.80, 0.80),
    LumbarLevel.L4: (0.85, 0.75, 0.60),
}
# A segmentation's grid counts as the CT's when voxel centres agree to this part of a voxel.
GRID_TOLERANCE_VOXELS = 0.02
Box = tuple[slice, ...]  # [k, j, i] within the CT
Found = tuple[Box, np.ndarray]  # a mask: its box, and the voxels inside it
Masks = dict[LumbarLevel, Found]


def createBodies(volume: vtkMRMLScalarVolumeNode) -> vtkMRMLSegmentationNode:
    """New, empty segmentation node of ours on the grid of a volume."""
    name = _("{ct} bodies").format(ct=volume.GetName())
    bodies = addNode("vtkMRMLSegmentationNode", name, BODIES_ATTRIBUTE)
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


def segmentMask(bodies: vtkMRMLSegmentationNode, segmentId: str, volume: vtkMRMLScalarVolumeNode) -> Found | None:
    """One segment on a volume's grid.

    Returns
    -------
    tuple of (box, numpy.ndarray) or None
        Box of [k, j, i] slices within the volume and the boolean mask inside it; None when nothing of the segment
        lies in the volume.
    """
    image = slicer.vtkOrientedImageData()
    if not bodies.GetBinaryLabelmapRepresentation(segmentId, image) or image.IsEmpty():
        return None
    offset = _gridOffset(image, volume)
    if offset is None:
        image, offset = _resampled(image, volume), np.zeros(3, int)
    array = _array(image) > 0
    inside = mask_box(array)
    if inside is None:
        return None
    start = np.array(image.GetExtent())[[4, 2, 0]] + offset
    shape = volume.GetImageData().GetDimensions()[::-1]
    box, part = [], []
    for axis in range(3):
        low, high = inside[axis].start + start[axis], inside[axis].stop + start[axis]
        clipped = slice(int(max(low, 0)), int(min(high, shape[axis])))
        if clipped.start >= clipped.stop:
            return None
        box.append(clipped)
        part.append(slice(int(clipped.start - start[axis]), int(clipped.stop - start[axis])))
    return tuple(box), array[tuple(part)]


def levelMasks(bodies: vtkMRMLSegmentationNode | None, volume: vtkMRMLScalarVolumeNode) -> Masks:
    """{level: (box, mask)} of the levels that have voxels in the volume; refuses a segmentation under a transform."""
    if bodies is None:
        return {}
    problem = transformProblem(bodies)
    if problem:
        raise OVCFRiskError(problem)
    masks = {level: segmentMask(bodies, segmentId, volume) for level, segmentId in findLevels(bodies).items()}
    return {level: found for level, found in masks.items() if found is not None}


def labelImage(masks: Masks, ct: sitk.Image) -> sitk.Image:
    """Label image (20..23) on the CT's grid of `levelMasks`; where masks overlap, the lower level is on top."""
    array = np.zeros(ct.GetSize()[::-1], np.uint8)
    for level, (box, mask) in masks.items():
        array[box][mask] = level
    labels = sitk.GetImageFromArray(array)
    labels.CopyInformation(ct)
    return labels


def writeBodies(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    labels: sitk.Image,
    keep: Collection[LumbarLevel] = (),
) -> None:
    """Replace the segments L1..L4 by the bodies of a label image on the volume's grid, in one modification.

    Segments of the levels in ``keep`` stay as they are and win where the new bodies overlap them. Segments that are
    no level are left alone.
    """
    kept = {level: segmentId for level, segmentId in findLevels(bodies).items() if level in keep}
    array = sitk.GetArrayFromImage(labels)
    for segmentId in kept.values():
        found = segmentMask(bodies, segmentId, volume)
        if found is not None:
            array[found[0]][found[1]] = 0
    with slicer.util.NodeModify(bodies):
        for level, segmentId in findLevels(bodies).items():
            if level not in kept:
                bodies.GetSegmentation().RemoveSegment(segmentId)
        for level in LumbarLevel:
            box = None if level in kept else mask_box(array == level)
            if box is not None:
                terminology = TERMINOLOGY.format(code=level.snomed_code, meaning=level.snomed_meaning)
                name, color = (level.name, level.name), LEVEL_COLORS[level]
                addSegment(bodies, volume, name, color, box, array[box] == level, terminology)
        _sortSegments(bodies)
    bodies.CreateClosedSurfaceRepresentation()


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


def _sortSegments(bodies: vtkMRMLSegmentationNode) -> None:
    """L1 first in the segment list, whichever was written last."""
    levels = list(findLevels(bodies).values())
    rest = [s for s in bodies.GetSegmentation().GetSegmentIDs() if s not in levels]
    bodies.GetSegmentation().ReorderSegments([*levels, *rest])


def _gridOffset(image: Any, volume: vtkMRMLScalarVolumeNode) -> np.ndarray | None:
    """[k, j, i] shift from the image's voxel indices to the volume's, or None when the grids differ."""
    matrix = vtk.vtkMatrix4x4()
    image.GetImageToWorldMatrix(matrix)
    between = np.linalg.inv(ijkToRas(volume)) @ slicer.util.arrayFromVTKMatrix(matrix)
    extent = np.array(image.GetExtent(), float).reshape(3, 2)
    corners = np.array(np.meshgrid(*extent)).reshape(3, -1)
    shift = np.round(between[:3, 3])
    moved = between[:3, :3] @ corners + between[:3, 3:] - corners
    if np.abs(moved - shift[:, None]).max() > GRID_TOLERANCE_VOXELS:
        return None
    return shift[::-1].astype(int)


def _resampled(image: Any, volume: vtkMRMLScalarVolumeNode) -> Any:
    """The image on the volume's grid, nearest neighbour."""
    reference, matrix, out = slicer.vtkOrientedImageData(), vtk.vtkMatrix4x4(), slicer.vtkOrientedImageData()
    volume.GetIJKToRASMatrix(matrix)
    reference.SetExtent(volume.GetImageData().GetExtent())
    reference.SetGeometryFromImageToWorldMatrix(matrix)
    slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(image, reference, out)
    return out


def _array(image: Any) -> np.ndarray:
    """[k, j, i] view of an image's voxels."""
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
