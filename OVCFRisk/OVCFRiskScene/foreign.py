"""Masks made elsewhere - a segmentation or a label map of the scene - in the form the library imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import box_within, grow_box, union_box
from OVCFRiskLib.level_names import level_of_name
from OVCFRiskScene.segment_masks import maskReader
from OVCFRiskScene.volumes import ijkToRas, imageOf, transformProblem, voxelsOf

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLScalarVolumeNode

    from OVCFRiskLib.geometry import Box
    from OVCFRiskScene.segment_masks import SegmentMask

# Names Slicer gives to the segments of a label map without names: "Segment_20", "Label_20".
UNNAMED_SEGMENT = re.compile(r"(?:segment|label)[ _]?(\d+)", re.IGNORECASE)
# A segment or colour of the source, as a .seg.nrrd describes it: the library recognises levels by it.
SEGMENT_KEYS = ("Name", "Tags", "Layer", "LabelValue")
ROOM_VOXELS = 2


class Grid(NamedTuple):
    """Place and [k, j, i] size of a volume's voxels."""

    ijkToRas: np.ndarray
    shape: tuple[int, int, int]


def foreignReader(source: vtkMRMLNode, volume: vtkMRMLScalarVolumeNode) -> Callable[[], sitk.Image]:
    """Gives the labels of a segmentation or label map node, named as in a .seg.nrrd where the node has names.

    Returns
    -------
    callable
        Without nodes, for another thread. It returns a label map on its own grid; of a segmentation, the box around its
        vertebrae on the CT's grid, one component per segment.

    Raises OVCFRiskError when there is nothing to recognise a level by, or the node is under a transform; the function
    when there are no voxels.
    """
    if source is None or slicer.mrmlScene.GetNodeByID(source.GetID() or "") is not source:
        raise OVCFRiskError(_("Choose the segmentation or label map to take over."))
    problem = transformProblem(source)
    if problem:
        raise OVCFRiskError(problem)
    if source.IsA("vtkMRMLSegmentationNode"):
        return _ofSegmentation(source, volume)
    return _ofLabelMap(source)


def _ofSegmentation(source: vtkMRMLNode, volume: vtkMRMLScalarVolumeNode) -> Callable[[], sitk.Image]:
    """One component per segment that is a lumbar vertebra by name or code, else label values from the names."""
    named, numbered = _vertebrae(source)
    if not named and not numbered:
        names = [source.GetSegmentation().GetSegment(s).GetName() for s in source.GetSegmentation().GetSegmentIDs()]
        raise OVCFRiskError(
            _("{node}: no segment is named L1 to L4 (it has: {names}); rename the segments.").format(
                node=source.GetName(), names=", ".join(names[:6]) or _("none")
            )
        )
    readers = {segmentId: maskReader(source, segmentId, volume) for segmentId in named or numbered}
    grid = Grid(ijkToRas(volume), volume.GetImageData().GetDimensions()[::-1])
    node, ct = source.GetName(), volume.GetName()

    def read() -> sitk.Image:
        found = {segmentId: reader() for segmentId, reader in readers.items()}
        masks = {segmentId: mask for segmentId, mask in found.items() if mask is not None}
        if not masks:
            raise OVCFRiskError(
                _("{node}: its vertebrae have no voxels in {ct}; choose the CT it was made on.").format(
                    node=node, ct=ct
                )
            )
        return _layers(masks, named, grid) if named else _values(masks, numbered, grid)

    return read


def _vertebrae(source: vtkMRMLNode) -> tuple[dict[str, tuple[str, str]], dict[str, int]]:
    """({segment ID: (name, tags)} of the levels, {segment ID: label value} of the unnamed)."""
    named, numbered = {}, {}
    for segmentId in source.GetSegmentation().GetSegmentIDs():
        segment, tag = source.GetSegmentation().GetSegment(segmentId), vtk.mutable("")
        segment.GetTag(segment.GetTerminologyEntryTagName(), tag)
        if level_of_name(segment.GetName(), str(tag)) is not None:
            named[segmentId] = (segment.GetName(), str(tag))
        number = UNNAMED_SEGMENT.fullmatch(segment.GetName().strip())
        if number:
            numbered[segmentId] = int(number[1])
    return named, numbered


def _box(masks: Mapping[str, SegmentMask], grid: Grid) -> Box:
    """[k, j, i] slices around all masks, with room, within the volume."""
    around = union_box([mask.box for mask in masks.values()])
    return grow_box(around, (ROOM_VOXELS,) * 3, grid.shape)


def _layers(masks: Mapping[str, SegmentMask], names: Mapping[str, tuple[str, str]], grid: Grid) -> sitk.Image:
    """Masks as components, so that what overlaps stays apart, with the names as a .seg.nrrd has them."""
    outer = _box(masks, grid)
    array = np.zeros((*(s.stop - s.start for s in outer), len(masks)), np.uint8)
    for layer, mask in enumerate(masks.values()):
        array[..., layer][box_within(mask.box, outer)] = mask.voxels
    image = _cropped(array, outer, grid)
    for number, segmentId in enumerate(masks):
        values = (*names[segmentId], str(number), "1")
        for key, value in zip(SEGMENT_KEYS, values, strict=True):
            image.SetMetaData(f"Segment{number}_{key}", value)
    return image


def _values(masks: Mapping[str, SegmentMask], values: Mapping[str, int], grid: Grid) -> sitk.Image:
    """One label map with the label values that the segments' names tell."""
    outer = _box(masks, grid)
    array = np.zeros([s.stop - s.start for s in outer], np.uint16)
    for segmentId, mask in masks.items():
        array[box_within(mask.box, outer)][mask.voxels] = values[segmentId]
    return _cropped(array, outer, grid)


def _cropped(array: np.ndarray, box: Box, grid: Grid) -> sitk.Image:
    """An image of voxels in a box of the volume's grid."""
    matrix = grid.ijkToRas.copy()
    matrix[:3, 3] = (grid.ijkToRas @ (*(s.start for s in reversed(box)), 1))[:3]
    return imageOf(array, matrix)


def _ofLabelMap(source: vtkMRMLNode) -> Callable[[], sitk.Image]:
    """A label map node's voxels, with the names of its colour table when these name a level that is there."""
    if source.GetImageData() is None:
        raise OVCFRiskError(_("{node} holds no image; load it again.").format(node=source.GetName()))
    voxels, display = voxelsOf(source), source.GetDisplayNode()
    colors = display.GetColorNode() if display is not None else None
    names = (
        [colors.GetColorName(value) or "" for value in range(colors.GetNumberOfColors())] if colors is not None else []
    )
    named = {value: name for value, name in enumerate(names) if value and level_of_name(name) is not None}

    def read() -> sitk.Image:
        image = imageOf(*voxels)
        present = np.unique(voxels[0])
        there = [(value, name) for value, name in named.items() if value in present]
        for number, (value, name) in enumerate(there):
            for key, text in zip(SEGMENT_KEYS, (name, "", "0", str(value)), strict=True):
                image.SetMetaData(f"Segment{number}_{key}", text)
        return image

    return read
