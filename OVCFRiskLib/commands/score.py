"""`ovcfrisk score`: one CT, from points or labels to the report."""

from __future__ import annotations

import argparse
import contextlib
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import (
    add_complete,
    add_ct,
    add_excel,
    add_numbering,
    add_points,
    print_notes,
    require_folder_name,
    require_labels_for_numbering,
    terminal_progress,
)
from OVCFRiskLib.memory import keep_freed_memory

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.bodies.cut_out import Bodies
    from OVCFRiskLib.ct import OpenCT
    from OVCFRiskLib.identity import Identity
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.points import Point
    from OVCFRiskLib.report import Writer
    from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing
    from OVCFRiskLib.scored_ct import ScoredCT

# What writes the report, loaded beside the assessment: it is needed when all else is done.
PAGE_MODULE = "OVCFRiskLib.report.page.page"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_ct(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    add_points(where)
    where.add_argument("--labels", metavar="LABELS", help="label map (VerSe values), .seg.nrrd or named masks")
    add_complete(parser)
    add_numbering(parser)
    add_model_and_out(parser)
    parser.add_argument(
        "--dicom", action="store_true", help="also write a DICOM SEG and a DICOM SR; they carry the CT's patient"
    )
    parser.add_argument("--fhir", action="store_true", help="also write observations.json, a FHIR bundle")
    parser.add_argument(
        "--include-patient-id",
        action="store_true",
        help="name patient, study and series in report.html and the FHIR bundle",
    )


def add_model_and_out(parser: argparse.ArgumentParser, out: str | None = None) -> None:
    """The model and the output folder."""
    parser.add_argument("--model", metavar="ID_OR_FILE", help="model id or card file (default: the demonstration)")
    parser.add_argument("--out", metavar="DIR", required=out is None, default=out, help="folder for the results")
    add_excel(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read, segment or import, score, write, print."""
    require_folder_name(arguments.out)
    require_labels_for_numbering(arguments)
    keep_freed_memory()
    from OVCFRiskLib.file_set import require_place
    from OVCFRiskLib.points import read_points_and_notes
    from OVCFRiskLib.report import RESULT_SET

    # what needs no library is refused before the CT is read; model and archive while it is read
    points, notes = read_points_and_notes(arguments.points) if arguments.points else (None, ())
    print_notes(notes)
    require_place(arguments.out, RESULT_SET)
    with contextlib.ExitStack() as ahead:
        ct = ahead.enter_context(_being_read(arguments, points)) if points else arguments.ct
        return _score(arguments, ct, points)


def _being_read(arguments: argparse.Namespace, points: Mapping[LumbarLevel, Point]) -> OpenCT:
    """The CT, whose part around the points is read while all that works on it is being loaded."""
    from OVCFRiskLib.ct import open_ct
    from OVCFRiskLib.segmentation.slicer_filter import load_ahead
    from OVCFRiskLib.segmentation.spine_axis import check_points
    from OVCFRiskLib.spine_region import region_of_points

    opened = open_ct(arguments.ct, arguments.series)
    check_points(opened.grid, points)
    being_read = opened.ahead(region_of_points(opened.grid, points, arguments.complete))
    # first: while the filter's library is linked the system loads no other, nor Python's extensions
    importlib.import_module("scipy.ndimage")
    load_ahead()
    return being_read


def _score(
    arguments: argparse.Namespace,
    ct: str | OpenCT,
    points: Mapping[LumbarLevel, Point] | None,
) -> int:
    """The rest of the command, for which nearly all of the library is loaded."""
    from OVCFRiskLib.ct import read_identity
    from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing
    from OVCFRiskLib.scored_ct import BodySource, score_file
    from OVCFRiskLib.scoring import load_model
    from OVCFRiskLib.threads import beside

    model = load_model(arguments.model)
    model.require_complete()
    source = BodySource(points, arguments.labels, arguments.numbering, complete=arguments.complete)
    if arguments.dicom:
        from OVCFRiskLib.report.archive import require_exportable

        require_exportable(arguments.ct, arguments.series)
    identity = read_identity(arguments.ct, arguments.series) if arguments.include_patient_id else None
    drawing = OverlayDrawing()

    def begin_report(part: sitk.Image, bodies: Bodies) -> None:
        drawing.begin(part, bodies)
        beside(importlib.import_module, PAGE_MODULE)

    scored = score_file(
        ct,
        arguments.series,
        source,
        model,
        terminal_progress(),
        lambda acquisition: print_notes(acquisition.notes),
        begin_report,
    )
    further = _for_the_archive(scored, arguments, identity)
    report_on_terminal(scored, Path(arguments.out), identity, further, drawing)
    return exit_codes.of_completeness(scored.assessment.is_complete)


def report_on_terminal(
    scored: ScoredCT,
    out: Path,
    identity: Identity | None = None,
    further: Sequence[Writer] = (),
    drawing: OverlayDrawing | None = None,
) -> None:
    """Write the result, print the table."""
    from OVCFRiskLib.report import RESULT_SET
    from OVCFRiskLib.report.terminal import format_table

    print_notes(scored.notes)
    notes = scored.write(out, identity, further, drawing)
    print(format_table(scored.assessment))
    print_notes(notes)
    print(f"\nwrote {out}/: {', '.join(RESULT_SET.present(out))}")


def _for_the_archive(scored: ScoredCT, arguments: argparse.Namespace, identity: Identity | None) -> list[Writer]:
    """Writers of DICOM objects and FHIR bundle, where they were asked for."""
    writers: list[Writer] = []
    if arguments.dicom:
        from OVCFRiskLib.report.archive import write_dicom

        writers.append(
            lambda to: write_dicom(scored.assessment, scored.labels.filled(), arguments.ct, arguments.series, to)
        )
    if arguments.fhir:
        from OVCFRiskLib.report import FHIR_FILE
        from OVCFRiskLib.report.archive.fhir import write_fhir

        writers.append(lambda to: write_fhir(scored.assessment, to / FHIR_FILE, identity))
    return writers
