"""`ovcfrisk segment`: vertebral bodies from level points."""

from __future__ import annotations

import argparse
from pathlib import Path

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_complete, add_ct, add_points, print_notes, terminal_progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_ct(parser)
    add_points(parser, required=True)
    add_complete(parser)
    parser.add_argument("--out", metavar="FILE", required=True, help="label image to write, e.g. labels.nii.gz")


def run(arguments: argparse.Namespace) -> int:
    """Segment and write the label image."""
    import numpy as np

    from OVCFRiskLib.bodies.cut_out import cut_out_levels
    from OVCFRiskLib.ct import open_ct
    from OVCFRiskLib.files import require_writable
    from OVCFRiskLib.geometry import array_view
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.points import read_points_and_notes
    from OVCFRiskLib.quality.naming import doubt_of_names
    from OVCFRiskLib.report.data.label_file import require_label_format, write_labels
    from OVCFRiskLib.scored_ct import BodySource, read_part

    require_label_format(arguments.out)
    require_writable(Path(arguments.out).parent)
    points, notes = read_points_and_notes(arguments.points)
    print_notes(notes)
    opened = open_ct(arguments.ct, arguments.series)
    source = BodySource(points, complete=arguments.complete).located(opened.grid)
    ct, acquisition = read_part(opened, source)
    print_notes(acquisition.notes)
    source, _findings = source.completed(ct)
    print_notes(source.notes)
    labels, doubtful = source.bodies_and_findings(ct, terminal_progress())
    write_labels(labels, arguments.out, tuple(source.points or ()))
    print_notes(finding.message for findings in doubtful.values() for finding in findings)
    doubt = doubt_of_names(ct.image, cut_out_levels(labels.image))
    print_notes([doubt.finding("Check them before you score").message] if doubt else [])
    voxel_ml = float(np.prod(ct.image.GetSpacing())) / 1000
    array = array_view(labels.image)
    for level in LumbarLevel:
        if level in (source.points or {}):
            print(f"{level.name}  {(array == level).sum() * voxel_ml:6.1f} ml")
    print(f"wrote {arguments.out}")
    return exit_codes.OK
