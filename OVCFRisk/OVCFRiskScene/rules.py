"""When may each button be pressed, and what its tooltip says when it may not. Pure functions of the state."""

from dataclasses import dataclass, field

from slicer.i18n import tr as _

from OVCFRiskScene.level_points import PointState


@dataclass(frozen=True)
class PanelState:
    """What the rules need to know of the scene.

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
        A segmentation or label map to take over is chosen.
    masks : frozenset of LumbarLevel
        Levels with voxels.
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
    points: dict = field(default_factory=dict)
    outOfOrder: tuple = ()
    canPlace: bool = True
    placing: bool = False
    foreign: bool = False
    masks: frozenset = frozenset()
    scored: bool = False
    outdated: dict = field(default_factory=dict)
    folder: str = ""
    dicomProblem: str = ""

    def levels(self, *states):
        """Names of the levels whose point is in one of the states."""
        return [level.name for level, found in self.points.items() if found in states]


def whyNot(state):
    """{name of a button: what is missing before it can be pressed, "" when nothing}."""
    if state.busy:
        return dict.fromkeys(BUTTONS, _("Wait until the running step has ended, or cancel it."))
    return {name: rule(state) for name, rule in BUTTONS.items()}


def _always(state):
    return ""


def _place(state):
    if state.volumeProblem:
        return state.volumeProblem
    if not state.canPlace:
        return _("Placing by clicks needs the application's slice views.")
    if state.points and len(state.levels(PointState.PLACED)) == len(state.points):
        return _("All four levels are marked. Drag a point to move it, or start over.")
    return ""


def _skip(state):
    return "" if state.placing else _("Press Place L1-L4 first; then the level that is due can be skipped.")


def _startOver(state):
    marked = state.levels(PointState.PLACED, PointState.SKIPPED)
    return "" if marked else _("No level is marked yet.")


def _sort(state):
    return "" if state.outOfOrder else _("The levels are in order.")


def _import(state):
    if state.volumeProblem:
        return state.volumeProblem
    return "" if state.foreign else _("Choose the segmentation or label map to take over.")


def _segment(state):
    if state.volumeProblem:
        return state.volumeProblem
    if not state.levels(PointState.PLACED):
        return _("Mark at least one of L1 to L4 first.")
    if state.outOfOrder:
        upper, lower = state.outOfOrder[0]
        return _("{upper} lies below {lower}: sort the levels or move the points.").format(
            upper=upper.name, lower=lower.name
        )
    return ""


def _score(state):
    if state.volumeProblem:
        return state.volumeProblem
    if not state.masks:
        return state.bodiesProblem or _("There is no body to score: segment the levels first.")
    return state.bodiesProblem or state.modelProblem


def _export(state):
    if state.volumeProblem:
        return state.volumeProblem
    if not state.scored:
        return _("Score the bodies first.")
    if state.outdated:
        level, why = next(iter(state.outdated.items()))
        return _("{level}: {why}; score again first.").format(level=level.name, why=why)
    return "" if state.folder else _("Choose the folder for the results.")


def _exportDicom(state):
    return _export(state) or state.dicomProblem


BUTTONS = {
    "openFileButton": _always,
    "openDicomButton": _always,
    "sampleButton": _always,
    "placeButton": _place,
    "skipButton": _skip,
    "startOverButton": _startOver,
    "sortButton": _sort,
    "importButton": _import,
    "segmentButton": _segment,
    "scoreButton": _score,
    "exportButton": _export,
    "exportDicomButton": _exportDicom,
}
