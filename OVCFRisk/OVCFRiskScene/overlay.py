"""Bodies coloured by risk, a colour legend, and labels at the bodies. MRML only: the application's views draw it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, RISK_COLORS, level_color
from OVCFRiskScene.segments import LEVEL_COLORS, findLevels, segmentMask
from OVCFRiskScene.volumes import ijkToRas

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.report.colors import Rgb

COLORS_NAME = "OVCFRisk colours"
LABELS_ROLE = "OVCFRiskLabels"
FILL_OPACITY_2D = 0.35  # the bone stays visible through the colour
OUTLINE_WIDTH_PX = 2
LABEL_SCALE_PERCENT = 3.5


def showOverlay(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    assessment: SpineAssessment | None,
    outdated: Mapping[LumbarLevel, str],
    options: Any,
) -> None:
    """Colour the bodies and put legend and labels as the options say.

    Parameters
    ----------
    assessment : SpineAssessment or None
        None shows the level colours alone.
    outdated : mapping of LumbarLevel to str
        Levels whose score no longer holds: grey, and said so in the label.
    options : OverlayOptions-like
        ``showRiskColors``, ``showLegend``, ``showLabels`` (bool), ``opacity3D`` (0..1); the parameter node fits.
    """
    bodies.CreateDefaultDisplayNodes()
    colorsOn = assessment is not None and options.showRiskColors
    display = bodies.GetDisplayNode()
    display.SetSliceIntersectionThickness(OUTLINE_WIDTH_PX)
    for level, segmentId in findLevels(bodies).items():
        color = _riskColor(assessment, level, outdated) if colorsOn else LEVEL_COLORS[level]
        segment = bodies.GetSegmentation().GetSegment(segmentId)
        # an unneeded event would cost a redraw
        if any(abs(a - b) > 1e-6 for a, b in zip(segment.GetColor(), color, strict=True)):
            segment.SetColor(*color)
        display.SetSegmentOpacity3D(segmentId, options.opacity3D)
        display.SetSegmentOpacity2DFill(segmentId, FILL_OPACITY_2D)
        display.SetSegmentOpacity2DOutline(segmentId, 1.0)
    _showLegend(bodies, colorsOn and options.showLegend)
    _showLabels(bodies, volume, assessment, outdated, assessment is not None and options.showLabels)


def labelText(assessment: SpineAssessment | None, level: LumbarLevel, outdated: Mapping[LumbarLevel, str]) -> str:
    """What stands at a body: level and risk index, or that there is no valid score."""
    row = assessment.level(level)
    if level in outdated:
        return _("{level}  out of date").format(level=level.name)
    if row.score is None:
        return _("{level}  not scored").format(level=level.name)
    if row.is_outside_model:
        return _("{level}  outside the model").format(level=level.name)
    return f"{level.name}  {row.score.risk_index:.2f}"


def bodyCenterRas(
    bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, level: LumbarLevel
) -> tuple[float, ...] | None:
    """Centre of a level's mask, RAS mm, or None without one."""
    segmentId = findLevels(bodies).get(level)
    found = segmentMask(bodies, segmentId, volume) if segmentId and volume is not None else None
    if found is None:
        return None
    box, mask = found
    k, j, i = (part.start + index.mean() for part, index in zip(box, mask.nonzero(), strict=True))
    return tuple(float(x) for x in (ijkToRas(volume) @ (i, j, k, 1))[:3])


def riskColors() -> Any:
    """The colour map of the risk index, 0 to 1, one per scene."""
    node = slicer.util.getFirstNodeByClassByName("vtkMRMLProceduralColorNode", COLORS_NAME)
    if node is None:
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLProceduralColorNode", COLORS_NAME)
        node.SetType(node.User)
        function = vtk.vtkDiscretizableColorTransferFunction()
        for row in RISK_COLORS:
            function.AddRGBPoint(*row)
        node.SetAndObserveColorTransferFunction(function)
    return node


def _riskColor(assessment: SpineAssessment | None, level: LumbarLevel, outdated: Mapping[LumbarLevel, str]) -> Rgb:
    """Colour of a body: neutral without a valid score or outside the model."""
    return NOT_SCORED_COLOR if level in outdated else level_color(assessment.level(level))


def _showLegend(bodies: vtkMRMLSegmentationNode, visible: bool) -> None:
    """Colour legend on the segmentation; its display node needs colours and range before the legend is made."""
    logic = slicer.modules.colors.logic()
    legend = logic.GetColorLegendDisplayNode(bodies)
    if legend is None and visible:
        display = bodies.GetDisplayNode()
        display.SetAndObserveColorNodeID(riskColors().GetID())
        display.SetScalarRange(0, 1)
        legend = logic.AddDefaultColorLegendDisplayNode(bodies)
        legend.SetTitleText(_("Risk index"))
        legend.SetLabelFormat("%.2f")
        legend.SetNumberOfLabels(5)
    if legend is not None:
        legend.SetVisibility(visible)


def _showLabels(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    assessment: SpineAssessment | None,
    outdated: Mapping[LumbarLevel, str],
    visible: bool,
) -> None:
    """One locked point with text in the middle of each body, made anew so that it follows the masks."""
    labels = bodies.GetNodeReference(LABELS_ROLE)
    if labels is None and visible:
        labels = _createLabels(bodies)
    if labels is None:
        return
    with slicer.util.NodeModify(labels):
        labels.RemoveAllControlPoints()
        for level in LumbarLevel if visible else ():
            center = bodyCenterRas(bodies, volume, level)
            if center is not None and not any(math.isnan(x) for x in center):
                labels.AddControlPointWorld(vtk.vtkVector3d(center), labelText(assessment, level, outdated))
        labels.SetLocked(True)
    labels.GetDisplayNode().SetVisibility(visible)


def _createLabels(bodies: vtkMRMLSegmentationNode) -> vtkMRMLMarkupsFiducialNode:
    """Markups node for the labels, hidden from selectors so that nobody takes them for level points."""
    labels = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _("Risk labels"))
    labels.SetHideFromEditors(True)
    labels.CreateDefaultDisplayNodes()
    display = labels.GetDisplayNode()
    display.SetOccludedVisibility(True)  # else a body hides its own label
    display.SetOccludedOpacity(1.0)
    display.SetGlyphScale(0.5)
    display.SetTextScale(LABEL_SCALE_PERCENT)
    display.SetSelectedColor(1, 1, 1)  # points are "selected" by default: this is the colour of the text
    display.SetPropertiesLabelVisibility(False)
    display.GetTextProperty().SetBackgroundColor(0, 0, 0)  # readable on pale bodies too
    display.GetTextProperty().SetBackgroundOpacity(0.4)
    bodies.SetNodeReferenceID(LABELS_ROLE, labels.GetID())
    return labels
