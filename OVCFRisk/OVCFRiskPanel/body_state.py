"""What the panel knows of the bodies: the costly part, looked up only when masks, CT or model changed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from OVCFRiskScene.doubt import doubtfulParts, showDoubt
from OVCFRiskScene.overlay import showOverlay
from OVCFRiskScene.ownership import isInScene
from OVCFRiskScene.review import MaskWatch, acceptedLevels, editedLevels
from OVCFRiskScene.scores import outdatedByModel, outdatedLevels, readAssessment, writeTable
from OVCFRiskScene.volumes import contentKey
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import report_progress

if TYPE_CHECKING:
    from OVCFRiskScene.checks import DoneChecks, MaskReview
    from OVCFRiskScene.labels import BodyCuts
    from OVCFRiskScene.overlay import OverlayOptions
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.progress import Progress
    from OVCFRiskLib.quality.masks import CheckMemory
    from OVCFRiskLib.scoring import RScoreModel
    from OVCFRiskPanel.background import Background

CHECKS = "checks of the masks"
WAIT_S = 0.01  # between two looks whether the checks have ended: the other thread works meanwhile
Findings = dict[LumbarLevel, tuple["Finding", ...]]


class BodiesState:
    """Masks, acceptance, scores and what no longer fits, of one segmentation on one CT.

    Parameters
    ----------
    background : Background
        Runs the checks.
    onMaybeChanged : callable
        Called when a mask may have changed.
    onChecked : callable
        Called when the checks have ended.
    """

    def __init__(
        self, background: Background, onMaybeChanged: Callable[[], None], onChecked: Callable[[], None]
    ) -> None:
        self.background, self.onMaybeChanged, self.onChecked = background, onMaybeChanged, onChecked
        self.watch: MaskWatch | None = None
        self.model: RScoreModel | None = None
        self.forget()

    def forget(self) -> None:
        """Know nothing, observe nothing."""
        if self.watch is not None:
            self.watch.stop()
        self.watch = None
        self.bodies: vtkMRMLSegmentationNode | None = None
        self.volume: vtkMRMLScalarVolumeNode | None = None
        self.assessment: SpineAssessment | None = None
        self.masks: dict[LumbarLevel, MaskReview] = {}
        self.emptied: list[LumbarLevel] = []
        self.outdated: dict[LumbarLevel, str] = {}
        self.knownOutdated: set[LumbarLevel] = set()
        self.problem = ""
        self.cuts: BodyCuts | None = None
        self.shown: Any = None
        self.marked: dict[LumbarLevel, tuple[str, ...]] | None = None
        self.asked: Any = None
        self.checked: Any = None
        self.findings: Findings = {}
        self.done: DoneChecks | None = None
        self.memory: tuple[Any, CheckMemory] = (None, {})

    def follow(
        self,
        bodies: vtkMRMLSegmentationNode | None,
        volume: vtkMRMLScalarVolumeNode | None,
        model: RScoreModel | None,
    ) -> None:
        """Look at this segmentation on this CT, scored by this model; None where there is none."""
        if bodies is not self.bodies or volume is not self.volume:
            self.forget()
            self.bodies, self.volume, self.model = bodies, volume, model
            if bodies is not None:
                self.watch = MaskWatch(bodies, self.onMaybeChanged)
            self.look()
            self.check()
        elif model is not self.model:
            self.model = model
            self._join()

    def look(self) -> None:
        """Look the masks and scores up again; quick, the checks of masks that changed stay due."""
        if self.bodies is None or not isInScene(self.bodies):
            self.forget()
            return
        if not isInScene(self.volume):
            self.volume = None
        # imported here: it brings scipy along, and opening the module shall cost nothing
        from OVCFRiskScene.checks import bodiesProblem, emptiedLevels, measureMasks

        self.problem = bodiesProblem(self.bodies, self.volume)
        self.masks, self.emptied, self.assessment, self.outdated = {}, [], None, {}
        if self.volume is None or self.problem:
            return
        try:
            self.masks = measureMasks(self.volume, self.bodies)
            self.emptied = emptiedLevels(self.bodies, self.masks)
            self.assessment = readAssessment(self.bodies)
        except OVCFRiskError as error:
            self.problem = str(error)
        self._join()

    @property
    def digests(self) -> dict[LumbarLevel, str]:
        """{level: digest of its mask}."""
        return {level: review.digest for level, review in self.masks.items()}

    @property
    def edited(self) -> list[LumbarLevel]:
        """Levels whose mask a person changed."""
        return editedLevels(self.bodies, self.digests) if self.bodies is not None else []

    @property
    def accepted(self) -> list[LumbarLevel]:
        """Levels whose mask was accepted as it is."""
        return [level for level, review in self.masks.items() if review.accepted]

    @property
    def lookFirst(self) -> dict[LumbarLevel, tuple[str, ...]]:
        """{level: parts of its surface in doubt} of the masks nobody has accepted or changed."""
        if self.bodies is None:
            return {}
        doubtful = doubtfulParts(self.bodies, self.digests)
        return {level: parts for level, parts in doubtful.items() if level not in self.accepted}

    def becameOutdated(self) -> bool:
        """True once for every score that holds no longer."""
        new, self.knownOutdated = set(self.outdated) - self.knownOutdated, set(self.outdated)
        return bool(new)

    @property
    def areChecksDue(self) -> bool:
        """True while masks have changed since they were checked."""
        return bool(self.masks) and self._key() != self.checked

    def check(self) -> None:
        """Run the checks beside the window, when masks or CT have changed since."""
        if not self.areChecksDue or self._key() == self.asked or self.volume is None or self.bodies is None:
            return
        from OVCFRiskScene.checks import faultSearch

        content = contentKey(self.volume)
        if self.memory[0] != content:
            self.memory = content, {}
        key, search = self._key(), faultSearch(self.volume, self.bodies, self.memory[1])

        def checks() -> DoneChecks | Exception:
            try:
                return search()
            except Exception as error:  # said beside the masks; what is a defect is raised again there
                return error

        self.asked = key
        self.background.start(CHECKS, checks, lambda done: self._checked(key, done))

    def awaitChecks(self, progress: Progress) -> DoneChecks | None:
        """The checks of the present masks, once they have ended; None when they could not be made.

        ``progress`` is called all the time and turns the event loop, without which nothing would end.
        """
        self.look()
        self.check()
        while self.areChecksDue and not self.background.isIdle:
            report_progress(progress, 0.0, _("checking the masks"))
            time.sleep(WAIT_S)
        return None if self.areChecksDue else self.done

    def draw(self, options: OverlayOptions) -> None:
        """Overlay and table, when what they show has changed; the parameter node holds the options."""
        if self.bodies is None or self.volume is None or self.problem:
            return
        first = self.lookFirst
        if first != self.marked:
            showDoubt(self.bodies, first)
            self.marked = first
        switches = (options.showRiskColors, options.showLegend, options.showLabels, options.opacity3D)
        wanted = (self.assessment, tuple(self.outdated.items()), tuple(self.digests.items()), switches)
        if wanted == self.shown:
            return
        self.cuts = showOverlay(self.bodies, self.volume, self.assessment, self.outdated, options)
        if self.assessment is not None:
            writeTable(self.bodies, self.assessment, self.outdated)
        self.shown = wanted

    def _checked(self, key: Any, done: DoneChecks | Exception) -> None:
        """The checks have ended; of masks that changed meanwhile they are due again."""
        self.asked = None if key == self.asked else self.asked
        if key != self._key():
            self.onMaybeChanged()
            return
        self.checked = key
        if isinstance(done, Exception):
            self.done, self.findings = None, {}
            self.problem = str(done) if isinstance(done, OVCFRiskError) else _("The checks of the masks failed.")
        else:
            self.done, self.findings = done, dict(done.checks.findings)
        self._join()
        self.onChecked()
        if isinstance(done, Exception) and not isinstance(done, OVCFRiskError):
            raise done

    def _key(self) -> Any:
        """What the checks depend on."""
        return contentKey(self.volume), tuple(self.digests.items())

    def _join(self) -> None:
        """Put findings and acceptance beside the masks, and find the scores that hold no longer."""
        if self.bodies is None or self.volume is None:
            return
        current = self.findings if self._key() == self.checked else None
        accepted = acceptedLevels(self.bodies, self.digests, current)
        self.masks = {
            level: dataclasses.replace(
                review,
                findings=None if current is None else current.get(level, ()),
                accepted=level in accepted,
            )
            for level, review in self.masks.items()
        }
        self.outdated = outdatedLevels(self.bodies, self.volume, self.digests, current)
        if self.assessment is not None and self.model is not None:
            self.outdated = {**outdatedByModel(self.assessment, self.model), **self.outdated}
