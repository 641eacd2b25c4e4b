"""What several commands share: the CT argument, notes and progress on the terminal."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.plain_text import REWRITE_LINE, printable
from OVCFRiskLib.progress import LINE_EVERY_S, Progress

# Endings of a table's name, and those of other programs' tables, which this program does not write.
TABLE_SUFFIXES = (".csv", ".txt")
FOREIGN_TABLES = (".xlsx", ".xls", ".ods", ".tsv")
# What is surely meant as the name of a file where a folder is asked for.
FILE_SUFFIXES = (*TABLE_SUFFIXES, *FOREIGN_TABLES, ".json", ".html", ".nii", ".gz", ".nrrd", ".png")


class HelpFormatter(argparse.HelpFormatter):
    """Help that states the default of every option that has one and does not state it itself."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text = action.help or ""
        is_stated = "default" in text or action.default in (None, False, argparse.SUPPRESS) or not action.option_strings
        return text if is_stated else f"{text} (default: %(default)s)"


def add_excel(parser: argparse.ArgumentParser) -> None:
    """Tables that Excel opens with umlauts."""
    parser.add_argument(
        "--bom",
        action="store_true",
        help="begin CSV tables with a byte order mark, by which Excel knows that they are UTF-8 (umlauts)",
    )


def require_table_name(path: str) -> None:
    """Raise when a table's name says a format that is not written.

    Raises
    ------
    OVCFRiskError
        With the name to give instead.
    """
    name = Path(path).name
    if Path(path).suffix.lower() not in TABLE_SUFFIXES:
        raise OVCFRiskError(
            f"--out: expected the name of a CSV table, got '{name}'; give {Path(name).stem or 'table'}.csv, which "
            "spreadsheets open (--bom for umlauts in Excel)"
        )


def require_folder_name(path: str) -> None:
    """Raise when an output folder is named like a file, or not at all.

    Raises
    ------
    OVCFRiskError
        With what to give instead.
    """
    if not path.strip():
        raise OVCFRiskError("--out: expected a folder, got an empty name; give '.' for the folder you are in")
    if Path(path).suffix.lower() in FILE_SUFFIXES and not Path(path).is_dir():
        raise OVCFRiskError(
            f"--out: expected a folder, got '{Path(path).name}', the name of a file; tables are written as CSV into "
            "the folder"
        )


def require_labels_for_numbering(arguments: argparse.Namespace) -> None:
    """Raise when the meaning of label values is stated where there are no labels.

    Raises
    ------
    OVCFRiskError
        Naming the option.
    """
    if arguments.numbering is not None and not arguments.labels:
        raise OVCFRiskError(
            f"--numbering '{arguments.numbering}' says what the values of LABELS mean: expected --labels, got points; "
            "leave it out"
        )


def add_ct(parser: argparse.ArgumentParser) -> None:
    """The positional CT and the choice of its series."""
    parser.add_argument("ct", metavar="CT", help="NIfTI, NRRD or MetaImage file, or a folder with a DICOM series")
    parser.add_argument("--series", metavar="UID", help="SeriesInstanceUID, where the folder holds several")


def add_points(parser: argparse._ActionsContainer, required: bool = False) -> None:
    """The level points."""
    parser.add_argument(
        "--points",
        metavar="P",
        required=required,
        help="Slicer markups file (.mrk.json) with points named L1..L4, or text 'L1=x,y,z;L2=...' in RAS mm",
    )


def add_numbering(parser: argparse.ArgumentParser) -> None:
    """What label values mean."""
    parser.add_argument(
        "--numbering",
        metavar="NAME",
        help="what the values of LABELS mean: verse, totalsegmentator, totalsegmentator-v1, vista3d, totalspineseg or "
        "from-below (default: decided by the values and their order along the body)",
    )


def add_complete(parser: argparse.ArgumentParser) -> None:
    """Points for the levels without one."""
    parser.add_argument(
        "--complete",
        action="store_true",
        help="propose points for levels without one, found along the spine, and mark them as proposed",
    )


def add_seed(parser: argparse.ArgumentParser, text: str, default: int | None = None) -> None:
    """The seed of what is drawn at random; ``text`` says of what."""
    parser.add_argument("--seed", type=int, default=default, metavar="S", help=text)


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def print_notes(notes: Iterable[str]) -> None:
    """Notes for the person, apart from results on standard output."""
    for note in notes:
        print(f"note: {printable(note)}", file=sys.stderr)


def terminal_progress() -> Progress:
    """A line that is written over on a terminal; elsewhere, for jobs that take long, one from time to time."""
    if not sys.stderr.isatty():
        return _lines_of_progress()

    def show(fraction: float, message: str) -> bool:
        end = "\n" if fraction >= 1 else ""
        print(f"{REWRITE_LINE}{fraction:4.0%} {printable(message)}", end=end, file=sys.stderr, flush=True)
        return True

    return show


def _lines_of_progress() -> Progress:
    """A line every `LINE_EVERY_S`, so that whoever reads a log knows that a long job lives."""
    last = time.monotonic()

    def show(fraction: float, message: str) -> bool:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY_S:
            last = now
            print(f"{fraction:4.0%} {printable(message)}", file=sys.stderr, flush=True)
        return True

    return show
