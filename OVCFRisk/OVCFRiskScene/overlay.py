"""Bodies coloured by risk, with legend, labels and hatching. MRML only: the application's views draw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, RISK_COLORS, risk_color
from OVCFRiskScene.hatching import showHatching
from OVCFRiskScene.labels import BodyCuts, labelText, showLabels, showSliceLabels
from OVCFRiskScene.ownership import addNode
from OVCFRiskScene.segment_masks import segmentMask
from OVCFRiskScene.segments import LEVEL_COLORS, findLevels
from OVCFRiskScene.volumes import ijkToRas

if TYPE_CHECKING:
    from slicer import vtkMRMLMarkupsFiducialNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.report.colors import Rgb

COLORS_NAME = "OVCFRisk colours"
FILL_OPACITY_2D = 0.35  # the bone stays visible through the colour
OUTLINE_WIDTH_PX = 2
# The legend: as parts of the 3D view's width and height, beside the spine, readable in a third of a screen.
LEGEND_SIZE, LEGEND_POSITION = (0.1, 0.45), (0.98, 0.06)
LEGEND_FONT_PX = 14


class OverlayOptions(Protocol):
    """What the overlay reads of the parameter node."""

    levelPoints: vtkMRMLMarkupsFiducialNode | None
    showRiskColors: bool
    showLegend: bool
    showLabels: bool
    opacity3D: float


def showOverlay(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    assessment: SpineAssessment | None,
    outdated: Mapping[LumbarLevel, str],
    options: OverlayOptions,
) -> BodyCuts:
    """Colour the bodies and put legend, labels and hatching as the options say.

    Parameters
    ----------
    assessment : SpineAssessment or None
        None shows the level colours alone.
    outdated : mapping of LumbarLevel to str
        Levels whose score no longer holds: grey, and said so in the label.
    options : OverlayOptions
        The parameter node fits.

    Returns
    -------
    BodyCuts
        For labels that follow the slices.
    """
    bodies.CreateDefaultDisplayNodes()
    isColored = assessment is not None and options.showRiskColors
    display = bodies.GetDisplayNode()
    display.SetSliceIntersectionThickness(OUTLINE_WIDTH_PX)
    for level, segmentId in findLevels(bodies).items():
        color = LEVEL_COLORS[level]
        if assessment is not None and isColored:
            color = bodyColor(assessment.level(level), level in outdated)
        segment = bodies.GetSegmentation().GetSegment(segmentId)
        # an unneeded event would cost a redraw
        if any(abs(a - b) > 1e-6 for a, b in zip(segment.GetColor(), color, strict=True)):
            segment.SetColor(*color)
        display.SetSegmentOpacity3D(segmentId, options.opacity3D)
        display.SetSegmentOpacity2DFill(segmentId, FILL_OPACITY_2D)
        display.SetSegmentOpacity2DOutline(segmentId, 1.0)
    _showLegend(bodies, isColored and options.showLegend)
    hatched = unreliableLevels(assessment, outdated) if isColored else []
    showHatching(bodies, volume, hatched, options.opacity3D)
    cuts, texts = BodyCuts.of(bodies, volume), labelTexts(bodies, assessment, outdated, options)
    showLabels(bodies, cuts, texts)
    for sliceNode in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        showSliceLabels(bodies, cuts, texts, sliceNode)
    points = options.levelPoints
    if points is not None and points.GetDisplayNode() is not None:
        points.GetDisplayNode().SetPointLabelsVisibility(not texts)  # one text at a body is enough
    return cuts


def labelTexts(
    bodies: vtkMRMLSegmentationNode,
    assessment: SpineAssessment | None,
    outdated: Mapping[LumbarLevel, str],
    options: OverlayOptions,
) -> dict[LumbarLevel, str]:
    """{level: its label}; empty while labels are off or nothing is scored."""
    if assessment is None or not options.showLabels:
        return {}
    return {level: labelText(assessment, level, outdated) for level in findLevels(bodies)}


def unreliableLevels(assessment: SpineAssessment | None, outdated: Mapping[LumbarLevel, str]) -> list[LumbarLevel]:
    """Levels whose present score must not be relied on: outside the model."""
    rows = assessment.levels if assessment is not None else ()
    return [row.level for row in rows if row.level not in outdated and row.is_outside_model]


def bodyColor(row: LevelAssessment, isOutdated: bool) -> Rgb:
    """Colour of a body: grey without a score to rely on."""
    if row.score is None or isOutdated or row.is_outside_model:
        return NOT_SCORED_COLOR
    return risk_color(row.score.risk_index)


def bodyCenterRas(
    bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode | None, level: LumbarLevel
) -> tuple[float, ...] | None:
    """Centre of a level's mask, RAS mm, or None without one."""
    segmentId = findLevels(bodies).get(level)
    found = segmentMask(bodies, segmentId, volume) if segmentId and volume is not None else None
    if found is None or volume is None:
        return None
    k, j, i = (part.start + index.mean() for part, index in zip(found.box, found.voxels.nonzero(), strict=True))
    return tuple(float(x) for x in (ijkToRas(volume) @ (i, j, k, 1))[:3])


def riskColors() -> Any:
    """The colour map of the risk index, 0 to 1, one per scene."""
    node = slicer.util.getFirstNodeByClassByName("vtkMRMLProceduralColorNode", COLORS_NAME)
    if node is None:
        node = addNode("vtkMRMLProceduralColorNode", COLORS_NAME)
        node.SetType(node.User)
        function = vtk.vtkDiscretizableColorTransferFunction()
        for row in RISK_COLORS:
            function.AddRGBPoint(*row)
        node.SetAndObserveColorTransferFunction(function)
    return node


def _showLegend(bodies: vtkMRMLSegmentationNode, isVisible: bool) -> None:
    """Colour legend on the segmentation, in 3D views alone; its display node needs colours and range before."""
    logic = slicer.modules.colors.logic()
    legend = logic.GetColorLegendDisplayNode(bodies)
    if legend is None and isVisible:
        display = bodies.GetDisplayNode()
        display.SetAndObserveColorNodeID(riskColors().GetID())
        display.SetScalarRange(0, 1)
        legend = logic.AddDefaultColorLegendDisplayNode(bodies)
        legend.SetTitleText(_("Risk index"))
        legend.SetLabelFormat("%.2f")
        legend.SetNumberOfLabels(5)
        legend.SetSize(*LEGEND_SIZE)
        legend.SetPosition(*LEGEND_POSITION)
        for text in (legend.GetTitleTextProperty(), legend.GetLabelTextProperty()):
            text.SetFontSize(LEGEND_FONT_PX)
    if legend is not None:
        views = [node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLViewNode")]
        if views and list(legend.GetViewNodeIDs()) != views:
            legend.SetViewNodeIDs(views)
        legend.SetVisibility(isVisible and bool(views))
