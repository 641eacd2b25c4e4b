"""Masks made elsewhere - a segmentation or a label map of the scene - in the form the library imports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import box_within, grow_box, union_box
from OVCFRiskLib.level_names import level_of_name
from OVCFRiskScene.segment_masks import segmentMask
from OVCFRiskScene.volumes import pullVolume, transformProblem

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLScalarVolumeNode

    from OVCFRiskLib.geometry import Box
    from OVCFRiskScene.segment_masks import SegmentMask

# Names Slicer gives to the segments of a label map without names: "Segment_20", "Label_20".
UNNAMED_SEGMENT = re.compile(r"(?:segment|label)[ _]?(\d+)", re.IGNORECASE)
# A segment or colour of the source, as a .seg.nrrd describes it: the library recognises levels by it.
SEGMENT_KEYS = ("Name", "Tags", "Layer", "LabelValue")
ROOM_VOXELS = 2


def foreignLabels(source: vtkMRMLNode, volume: vtkMRMLScalarVolumeNode) -> sitk.Image:
    """Labels of a segmentation or label map node, named as in a .seg.nrrd where the node has names.

    Returns
    -------
    SimpleITK.Image
        A label map on its own grid; of a segmentation, the box around its vertebrae on the CT's grid, one component
        per segment.

    Raises OVCFRiskError when there is nothing to recognise a level by, or the node is under a transform.
    """
    if source is None or slicer.mrmlScene.GetNodeByID(source.GetID() or "") is not source:
        raise OVCFRiskError(_("Choose the segmentation or label map to take over."))
    problem = transformProblem(source)
    if problem:
        raise OVCFRiskError(problem)
    if source.IsA("vtkMRMLSegmentationNode"):
        return _ofSegmentation(source, volume)
    return _ofLabelMap(source)


def _ofSegmentation(source: vtkMRMLNode, volume: vtkMRMLScalarVolumeNode) -> sitk.Image:
    """One component per segment that is a lumbar vertebra by name or code, else label values from the names."""
    named, numbered = _vertebrae(source)
    if not named and not numbered:
        names = [source.GetSegmentation().GetSegment(s).GetName() for s in source.GetSegmentation().GetSegmentIDs()]
        raise OVCFRiskError(
            _("{node}: no segment is named L1 to L4 (it has: {names}); rename the segments.").format(
                node=source.GetName(), names=", ".join(names[:6]) or _("none")
            )
        )
    read = {segmentId: segmentMask(source, segmentId, volume) for segmentId in named or numbered}
    masks = {segmentId: found for segmentId, found in read.items() if found is not None}
    if not masks:
        raise OVCFRiskError(
            _("{node}: its vertebrae have no voxels in {ct}; choose the CT it was made on.").format(
                node=source.GetName(), ct=volume.GetName()
            )
        )
    if named:
        return _layers(masks, {segmentId: named[segmentId] for segmentId in masks}, volume)
    return _values(masks, numbered, volume)


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


def _box(masks: Mapping[str, SegmentMask], volume: vtkMRMLScalarVolumeNode) -> Box:
    """[k, j, i] slices around all masks, with room, within the volume."""
    around = union_box([mask.box for mask in masks.values()])
    return grow_box(around, (ROOM_VOXELS,) * 3, volume.GetImageData().GetDimensions()[::-1])


def _layers(
    masks: Mapping[str, SegmentMask], names: Mapping[str, tuple[str, str]], volume: vtkMRMLScalarVolumeNode
) -> sitk.Image:
    """Masks as components, so that what overlaps stays apart, with the names as a .seg.nrrd has them."""
    outer = _box(masks, volume)
    array = np.zeros((*(s.stop - s.start for s in outer), len(masks)), np.uint8)
    for layer, mask in enumerate(masks.values()):
        array[..., layer][box_within(mask.box, outer)] = mask.voxels
    image = _cropped(array, outer, volume)
    for number, segmentId in enumerate(masks):
        values = (*names[segmentId], str(number), "1")
        for key, value in zip(SEGMENT_KEYS, values, strict=True):
            image.SetMetaData(f"Segment{number}_{key}", value)
    return image


def _values(masks: Mapping[str, SegmentMask], values: Mapping[str, int], volume: vtkMRMLScalarVolumeNode) -> sitk.Image:
    """One label map with the label values that the segments' names tell."""
    outer = _box(masks, volume)
    array = np.zeros([s.stop - s.start for s in outer], np.uint16)
    for segmentId, mask in masks.items():
        array[box_within(mask.box, outer)][mask.voxels] = values[segmentId]
    return _cropped(array, outer, volume)


def _cropped(array: np.ndarray, box: Box, volume: vtkMRMLScalarVolumeNode) -> sitk.Image:
    """An image of voxels in a box of the volume's grid."""
    ct = pullVolume(volume)
    image = sitk.GetImageFromArray(array, isVector=array.ndim == 4)
    image.SetSpacing(ct.GetSpacing())
    image.SetDirection(ct.GetDirection())
    image.SetOrigin(ct.TransformIndexToPhysicalPoint([int(s.start) for s in reversed(box)]))
    return image


def _ofLabelMap(source: vtkMRMLNode) -> sitk.Image:
    """A label map node's voxels, with the names of its colour table when these name a level that is there."""
    if source.GetImageData() is None:
        raise OVCFRiskError(_("{node} holds no image; load it again.").format(node=source.GetName()))
    image = pullVolume(source)
    display = source.GetDisplayNode()
    colors = display.GetColorNode() if display is not None else None
    values = [int(value) for value in np.unique(sitk.GetArrayViewFromImage(image)) if value > 0]
    names = {value: (colors.GetColorName(value) or "") for value in values} if colors is not None else {}
    named = {value: name for value, name in names.items() if level_of_name(name) is not None}
    for number, (value, name) in enumerate(named.items()):
        for key, text in zip(SEGMENT_KEYS, (name, "", "0", str(value)), strict=True):
            image.SetMetaData(f"Segment{number}_{key}", text)
    return image
