"""What is known of a CT and of each mask before scoring: acquisition, volume, checks, acceptance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from slicer.i18n import tr as _

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.ct import read_acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings.mask_codes import EMPTY, PROPOSED_POINT
from OVCFRiskLib.geometry import box_within, union_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.acquisition_checks import check_acquisition
from OVCFRiskLib.quality.look_first import look_first
from OVCFRiskLib.quality.masks import MaskChecks, check_masks
from OVCFRiskLib.quality.overlap import check_overlap
from OVCFRiskLib.scoring import load_model
from OVCFRiskScene.doubt import doubtfulParts
from OVCFRiskScene.ownership import isInScene, isOurs
from OVCFRiskScene.review import acceptedLevels, proposedBodies
from OVCFRiskScene.segment_masks import digestsOf, labelImage, levelMasks
from OVCFRiskScene.segments import findLevels, referenceVolume
from OVCFRiskScene.volumes import asCt, contentKey, dicomFiles, imageOf, requireVolume, voxelsOf

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.quality.masks import CheckMemory
    from OVCFRiskScene.segment_masks import Masks

Findings = dict[LumbarLevel, tuple["Finding", ...]]


@dataclass(frozen=True)
class MaskReview:
    """What the review shows of one level's mask; ``findings`` is None while the checks are due."""

    volumeMl: float
    digest: str
    accepted: bool
    findings: tuple[Finding, ...] | None


@dataclass(frozen=True)
class DoneChecks:
    """Checks with what they were made of, so that nobody takes them for those of other masks or another CT."""

    content: Any
    digests: Mapping[LumbarLevel, str]
    checks: MaskChecks

    def fit(self, volume: vtkMRMLScalarVolumeNode, digests: Mapping[LumbarLevel, str]) -> bool:
        """True when masks and CT are still those that were checked."""
        return self.content == contentKey(volume) and self.digests == digests


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
    return acquisitionSearch(volume, model)()


def acquisitionSearch(
    volume: vtkMRMLScalarVolumeNode, model: str | None = None
) -> Callable[[], tuple[tuple[Finding, ...], tuple[str, ...]]]:
    """`checkAcquisition` as a function without nodes, for another thread.

    A model that cannot be read says nothing of the CT: it is then compared with what the demonstration model learnt
    from; the panel tells the fault beside the model.
    """
    requireVolume(volume)
    voxels, name, acquisition = voxelsOf(volume), volume.GetName(), acquisitionOf(volume)
    try:
        stated = load_model(model or None).applicability.scans
    except OVCFRiskError:
        stated = load_model().applicability.scans

    def search() -> tuple[tuple[Finding, ...], tuple[str, ...]]:
        ct, notes = asCt(imageOf(*voxels), name)
        return check_acquisition(ct, acquisition, stated), notes

    return search


def measureMasks(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> dict[LumbarLevel, MaskReview]:
    """{level: `MaskReview`} without the checks: quick enough to run after every stroke of the brush."""
    masks = levelMasks(bodies, volume)
    voxelMl = float(np.prod(volume.GetSpacing())) / 1000
    accepted = acceptedLevels(bodies, digestsOf(masks))
    return {
        level: MaskReview(mask.count * voxelMl, mask.digest, level in accepted, None) for level, mask in masks.items()
    }


def emptiedLevels(bodies: vtkMRMLSegmentationNode, masks: Collection[LumbarLevel]) -> list[LumbarLevel]:
    """Levels that have a segment, but no voxel of it in the CT."""
    return [level for level in findLevels(bodies) if level not in masks]


def findFaults(volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode) -> Findings:
    """{level: findings} of all four levels; takes a second on a large CT."""
    return faultSearch(volume, bodies)().checks.findings


def faultSearch(
    volume: vtkMRMLScalarVolumeNode, bodies: vtkMRMLSegmentationNode, memory: CheckMemory | None = None
) -> Callable[[], DoneChecks]:
    """All checks of the masks as a function without nodes, for another thread.

    ``memory`` is of earlier checks on the same CT: levels without a change near them are not checked again.
    """
    masks, voxels, name = levelMasks(bodies, volume), voxelsOf(volume), volume.GetName()
    content, known = contentKey(volume), findKnownFaults(bodies, masks)
    acquisition = acquisitionOf(volume)
    thicknessMm = None if acquisition is None else acquisition.slice_thickness_mm

    def search() -> DoneChecks:
        if not masks:
            return DoneChecks(content, {}, MaskChecks(known, {}))
        ct, _notes = asCt(imageOf(*voxels), name)  # as it is scored
        bodies = cut_out_levels(labelImage(masks, ct), ct, thicknessMm)
        checks = check_masks(ct, bodies, known, memory)
        return DoneChecks(content, digestsOf(masks), checks)

    return search


def findKnownFaults(bodies: vtkMRMLSegmentationNode, masks: Masks) -> Findings:
    """{level: findings} that a label image does not show: overlaps, segments without voxels, points nobody clicked, and
    parts of the surface that were in doubt when the mask was drawn.

    Checks and scores both start from these: what only one of them knew would make every score look out of date.
    """
    emptied, proposed = emptiedLevels(bodies, masks), proposedBodies(bodies)
    doubtful = doubtfulParts(bodies, digestsOf(masks))
    found = {level: tuple(findings) for level, findings in findOverlaps(masks).items()}
    for level in LumbarLevel:
        if level in emptied:
            found[level] = (EMPTY.finding(level),)
        elif level in proposed and level in masks:
            found[level] = (*found.get(level, ()), PROPOSED_POINT.finding(level, value=proposed[level]))
        found[level] = (*found.get(level, ()), *look_first(level, doubtful.get(level, ())))
    return found


def findOverlaps(masks: Masks) -> dict[LumbarLevel, tuple[Finding, ...]]:
    """Overlap findings of all levels, looked for in the box around all masks while they are still apart."""
    findings: dict[LumbarLevel, tuple[Finding, ...]] = dict.fromkeys(LumbarLevel, ())
    if len(masks) < 2:
        return findings
    around = union_box([mask.box for mask in masks.values()])
    apart = {level: np.zeros([s.stop - s.start for s in around], bool) for level in masks}
    for level, mask in masks.items():
        apart[level][box_within(mask.box, around)] = mask.voxels
    return findings | check_overlap(apart)


def bodiesProblem(bodies: vtkMRMLSegmentationNode | None, volume: vtkMRMLScalarVolumeNode | None) -> str:
    """Why a segmentation's bodies cannot be scored on a CT; empty when they can, or when there is no segmentation."""
    if bodies is None or volume is None:
        return ""
    if not isInScene(bodies):
        return _("The segmentation was removed from the scene; segment again, or choose another.")
    if not isOurs(bodies):
        return _("{bodies} was made elsewhere and stays as it is; choose it under Or masks.").format(
            bodies=bodies.GetName()
        )
    madeOn = referenceVolume(bodies)
    if madeOn is None:
        return _("The CT of {bodies} is no longer in the scene; segment again.").format(bodies=bodies.GetName())
    if madeOn is not volume:
        return _("{bodies} was made on {ct}; choose that CT, or segment again.").format(
            bodies=bodies.GetName(), ct=madeOn.GetName()
        )
    return ""
