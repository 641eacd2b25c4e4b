"""Every button once: its name, when it can be pressed, and what its tooltip says when it can and when it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from OVCFRiskScene.level_points import PointState
from slicer.i18n import tr as _

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskPanel.panel_state import PanelState


@dataclass(frozen=True)
class Button:
    """What is known of a button.

    Attributes
    ----------
    tip : callable
        What pressing it does; a function, because the language is known only when it is asked.
    missing : callable
        What is missing in a state before it can be pressed; "" when nothing is.
    """

    tip: Callable[[], str]
    missing: Callable[[PanelState], str]


def missingFor(state: PanelState) -> dict[str, str]:
    """{name of a button: what is missing before it can be pressed, "" when nothing}."""
    if state.busy:
        return dict.fromkeys(BUTTONS, _("Wait until the running step has ended, or cancel it."))
    return {name: button.missing(state) for name, button in BUTTONS.items()}


def _nothing(state: PanelState) -> str:
    return ""


def _toPlace(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    if not state.canPlace:
        return _("Placing by clicks needs the application's slice views.")
    if state.points and len(state.levels(PointState.PLACED)) == len(state.points):
        return _("All four levels are marked. Drag a point to move it, or start over.")
    return ""


def _toPlaceOne(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    return "" if state.canPlace else _("Placing by clicks needs the application's slice views.")


def _toFindOthers(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    placed = state.levels(PointState.PLACED)
    if not placed:
        return _("Mark one level first, the one you are surest of.")
    if len(placed) == len(state.points):
        return _("All four levels are marked.")
    return _outOfOrder(state)


def _outOfOrder(state: PanelState) -> str:
    if not state.outOfOrder:
        return ""
    upper, lower = state.outOfOrder[0]
    return _("{upper} lies below {lower}: sort the levels or move the points.").format(
        upper=upper.name, lower=lower.name
    )


def _toSkip(state: PanelState) -> str:
    return "" if state.placing else _("Press Place L1-L4 first; then the level that is due can be skipped.")


def _toSort(state: PanelState) -> str:
    return "" if state.outOfOrder else _("The levels are in order.")


def _toStartOver(state: PanelState) -> str:
    return "" if state.marked or state.levels(PointState.SKIPPED) else _("No level is marked yet.")


def _toImport(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    return "" if state.foreign else _("Choose the segmentation or label map to take the bodies from.")


def _toSegment(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    if not state.marked:
        return _("Mark at least one of L1 to L4 first.")
    if set(state.marked) <= state.kept:
        return _("Nothing to segment: the masks of {levels} are accepted or edited, and are kept.").format(
            levels=", ".join(level.name for level in state.marked)
        )
    return _outOfOrder(state)


def _toSegmentAndScore(state: PanelState) -> str:
    return _toSegment(state) or state.modelProblem


def _toSegmentAutomatically(state: PanelState) -> str:
    return state.volumeProblem or state.automaticProblem


def _toScore(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    if not state.masks:
        return state.bodiesProblem or _("There is no body to score: segment the levels first.")
    return state.bodiesProblem or state.modelProblem


def _toExport(state: PanelState) -> str:
    if state.volumeProblem:
        return state.volumeProblem
    if not state.scored:
        return _("Score the bodies first.")
    if state.outdated:
        level, why = next(iter(state.outdated.items()))
        return _("{level}: {why}; score again first.").format(level=level.name, why=why)
    return "" if state.folder else _("Choose the folder for the results.")


def _toExportDicom(state: PanelState) -> str:
    return _toExport(state) or state.dicomProblem


def _placeOne(level: LumbarLevel) -> Button:
    """The button that makes one level the due one."""
    return Button(
        lambda: _("Click {level} in a view; one level is enough to find the others").format(level=level.name),
        _toPlaceOne,
    )


BUTTONS = {
    "openFileButton": Button(lambda: _("Open a NIfTI, NRRD or MetaImage file"), _nothing),
    "openDicomButton": Button(lambda: _("Go to the DICOM module, load the series there, and come back"), _nothing),
    "sampleButton": Button(lambda: _("Make a simulated lumbar CT on the spot; nothing is downloaded"), _nothing),
    "placeButton": Button(lambda: _("The next clicks in a view become L1, L2, L3, L4; press again to end"), _toPlace),
    **{f"place{level.name}Button": _placeOne(level) for level in LumbarLevel},
    "findOthersButton": Button(
        lambda: _("Propose points for the levels not marked yet, along the spine; look at each"), _toFindOthers
    ),
    "skipButton": Button(
        lambda: _("Leave out the level that is due, for instance when it lies outside the CT"), _toSkip
    ),
    "sortButton": Button(lambda: _("Assign the names to the points anew, from top to bottom"), _toSort),
    "startOverButton": Button(lambda: _("Remove all points"), _toStartOver),
    "importButton": Button(lambda: _("Recognise L1 to L4 by name and cut whole vertebrae to their bodies"), _toImport),
    "automaticButton": Button(
        lambda: _("Let TotalSegmentator find L1 to L4, and take the bodies of its vertebrae; no points are needed"),
        _toSegmentAutomatically,
    ),
    "segmentButton": Button(
        lambda: _("Segment the body at every marked level; accepted and edited masks are kept"), _toSegment
    ),
    "segmentScoreButton": Button(
        lambda: _("Segment the bodies and score them at once; the masks are marked as not accepted"),
        _toSegmentAndScore,
    ),
    "scoreButton": Button(lambda: _("Score every body, with interval, reasons and checks"), _toScore),
    "exportButton": Button(
        lambda: _("Write table, report, pictures, masks and the scene bundle into the folder"), _toExport
    ),
    "exportDicomButton": Button(
        lambda: _("Write a DICOM segmentation and a DICOM report for the archive; they carry the patient of the CT"),
        _toExportDicom,
    ),
}
