"""Texts at the bodies: in 3D at their middles, in every slice view wherever its slice cuts a body."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.assessment import Status
from OVCFRiskScene.ownership import LABELS_ROLE, SLICE_LABELS_ROLE, addNode
from OVCFRiskScene.segment_masks import levelMasks
from OVCFRiskScene.volumes import ijkToRas

if TYPE_CHECKING:
    from slicer import (
        vtkMRMLMarkupsFiducialNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLSegmentationNode,
        vtkMRMLSliceNode,
    )

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.levels import LumbarLevel

LABEL_SCALE_PERCENT = 3.5  # of the view's height: read from a chair, four fit one above the other
GLYPH_SCALE_PERCENT = 0.5  # a dot: the text is what matters
# Enough voxels of a body to know where a plane cuts it, few enough to ask while the wheel turns.
SAMPLED_VOXELS = 6000


def labelText(assessment: SpineAssessment, level: LumbarLevel, outdated: Mapping[LumbarLevel, str]) -> str:
    """What stands at a body: level and risk index, or that there is no valid score."""
    row = assessment.level(level)
    if level in outdated:
        return _("{level}  out of date").format(level=level.name)
    if row.status is Status.NOT_SCORED or row.score is None:
        return _("{level}  not scored").format(level=level.name)
    if row.is_outside_model:
        return _("{level}  outside the model").format(level=level.name)
    return f"{level.name}  {row.score.risk_index:.2f}"


class BodyCuts:
    """Where bodies are, sampled so that a slice can be asked at once where it cuts them.

    Parameters
    ----------
    points : mapping of LumbarLevel to numpy.ndarray
        (n, 3) RAS mm of some of each body's voxels.
    reachMm : mapping of LumbarLevel to float
        Half the distance between neighbouring samples: a plane that is nearer cuts the body.
    """

    def __init__(self, points: Mapping[LumbarLevel, np.ndarray], reachMm: Mapping[LumbarLevel, float]) -> None:
        self.points, self.reachMm = points, reachMm

    @classmethod
    def of(cls, bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> BodyCuts:
        """Sample the masks of a segmentation."""
        matrix, points, reach = ijkToRas(volume), {}, {}
        for level, mask in levelMasks(bodies, volume).items():
            step = max(1, round((mask.count / SAMPLED_VOXELS) ** (1 / 3)))
            kji = np.argwhere(mask.voxels[::step, ::step, ::step]) * step + [part.start for part in mask.box]
            if len(kji):
                points[level] = kji[:, ::-1] @ matrix[:3, :3].T + matrix[:3, 3]
                reach[level] = step * float(np.linalg.norm(matrix[:3, :3], axis=0).max()) / 2
        return cls(points, reach)

    def centers(self) -> dict[LumbarLevel, np.ndarray]:
        """{level: middle of the body, RAS mm}."""
        return {level: points.mean(axis=0) for level, points in self.points.items()}

    def cut(self, sliceToRas: np.ndarray) -> dict[LumbarLevel, np.ndarray]:
        """{level: middle of its section, RAS mm} of the bodies that a slice cuts.

        Parameters
        ----------
        sliceToRas : numpy.ndarray
            (4, 4); the third column is the slice's normal, the fourth its origin.
        """
        normal = sliceToRas[:3, 2] / np.linalg.norm(sliceToRas[:3, 2])
        found = {}
        for level, points in self.points.items():
            distances = (points - sliceToRas[:3, 3]) @ normal
            near = np.abs(distances) <= self.reachMm[level]
            if near.any():
                middle = points[near].mean(axis=0)
                found[level] = middle - ((middle - sliceToRas[:3, 3]) @ normal) * normal
        return found


def showLabels(bodies: vtkMRMLSegmentationNode, cuts: BodyCuts, texts: Mapping[LumbarLevel, str]) -> None:
    """Labels in 3D views at the middles of the bodies; no texts, no labels."""
    labels = bodies.GetNodeReference(LABELS_ROLE)
    if labels is None and texts:
        labels = _createLabels(_("Risk labels"))
        labels.GetDisplayNode().SetVisibility2D(False)  # slice views have labels of their own
        bodies.SetNodeReferenceID(LABELS_ROLE, labels.GetID())
    if labels is not None:
        _write(labels, {level: ras for level, ras in cuts.centers().items() if level in texts}, texts)


def showSliceLabels(
    bodies: vtkMRMLSegmentationNode, cuts: BodyCuts, texts: Mapping[LumbarLevel, str], sliceNode: vtkMRMLSliceNode
) -> None:
    """Labels in one slice view at the sections of the bodies its slice cuts."""
    labels = _sliceLabels(bodies, sliceNode, isNeeded=bool(texts))
    if labels is not None:
        sections = cuts.cut(slicer.util.arrayFromVTKMatrix(sliceNode.GetSliceToRAS()))
        _write(labels, {level: ras for level, ras in sections.items() if level in texts}, texts)


def _sliceLabels(
    bodies: vtkMRMLSegmentationNode, sliceNode: vtkMRMLSliceNode, isNeeded: bool
) -> vtkMRMLMarkupsFiducialNode | None:
    """The labels of one slice view, made when they are needed; they are made anew, not saved, with every scene."""
    for index in range(bodies.GetNumberOfNodeReferences(SLICE_LABELS_ROLE)):
        labels = bodies.GetNthNodeReference(SLICE_LABELS_ROLE, index)
        if labels is not None and labels.GetDisplayNode().IsDisplayableInView(sliceNode.GetID()):
            return labels
    if not isNeeded:
        return None
    labels = _createLabels(_("Risk labels {view}").format(view=sliceNode.GetName()))
    labels.GetDisplayNode().SetViewNodeIDs([sliceNode.GetID()])
    for node in (labels, labels.GetDisplayNode()):
        node.SetSaveWithScene(False)
    bodies.AddNodeReferenceID(SLICE_LABELS_ROLE, labels.GetID())
    return labels


def _write(labels: Any, places: Mapping[LumbarLevel, np.ndarray], texts: Mapping[LumbarLevel, str]) -> None:
    """One locked point with its text per place; nothing happens when they are already so."""
    wanted = [(texts[level], tuple(round(float(x), 2) for x in ras)) for level, ras in places.items()]
    present = [
        (labels.GetNthControlPointLabel(n), tuple(round(x, 2) for x in labels.GetNthControlPointPositionWorld(n)))
        for n in range(labels.GetNumberOfControlPoints())
    ]
    if wanted != present:
        with slicer.util.NodeModify(labels):
            labels.RemoveAllControlPoints()
            for text, ras in wanted:
                labels.AddControlPointWorld(vtk.vtkVector3d(ras), text)
            labels.SetLocked(True)
    labels.GetDisplayNode().SetVisibility(bool(wanted))


def _createLabels(name: str) -> vtkMRMLMarkupsFiducialNode:
    """Markups node for labels, hidden from selectors so that nobody takes them for level points."""
    labels = addNode("vtkMRMLMarkupsFiducialNode", name, isHidden=True)
    labels.CreateDefaultDisplayNodes()
    display = labels.GetDisplayNode()
    display.SetOccludedVisibility(True)  # else a body hides its own label
    display.SetOccludedOpacity(1.0)
    display.SetGlyphScale(GLYPH_SCALE_PERCENT)
    display.SetTextScale(LABEL_SCALE_PERCENT)
    display.SetSelectedColor(1, 1, 1)  # points are "selected" by default: this is the colour of the text
    display.SetPropertiesLabelVisibility(False)
    display.GetTextProperty().SetBackgroundColor(0, 0, 0)  # readable on pale bodies too
    display.GetTextProperty().SetBackgroundOpacity(0.4)
    return labels
