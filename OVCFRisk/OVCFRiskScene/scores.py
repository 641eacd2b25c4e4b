"""Scores kept in the scene: the assessment as text, the table, and whether they still fit the masks and the CT."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.findings import About
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.report.data.json_reader import parse_assessment
from OVCFRiskLib.report.data.score_csv import SCORE_COLUMNS, score_rows
from OVCFRiskScene.ownership import ASSESSMENT_ROLE, TABLE_ROLE, addNode
from OVCFRiskScene.review import editedLevels, findingKeys
from OVCFRiskScene.volumes import contentKey, ijkToRas

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.scoring import RScoreModel

# Node reference and attributes of the text node.
VOLUME_ROLE = "OVCFRiskVolume"
MASK_ATTRIBUTE = "OVCFRisk.mask.{level}"
CHECKS_ATTRIBUTE = "OVCFRisk.checks.{level}"
VOLUME_ATTRIBUTE = "OVCFRisk.ct"
UP_TO_DATE_COLUMN = "up_to_date"
OF_MASKS = (About.MASK, About.BODY)  # findings that depend on masks and CT alone, not on the model
# The fingerprint looks at every n-th voxel: enough to see a CT that was filtered, hardened or exchanged.
FINGERPRINT_STEP = (3, 7, 7)
# {id of a volume: (its content, its fingerprint)}: asked for after every stroke of a brush.
_FINGERPRINTS: dict[str, tuple[Any, str]] = {}


def storeAssessment(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    assessment: SpineAssessment,
    digests: Mapping[LumbarLevel, str],
) -> None:
    """Keep an assessment with the segmentation it belongs to; replaces an older one."""
    text = _node(bodies, ASSESSMENT_ROLE, "vtkMRMLTextNode", _("{name} assessment"))
    text.SetForceCreateStorageNode(True)  # else long text goes into the scene file itself
    text.SetText(assessment_text(assessment))
    for level in LumbarLevel:
        text.SetAttribute(MASK_ATTRIBUTE.format(level=level.name), digests.get(level, ""))
        checks = [finding for finding in assessment.level(level).findings if finding.about in OF_MASKS]
        text.SetAttribute(CHECKS_ATTRIBUTE.format(level=level.name), " ".join(sorted(findingKeys(checks))))
    text.SetAttribute(VOLUME_ATTRIBUTE, volumeFingerprint(volume))
    text.SetNodeReferenceID(VOLUME_ROLE, volume.GetID())
    writeTable(bodies, assessment, {})


def readAssessment(bodies: vtkMRMLSegmentationNode | None) -> SpineAssessment | None:
    """The stored assessment, or None. Raises OVCFRiskError when its text cannot be understood."""
    text = bodies.GetNodeReference(ASSESSMENT_ROLE) if bodies is not None else None
    return parse_assessment(text.GetText()) if text is not None and text.GetText() else None


def outdatedLevels(
    bodies: vtkMRMLSegmentationNode | None,
    volume: vtkMRMLScalarVolumeNode | None,
    digests: Mapping[LumbarLevel, str],
    findings: Mapping[LumbarLevel, Sequence[Finding]] | None = None,
) -> dict[LumbarLevel, str]:
    """{level: why} of the levels whose mask, checks or CT are no longer those that were scored.

    With ``findings``, a level whose mask is as it was is out of date too once the checks say something else of it:
    they compare bodies, so an edit of one level can change what holds for another.
    """
    text = bodies.GetNodeReference(ASSESSMENT_ROLE) if bodies is not None else None
    if text is None or bodies is None:
        return {}
    if volume is None or text.GetNodeReference(VOLUME_ROLE) is not volume:
        return dict.fromkeys(LumbarLevel, _("scored on another CT"))
    if text.GetAttribute(VOLUME_ATTRIBUTE) != volumeFingerprint(volume):
        return dict.fromkeys(LumbarLevel, _("the CT was changed after scoring"))
    outdated = {}
    for level in LumbarLevel:
        scored, present = text.GetAttribute(MASK_ATTRIBUTE.format(level=level.name)) or "", digests.get(level, "")
        if scored != present:
            outdated[level] = _whatHappened(bodies, level, scored, present)
        elif findings is not None and present:
            checks = set((text.GetAttribute(CHECKS_ATTRIBUTE.format(level=level.name)) or "").split())
            if checks != findingKeys(findings.get(level, ())):
                outdated[level] = _("its checks changed with an edit of another level")
    return outdated


def _whatHappened(bodies: vtkMRMLSegmentationNode, level: LumbarLevel, scored: str, present: str) -> str:
    """Why a mask is not the one that was scored."""
    if not present:
        return _("the mask was emptied or removed after scoring")
    if not scored:
        return _("the mask was added after scoring")
    isEdited = level in editedLevels(bodies, {level: present})
    return _("the mask was edited after scoring") if isEdited else _("the mask was made anew after scoring")


def outdatedByModel(assessment: SpineAssessment, model: RScoreModel) -> dict[LumbarLevel, str]:
    """{level: why} of all levels when another model is chosen than the one that scored."""
    if assessment.provenance.model_sha256 == model.sha256:
        return {}
    why = _("scored with the model {old}, now {new} is chosen").format(old=assessment.provenance.model_id, new=model.id)
    return dict.fromkeys(LumbarLevel, why)


def writeTable(
    bodies: vtkMRMLSegmentationNode, assessment: SpineAssessment, outdated: Mapping[LumbarLevel, str]
) -> None:
    """The score table as a table node; text columns as text, numbers as numbers, empty cells as nan."""
    table = _node(bodies, TABLE_ROLE, "vtkMRMLTableNode", _("{name} scores"))
    rows = score_rows(assessment)
    for row, level in zip(rows, assessment.levels, strict=True):
        row[UP_TO_DATE_COLUMN] = outdated.get(level.level, "yes")
    with slicer.util.NodeModify(table):
        table.RemoveAllColumns()
        for column in (*SCORE_COLUMNS, UP_TO_DATE_COLUMN):
            table.AddColumn(_column(column, [row[column] for row in rows]))


def volumeFingerprint(volume: vtkMRMLScalarVolumeNode) -> str:
    """Digest of a volume's place and of a sample of its voxels; found once for a content."""
    key = contentKey(volume)
    known = _FINGERPRINTS.get(volume.GetID())
    if known is not None and known[0] == key:
        return known[1]
    fingerprint = _fingerprint(volume)
    _FINGERPRINTS[volume.GetID()] = (key, fingerprint)
    return fingerprint


def _fingerprint(volume: vtkMRMLScalarVolumeNode) -> str:
    k, j, i = FINGERPRINT_STEP
    values = slicer.util.arrayFromVolume(volume)
    place = (values.shape, str(values.dtype), np.round(ijkToRas(volume), 3).tolist())
    digest = hashlib.sha256(repr(place).encode())
    digest.update(np.ascontiguousarray(values[::k, ::j, ::i]).tobytes())
    return digest.hexdigest()


def _column(name: str, values: Sequence[Any]) -> Any:
    """A table column; text when any value is text."""
    is_text = any(isinstance(value, str) for value in values)
    column = vtk.vtkStringArray() if is_text else vtk.vtkDoubleArray()
    column.SetName(name)
    for value in values:
        column.InsertNextValue(("" if is_text else float("nan")) if value is None else value)
    return column


def _node(bodies: vtkMRMLSegmentationNode, role: str, className: str, name: str) -> Any:
    """The node a segmentation refers to in a role, made when it is not there."""
    node = bodies.GetNodeReference(role)
    if node is None:
        node = addNode(className, name.format(name=bodies.GetName()))
        bodies.SetNodeReferenceID(role, node.GetID())
    return node
