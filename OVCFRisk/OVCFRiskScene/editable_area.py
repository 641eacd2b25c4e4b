"""Where a body may be edited: a margin around it, without the other bodies. Hidden segment of an open editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer

from OVCFRiskLib.geometry import Box, box_within, grow_box
from OVCFRiskScene.segment_masks import SegmentMask, levelMasks, without
from OVCFRiskScene.segments import addSegment

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel
AREA_ID = "OVCFRiskArea"
AREA_NAME = "editable area of {level}"  # an Undo brings the area back that there was, perhaps of another level
AREA_COLOR = (1.0, 1.0, 1.0)  # never seen
# A wall that is missed by more belongs to another point, not to a brush.
MARGIN_MM = 8.0


def fitArea(bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, level: LumbarLevel) -> bool:
    """Let the editable area surround one level's body; False when the level has no mask to surround."""
    masks = levelMasks(bodies, volume)
    if level not in masks:
        return False
    shape, mask = volume.GetImageData().GetDimensions()[::-1], masks.pop(level)
    area = without(SegmentMask(*grown(mask.box, mask.voxels, volume.GetSpacing()[::-1], shape)), masks)
    if area is None:
        return False
    with slicer.util.NodeModify(bodies):
        removeArea(bodies)
        addSegment(bodies, volume, (AREA_ID, AREA_NAME.format(level=level.name)), AREA_COLOR, area.box, area.voxels)
        bodies.GetDisplayNode().SetSegmentVisibility(AREA_ID, False)
    return True


def hasArea(bodies: vtkMRMLSegmentationNode, level: LumbarLevel) -> bool:
    """True while the editable area is there and surrounds this level's body."""
    area = bodies.GetSegmentation().GetSegment(AREA_ID)
    return area is not None and area.GetName() == AREA_NAME.format(level=level.name)


def removeArea(bodies: vtkMRMLSegmentationNode) -> None:
    """Remove the hidden segment."""
    if bodies.GetSegmentation().GetSegment(AREA_ID) is not None:
        bodies.GetSegmentation().RemoveSegment(AREA_ID)


def grown(
    box: Box, mask: np.ndarray, spacing: tuple[float, float, float], shape: tuple[int, int, int]
) -> tuple[Box, np.ndarray]:
    """A mask with the margin on all sides (a box around every voxel), within the volume.

    Parameters
    ----------
    box : tuple of slice
        Place of the mask, [k, j, i].
    mask : numpy.ndarray
        Boolean.
    spacing : tuple of float
        mm, k, j, i.
    shape : tuple of int
        Of the whole volume, [k, j, i].

    Returns
    -------
    box : tuple of slice
    area : numpy.ndarray
        Boolean.
    """
    from scipy import ndimage

    k, j, i = (max(1, round(MARGIN_MM / step)) for step in spacing)
    reach = (k, j, i)
    outer = grow_box(box, reach, shape)
    area = np.zeros([s.stop - s.start for s in outer], np.uint8)
    area[box_within(box, outer)] = mask
    for axis, n in enumerate(reach):
        area = ndimage.maximum_filter1d(area, 2 * n + 1, axis, mode="constant")
    return outer, area > 0
