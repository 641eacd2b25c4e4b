"""What several commands share: the CT argument, notes and progress on the terminal."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable

from OVCFRiskLib.plain_text import REWRITE_LINE, printable
from OVCFRiskLib.progress import Progress


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


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def print_notes(notes: Iterable[str]) -> None:
    """Notes for the person, apart from results on standard output."""
    for note in notes:
        print(f"note: {printable(note)}", file=sys.stderr)


def terminal_progress() -> Progress | None:
    """A line that is written over, on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return None

    def show(fraction: float, message: str) -> bool:
        end = "\n" if fraction >= 1 else ""
        print(f"{REWRITE_LINE}{fraction:4.0%} {printable(message)}", end=end, file=sys.stderr, flush=True)
        return True

    return show
