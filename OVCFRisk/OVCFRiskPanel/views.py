"""What the views show of the panel's work: the chosen CT in the bone window, zoomed to its bodies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from OVCFRiskScene import layout
from OVCFRiskScene.level_points import levelsMarked, positionRas
from OVCFRiskScene.overlay import bodyCenterRas
from OVCFRiskScene.volumes import showBoneWindow, volumeProblem

if TYPE_CHECKING:
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskPanel.panel import Panel

FRAME_MARGIN_MM = 25.0  # half a vertebra above and below marked points


class CaseViews:
    """Points the application's views at what the panel works on."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel

    def centreOn(self, level: LumbarLevel) -> None:
        """All views to a body."""
        bodies = self.panel.bodies
        ras = bodyCenterRas(bodies, self.panel.volume, level) if bodies is not None else None
        if ras is not None:
            layout.centreOn(ras)

    def showCase(self) -> None:
        """The chosen CT in all views, in the bone window, zoomed to the bodies or points there are."""
        volume = self.panel.volume
        if volume is None or volumeProblem(volume):
            return
        layout.showLayout()
        showBoneWindow(volume)
        layout.showVolume(volume)
        self.frame()

    def frame(self) -> None:
        """Zoom all views to the bodies, else to the points; nothing happens without either."""
        bodies, points = self.panel.bodies, self.panel.points
        bounds = [0.0] * 6
        if bodies is not None and self.panel.bodiesState.masks:
            bodies.GetRASBounds(bounds)
            layout.frame(bounds)
        elif points is not None and levelsMarked(points):
            places = [positionRas(points, level) for level in levelsMarked(points)]
            columns = list(zip(*places, strict=True))
            layout.frame([x for c in columns for x in (min(c) - FRAME_MARGIN_MM, max(c) + FRAME_MARGIN_MM)])
