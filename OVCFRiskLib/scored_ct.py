"""One CT from its points or labels to its results: the chain that the program, its demo and the batch share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assess import assess_part
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.bodies.cut_out import Bodies, cut_out_levels
from OVCFRiskLib.ct import OpenCT, open_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings.finding import Finding
from OVCFRiskLib.geometry import Box
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.points import Point
from OVCFRiskLib.progress import Progress, part_of
from OVCFRiskLib.quality.look_first import look_first
from OVCFRiskLib.scoring import RScoreModel
from OVCFRiskLib.segmentation import complete_points
from OVCFRiskLib.segmentation.bodies import segment_part
from OVCFRiskLib.segmentation.imported_masks import ImportedMasks
from OVCFRiskLib.segmentation.label_import import import_masks
from OVCFRiskLib.segmentation.spine_axis import check_points
from OVCFRiskLib.spine_region import narrowed_to_bodies, region_of_labels, region_of_points
from OVCFRiskLib.volume_part import Grid, Part, image_sha256

if TYPE_CHECKING:
    from OVCFRiskLib.report import Writer
    from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing

OnBodies = Callable[[sitk.Image, Bodies], None]

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
    imported : ImportedMasks, optional
        The labels on a CT's grid, once they are `located`.

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
    imported: ImportedMasks | None = None

    def __post_init__(self) -> None:
        if (self.points is None) == (self.labels is None):
            got = "neither" if self.points is None else "both"
            raise OVCFRiskError(f"expected points or labels, got {got}; give one of the two")
        if self.complete and self.points is None:
            raise OVCFRiskError("--complete proposes further points: expected --points, got labels; leave it out")

    def located(self, grid: Grid, series_uid: str | None = None) -> BodySource:
        """The source with its labels brought onto a CT's grid, which tells where the spine is.

        Raises
        ------
        OVCFRiskError
            As `import_labels`, and for points that do not lie in the CT.
        """
        if self.points is not None:
            check_points(grid, self.points)
            return self
        assert self.labels is not None
        imported = self.imported or import_masks(self.labels, grid, self.numbering, series_uid)
        return replace(self, imported=imported, notes=imported.notes)

    def region(self, grid: Grid) -> Box:
        """The part of the CT that is needed, [k, j, i]; of a source that is `located`."""
        if self.points is not None:
            return region_of_points(grid, self.points, self.complete)
        assert self.imported is not None
        return region_of_labels(grid, self.imported.box)

    def completed(self, ct: Part) -> tuple[BodySource, dict[LumbarLevel, tuple[Finding, ...]]]:
        """The source with points for all levels that could be found, if that is asked for, and what to say of them."""
        if not self.complete or self.points is None:
            return self, {}
        found = complete_points(ct, self.points)
        return replace(self, points=found.points, notes=(*self.notes, *found.notes), complete=False), found.findings

    def origins(self) -> dict[LumbarLevel, MaskOrigin]:
        """How the masks are drawn; of a source that is `located`."""
        if self.imported is None:
            return dict.fromkeys(LumbarLevel, MaskOrigin.SOFTWARE)
        return self.imported.origins

    def bodies(self, ct: Part, progress: Progress | None = None) -> Part:
        """The bodies as labels 20 (L1) .. 23 (L4) on a part of the CT; of a source that is `located`.

        Raises
        ------
        OVCFRiskError
            As `segment_bodies`.
        """
        return self.bodies_and_findings(ct, progress)[0]

    def bodies_and_findings(
        self, ct: Part, progress: Progress | None = None
    ) -> tuple[Part, dict[LumbarLevel, tuple[Finding, ...]]]:
        """As `bodies`, with the parts of drawn surfaces that a reviewer looks at first."""
        if self.points is not None:
            labels, fields = segment_part(ct, self.points, progress)
            names = {level: [part.value for part in field.doubtful] for level, field in fields.items()}
            return labels, {level: look_first(level, parts) for level, parts in names.items()}
        assert self.imported is not None
        return self.imported.labels(ct.narrowed(self.region(ct.whole))), {}


@dataclass(frozen=True, slots=True)
class ScoredCT:
    """A CT, its bodies and their assessment.

    Attributes
    ----------
    ct : Part
        HU around the bodies.
    acquisition : Acquisition or None
    labels : Part
        Bodies as 20 (L1) .. 23 (L4), in that part or a smaller one.
    bodies : Bodies
        Cut out of both.
    assessment : SpineAssessment
    notes : tuple of str
        How labels were read, and what was left out.
    """

    ct: Part
    acquisition: Acquisition | None
    labels: Part
    bodies: Bodies
    assessment: SpineAssessment
    notes: tuple[str, ...] = ()

    def write(
        self,
        folder: str | Path,
        identity: Identity | None = None,
        further: Sequence[Writer] = (),
        drawing: OverlayDrawing | None = None,
    ) -> tuple[str, ...]:
        """Write tables, labels, picture and report into a folder, as `report.write_all` does with these parameters.

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

        result = self.assessment, self.ct, self.labels, folder, self.acquisition
        return write_all(*result, identity, further, bodies=self.bodies, drawing=drawing)


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
    part = replace(Part.of(ct), sha256=image_sha256(ct))
    source = source.located(part.whole, acquisition.series_uid if acquisition else None)
    return _score(lambda: (part, acquisition), source, model, progress)


def score_file(
    path: str | Path | OpenCT,
    series: str | None,
    source: BodySource,
    model: RScoreModel | None = None,
    progress: Progress | None = None,
    on_read: Callable[[Acquisition], None] | None = None,
    on_bodies: OnBodies | None = None,
) -> ScoredCT:
    """As `score_ct`, of a CT that is read from a file or folder: of its voxels those around the spine are held.

    Parameters
    ----------
    path, series
        As `read_ct` takes them; or the CT opened before.
    source, model, progress
        As `score_ct` takes them.
    on_read : callable, optional
        Is given the acquisition, with all notes, once the CT is read.
    on_bodies : callable, optional
        Is given the CT around the bodies, and the bodies cut out of it, before they are assessed.

    Raises
    ------
    OVCFRiskError
        As `read_ct` and `score_ct`.
    CancelledError
        If ``progress`` returned False.
    """
    opened = path if isinstance(path, OpenCT) else open_ct(path, series)
    source = source.located(opened.grid, opened.acquisition.series_uid)

    return _score(partial(read_part, opened, source, on_read), source, model, progress, on_bodies)


def read_part(
    opened: OpenCT, source: BodySource, on_read: Callable[[Acquisition], None] | None = None
) -> tuple[Part, Acquisition]:
    """The part of a CT that a source, which is `located`, needs.

    Raises
    ------
    OVCFRiskError
        As `read_ct`.
    """
    part, acquisition = opened.read(source.region(opened.grid))
    if on_read is not None:
        on_read(acquisition)
    return part, acquisition


def _score(
    read: Callable[[], tuple[Part, Acquisition | None]],
    source: BodySource,
    model: RScoreModel | None,
    progress: Progress | None,
    on_bodies: OnBodies | None = None,
) -> ScoredCT:
    """Bodies and assessment; only what lies around the bodies is kept once they are found."""
    ct, acquisition = read()
    source, found = source.completed(ct)
    labels, doubtful = source.bodies_and_findings(ct, part_of(progress, 0.0, BODIES_DONE))
    ct, labels = narrowed_to_bodies(ct, labels)
    bodies = cut_out_levels(labels, ct, None if acquisition is None else acquisition.slice_thickness_mm)
    if on_bodies is not None:
        on_bodies(ct.image, bodies)
    found = {level: (*found.get(level, ()), *doubtful.get(level, ())) for level in LumbarLevel}
    scoring = part_of(progress, BODIES_DONE, 1.0)
    assessment = assess_part(ct, labels, model, scoring, acquisition, found, origins=source.origins(), bodies=bodies)
    return ScoredCT(ct, acquisition, labels, bodies, assessment, source.notes)
