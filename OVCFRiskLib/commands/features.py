"""`ovcfrisk features`: radiomics features of labelled bodies, one row per level."""

from __future__ import annotations

import argparse
from pathlib import Path

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_ct, add_excel, add_numbering, print_notes, require_table_name
from OVCFRiskLib.errors import OVCFRiskError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_ct(parser)
    parser.add_argument("labels", metavar="LABELS", help="label map (VerSe values), .seg.nrrd or named masks")
    parser.add_argument("--out", metavar="FILE", required=True, help="table to write, .csv")
    add_excel(parser)
    parser.add_argument(
        "--set", choices=("frozen", "all"), default="frozen", help="the eight of the score, or all 107 (pyradiomics)"
    )
    parser.add_argument(
        "--model", metavar="ID_OR_FILE", help="take the extraction grid of this model card (default: demonstration)"
    )
    add_numbering(parser)
    parser.add_argument("--native", action="store_true", help="no resampling: the CT's own grid, bin width 25 HU")


def run(arguments: argparse.Namespace) -> int:
    """Extract and write the table."""
    require_table_name(arguments.out)
    import SimpleITK as sitk

    from OVCFRiskLib.bodies.cut_out import cut_out_levels
    from OVCFRiskLib.ct import open_ct
    from OVCFRiskLib.files import require_writable, write_text
    from OVCFRiskLib.geometry import run_filter
    from OVCFRiskLib.json_text import json_text, read_json
    from OVCFRiskLib.quality.masks import check_masks
    from OVCFRiskLib.radiomics import ALL_FEATURES, FROZEN_FEATURES, ExtractionSettings, extract_level_features
    from OVCFRiskLib.radiomics.feature_description import describe_table, scan_facts, widened
    from OVCFRiskLib.scored_ct import BodySource, read_part
    from OVCFRiskLib.scoring import load_model
    from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME
    from OVCFRiskLib.tables.table_writer import Value, write_table

    require_writable(Path(arguments.out).parent)
    settings = ExtractionSettings() if arguments.native else load_model(arguments.model).settings
    names = ALL_FEATURES if arguments.set == "all" else FROZEN_FEATURES
    opened = open_ct(arguments.ct, arguments.series)
    source = BodySource(labels=arguments.labels, numbering=arguments.numbering)
    source = source.located(opened.grid, opened.acquisition.series_uid)
    ct, acquisition = read_part(opened, source)
    print_notes((*acquisition.notes, *source.notes))
    labels = source.bodies(ct)
    bodies = cut_out_levels(labels, ct, acquisition.slice_thickness_mm)
    checks = check_masks(ct.image, bodies)
    reasons = {level: checks.reason_against_mask(level) for level in bodies}
    left_out = [f"{level.name} is left out: {reason}" for level, reason in reasons.items() if reason]
    if len(left_out) == len(bodies):
        raise OVCFRiskError(f"no level has a mask of a vertebral body to measure. {' '.join(left_out)}")
    print_notes(left_out)
    origins = [origin for level, origin in source.origins().items() if level in bodies and not reasons[level]]
    description = describe_table([scan_facts(ct.image, acquisition, origins)], settings)
    beside = Path(arguments.out).with_name(DESCRIPTION_NAME)
    if beside.exists():
        known = read_json(beside, "description", "correct or remove it")
        description = widened(known, description, str(beside.parent))
    sound = run_filter(sitk.ChangeLabel, labels.image, {int(level): 0 for level, reason in reasons.items() if reason})
    found = extract_level_features(ct, sound, names, settings)
    rows: list[dict[str, Value]] = [{"level": level.name, **features} for level, features in found.items()]
    write_table(rows, ("level", *names), arguments.out)
    write_text(beside, json_text(description))
    levels = ", ".join(level.name for level in found)
    print(f"wrote {len(names)} features of {levels} to {arguments.out}, and {DESCRIPTION_NAME} beside it")
    return exit_codes.of_completeness(not left_out)
