"""`ovcfrisk manifest`: a manifest for `ovcfrisk batch` from a folder tree."""

from __future__ import annotations

import argparse

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_excel, print_notes, require_table_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("folder", metavar="FOLDER", help="DICOM series and CT files with points or labels beside them")
    parser.add_argument(
        "--out", metavar="MANIFEST.csv", help="file to write (default: manifest.csv in FOLDER); must not exist"
    )
    add_excel(parser)


def run(arguments: argparse.Namespace) -> int:
    """Search and write; 1 when some CT has no points or labels."""
    if arguments.out:
        require_table_name(arguments.out)
    from pathlib import Path

    from OVCFRiskLib.batch.manifest_search import find_cases, write_manifest
    from OVCFRiskLib.cohort.cohort_files import MANIFEST_NAME

    found = find_cases(arguments.folder)
    path = Path(arguments.out) if arguments.out else Path(arguments.folder) / MANIFEST_NAME
    write_manifest(found, path)
    print_notes(found.notes)
    print(f"wrote {path}, cases: {len(found.rows)}. Their ids are names of folders and files: check that no name of a")
    print("person is among them, for ids are carried into every table")
    return exit_codes.of_completeness(not found.notes)
