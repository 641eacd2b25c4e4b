"""`ovcfrisk`: every job without a screen."""

from __future__ import annotations

import argparse
import contextlib
import errno
import gc
import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from typing import NoReturn

from OVCFRiskLib import __version__, exit_codes
from OVCFRiskLib.commands.common import HelpFormatter
from OVCFRiskLib.commands.written_files import read_by, written_by
from OVCFRiskLib.errors import CancelledError, OVCFRiskError, is_out_of_memory
from OVCFRiskLib.kept_files import kept_files, require_not_kept
from OVCFRiskLib.plain_text import LONGEST_NAME, plain_terminal, printable
from OVCFRiskLib.tables.table_writer import marked_for_excel

# Disk or quota full, disk failing or read-only: trouble of the user's disk, not a defect of the program.
DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)

LONGEST_MESSAGE = 2000  # characters; a message is for a person

# Ends the help of every command, for who calls it from a script; the numbers are those of `exit_codes`.
EXIT_CODES = (
    "Exit codes: 0 all right, 1 some vertebra or case not scored, 2 bad usage or input, 3 program defect, 130 "
    "interrupted (Ctrl-C, SIGTERM), 141 nobody reads the output."
)

# command -> (module with add_arguments and run, help)
COMMANDS = {
    "demo": ("commands.demo", "make a CT, segment L1-L4 from four points, score and report"),
    "segment": ("commands.segment", "vertebral bodies from level points"),
    "features": ("commands.features", "radiomics features of labelled bodies"),
    "score": ("commands.score", "segment or take labels, score, and report one CT"),
    "robustness": ("commands.robustness", "how much the clicks matter: segment again from moved points"),
    "batch": ("commands.batch", "score the CTs of a manifest, on this machine or a dask cluster"),
    "manifest": ("commands.manifest", "list the CTs of a folder tree with their points or labels, for batch"),
    "cohort": (
        "commands.cohort_selection",
        "who enters a study: bodies, manifest and flow diagram from tables of people",
    ),
    "train": ("commands.train", "train and freeze a model from feature tables"),
    "evaluate": ("commands.evaluate", "validate a frozen model against the outcome"),
    "simulate": ("commands.simulate", "a cohort of simulated bodies with two observers, to try training on"),
    "models": ("commands.models", "list, verify and import model cards"),
}


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="ovcfrisk",
        description="Per-vertebra fracture-risk score (L1-L4) from CT. Research software, not a medical device.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="version", version=f"ovcfrisk {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, text) in COMMANDS.items():
        description = f"{text[0].upper()}{text[1:]}."
        command = commands.add_parser(
            name, help=text, description=description, epilog=EXIT_CODES, formatter_class=HelpFormatter
        )
        importlib.import_module(f"OVCFRiskLib.{module}").add_arguments(command)
        command.set_defaults(module=module)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        Without the program's name; ``sys.argv[1:]`` if None.

    Returns
    -------
    int
        0 all right, 1 some vertebra or case not scored, 2 bad usage or input, 3 a defect of the program (the message
        says where its traceback was written), 130 interrupted, 141 nobody reads the output.

    Raises
    ------
    SystemExit
        By argparse: 0 after ``--help`` and ``--version``, 2 for bad usage.
    """
    with plain_terminal():
        try:
            status = _run(argv)
            sys.stdout.flush()
        except BrokenPipeError:
            _leave_output()
            status = exit_codes.NO_READER
        except (Exception, KeyboardInterrupt) as error:
            status = _report(error, "ovcfrisk")
    return status


def program() -> NoReturn:
    """The program: `main`, and then the end of the process."""
    status = main()
    gc.freeze()  # or Python goes over the objects of all libraries several times before it ends: 0.06 s
    sys.exit(status)


def _run(argv: Sequence[str] | None) -> int:
    """Parse the command line and run its command."""
    arguments = make_parser().parse_args(argv)
    try:
        with kept_files(read_by(arguments)), marked_for_excel(getattr(arguments, "bom", False)):
            for path in written_by(arguments):
                require_not_kept(path)
            status: int = importlib.import_module(f"OVCFRiskLib.{arguments.module}").run(arguments)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        return _report(error, f"ovcfrisk {arguments.command}")
    return status


def _report(error: BaseException, program: str) -> int:
    """Say in one line how a command ended, and its exit code."""
    status, text = _verdict(error)
    print(printable(f"{program}: {text}", LONGEST_MESSAGE), file=sys.stderr)
    return status


def _verdict(error: BaseException) -> tuple[int, str]:
    """Exit code and words for what ended a command."""
    if isinstance(error, KeyboardInterrupt):
        return exit_codes.INTERRUPTED, "interrupted; files are whole or absent"
    if isinstance(error, CancelledError):
        return exit_codes.INTERRUPTED, str(error)
    if is_out_of_memory(error):
        return exit_codes.BAD_INPUT, "error: not enough memory for this input; close other programs or crop the CT"
    if isinstance(error, OVCFRiskError):
        return exit_codes.BAD_INPUT, f"error: {error}"
    if isinstance(error, OSError) and error.filename is not None:
        name = printable(str(error.filename), LONGEST_NAME)
        return exit_codes.BAD_INPUT, f"error: '{name}' cannot be used ({error.strerror}); check path and permissions"
    if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
        _leave_output()
        return exit_codes.BAD_INPUT, f"error: the output cannot be written ({error.strerror}); free space on the disk"
    words = printable(str(error), LONGEST_NAME)
    return exit_codes.DEFECT, f"unexpected {type(error).__name__}: {words}. {_keep_traceback(error)}"


def _keep_traceback(error: BaseException) -> str:
    """Write the traceback where only the user can read it, for it may name files; say where."""
    try:
        descriptor, path = tempfile.mkstemp(prefix="ovcfrisk-", suffix="-traceback.txt")
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write("".join(traceback.format_exception(error)))
    except OSError as failure:
        return f"This is a defect of the program; its traceback could not be written ({failure.strerror})"
    return f"This is a defect of the program: please report it with '{path}', without what names a patient in it"


def _leave_output() -> None:
    """What standard output still holds goes nowhere: Python would fail to flush it at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
