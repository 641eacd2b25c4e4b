"""`ovcfrisk segment`: vertebral bodies from level points."""

from __future__ import annotations

import argparse

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
    import SimpleITK as sitk

    from OVCFRiskLib.ct import read_ct_and_acquisition
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.points import read_points_and_notes
    from OVCFRiskLib.report.data.label_file import require_label_format, write_labels
    from OVCFRiskLib.segmentation import complete_points, segment_bodies

    require_label_format(arguments.out)
    points, notes = read_points_and_notes(arguments.points)
    print_notes(notes)
    ct, acquisition = read_ct_and_acquisition(arguments.ct, arguments.series)
    print_notes(acquisition.notes)
    if arguments.complete:
        completed = complete_points(ct, points)
        points = completed.points
        print_notes(completed.notes)
    labels = segment_bodies(ct, points, terminal_progress())
    write_labels(labels, arguments.out)
    voxel_ml = float(np.prod(ct.GetSpacing())) / 1000
    array = sitk.GetArrayViewFromImage(labels)
    for level in LumbarLevel:
        if level in points:
            print(f"{level.name}  {(array == level).sum() * voxel_ml:6.1f} ml")
    print(f"wrote {arguments.out}")
    return exit_codes.OK
