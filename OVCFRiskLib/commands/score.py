"""`ovcfrisk score`: one CT, from points or labels to the report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib.commands.common import add_ct, add_points, print_notes, terminal_progress

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.scoring import RScoreModel

FHIR_FILE = "observations.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_ct(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    add_points(where)
    where.add_argument("--labels", metavar="LABELS", help="label map (VerSe values), .seg.nrrd or named masks")
    add_model_and_out(parser)
    parser.add_argument(
        "--dicom", action="store_true", help="also write a DICOM SEG and a DICOM SR; they carry the CT's patient"
    )
    parser.add_argument("--fhir", action="store_true", help="also write observations.json, a FHIR bundle")
    parser.add_argument(
        "--include-patient-id", action="store_true", help="write the CT's PatientID into report.html and FHIR bundle"
    )


def add_model_and_out(parser: argparse.ArgumentParser, out: str | None = None) -> None:
    """The model and the output folder."""
    parser.add_argument("--model", metavar="ID_OR_FILE", help="model id or card file (default: the demonstration)")
    parser.add_argument("--out", metavar="DIR", required=out is None, default=out, help="folder for the results")


def run(arguments: argparse.Namespace) -> int:
    """Read, segment or import, score, write, print."""
    from OVCFRiskLib.ct import read_ct_and_acquisition, read_patient_id, series_files
    from OVCFRiskLib.files import prepare_folder
    from OVCFRiskLib.points import read_points
    from OVCFRiskLib.progress import part_of
    from OVCFRiskLib.report.archive import require_highdicom
    from OVCFRiskLib.report.pictures.offscreen import try_ahead
    from OVCFRiskLib.scoring import load_model
    from OVCFRiskLib.segmentation import import_labels, segment_bodies

    # everything that can be refused cheaply is refused before the CT is read
    model = load_model(arguments.model)
    model.require_complete()
    points = read_points(arguments.points) if arguments.points else None
    prepare_folder(arguments.out)
    if arguments.dicom:
        require_highdicom()
        series_files(arguments.ct, arguments.series)
    patient_id = read_patient_id(arguments.ct, arguments.series) if arguments.include_patient_id else None
    try_ahead()
    ct, acquisition = read_ct_and_acquisition(arguments.ct, arguments.series)
    print_notes(acquisition.notes)
    progress = terminal_progress()
    if points is not None:
        labels = segment_bodies(ct, points, part_of(progress, 0.0, 0.5))
    else:
        labels = import_labels(arguments.labels, ct)
    out = Path(arguments.out)
    assessment = score_and_report(ct, labels, model, acquisition, out, patient_id)
    _write_for_the_archive(assessment, labels, arguments, patient_id)
    return 0 if assessment.is_complete else 1


def score_and_report(
    ct: sitk.Image,
    labels: sitk.Image,
    model: RScoreModel,
    acquisition: Acquisition,
    out: Path,
    patient_id: str | None = None,
) -> SpineAssessment:
    """Score, write the five files, print the table."""
    from OVCFRiskLib.assess import assess
    from OVCFRiskLib.progress import part_of
    from OVCFRiskLib.report import OUTPUT_FILES, write_all
    from OVCFRiskLib.report.terminal import format_table

    assessment = assess(ct, labels, model, part_of(terminal_progress(), 0.5, 1.0), acquisition)
    notes = write_all(assessment, ct, labels, out, acquisition, patient_id)
    print(format_table(assessment))
    print_notes(notes)
    print(f"\nwrote {out}/: {', '.join(name for name in OUTPUT_FILES if (out / name).exists())}")
    return assessment


def _write_for_the_archive(
    assessment: SpineAssessment, labels: sitk.Image, arguments: argparse.Namespace, patient_id: str | None
) -> None:
    """DICOM objects and FHIR bundle, where they were asked for."""
    from OVCFRiskLib.report.archive import write_dicom
    from OVCFRiskLib.report.archive.fhir import write_fhir

    out, written = Path(arguments.out), []
    if arguments.dicom:
        written += [path.name for path in write_dicom(assessment, labels, arguments.ct, arguments.series, out)]
    if arguments.fhir:
        write_fhir(assessment, out / FHIR_FILE, patient_id)
        written.append(FHIR_FILE)
    if written:
        print(f"wrote for the archive: {', '.join(written)}")
