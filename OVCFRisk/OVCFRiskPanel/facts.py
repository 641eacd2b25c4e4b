"""What the panel knows of the scene: the costly part, looked up only when masks, CT or model changed."""

from pathlib import Path

import slicer
from OVCFRiskScene.review import MaskWatch
from OVCFRiskScene.scores import outdatedLevels, readAssessment, writeTable
from OVCFRiskScene.steps import bodiesProblem, checkMasks

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.scoring import load_model


class BodyFacts:
    """Masks, acceptance, scores and what no longer fits, of one segmentation on one CT."""

    def __init__(self, logic, onMaybeChanged):
        self.logic, self.onMaybeChanged = logic, onMaybeChanged
        self.watch = None
        self.forget()

    def forget(self):
        """Know nothing, observe nothing."""
        if self.watch is not None:
            self.watch.stop()
        self.watch = self.bodies = self.volume = self.assessment = None
        self.masks, self.outdated, self.problem = {}, {}, ""
        self.shown = None

    def follow(self, bodies, volume):
        """Look at this segmentation on this CT from now on; None where there is none."""
        if bodies is self.bodies and volume is self.volume:
            return
        self.forget()
        self.bodies, self.volume = bodies, volume
        if bodies is not None:
            self.watch = MaskWatch(bodies, self.onMaybeChanged)
        self.look()

    def look(self):
        """Look the masks and scores up again, and bring overlay and table in line with them."""
        if self.bodies is None or slicer.mrmlScene.GetNodeByID(self.bodies.GetID() or "") is not self.bodies:
            self.forget()
            return
        self.problem = bodiesProblem(self.bodies, self.volume)
        self.masks, self.assessment, self.outdated = {}, None, {}
        try:
            self.assessment = readAssessment(self.bodies)
            if self.volume is not None and not self.problem:
                self.masks = checkMasks(self.volume, self.bodies)
                digests = {level: facts.digest for level, facts in self.masks.items()}
                self.outdated = outdatedLevels(self.bodies, self.volume, digests)
        except OVCFRiskError as error:
            self.problem = str(error)
        self.draw()

    def draw(self):
        """Overlay and table, when what they show has changed."""
        if self.bodies is None or self.volume is None or self.problem:
            return
        options = self.logic.getParameterNode()
        switches = (options.showRiskColors, options.showLegend, options.showLabels, options.opacity3D)
        digests = tuple((level, facts.digest) for level, facts in self.masks.items())
        wanted = (self.assessment, tuple(self.outdated.items()), digests, switches)
        if wanted == self.shown:
            return
        self.logic.showOverlay(self.volume, self.bodies)
        if self.assessment is not None:
            writeTable(self.bodies, self.assessment, self.outdated)
        self.shown = wanted


class ModelFacts:
    """The chosen model card, read again only when the choice or the file changed."""

    def __init__(self):
        self.key, self.model, self.problem = object(), None, ""

    def look(self, chosen):
        """Read the card of an id or path; empty means the demonstration model."""
        key = (chosen, _modified(chosen))
        if key == self.key:
            return
        self.key, self.model, self.problem = key, None, ""
        try:
            self.model = load_model(chosen.strip() or None)
            self.model.require_complete()
        except OVCFRiskError as error:
            self.problem = str(error)


def _modified(path):
    """When a card was written last; None for the id of a card that comes with the library."""
    try:
        return Path(path).stat().st_mtime_ns if path else None
    except (OSError, ValueError):  # no such file, or no possible name of one
        return None
