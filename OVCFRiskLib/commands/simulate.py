"""`ovcfrisk simulate`: a cohort of simulated bodies, to try training on."""

from __future__ import annotations

import argparse

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_excel, add_seed, available_cores, require_folder_name, terminal_progress
from OVCFRiskLib.numeric import DEFAULT_SEED
from OVCFRiskLib.simulation.cohort.cohort_model import ROUTINE_SCAN, SCANS, STATEMENT, CohortModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("--out", metavar="DIR", required=True, help="folder; a broken-off run goes on where it was")
    add_excel(parser)
    parser.add_argument("--patients", type=int, default=145, metavar="N", help="women (default: 145)")
    add_seed(parser, "same seed, same tables", DEFAULT_SEED)
    parser.add_argument(
        "--set", choices=("frozen", "all"), default="all", help="the eight of the score, or all 107 (pyradiomics)"
    )
    parser.add_argument(
        "--scan",
        choices=tuple(SCANS),
        default=ROUTINE_SCAN,
        help="how all were scanned (default: routine, 120 kV, no contrast, at most 1.25 mm, soft to standard kernel)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one per core)")


def run(arguments: argparse.Namespace) -> int:
    """Simulate and write the tables."""
    require_folder_name(arguments.out)
    from OVCFRiskLib.radiomics import ALL_FEATURES, FROZEN_FEATURES
    from OVCFRiskLib.simulation.cohort.simulated_cohort import simulate_cohort

    names = ALL_FEATURES if arguments.set == "all" else FROZEN_FEATURES
    workers = available_cores() if arguments.workers is None else arguments.workers
    model = CohortModel(**SCANS[arguments.scan])
    folder = simulate_cohort(
        arguments.out, arguments.patients, arguments.seed, names, workers, terminal_progress(), model
    )
    print(STATEMENT)
    print(f"wrote {folder}/: features.csv, features_observer2.csv, cohort.csv, description.json, parameters.json")
    return exit_codes.OK
