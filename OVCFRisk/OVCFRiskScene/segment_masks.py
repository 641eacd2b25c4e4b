"""Voxels of segments on the CT's grid: read once, until the application changes them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, array_view, as_box, box_within, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskScene.segments import findLevels
from OVCFRiskScene.volumes import ijkToRas, transformProblem

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

# A segmentation's grid counts as the CT's when voxel centres agree to this part of a voxel.
GRID_TOLERANCE_VOXELS = 0.02


@dataclass(frozen=True, eq=False)
class SegmentMask:
    """One segment's voxels in a CT; not to be modified.

    Attributes
    ----------
    box : tuple of slice
        Place within the CT, [k, j, i]; tight.
    voxels : numpy.ndarray
        Boolean, the voxels in the box.
    """

    box: Box
    voxels: np.ndarray

    @cached_property
    def digest(self) -> str:
        """Place and voxels, whatever the segmentation's own grid."""
        digest = hashlib.sha256(repr([(s.start, s.stop) for s in self.box]).encode())
        digest.update(np.packbits(self.voxels).tobytes())
        return digest.hexdigest()

    @cached_property
    def count(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.voxels))


Masks = dict[LumbarLevel, SegmentMask]
# {id of a segmentation: {id of a segment: (what the mask depends on, the mask)}}: asked for after every stroke.
_READ: dict[str, dict[str, tuple[Any, SegmentMask | None]]] = {}


def levelMasks(bodies: vtkMRMLSegmentationNode | None, volume: vtkMRMLScalarVolumeNode) -> Masks:
    """{level: mask} of the levels that have voxels in the volume; refuses a segmentation under a transform."""
    if bodies is None:
        return {}
    problem = transformProblem(bodies)
    if problem:
        raise OVCFRiskError(problem)
    masks = {level: segmentMask(bodies, segmentId, volume) for level, segmentId in findLevels(bodies).items()}
    return {level: found for level, found in masks.items() if found is not None}


def maskDigests(bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> dict[LumbarLevel, str]:
    """{level: digest} of all levels with voxels in the volume."""
    return digestsOf(levelMasks(bodies, volume))


def digestsOf(masks: Mapping[LumbarLevel, SegmentMask]) -> dict[LumbarLevel, str]:
    """{level: digest of its mask}."""
    return {level: mask.digest for level, mask in masks.items()}


def segmentMask(bodies: vtkMRMLSegmentationNode, segmentId: str, volume: vtkMRMLScalarVolumeNode) -> SegmentMask | None:
    """One segment on a volume's grid, read again only when its voxels or the grid changed; None without a voxel."""
    key = _dependsOn(bodies, segmentId, volume)
    known = _READ.get(bodies.GetID() or "", {}).get(segmentId)
    if key is not None and known is not None and known[0] == key:
        return known[1]
    mask = readMask(bodies, segmentId, volume)
    if key is not None and bodies.GetID():
        for gone in [nodeId for nodeId in _READ if slicer.mrmlScene.GetNodeByID(nodeId) is None]:
            del _READ[gone]
        _READ.setdefault(bodies.GetID(), {})[segmentId] = (key, mask)
    return mask


def readMask(bodies: vtkMRMLSegmentationNode, segmentId: str, volume: vtkMRMLScalarVolumeNode) -> SegmentMask | None:
    """One segment on a volume's grid, or None when nothing of it lies in the volume."""
    return maskReader(bodies, segmentId, volume)()


def maskReader(
    bodies: vtkMRMLSegmentationNode, segmentId: str, volume: vtkMRMLScalarVolumeNode
) -> Callable[[], SegmentMask | None]:
    """`readMask` as a function without nodes, for another thread: a segment may share a layer as large as the CT."""
    shape = volume.GetImageData().GetDimensions()[::-1]
    name, segment = _labelmap(), bodies.GetSegmentation().GetSegment(segmentId)
    image, value = (segment.GetRepresentation(name), segment.GetLabelValue()) if segment is not None else (None, 0)
    if image is None:  # made of a surface: the node has to convert it
        image, value = slicer.vtkOrientedImageData(), 1
        bodies.GetBinaryLabelmapRepresentation(segmentId, image)
    if image.IsEmpty() or image.GetPointData().GetScalars() is None:
        return lambda: None
    offset = _gridOffset(image, volume)
    if offset is None:
        alone = slicer.vtkOrientedImageData()
        bodies.GetBinaryLabelmapRepresentation(segmentId, alone)
        image, value, offset = _resampled(alone, volume), 1, np.zeros(3, int)
    voxels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])
    start = np.array(image.GetExtent())[[4, 2, 0]] + offset
    return lambda: _inVolume(voxels == value, start, shape)


def _inVolume(array: np.ndarray, start: np.ndarray, shape: tuple[int, int, int]) -> SegmentMask | None:
    """The part of an array within a volume; ``start`` is the place of its first voxel there, [k, j, i]."""
    inside = mask_box(array)
    if inside is None:
        return None
    moved = as_box(slice(int(s.start + n), int(s.stop + n)) for s, n in zip(inside, start, strict=True))
    clipped = as_box(slice(max(s.start, 0), min(s.stop, n)) for s, n in zip(moved, shape, strict=True))
    if any(s.start >= s.stop for s in clipped):
        return None
    return _tight(clipped, array[inside][box_within(clipped, moved)])


def labelMasks(labels: sitk.Image) -> Masks:
    """{level: mask} of a label image (20..23); no node is needed, so that another thread can do it."""
    from scipy import ndimage

    array = array_view(labels)
    boxes = ndimage.find_objects(array, max_label=max(LumbarLevel))
    found = {level: boxes[level - 1] for level in LumbarLevel if len(boxes) >= level}
    return {level: SegmentMask(as_box(box), array[box] == level) for level, box in found.items() if box is not None}


def labelImage(masks: Masks, ct: sitk.Image) -> sitk.Image:
    """Label image (20..23) on the CT's grid of `levelMasks`; where masks overlap, the lower level is on top."""
    array = np.zeros(ct.GetSize()[::-1], np.uint8)
    for level, mask in masks.items():
        array[mask.box][mask.voxels] = level
    labels = sitk.GetImageFromArray(array)
    labels.CopyInformation(ct)
    return labels


def without(mask: SegmentMask, others: Mapping[LumbarLevel, SegmentMask]) -> SegmentMask | None:
    """A mask without the voxels of others; None when nothing is left."""
    voxels = mask.voxels.copy()
    for other in others.values():
        both = [slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(mask.box, other.box, strict=True)]
        if all(s.start < s.stop for s in both):
            shared = as_box(both)
            voxels[box_within(shared, mask.box)] &= ~other.voxels[box_within(shared, other.box)]
    return _tight(mask.box, voxels)


def _tight(box: Box, voxels: np.ndarray) -> SegmentMask | None:
    """A mask whose box has nothing to spare; None without a voxel."""
    inside = mask_box(voxels)
    if inside is None:
        return None
    place = as_box(slice(s.start + o.start, s.stop + o.start) for s, o in zip(inside, box, strict=True))
    voxels = voxels[inside].copy()  # not a view that keeps the whole layer
    voxels.flags.writeable = False
    return SegmentMask(place, voxels)


def _dependsOn(bodies: vtkMRMLSegmentationNode, segmentId: str, volume: vtkMRMLScalarVolumeNode) -> Any:
    """What a mask on a grid depends on; None while there are no voxels that tell when they change.

    Segments share their voxels: the value tells which are whose. A modification time is given once in a lifetime of the
    application, to whatever object, so it stands for the object too.
    """
    segment = bodies.GetSegmentation().GetSegment(segmentId)
    voxels = segment.GetRepresentation(_labelmap()) if segment is not None else None
    if voxels is None:
        return None
    grid = (ijkToRas(volume).tobytes(), volume.GetImageData().GetDimensions())
    return voxels.GetMTime(), segment.GetLabelValue(), grid


def _labelmap() -> str:
    """Name of the representation that holds voxels."""
    name: str = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    return name


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
