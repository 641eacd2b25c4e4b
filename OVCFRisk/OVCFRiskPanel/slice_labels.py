"""Labels that follow the slices: wherever a slice cuts a body, its level and risk stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import slicer
import vtk
from OVCFRiskScene.labels import BodyCuts, showSliceLabels
from OVCFRiskScene.overlay import labelTexts
from OVCFRiskScene.ownership import isInScene

if TYPE_CHECKING:
    from OVCFRiskScene.overlay import OverlayOptions
    from slicer import vtkMRMLSegmentationNode, vtkMRMLSliceNode

    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskPanel.body_state import BodiesState


class SliceLabels:
    """Observes the slice views while there is something to label."""

    def __init__(self) -> None:
        self.bodies: vtkMRMLSegmentationNode | None = None
        self.cuts: BodyCuts | None = None
        self.texts: dict[LumbarLevel, str] = {}
        self.observed: list[tuple[vtkMRMLSliceNode, int]] = []

    def follow(self, state: BodiesState, options: OverlayOptions) -> None:
        """Label the present result, as the switches say."""
        self.bodies, self.cuts = state.bodies, state.cuts
        self.texts = {}
        if self.bodies is not None and self.cuts is not None and not state.problem:
            self.texts = labelTexts(self.bodies, state.assessment, state.outdated, options)
        views = slicer.util.getNodesByClass("vtkMRMLSliceNode") if self.texts else []
        if [node for node, _tag in self.observed] != views:
            self._stop()
            self.observed = [(node, node.AddObserver(vtk.vtkCommand.ModifiedEvent, self.onSlice)) for node in views]

    def onSlice(self, sliceNode: vtkMRMLSliceNode, event: str) -> None:
        """A view shows another slice."""
        if self.cuts is not None and self.bodies is not None and isInScene(self.bodies):
            showSliceLabels(self.bodies, self.cuts, self.texts, sliceNode)

    def forget(self) -> None:
        """Observe nothing."""
        self._stop()
        self.bodies, self.cuts, self.texts = None, None, {}

    def _stop(self) -> None:
        for node, tag in self.observed:
            node.RemoveObserver(tag)
        self.observed = []
