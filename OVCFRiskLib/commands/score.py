"""`ovcfrisk score`: one CT, from points or labels to the report."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib.commands.common import add_ct, add_points, print_notes, terminal_progress

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.scoring import RScoreModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_ct(parser)
    where = parser.add_mutually_exclusive_group(required=True)
    add_points(where)
    where.add_argument("--labels", metavar="LABELS", help="label map (VerSe values), .seg.nrrd or named masks")
    add_model_and_out(parser)


def add_model_and_out(parser: argparse.ArgumentParser, out: str | None = None) -> None:
    """The model and the output folder."""
    parser.add_argument("--model", metavar="ID_OR_FILE", help="model id or card file (default: the demonstration)")
    parser.add_argument("--out", metavar="DIR", required=out is None, default=out, help="folder for the results")


def run(arguments: argparse.Namespace) -> int:
    """Read, segment or import, score, write, print."""
    from OVCFRiskLib.ct import read_ct_and_acquisition
    from OVCFRiskLib.files import prepare_folder
    from OVCFRiskLib.points import read_points
    from OVCFRiskLib.progress import part_of
    from OVCFRiskLib.scoring import load_model
    from OVCFRiskLib.segmentation import import_labels, segment_bodies

    # everything that can be refused cheaply is refused before the CT is read
    model = load_model(arguments.model)
    model.require_complete()
    points = read_points(arguments.points) if arguments.points else None
    prepare_folder(arguments.out)
    ct, acquisition = read_ct_and_acquisition(arguments.ct, arguments.series)
    print_notes(acquisition.notes)
    progress = terminal_progress()
    if points is not None:
        labels = segment_bodies(ct, points, part_of(progress, 0.0, 0.5))
    else:
        labels = import_labels(arguments.labels, ct)
    return score_and_report(ct, labels, model, acquisition, Path(arguments.out))


def score_and_report(
    ct: sitk.Image, labels: sitk.Image, model: RScoreModel, acquisition: Acquisition, out: Path
) -> int:
    """Score, write the five files, print the table; 0 when all four levels are scored, else 1."""
    from OVCFRiskLib.assess import assess
    from OVCFRiskLib.progress import part_of
    from OVCFRiskLib.report import OUTPUT_FILES, write_all
    from OVCFRiskLib.report.terminal import format_table

    assessment = assess(ct, labels, model, part_of(terminal_progress(), 0.5, 1.0), acquisition)
    notes = write_all(assessment, ct, labels, out, acquisition)
    print(format_table(assessment))
    print_notes(notes)
    print(f"\nwrote {out}/: {', '.join(name for name in OUTPUT_FILES if (out / name).exists())}")
    return 0 if assessment.is_complete else 1
