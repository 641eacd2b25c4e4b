"""`ovcfrisk cohort`: who enters a study, from tables of people and a folder of CTs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import print_notes, require_folder_name

if TYPE_CHECKING:
    from OVCFRiskLib.cohort.cohort_rules import CohortRules
    from OVCFRiskLib.cohort.cohort_series import CohortSeries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    sources = parser.add_subparsers(dest="source", metavar="SOURCE", required=True)
    verse = sources.add_parser("verse", help="VerSe 2019, as downloaded")
    verse.add_argument(
        "root", metavar="ROOT", nargs="?", help="folder with the CTs and masks; without it the tables alone are counted"
    )
    verse.add_argument(
        "--grades", metavar="TABLE.xlsx", required=True, help="fracture grades (Loeffler 2020, supplement)"
    )
    verse.add_argument("--people", metavar="TABLE.csv", help="sex, contrast, phantomless density (spineFE, appendix A)")
    table = sources.add_parser("table", help="a centre's own table, one row per CT")
    table.add_argument(
        "people", metavar="PEOPLE.csv", help="patient_id, L1_grade .. L4_grade, ct, labels, sex, age, ..."
    )
    for source in (verse, table):
        _add_rules(source)


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for manifest, tables and flow diagram")
    parser.add_argument(
        "--fracture-grade", type=int, default=1, metavar="G", help="smallest grade that makes a case (default: 1)"
    )
    parser.add_argument("--no-contrast", action="store_true", help="leave contrast-enhanced series out")
    parser.add_argument("--finest", type=float, metavar="MM", help="leave series with voxels larger than MM out")
    parser.add_argument("--men", action="store_true", help="men as well as women")
    parser.add_argument(
        "--youngest", type=float, default=50.0, metavar="YEARS", help="age that stands in for menopause (default: 50)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Read, select, write."""
    require_folder_name(arguments.out)
    from OVCFRiskLib.cohort.cohort_description import cohort_title, describe_cohort
    from OVCFRiskLib.cohort.cohort_files import write_cohort
    from OVCFRiskLib.cohort.design import select_cohort
    from OVCFRiskLib.cohort.flow_diagram import flow_text

    rules = _rules(arguments)
    series, notes = _verse(arguments) if arguments.source == "verse" else _table(arguments)
    # a folder was given, so what is not in it does not enter; without one the tables alone are counted
    has_files = any(item.ct is not None for item in series) or bool(getattr(arguments, "root", None))
    cohort = select_cohort(series, rules, has_files)
    title = cohort_title(rules, arguments.source)
    stated = Path(arguments.root or "") if arguments.source == "verse" and arguments.root else None
    description = describe_cohort(cohort, arguments.source, stated)
    written = write_cohort(cohort, title, description, arguments.out, has_files)
    print(flow_text(cohort, title))
    if not has_files:
        notes = [*notes, "no CT on disk: the tables alone were counted, and there is no manifest for a batch"]
    print_notes(notes)
    print(f"wrote {', '.join(path.name for path in written)} to {arguments.out}/")
    return exit_codes.OK


def _rules(arguments: argparse.Namespace) -> CohortRules:
    from OVCFRiskLib.cohort.cohort_rules import CohortRules

    return CohortRules(
        fracture_grade=arguments.fracture_grade,
        is_contrast_excluded=arguments.no_contrast,
        largest_voxel_mm=arguments.finest,
        sexes=frozenset("FM" if arguments.men else "F"),
        youngest_years=arguments.youngest,
    )


def _verse(arguments: argparse.Namespace) -> tuple[tuple[CohortSeries, ...], list[str]]:
    """Series of the tables, with their files where a folder is given."""
    from OVCFRiskLib.cohort.verse_files import find_verse_files, with_files
    from OVCFRiskLib.cohort.verse_tables import read_verse_tables

    series = read_verse_tables(arguments.grades, arguments.people)
    if arguments.root is None:
        return series, []
    found = find_verse_files(arguments.root)
    notes = []
    if found.without_mask:
        names = ", ".join(f"verse{number:03d}" for number in sorted(found.without_mask)[:5])
        notes.append(f"CTs without a vertebra mask: {len(found.without_mask)} ({names} ...)")
    if found.others:
        notes.append(f"CTs that are not VerSe's own (e.g. sub-gl..., not CC BY-SA), not used: {found.others}")
    return with_files(series, found), notes


def _table(arguments: argparse.Namespace) -> tuple[tuple[CohortSeries, ...], list[str]]:
    from OVCFRiskLib.cohort.people_table import read_people_table

    return read_people_table(arguments.people), []
