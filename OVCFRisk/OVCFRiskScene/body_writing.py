"""Bodies into the scene: segments L1..L4 from masks, in one modification."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import slicer

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskScene.segment_masks import segmentMask, without
from OVCFRiskScene.segments import LEVEL_COLORS, addSegment, findLevels

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskScene.segment_masks import Masks

# Terminology entry of Slicer: category ~ type ~ modifier ~ region ~ region modifier, each "scheme^code^meaning".
TERMINOLOGY = (
    "Segmentation category and type - DICOM master list"
    "~SCT^123037004^Anatomical Structure~SCT^51282000^Vertebra~^^"
    "~Anatomic codes - DICOM master list~SCT^{code}^{meaning}~^^"
)


def writeBodies(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    masks: Masks,
    keep: Collection[LumbarLevel] = (),
) -> None:
    """Replace the segments L1..L4 by these masks on the volume's grid, in one modification.

    Segments of the levels in ``keep`` stay as they are and win where the new bodies overlap them. Segments that are
    no level are left alone.
    """
    present = findLevels(bodies)
    kept = {level: segmentMask(bodies, segmentId, volume) for level, segmentId in present.items() if level in keep}
    winners = {level: mask for level, mask in kept.items() if mask is not None}
    new = {level: without(mask, winners) for level, mask in masks.items() if level not in kept}
    with slicer.util.NodeModify(bodies):
        for level, segmentId in present.items():
            if level not in kept:
                bodies.GetSegmentation().RemoveSegment(segmentId)
        for level, mask in new.items():
            if mask is not None:
                terminology = TERMINOLOGY.format(code=level.snomed_code, meaning=level.snomed_meaning)
                name, color = (level.name, level.name), LEVEL_COLORS[level]
                addSegment(bodies, volume, name, color, mask.box, mask.voxels, terminology)
        _sortSegments(bodies)
    bodies.CreateClosedSurfaceRepresentation()


def _sortSegments(bodies: vtkMRMLSegmentationNode) -> None:
    """L1 first in the segment list, whichever was written last."""
    levels = list(findLevels(bodies).values())
    rest = [s for s in bodies.GetSegmentation().GetSegmentIDs() if s not in levels]
    bodies.GetSegmentation().ReorderSegments([*levels, *rest])
