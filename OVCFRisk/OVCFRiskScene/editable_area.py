"""Where a body may be edited: a margin around it, without the other bodies. Hidden segment of an open editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer

from OVCFRiskScene.segments import addSegment, levelMasks

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskScene.segments import Box

AREA_ID = "OVCFRiskArea"
AREA_COLOR = (1.0, 1.0, 1.0)  # never seen
# A wall that is missed by more belongs to another point, not to a brush.
MARGIN_MM = 8.0


def fitArea(bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, level: LumbarLevel) -> bool:
    """Let the editable area surround one level's body; False when the level has no mask to surround."""
    masks = levelMasks(bodies, volume)
    if level not in masks:
        return False
    shape = volume.GetImageData().GetDimensions()[::-1]
    box, area = grown(*masks[level], volume.GetSpacing()[::-1], shape)
    for other, (otherBox, otherMask) in masks.items():
        if other is not level:
            _takeAway(box, area, otherBox, otherMask)
    with slicer.util.NodeModify(bodies):
        removeArea(bodies)
        addSegment(bodies, volume, (AREA_ID, "editable area"), AREA_COLOR, box, area)
        bodies.GetDisplayNode().SetSegmentVisibility(AREA_ID, False)
    return True


def removeArea(bodies: vtkMRMLSegmentationNode) -> None:
    """Remove the hidden segment."""
    if bodies.GetSegmentation().GetSegment(AREA_ID) is not None:
        bodies.GetSegmentation().RemoveSegment(AREA_ID)


def grown(box: Box, mask: np.ndarray, spacing: tuple[float, ...], shape: tuple[int, ...]) -> tuple[Box, np.ndarray]:
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

    reach = [max(1, round(MARGIN_MM / step)) for step in spacing]
    outer = tuple(
        slice(max(s.start - n, 0), min(s.stop + n, size)) for s, n, size in zip(box, reach, shape, strict=True)
    )
    area = np.zeros([s.stop - s.start for s in outer], np.uint8)
    area[tuple(slice(s.start - o.start, s.stop - o.start) for s, o in zip(box, outer, strict=True))] = mask
    for axis, n in enumerate(reach):
        area = ndimage.maximum_filter1d(area, 2 * n + 1, axis, mode="constant")
    return outer, area > 0


def _takeAway(box: Box, area: np.ndarray, otherBox: Box, otherMask: np.ndarray) -> None:
    """Remove another body's voxels from the area, in place."""
    both = [slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, otherBox, strict=True)]
    if all(s.start < s.stop for s in both):
        here = tuple(slice(s.start - a.start, s.stop - a.start) for s, a in zip(both, box, strict=True))
        there = tuple(slice(s.start - b.start, s.stop - b.start) for s, b in zip(both, otherBox, strict=True))
        area[here] &= ~otherMask[there]
