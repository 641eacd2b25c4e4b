"""Scores kept in the scene: the assessment as text, the table, and whether they still fit the masks and the CT."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.report.data.json_reader import parse_assessment
from OVCFRiskLib.report.data.score_csv import SCORE_COLUMNS, score_rows
from OVCFRiskScene.volumes import ijkToRas

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.assessment import SpineAssessment

# Node references of the segmentation node; attributes of the text node.
ASSESSMENT_ROLE = "OVCFRiskAssessment"
TABLE_ROLE = "OVCFRiskTable"
VOLUME_ROLE = "OVCFRiskVolume"
MASK_ATTRIBUTE = "OVCFRisk.mask.{level}"
VOLUME_ATTRIBUTE = "OVCFRisk.ct"
UP_TO_DATE_COLUMN = "up_to_date"
# The fingerprint looks at every n-th voxel: enough to see a CT that was filtered, hardened or exchanged.
FINGERPRINT_STEP = (3, 7, 7)


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
    text.SetAttribute(VOLUME_ATTRIBUTE, volumeFingerprint(volume))
    text.SetNodeReferenceID(VOLUME_ROLE, volume.GetID())
    writeTable(bodies, assessment, {})


def readAssessment(bodies: vtkMRMLSegmentationNode | None) -> SpineAssessment | None:
    """The stored assessment, or None. Raises OVCFRiskError when its text cannot be understood."""
    text = bodies.GetNodeReference(ASSESSMENT_ROLE) if bodies is not None else None
    return parse_assessment(text.GetText()) if text is not None and text.GetText() else None


def outdatedLevels(
    bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, digests: Mapping[LumbarLevel, str]
) -> dict[LumbarLevel, str]:
    """{level: why} of the levels whose mask, or whose CT, is no longer the one that was scored."""
    text = bodies.GetNodeReference(ASSESSMENT_ROLE) if bodies is not None else None
    if text is None:
        return {}
    if volume is None or text.GetNodeReference(VOLUME_ROLE) is not volume:
        return dict.fromkeys(LumbarLevel, _("scored on another CT"))
    if text.GetAttribute(VOLUME_ATTRIBUTE) != volumeFingerprint(volume):
        return dict.fromkeys(LumbarLevel, _("the CT was changed after scoring"))
    scored = {level: text.GetAttribute(MASK_ATTRIBUTE.format(level=level.name)) or "" for level in LumbarLevel}
    return {
        level: _("the mask was edited after scoring")
        for level in LumbarLevel
        if scored[level] != digests.get(level, "")
    }


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
    """Digest of a volume's place and of a sample of its voxels."""
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
        node = slicer.mrmlScene.AddNewNodeByClass(className, name.format(name=bodies.GetName()))
        bodies.SetNodeReferenceID(role, node.GetID())
    return node
