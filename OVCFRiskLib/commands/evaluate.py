"""`ovcfrisk evaluate`: validation of a frozen model with its frozen cut-off, or of any markers side by side."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import exit_codes
from OVCFRiskLib.commands.common import add_excel, add_seed, print_notes, require_folder_name
from OVCFRiskLib.counts import counted, counted_bodies
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.numeric import DEFAULT_SEED

if TYPE_CHECKING:
    from OVCFRiskLib.evaluation.score_meaning import ScoreMeaning
    from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
    from OVCFRiskLib.scoring import RScoreModel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of the command."""
    parser.add_argument(
        "table",
        metavar="SCORES.csv",
        help="patient_id, level, group (OVCF or NF), r_score; where known t_score, age, split (train, test), model_id",
    )
    parser.add_argument("--out", metavar="DIR", required=True, help="folder for tables, figures and the report")
    add_excel(parser)
    parser.add_argument(
        "--model",
        metavar="ID_OR_FILE",
        help="the frozen model that made the scores (default: the bundled one of the column model_id)",
    )
    parser.add_argument(
        "--prevalence",
        type=float,
        metavar="P",
        help="share of OVCF where the model will be used, for decision curves (default: as in the data)",
    )
    parser.add_argument(
        "--cohort", metavar="COHORT.csv", help="take only these bodies or patients, with group, age, T-score"
    )
    parser.add_argument("--bootstrap", type=int, default=2000, metavar="N", help="draws of patients (default: 2000)")
    add_seed(parser, "of the bootstrap", DEFAULT_SEED)
    parser.add_argument(
        "--marker",
        action="append",
        metavar="NAME=higher|lower",
        help="evaluate this column as it is, and which values speak for a fracture; repeat for markers side by side, "
        "one row per patient or per body; no card is needed",
    )
    parser.add_argument(
        "--folds",
        metavar="N_OR_FILE",
        default="5",
        help="with --marker: folds of patients to make, or folds.csv of another run",
    )
    parser.add_argument("--no-figures", action="store_true", help="tables and report only (no matplotlib needed)")


def run(arguments: argparse.Namespace) -> int:
    """Read, measure, draw; then write."""
    from OVCFRiskLib.files import require_writable

    require_folder_name(arguments.out)
    require_writable(arguments.out)
    return _run_markers(arguments) if arguments.marker else _run_score(arguments)


def _run_score(arguments: argparse.Namespace) -> int:
    """A frozen score with its card."""
    from OVCFRiskLib.evaluation.evaluation_files import write_evaluation
    from OVCFRiskLib.evaluation.report_text import summary_text
    from OVCFRiskLib.evaluation.scored_bodies import read_score_table
    from OVCFRiskLib.evaluation.validation import evaluate
    from OVCFRiskLib.tables.cohort_join import notes_of_join

    table = read_score_table(arguments.table, arguments.cohort)
    print_notes(notes_of_join(arguments.table, arguments.cohort))
    model = _model(arguments.model, table)
    meaning = _meaning(model, table)
    if table.not_scored:
        left_out = counted(len(table.not_scored), "body was", plural="bodies were")
        print_notes((f"{left_out} not scored and left out (listed in evaluation.json)",))
    if table.is_outside is not None and table.is_outside.any():
        outside = f"of {counted_bodies(len(table.scores))} {table.is_outside.sum()} lie outside the model"
        print_notes((f"{outside}; they count all the same, and subgroups tell them apart",))
    evaluation = evaluate(table, meaning, arguments.prevalence, arguments.bootstrap, arguments.seed)
    written = write_evaluation(evaluation, model, Path(arguments.out), with_figures=not arguments.no_figures)
    print(summary_text(evaluation))
    print(f"\nwrote {counted(len(written), 'file')} to {arguments.out}/, first {written[0].name}")
    return exit_codes.OK


def _run_markers(arguments: argparse.Namespace) -> int:
    """Columns as they are."""
    from OVCFRiskLib.evaluation.marker_files import markers_table, write_marker_study
    from OVCFRiskLib.evaluation.marker_study import evaluate_markers
    from OVCFRiskLib.evaluation.marker_table import parse_directions, read_folds, read_marker_table

    for option in ("model", "prevalence"):
        if getattr(arguments, option) is not None:
            raise OVCFRiskError(f"--{option} belongs to a score with a card; leave it out with --marker")
    table = read_marker_table(arguments.table, parse_directions(arguments.marker), arguments.cohort)
    folds = int(arguments.folds) if arguments.folds.isdigit() else read_folds(arguments.folds, table)
    study = evaluate_markers(table, folds, arguments.bootstrap, arguments.seed)
    written = write_marker_study(study, Path(arguments.out), with_figures=not arguments.no_figures)
    print(markers_table(study))
    print(f"\nwrote {counted(len(written), 'file')} to {arguments.out}/, first {written[0].name}")
    return exit_codes.OK


def _model(given: str | None, table: ScoreTable) -> RScoreModel | None:
    """The card that made the scores: as given, or named by the table; None for a risk index of an unknown one."""
    from OVCFRiskLib.scoring import list_models, load_model

    if given is not None:
        model = load_model(given)
        model.require_complete()
        if table.model_ids and table.model_ids != (model.id,):
            raise OVCFRiskError(
                f"{table.name}, column 'model_id': the scores were made by {', '.join(table.model_ids)}, not by "
                f"'{model.id}'; give the model that made them"
            )
        return model
    if len(table.model_ids) > 1:
        raise OVCFRiskError(
            f"{table.name}, column 'model_id': scores of {len(table.model_ids)} models "
            f"({', '.join(table.model_ids[:4])}); evaluate one model at a time"
        )
    bundled = {model.id for model in list_models()}
    if table.model_ids and table.model_ids[0] in bundled:
        return load_model(table.model_ids[0])
    if table.score_column == "r_score":
        raise OVCFRiskError(
            f"{table.name}: the direction and the cut-off of an R-score stand in its card; give it with --model"
        )
    return None


def _meaning(model: RScoreModel | None, table: ScoreTable) -> ScoreMeaning:
    from OVCFRiskLib.evaluation.score_meaning import RISK_INDEX, ScoreMeaning

    # `_model` refuses an R-score without its card
    return RISK_INDEX if table.score_column == "risk_index" or model is None else ScoreMeaning.of_model(model)
