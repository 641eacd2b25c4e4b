"""What the buttons need to know of the scene: one value, read anew after every change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import slicer
from OVCFRiskScene.automatic import automaticProblem
from OVCFRiskScene.level_points import PointState, levelsOutOfOrder, pointStates
from OVCFRiskScene.scene_export import dicomProblem
from OVCFRiskScene.volumes import volumeProblem

if TYPE_CHECKING:
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskPanel.panel import Panel


@dataclass(frozen=True)
class PanelState:
    """The scene as the buttons see it.

    Attributes
    ----------
    busy : bool
        A job runs; nothing else may start.
    volumeProblem, modelProblem, bodiesProblem : str
        Why they cannot be used; empty when they can.
    points : mapping of LumbarLevel to PointState
    outOfOrder : tuple of (LumbarLevel, LumbarLevel)
    canPlace : bool
        There are slice views to click in.
    placing : bool
        The next click in a view places a level.
    foreign : bool
        A segmentation or label map to take the bodies from is chosen.
    masks : frozenset of LumbarLevel
        Levels with voxels.
    kept : frozenset of LumbarLevel
        Levels that segmenting again leaves alone: accepted, or edited.
    automaticProblem : str
        Why nothing can segment automatically; empty when it can.
    scored : bool
        The segmentation carries an assessment.
    outdated : mapping of LumbarLevel to str
    folder : str
        Where results go; empty when none is chosen.
    dicomProblem : str
        Why no DICOM objects can be written; empty when they can.
    """

    busy: bool = False
    volumeProblem: str = ""
    modelProblem: str = ""
    bodiesProblem: str = ""
    points: Mapping[LumbarLevel, PointState] = field(default_factory=dict)
    outOfOrder: tuple[tuple[LumbarLevel, LumbarLevel], ...] = ()
    canPlace: bool = True
    placing: bool = False
    foreign: bool = False
    masks: frozenset[LumbarLevel] = frozenset()
    kept: frozenset[LumbarLevel] = frozenset()
    automaticProblem: str = ""
    scored: bool = False
    outdated: Mapping[LumbarLevel, str] = field(default_factory=dict)
    folder: str = ""
    dicomProblem: str = ""

    @property
    def marked(self) -> list[LumbarLevel]:
        """Levels whose point has a position, placed or proposed."""
        return [level for level, found in self.points.items() if found.hasPosition]

    def levels(self, *states: PointState) -> list[str]:
        """Names of the levels whose point is in one of the states."""
        return [level.name for level, found in self.points.items() if found in states]


def readState(panel: Panel) -> PanelState:
    """What the buttons need to know, of the panel as it is."""
    node, points, state = panel.parameterNode, panel.points, panel.bodiesState
    return PanelState(
        busy=panel.status.isBusy,
        volumeProblem=volumeProblem(panel.volume),
        modelProblem=panel.modelChoice.problem,
        bodiesProblem=state.problem,
        points=pointStates(points),
        outOfOrder=tuple(levelsOutOfOrder(points)) if points is not None else (),
        canPlace=slicer.app.layoutManager() is not None,
        placing=panel.levels.isPlacing,
        foreign=node is not None and node.foreignMasks is not None,
        masks=frozenset(state.masks),
        kept=frozenset(panel.keptLevels(bool(panel.ui.replaceEditedCheckBox.checked))),
        automaticProblem=automaticProblem(),
        scored=state.assessment is not None,
        outdated=state.outdated,
        folder=panel.ui.folderButton.directory,
        dicomProblem=dicomProblem(panel.volume),
    )
