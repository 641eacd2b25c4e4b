"""`ovcfrisk`: every job without a screen."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from OVCFRiskLib import __version__, exit_codes
from OVCFRiskLib.errors import CancelledError, OVCFRiskError

# command -> (module with add_arguments and run, help)
COMMANDS = {
    "demo": ("commands.demo", "make a CT, segment L1-L4 from four points, score and report"),
    "segment": ("commands.segment", "vertebral bodies from level points"),
    "features": ("commands.features", "radiomics features of labelled bodies"),
    "score": ("commands.score", "segment or take labels, score, and report one CT"),
    "robustness": ("commands.robustness", "how much the clicks matter: segment again from moved points"),
    "batch": ("commands.batch", "score the CTs of a manifest, on this machine or a dask cluster"),
    "manifest": ("commands.manifest", "list the CTs of a folder tree with their points or labels, for batch"),
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
        epilog="Exit codes: 0 all right, 1 some vertebra or case not scored, 2 bad usage or input.",
    )
    parser.add_argument("--version", action="version", version=f"ovcfrisk {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (module, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
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
        0 all right, 1 some vertebra or case not scored, 2 bad usage or input, 130 interrupted.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without the sign for a missing number must not end the work
            stream.reconfigure(errors="replace")
    arguments = make_parser().parse_args(argv)
    try:
        return importlib.import_module(f"OVCFRiskLib.{arguments.module}").run(arguments)
    except CancelledError as error:
        print(f"ovcfrisk {arguments.command}: {error}", file=sys.stderr)
        return exit_codes.INTERRUPTED
    except OVCFRiskError as error:
        print(f"ovcfrisk {arguments.command}: error: {error}", file=sys.stderr)
        return exit_codes.BAD_INPUT
    except KeyboardInterrupt:
        print(f"\novcfrisk {arguments.command}: interrupted; files are whole or absent", file=sys.stderr)
        return exit_codes.INTERRUPTED
    except MemoryError:
        print(f"ovcfrisk {arguments.command}: error: not enough memory for this CT", file=sys.stderr)
        return exit_codes.BAD_INPUT
