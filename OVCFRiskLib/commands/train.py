"""`ovcfrisk train`: from feature tables to a frozen model card, its log and its figures."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_seed, print_notes, terminal_progress
from OVCFRiskLib.counts import counted
from OVCFRiskLib.numeric import DEFAULT_SEED

if TYPE_CHECKING:
    from OVCFRiskLib.training.description import DataDescription
    from OVCFRiskLib.training.feature_table import FeatureTable
    from OVCFRiskLib.training.options import TrainingOptions
    from OVCFRiskLib.training.training_files import TrainingOutputs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument("table", metavar="FEATURES.csv", help="patient_id, level, group (OVCF or NF), features")
    parser.add_argument("--second-observer", metavar="FILE", help="features of another observer's masks, for the ICC")
    parser.add_argument("--out", metavar="MODEL.json", required=True, help="card to write; log and scores beside it")
    parser.add_argument("--figures", metavar="DIR", help="folder for the figures (SVG and PNG)")
    parser.add_argument(
        "--description",
        metavar="FILE",
        help="whose CTs, how acquired and extracted (JSON), where description.json beside the table does not say",
    )
    parser.add_argument(
        "--protocol",
        choices=("paper",),
        help="state that CTs and extraction are as in the paper: 120 kVp, slices up to 1.25 mm, plain, no resampling",
    )
    parser.add_argument(
        "--cohort", metavar="COHORT.csv", help="take only these bodies or patients, with group, age, T-score"
    )
    parser.add_argument("--family", choices=("gaussian", "binomial"), help="default: binomial")
    parser.add_argument("--positive-class", choices=("OVCF", "NF"), help="the class coded 1 (default: OVCF)")
    parser.add_argument(
        "--paper-faithful",
        action="store_true",
        help="split by vertebra, scale before the split, gaussian, NF coded 1; says what that costs",
    )
    parser.add_argument("--features", choices=("all", "the-eight"), default="all", help="select, or take the paper's")
    parser.add_argument(
        "--lambda",
        dest="lasso_lambda",
        metavar="L",
        help="1se or min, chosen by cross-validation within the training rows, or a number (default: 1se)",
    )
    parser.add_argument("--folds", type=int, default=10, metavar="N", help="of the cross-validation (default: 10)")
    parser.add_argument("--test-share", type=float, default=0.3, metavar="P", help="of the patients (default: 0.3)")
    add_seed(parser, f"of split, folds and bootstrap (default: {DEFAULT_SEED})")
    parser.add_argument(
        "--prevalence", type=float, metavar="P", help="of OVCF, for the decision curves (default: as in the data)"
    )
    parser.add_argument("--id", help="of the model, a plain word (default: the card's file name)")
    parser.add_argument("--title", help="of the model, for people (default: says whether bodies were simulated)")


def run(arguments: argparse.Namespace) -> int:
    """Train, freeze, evaluate, draw; then write."""
    from OVCFRiskLib.files import require_writable
    from OVCFRiskLib.progress import part_of
    from OVCFRiskLib.tables.cohort_join import notes_of_join
    from OVCFRiskLib.training.feature_table import read_feature_table
    from OVCFRiskLib.training.options import FEATURE_SETS
    from OVCFRiskLib.training.pipeline import train
    from OVCFRiskLib.training.training_files import make_outputs, write_outputs

    options = _options(arguments)
    card_path = _card_path(arguments.out)
    figures = Path(arguments.figures) if arguments.figures else None
    for folder in (card_path.parent, figures):
        if folder is not None:
            require_writable(folder)
    table = read_feature_table(
        arguments.table,
        FEATURE_SETS[options.feature_set],
        may_split_patients=arguments.paper_faithful,
        cohort=arguments.cohort,
    )
    print_notes(notes_of_join(arguments.table, arguments.cohort))
    second = _second_observer(arguments, table)
    description = _description(arguments)
    progress = terminal_progress()
    result = train(table, second, options, part_of(progress, 0.0, 0.3))
    model_id = arguments.id or card_path.stem.replace(" ", "-")
    title = arguments.title or _title(description)
    outputs = make_outputs(result, description, model_id, title, second, arguments.prevalence)
    print_notes(_replaced(card_path))
    written = write_outputs(outputs, card_path, figures, part_of(progress, 0.4, 1.0))
    _report(outputs, written, card_path, figures)
    return exit_codes.OK


def _replaced(card_path: Path) -> tuple[str, ...]:
    """A note where the log and the scores of another card are about to be replaced: they have one name in a folder."""
    from OVCFRiskLib.training.training_files import LOG_NAME

    if card_path.exists() or not card_path.with_name(LOG_NAME).exists():
        return ()
    return (f"{LOG_NAME} and what lies beside it of another card are replaced; give each card a folder of its own",)


def _report(outputs: TrainingOutputs, written: Sequence[Path], card_path: Path, figures: Path | None) -> None:
    """What came out, on the terminal."""
    from OVCFRiskLib.scoring.known_cards import KNOWN_CARDS

    print(_summary(outputs))
    model_id, sha256 = outputs.card["id"], outputs.card["sha256"]
    if model_id in KNOWN_CARDS and sha256 != KNOWN_CARDS[model_id]:
        print_notes(
            (f"the id '{model_id}' belongs to a card of this version, so this card will be refused: give --id",)
        )
    beside = [path.name for path in written if path.suffix not in (".svg", ".png")]
    print(f"\nwrote {', '.join(beside)} to {card_path.parent}/")
    if figures:
        print(f"wrote {counted(len(written) - len(beside), 'figure')} to {figures}/")


def _second_observer(arguments: argparse.Namespace, table: FeatureTable) -> FeatureTable | None:
    """The other observer's table, where it is given; the first one again would make every feature reliable."""
    from OVCFRiskLib.errors import OVCFRiskError
    from OVCFRiskLib.training.feature_table import read_feature_table

    path = arguments.second_observer
    if not path:
        return None
    second = read_feature_table(path, table.features, has_outcome=False, cohort=arguments.cohort)
    if second.sha256 == table.sha256:
        raise OVCFRiskError(
            f"--second-observer '{path}': expected the features of another observer's masks, got the first table "
            "again, with which every feature would agree; give the other table, or leave it out"
        )
    return second


def _options(arguments: argparse.Namespace) -> TrainingOptions:
    from OVCFRiskLib.errors import OVCFRiskError
    from OVCFRiskLib.training.options import TrainingOptions, paper_faithful

    given = {
        "family": arguments.family,
        "positive_class": arguments.positive_class,
        "seed": arguments.seed,
        **_lambda(arguments.lasso_lambda),
    }
    given = {key: value for key, value in given.items() if value is not None}
    options = TrainingOptions(
        feature_set=arguments.features, folds=arguments.folds, test_share=arguments.test_share, **given
    )
    if not arguments.paper_faithful:
        return options
    faithful = paper_faithful(options)
    for key in ("family", "positive_class"):
        if key in given and given[key] != getattr(faithful, key):
            raise OVCFRiskError(
                f"--paper-faithful means {key.replace('_', ' ')} {getattr(faithful, key)}, got {given[key]}; "
                "leave one of the two out"
            )
    return faithful


def _lambda(text: str | None) -> dict[str, str | float]:
    """The option that a rule or a number of the command line sets."""
    from OVCFRiskLib.errors import OVCFRiskError
    from OVCFRiskLib.training.options import LAMBDA_RULES

    if text is None:
        return {}
    if text in LAMBDA_RULES:
        return {"lambda_rule": text}
    try:
        return {"lasso_lambda": float(text)}
    except ValueError:
        raise OVCFRiskError(
            f"--lambda: expected {', '.join(LAMBDA_RULES)} or a positive number, got '{text}'"
        ) from None


def _card_path(out: str) -> Path:
    from OVCFRiskLib.errors import OVCFRiskError

    path = Path(out)
    if path.suffix.lower() != ".json" or path.is_dir():
        raise OVCFRiskError(f"--out: expected the name of a model card ending in .json, got '{out}'")
    return path


def _description(arguments: argparse.Namespace) -> DataDescription:
    """As given, as found beside the table and the cohort, or as stated; never assumed."""
    from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME
    from OVCFRiskLib.training.description import PAPER_PROTOCOL, UNSTATED, gather_description

    others = []
    if arguments.cohort and Path(arguments.cohort).with_name(DESCRIPTION_NAME).is_file():
        others.append(Path(arguments.cohort).with_name(DESCRIPTION_NAME))
    if arguments.description:
        others.append(Path(arguments.description))
    stated = PAPER_PROTOCOL.to_dict() if arguments.protocol == "paper" else None
    description = gather_description(arguments.table, others, stated)
    unstated = [key for key, value in UNSTATED.items() if value is not False and getattr(description, key) == value]
    if unstated:
        print_notes((f"nobody stated {', '.join(unstated)}; the card says so (state it with --description)",))
    return description


def _title(description: DataDescription) -> str:
    return "Demonstration R-score, trained on simulated data" if description.is_simulated else "R-score"


def _summary(outputs: TrainingOutputs) -> str:
    """What a person wants to know first."""
    from OVCFRiskLib.evaluation.report_text import summary_text

    result, log = outputs.result, outputs.log
    lines = []
    for name in ("training", "test"):
        counts = log["split"][name]
        lines.append(f"{name:9} {counts['patients']:4} patients, {counts['OVCF']} OVCF and {counts['NF']} NF bodies")
    lines.append(
        f"{counted(len(result.table.features), 'feature')}, {len(result.reliability.kept)} reliable, "
        f"{len(result.candidates)} to the LASSO, "
        f"{sum(term.coefficient != 0 for term in result.terms)} with a coefficient at lambda "
        f"{result.lasso_lambda:.4g} (lambda.min {result.validation.lambda_min:.4g}, lambda.1se "
        f"{result.validation.lambda_1se:.4g})"
    )
    lines.append(summary_text(outputs.evaluation))
    side = "higher" if result.higher_is_risk else "lower"
    lines.append(f"{side} R-score = more risk; cut-off {result.cutoff.threshold:.4g} (Youden, training set)")
    if outputs.leakage:
        lines.append(_leakage_text(outputs.leakage))
    return "\n".join(lines)


def _leakage_text(leakage: dict) -> str:
    """What the paper's way costs, in words."""
    same, shuffled = leakage["same_data"], leakage["shuffled_outcome"]
    return (
        f"PAPER-FAITHFUL: {leakage['patients_in_both_sets']} of {leakage['test_patients']} test patients have bodies "
        f"in the training set too.\n  Mean test AUC of {leakage['repeats']} splits: {same['by_vertebra']:.3f} by "
        f"vertebra, {same['by_patient']:.3f} by patient; with the outcome shuffled among the women,\n  so that there "
        f"is nothing to find: {shuffled['by_vertebra']:.3f} by vertebra, {shuffled['by_patient']:.3f} by patient.\n"
        "  Do not report the AUCs above as performance in new patients."
    )
