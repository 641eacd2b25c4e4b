"""One CT from its points or labels to its results: the chain that the program, its demo and the batch share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assess import assess
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings.finding import Finding
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.progress import Progress, part_of
from OVCFRiskLib.scoring import RScoreModel
from OVCFRiskLib.segmentation import complete_points, segment_bodies
from OVCFRiskLib.segmentation.label_import import import_labels_and_notes

if TYPE_CHECKING:
    from OVCFRiskLib.report import Writer

# Fraction of the progress at which the bodies are there and scoring begins.
BODIES_DONE = 0.5


@dataclass(frozen=True, slots=True)
class BodySource:
    """Where the vertebral bodies come from: points or labels.

    Attributes
    ----------
    points : mapping of LumbarLevel to tuple of float, optional
        LPS mm; the bodies are segmented from them.
    labels : str, Path or SimpleITK.Image, optional
        As `import_labels` takes them.
    numbering : str, optional
        What the values of labels mean, as `import_labels` takes it.
    notes : tuple of str
        About reading the points.
    complete : bool
        Propose points for the levels without one (`segmentation.complete_points`).

    Raises
    ------
    OVCFRiskError
        If both or neither are given.
    """

    points: Mapping[LumbarLevel, Point] | None = None
    labels: str | Path | sitk.Image | None = None
    numbering: str | None = None
    notes: tuple[str, ...] = ()
    complete: bool = False

    def __post_init__(self) -> None:
        if (self.points is None) == (self.labels is None):
            got = "neither" if self.points is None else "both"
            raise OVCFRiskError(f"expected points or labels, got {got}; give one of the two")
        if self.complete and self.points is None:
            raise OVCFRiskError("--complete proposes further points: expected --points, got labels; leave it out")

    def completed(self, ct: sitk.Image) -> tuple[BodySource, dict[LumbarLevel, tuple[Finding, ...]]]:
        """The source with points for all levels that could be found, if that is asked for, and what to say of them."""
        if not self.complete or self.points is None:
            return self, {}
        found = complete_points(ct, self.points)
        return replace(self, points=found.points, notes=(*self.notes, *found.notes), complete=False), found.findings

    def bodies(
        self, ct: sitk.Image, series_uid: str | None = None, progress: Progress | None = None
    ) -> tuple[sitk.Image, tuple[str, ...]]:
        """The bodies as labels 20 (L1) .. 23 (L4) on the CT's grid, and notes about how labels were read.

        Raises
        ------
        OVCFRiskError
            As `segment_bodies` and `import_labels`.
        """
        if self.points is not None:
            return segment_bodies(ct, self.points, progress), self.notes
        assert self.labels is not None
        imported = import_labels_and_notes(self.labels, ct, self.numbering, series_uid)
        return imported.labels, imported.notes


@dataclass(frozen=True, slots=True)
class ScoredCT:
    """A CT, its bodies and their assessment.

    Attributes
    ----------
    ct : SimpleITK.Image
        HU.
    acquisition : Acquisition or None
    labels : SimpleITK.Image
        Bodies as 20 (L1) .. 23 (L4).
    assessment : SpineAssessment
    notes : tuple of str
        How labels were read, and what was left out.
    """

    ct: sitk.Image
    acquisition: Acquisition | None
    labels: sitk.Image
    assessment: SpineAssessment
    notes: tuple[str, ...] = ()

    def write(
        self, folder: str | Path, identity: Identity | None = None, further: Sequence[Writer] = ()
    ) -> tuple[str, ...]:
        """Write tables, labels, picture and report into a folder, and what further writers put there.

        Returns
        -------
        tuple of str
            What could not be made and why; empty when everything is there.

        Raises
        ------
        OVCFRiskError
            As `report.write_all`.
        """
        from OVCFRiskLib.report import write_all

        return write_all(self.assessment, self.ct, self.labels, Path(folder), self.acquisition, identity, further)


def score_ct(
    ct: sitk.Image,
    source: BodySource,
    model: RScoreModel | None = None,
    progress: Progress | None = None,
    acquisition: Acquisition | None = None,
) -> ScoredCT:
    """Segment or import the bodies of a CT and assess them.

    Parameters
    ----------
    ct : SimpleITK.Image
        3D, HU.
    source : BodySource
    model : RScoreModel, optional
        The demonstration model if None.
    progress : callable, optional
        ``progress(fraction, message) -> bool``; False cancels.
    acquisition : Acquisition, optional
        How the CT was acquired, for the acquisition checks.

    Returns
    -------
    ScoredCT

    Raises
    ------
    OVCFRiskError
        As `segment_bodies`, `import_labels` and `assess`.
    CancelledError
        If ``progress`` returned False.
    """
    series_uid = acquisition.series_uid if acquisition else None
    source, found = source.completed(ct)
    labels, notes = source.bodies(ct, series_uid, part_of(progress, 0.0, BODIES_DONE))
    assessment = assess(ct, labels, model, part_of(progress, BODIES_DONE, 1.0), acquisition, found)
    return ScoredCT(ct, acquisition, labels, assessment, notes)
