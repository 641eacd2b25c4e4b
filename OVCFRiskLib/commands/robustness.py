"""`ovcfrisk robustness`: how much the clicks matter, before a centre trusts its own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import (
    add_ct,
    add_excel,
    add_points,
    add_seed,
    print_notes,
    require_folder_name,
    terminal_progress,
)
from OVCFRiskLib.counts import counted
from OVCFRiskLib.numeric import DEFAULT_SEED

if TYPE_CHECKING:
    from OVCFRiskLib.robustness.moved_points import Robustness
    from OVCFRiskLib.tables.table_writer import Value

# Of robustness.csv (from "dice" on also attributes of a level's result) and of robustness_features.csv.
REPEAT_COLUMNS = ("level", "repeat", "dice", "volume_ml", "r_score", "risk_index")
FEATURE_COLUMNS = ("feature", "icc", "icc_low", "icc_high")
ROBUSTNESS_FILES = ("robustness.csv", "robustness_features.csv")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    add_ct(parser)
    add_points(parser, required=True)
    parser.add_argument("--repeats", type=int, default=10, metavar="N", help="segmentations again (default: 10)")
    parser.add_argument(
        "--jitter", type=float, default=5.0, metavar="MM", help="points move within this distance (default: 5 mm)"
    )
    add_seed(parser, "same seed, same result", DEFAULT_SEED)
    parser.add_argument("--model", metavar="ID_OR_FILE", help="model id or card file (default: the demonstration)")
    parser.add_argument(
        "--out", metavar="DIR", required=True, help="folder for robustness.csv, robustness_features.csv"
    )
    add_excel(parser)


def run(arguments: argparse.Namespace) -> int:
    """Repeat, write two tables, print a summary; 1 when some marked level is not scored."""
    require_folder_name(arguments.out)
    from OVCFRiskLib.ct import open_ct
    from OVCFRiskLib.files import require_writable
    from OVCFRiskLib.points import read_points_and_notes
    from OVCFRiskLib.report.data.score_csv import SCORE_DECIMALS
    from OVCFRiskLib.robustness.moved_points import repeat_clicks, require_repeats
    from OVCFRiskLib.scoring import load_model
    from OVCFRiskLib.segmentation.spine_axis import check_points
    from OVCFRiskLib.spine_region import region_of_points
    from OVCFRiskLib.tables.table_writer import write_table

    require_repeats(arguments.repeats, arguments.jitter, arguments.seed)
    model = load_model(arguments.model)
    model.require_complete()
    points, notes = read_points_and_notes(arguments.points)
    print_notes(notes)
    folder = Path(arguments.out)
    require_writable(folder)
    opened = open_ct(arguments.ct, arguments.series)
    check_points(opened.grid, points)
    ct, acquisition = opened.read(region_of_points(opened.grid, points, moved_mm=arguments.jitter))
    print_notes(acquisition.notes)
    found = repeat_clicks(
        ct, points, model, arguments.repeats, arguments.jitter, arguments.seed, progress=terminal_progress()
    )
    write_table(_repeat_rows(found), REPEAT_COLUMNS, folder / ROBUSTNESS_FILES[0], SCORE_DECIMALS)
    features: list[dict[str, Value]] = [
        {"feature": name, "icc": value.value, "icc_low": value.lower, "icc_high": value.upper}
        for name, value in found.reliability.items()
    ]
    write_table(features, FEATURE_COLUMNS, folder / ROBUSTNESS_FILES[1])
    _print(found, arguments)
    print(f"\nwrote {folder}/: {', '.join(ROBUSTNESS_FILES)}")
    return exit_codes.of_completeness(len(found.levels) == len(points))


def _repeat_rows(found: Robustness) -> list[dict[str, Value]]:
    """One row per level and repeat."""
    return [
        {
            "level": row.level.name,
            "repeat": n + 1,
            **{name: float(getattr(row, name)[n]) for name in REPEAT_COLUMNS[2:]},
        }
        for row in found.levels
        for n in range(len(row.dice))
    ]


def _print(found: Robustness, arguments: argparse.Namespace) -> None:
    """The table for the person."""
    print(
        f"{counted(arguments.repeats, 'segmentation')}, each point moved by up to {arguments.jitter:g} mm at random\n"
    )
    head = ("level", "Dice worst", "mean", "risk index", "of the clicks", "of the masks")
    print(f"{head[0]:6}{head[1]:>11}{head[2]:>7}{head[3]:>12}{head[4]:>16}{head[5]:>16}")
    for row in found.levels:
        score = found.reference.level(row.level).score
        assert score is not None  # `levels` are those that are scored
        clicks = f"{row.risk_index.min():.2f} to {row.risk_index.max():.2f}"
        masks = f"{score.risk_low:.2f} to {score.risk_high:.2f}"
        print(
            f"{row.level.name:6}{row.dice.min():11.3f}{row.dice.mean():7.3f}{score.risk_index:12.2f}"
            f"{clicks:>16}{masks:>16}"
        )
    for missing in (row for row in found.reference.levels if row.score is None):
        print(f"{missing.level.name}: not scored, because: {missing.reason}")
    if found.reliability:
        print(f"\n{'feature':52}{'ICC(1,1)':>9}  95 % interval")
        for name, value in found.reliability.items():
            print(f"{name:52}{value.value:9.3f}  {value.lower:.3f} to {value.upper:.3f}")
        print("Few levels make wide intervals: repeat on several spines before you judge a feature.")
