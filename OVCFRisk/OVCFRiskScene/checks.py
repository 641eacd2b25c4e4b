"""What is known of a CT and of each mask before scoring: acquisition, volume, checks, acceptance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.ct import read_acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.acquisition_checks import check_acquisition
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.quality.overlap import check_overlap
from OVCFRiskLib.scoring import load_model
from OVCFRiskScene.review import acceptedLevels, maskDigest
from OVCFRiskScene.segments import labelImage, levelMasks, referenceVolume
from OVCFRiskScene.volumes import dicomFiles, pullCt, pullVolume

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.findings import Finding
    from OVCFRiskScene.segments import Masks


@dataclass(frozen=True)
class MaskReview:
    """What the review shows of one level's mask; ``findings`` is None while the checks are due."""

    volumeMl: float
    digest: str
    accepted: bool
    findings: tuple | None


def acquisitionOf(volume: vtkMRMLScalarVolumeNode) -> Acquisition | None:
    """What DICOM says of the CT, or None where Slicer's database does not know its files."""
    files = dicomFiles(volume)
    try:
        return read_acquisition(files[0]) if files else None
    except OVCFRiskError:  # moved or deleted since: the CT itself is in the scene
        return None


def checkAcquisition(
    volume: vtkMRMLScalarVolumeNode, model: str | None = None
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Findings on how the CT was acquired, and notes on its values as text."""
    ct, notes = pullCt(volume)
    training = load_model(model or None).training
    return check_acquisition(ct, acquisitionOf(volume), training), notes


def measureMasks(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> dict[LumbarLevel, MaskReview]:
    """{level: `MaskReview`} without the checks: quick enough to run after every stroke of the brush."""
    masks = levelMasks(bodies, volume)
    voxelMl = float(np.prod(volume.GetSpacing())) / 1000
    digests = {level: maskDigest(found) for level, found in masks.items()}
    accepted = acceptedLevels(bodies, digests)
    return {
        level: MaskReview(float(mask.sum() * voxelMl), digests[level], level in accepted, None)
        for level, (_box, mask) in masks.items()
    }


def findFaults(
    volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode
) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """{level: findings} of all four levels; takes a second on a large CT."""
    masks = levelMasks(bodies, volume)
    if not masks:
        return dict.fromkeys(LumbarLevel, ())
    ct = pullVolume(volume)
    findings, overlaps = check_masks(ct, cut_out_levels(labelImage(masks, ct), ct)), findOverlaps(masks)
    return {level: (*overlaps[level], *findings[level]) for level in LumbarLevel}


def findOverlaps(masks: Masks) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """Overlap findings of all levels, looked for in the box around all masks while they are still apart."""
    findings: dict[LumbarLevel, tuple[Finding, ...]] = dict.fromkeys(LumbarLevel, ())
    if len(masks) < 2:
        return findings
    boxes = [box for box, _mask in masks.values()]
    start = [min(box[axis].start for box in boxes) for axis in range(3)]
    shape = [max(box[axis].stop for box in boxes) - start[axis] for axis in range(3)]
    apart = {level: np.zeros(shape, bool) for level in masks}
    for level, (box, mask) in masks.items():
        apart[level][tuple(slice(s.start - o, s.stop - o) for s, o in zip(box, start, strict=True))] = mask
    return findings | check_overlap(apart)


def bodiesProblem(bodies: vtkMRMLSegmentationNode | None, volume: vtkMRMLScalarVolumeNode | None) -> str:
    """Why a segmentation's bodies cannot be scored on a CT; empty when they can, or when there is no segmentation."""
    if bodies is None or volume is None:
        return ""
    if slicer.mrmlScene.GetNodeByID(bodies.GetID() or "") is not bodies:
        return _("The segmentation was removed from the scene; segment again, or choose another.")
    madeOn = referenceVolume(bodies)
    if madeOn is not None and madeOn is not volume and madeOn.IsA("vtkMRMLScalarVolumeNode"):
        return _("{bodies} was made on {ct}; choose that CT, or segment again.").format(
            bodies=bodies.GetName(), ct=madeOn.GetName()
        )
    return ""
