"""The clinician's review: which mask was accepted, which edited. Kept with the segmentation, saved with the scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import slicer

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import STATED_ORIGINS, MaskOrigin

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode

    from OVCFRiskLib.findings import Finding

# Attributes of the segmentation node, per level. Not tags of the segment: a changed tag is an edit to the application,
# and a preview of the Segment Editor would be computed again by it.
ACCEPTED_ATTRIBUTE = "OVCFRisk.accepted.{level}"  # digest of the accepted mask, then what the checks said of it
MADE_ATTRIBUTE = "OVCFRisk.made.{level}"  # digest of the mask as the software made it
ORIGIN_ATTRIBUTE = "OVCFRisk.origin.{level}"  # how the mask was drawn that the software put there, a MaskOrigin
NOTES_ATTRIBUTE = "OVCFRisk.importNotes"  # how masks made elsewhere were read, and what was left out; one a line
PROPOSED_ATTRIBUTE = "OVCFRisk.proposedPoint.{level}"  # certainty of the point it grew from, where nobody clicked


def setAccepted(
    bodies: vtkMRMLSegmentationNode, level: LumbarLevel, digest: str, findings: Sequence[Finding] = ()
) -> None:
    """Remember that the mask with this digest was accepted, with these findings in view; "" withdraws."""
    name = ACCEPTED_ATTRIBUTE.format(level=level.name)
    bodies.SetAttribute(name, " ".join((digest, *sorted(findingKeys(findings)))) if digest else None)


def acceptedLevels(
    bodies: vtkMRMLSegmentationNode,
    digests: Mapping[LumbarLevel, str],
    findings: Mapping[LumbarLevel, Sequence[Finding]] | None = None,
) -> list[LumbarLevel]:
    """Levels whose present mask is the one that was accepted.

    With ``findings``, a level is accepted no longer once the checks say something new of it: they compare bodies, so
    an edit of one level can change what is said of another.
    """
    accepted = []
    for level, digest in digests.items():
        stored = (bodies.GetAttribute(ACCEPTED_ATTRIBUTE.format(level=level.name)) or "").split()
        if not stored or stored[0] != digest:
            continue
        if findings is None or findingKeys(findings.get(level, ())) <= set(stored[1:]):
            accepted.append(level)
    return accepted


def findingKeys(findings: Sequence[Finding]) -> set[str]:
    """What tells one result of the checks from another: names and severities, not the measured values."""
    return {f"{finding.code}:{finding.severity.name}" for finding in findings}


def recordMade(
    bodies: vtkMRMLSegmentationNode,
    digests: Mapping[LumbarLevel, str],
    proposed: Mapping[LumbarLevel, float],
    origin: MaskOrigin,
) -> None:
    """Remember the masks as the software put them there, how they were drawn, and which grew from a proposed point,
    with its certainty."""
    for level, digest in digests.items():
        bodies.SetAttribute(MADE_ATTRIBUTE.format(level=level.name), digest)
        bodies.SetAttribute(ORIGIN_ATTRIBUTE.format(level=level.name), origin.value)
        certainty = f"{proposed[level]:.2f}" if level in proposed else None
        bodies.SetAttribute(PROPOSED_ATTRIBUTE.format(level=level.name), certainty)


def recordNotes(bodies: vtkMRMLSegmentationNode, notes: Sequence[str]) -> None:
    """Remember what has to be known of the masks the bodies were taken from."""
    bodies.SetAttribute(NOTES_ATTRIBUTE, "\n".join(notes) or None)


def notesOf(bodies: vtkMRMLSegmentationNode) -> list[str]:
    """Notes of the last step that made bodies."""
    return (bodies.GetAttribute(NOTES_ATTRIBUTE) or "").splitlines()


def proposedBodies(bodies: vtkMRMLSegmentationNode) -> dict[LumbarLevel, float]:
    """{level: certainty of its point} of the bodies that grew from a proposed point."""
    texts = {level: bodies.GetAttribute(PROPOSED_ATTRIBUTE.format(level=level.name)) for level in LumbarLevel}
    return {level: float(text) for level, text in texts.items() if text}


def editedLevels(bodies: vtkMRMLSegmentationNode, digests: Mapping[LumbarLevel, str]) -> list[LumbarLevel]:
    """Levels whose present mask is not as the software made it: the work of a person."""
    return [
        level
        for level, digest in digests.items()
        if bodies.GetAttribute(MADE_ATTRIBUTE.format(level=level.name)) != digest
    ]


def originsOf(bodies: vtkMRMLSegmentationNode, digests: Mapping[LumbarLevel, str]) -> dict[LumbarLevel, MaskOrigin]:
    """{level: how its present mask was drawn}: by the software, edited since, brought from elsewhere, or painted."""
    edited = editedLevels(bodies, digests)
    found = {}
    for level in digests:
        text = bodies.GetAttribute(ORIGIN_ATTRIBUTE.format(level=level.name))
        if not bodies.GetAttribute(MADE_ATTRIBUTE.format(level=level.name)):
            found[level] = MaskOrigin.BY_HAND
        elif text not in STATED_ORIGINS:  # of a scene of an earlier version
            found[level] = MaskOrigin.UNKNOWN
        else:
            origin = MaskOrigin(text)
            found[level] = MaskOrigin.EDITED if origin is MaskOrigin.SOFTWARE and level in edited else origin
    return found


def keptLevels(bodies: vtkMRMLSegmentationNode, digests: Mapping[LumbarLevel, str]) -> list[LumbarLevel]:
    """Levels that segmenting again leaves alone: accepted, or edited by a person."""
    kept = {*acceptedLevels(bodies, digests), *editedLevels(bodies, digests)}
    return [level for level in digests if level in kept]


class MaskWatch:
    """Calls back when any mask may have changed. Both kinds of event are needed: erasing to nothing sends only the
    first, undo and redo only the second. Colours and names send the second too: the listener compares digests."""

    def __init__(self, bodies: vtkMRMLSegmentationNode, onMaybeChanged: Callable[[], None]) -> None:
        self.bodies, self.onMaybeChanged = bodies, onMaybeChanged
        core = slicer.vtkSegmentation
        events = (core.SourceRepresentationModified, core.SegmentModified, core.SegmentAdded, core.SegmentRemoved)
        self.tags = [bodies.AddObserver(event, self._call) for event in events]

    def _call(self, caller: Any, event: str, segmentId: str | None = None) -> None:
        self.onMaybeChanged()

    def stop(self) -> None:
        """Remove the observers."""
        for tag in self.tags:
            self.bodies.RemoveObserver(tag)
        self.tags = []
