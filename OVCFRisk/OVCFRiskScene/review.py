"""The clinician's review: which mask was accepted. Kept in the segment, so it is saved with the scene."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk

from OVCFRiskScene.segments import findLevels, levelMasks

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskScene.segments import Found

# Tag of the segment; its value is the digest of the mask that was accepted, so that a later edit withdraws it.
ACCEPTED_TAG = "OVCFRisk.accepted"


def maskDigest(found: Found) -> str:
    """Content of a mask of `levelMasks` - place and voxels, whatever the segmentation's own grid; "" without one."""
    if found is None:
        return ""
    box, mask = found
    digest = hashlib.sha256(repr([(s.start, s.stop) for s in box]).encode())
    digest.update(np.packbits(mask).tobytes())
    return digest.hexdigest()


def maskDigests(bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> dict[LumbarLevel, str]:
    """{level: digest} of all levels with voxels in the volume."""
    return {level: maskDigest(found) for level, found in levelMasks(bodies, volume).items()}


def setAccepted(bodies: vtkMRMLSegmentationNode, level: LumbarLevel, digest: str) -> None:
    """Remember that the mask with this digest was accepted; "" withdraws."""
    segment = bodies.GetSegmentation().GetSegment(findLevels(bodies)[level])
    if digest:
        segment.SetTag(ACCEPTED_TAG, digest)
    else:
        segment.RemoveTag(ACCEPTED_TAG)


def acceptedLevels(bodies: vtkMRMLSegmentationNode, digests: Mapping[LumbarLevel, str]) -> list[LumbarLevel]:
    """Levels whose present mask is the one that was accepted."""
    accepted = []
    for level, segmentId in findLevels(bodies).items():
        value = vtk.mutable("")
        segment = bodies.GetSegmentation().GetSegment(segmentId)
        if segment.GetTag(ACCEPTED_TAG, value) and digests.get(level) == str(value):
            accepted.append(level)
    return accepted


class MaskWatch:
    """Calls back when any mask may have changed. Both kinds of event are needed: erasing to nothing sends only the
    first, undo and redo only the second. Colours and names send the second too: the listener compares digests."""

    def __init__(self, bodies: vtkMRMLSegmentationNode, onMaybeChanged: Callable[[], None]) -> None:
        self.bodies, self.onMaybeChanged = bodies, onMaybeChanged
        core = slicer.vtkSegmentation
        events = (core.SourceRepresentationModified, core.SegmentModified, core.SegmentAdded, core.SegmentRemoved)
        self.tags = [bodies.AddObserver(event, self._call) for event in events]

    def _call(self, caller: Any, event: str, segmentId: str | None = None) -> None:
        self.onMaybeChanged()

    def stop(self) -> None:
        """Remove the observers."""
        for tag in self.tags:
            self.bodies.RemoveObserver(tag)
        self.tags = []
