"""What the panel knows of the scene: the costly part, looked up only when masks, CT or model changed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import slicer
from OVCFRiskScene.overlay import showOverlay
from OVCFRiskScene.review import MaskWatch
from OVCFRiskScene.scores import outdatedLevels, readAssessment, writeTable
from OVCFRiskScene.volumes import contentKey

from OVCFRiskLib.errors import OVCFRiskError

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode


class BodiesState:
    """Masks, acceptance, scores and what no longer fits, of one segmentation on one CT."""

    def __init__(self, onMaybeChanged) -> None:
        self.onMaybeChanged = onMaybeChanged
        self.watch = None
        self.forget()

    def forget(self) -> None:
        """Know nothing, observe nothing."""
        if self.watch is not None:
            self.watch.stop()
        self.watch = self.bodies = self.volume = self.assessment = None
        self.masks, self.outdated, self.problem = {}, {}, ""
        self.shown, self.checked, self.faults = None, None, {}

    def follow(self, bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode) -> None:
        """Look at this segmentation on this CT from now on; None where there is none."""
        if bodies is self.bodies and volume is self.volume:
            return
        self.forget()
        self.bodies, self.volume = bodies, volume
        if bodies is not None:
            self.watch = MaskWatch(bodies, self.onMaybeChanged)
        self.look()
        self.check()

    def look(self) -> None:
        """Look the masks and scores up again; quick, the checks of masks that changed stay due."""
        if not _inScene(self.bodies):
            self.forget()
            return
        if not _inScene(self.volume):
            self.volume = None
        # imported here: it brings scipy along, and opening the module shall cost nothing
        from OVCFRiskScene.checks import bodiesProblem, measureMasks

        self.problem = bodiesProblem(self.bodies, self.volume)
        self.masks, self.assessment, self.outdated = {}, None, {}
        try:
            self.assessment = readAssessment(self.bodies)
            if self.volume is not None and not self.problem:
                self.masks = measureMasks(self.volume, self.bodies)
                digests = {level: review.digest for level, review in self.masks.items()}
                self.outdated = outdatedLevels(self.bodies, self.volume, digests)
                self._join()
        except OVCFRiskError as error:
            self.problem = str(error)

    @property
    def checksDue(self) -> bool:
        """True while masks have changed since they were checked."""
        return bool(self.masks) and self._key() != self.checked

    def check(self) -> None:
        """Run the checks, when masks or CT have changed since."""
        if not self.checksDue:
            return
        from OVCFRiskScene.checks import findFaults

        self.checked = self._key()
        try:
            self.faults = findFaults(self.volume, self.bodies)
        except OVCFRiskError as error:
            self.faults, self.problem = {}, str(error)
        self._join()

    def draw(self, options: Any) -> None:
        """Overlay and table, when what they show has changed; the parameter node holds the options."""
        if self.bodies is None or self.volume is None or self.problem:
            return
        switches = (options.showRiskColors, options.showLegend, options.showLabels, options.opacity3D)
        digests = tuple((level, review.digest) for level, review in self.masks.items())
        wanted = (self.assessment, tuple(self.outdated.items()), digests, switches)
        if wanted == self.shown:
            return
        showOverlay(self.bodies, self.volume, self.assessment, self.outdated, options)
        if self.assessment is not None:
            writeTable(self.bodies, self.assessment, self.outdated)
        self.shown = wanted

    def _key(self) -> tuple[Any, ...]:
        """What the checks depend on."""
        return contentKey(self.volume), tuple((level, review.digest) for level, review in self.masks.items())

    def _join(self) -> None:
        """Put the findings beside the masks they were found in."""
        current = self._key() == self.checked
        self.masks = {
            level: dataclasses.replace(review, findings=self.faults.get(level, ()) if current else None)
            for level, review in self.masks.items()
        }


def _inScene(node: vtkMRMLNode) -> bool:
    """False for None and for a node that was removed."""
    return node is not None and slicer.mrmlScene.GetNodeByID(node.GetID() or "") is node
