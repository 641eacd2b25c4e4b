"""What a training run leaves: card, log, scores and figures, all made before the first is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from OVCFRiskLib.evaluation.evaluation_figures import evaluation_figures
from OVCFRiskLib.evaluation.evidence import EVIDENCE_FILES, evidence_texts
from OVCFRiskLib.evaluation.results import Evaluation
from OVCFRiskLib.evaluation.score_meaning import ScoreMeaning
from OVCFRiskLib.evaluation.scored_bodies import ScoreTable
from OVCFRiskLib.evaluation.validation import evaluate
from OVCFRiskLib.figures.style import draw
from OVCFRiskLib.files import write_files
from OVCFRiskLib.json_text import json_text
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.scoring.freezing import card_text
from OVCFRiskLib.scoring.model import RScoreModel
from OVCFRiskLib.tables.table_writer import csv_text
from OVCFRiskLib.training.description import DataDescription
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.leakage import cost_of_leakage
from OVCFRiskLib.training.model_card import make_card
from OVCFRiskLib.training.path_figures import TRAINING_FIGURES, agreement_figure
from OVCFRiskLib.training.pipeline import TrainingResult
from OVCFRiskLib.training.training_log import training_log

# Names of the files of a training.
LOG_NAME = "training_log.json"
SCORES_NAME = "training_scores.csv"
BESIDE_CARD = (LOG_NAME, SCORES_NAME, *EVIDENCE_FILES)
TRAINED_COLUMNS = (
    "patient_id",
    "level",
    "group",
    "split",
    "r_score",
    "risk_index",
    "t_score",
    "age",
    "model_id",
)


@dataclass(frozen=True, slots=True)
class TrainingOutputs:
    """Everything a training run found and made of it, not yet written.

    Attributes
    ----------
    result : TrainingResult
    card, log : dict
    scores : str
        CSV text of all bodies, ready for ``ovcfrisk evaluate``.
    evaluation : Evaluation
        Of training and test set.
    leakage : dict or None
        What splitting by vertebra costs, for a run that does.
    """

    result: TrainingResult
    card: dict[str, Any]
    log: dict[str, Any]
    scores: str
    evaluation: Evaluation
    leakage: dict[str, Any] | None


def make_outputs(
    result: TrainingResult,
    description: DataDescription,
    model_id: str,
    title: str,
    second_observer: FeatureTable | None = None,
    prevalence: float | None = None,
) -> TrainingOutputs:
    """Freeze the card, evaluate both sets, and write down the way.

    Parameters
    ----------
    result : TrainingResult
    description : DataDescription
    model_id, title : str
    second_observer : FeatureTable, optional
        As given to `train`.
    prevalence : float, optional
        For the decision curves.

    Raises
    ------
    OVCFRiskError
        As `make_card` and `evaluate`.
    """
    card = make_card(result, description, model_id, title, second_observer)
    model = RScoreModel.from_card(card)
    table = score_table(result)
    evaluation = evaluate(table, ScoreMeaning.of_model(model), prevalence, seed=result.options.seed)
    leakage = cost_of_leakage(result) if result.options.is_faithful else None
    log = training_log(result, description, card, evaluation, second_observer, leakage)
    return TrainingOutputs(result, card, log, _scores_text(table, model), evaluation, leakage)


def score_table(result: TrainingResult) -> ScoreTable:
    """All bodies with their R-score and set."""
    table = result.table
    return ScoreTable(
        name=table.name,
        sha256=table.sha256,
        score_column="r_score",
        model_ids=(),
        patients=table.patients,
        levels=table.levels,
        groups=table.groups,
        scores=result.r_scores,
        t_scores=table.t_scores,
        ages=table.ages,
        sets=np.where(result.is_training, "train", "test"),
    )


def write_outputs(
    outputs: TrainingOutputs, card_path: Path, figures: Path | None, progress: Progress | None = None
) -> list[Path]:
    """Draw, then write everything; the files in the order written.

    Parameters
    ----------
    outputs : TrainingOutputs
    card_path : Path
        The log, the scores and the evidence (see `evidence_texts`) are written beside it.
    figures : Path, optional
        Folder; None draws nothing.
    progress : callable, optional
    """
    texts = {LOG_NAME: json_text(outputs.log), SCORES_NAME: outputs.scores}
    texts |= evidence_texts(outputs.evaluation, RScoreModel.from_card(outputs.card))
    contents: dict[Path, str | bytes] = {card_path: card_text(outputs.card)}
    contents |= {card_path.with_name(name): text for name, text in texts.items()}
    if figures is not None:
        contents |= {figures / name: content for name, content in _drawn(outputs, progress).items()}
    report_progress(progress, 1.0, "writing")
    return write_files(contents)


def _drawn(outputs: TrainingOutputs, progress: Progress | None) -> dict[str, bytes]:
    """All figures, file name to content."""
    makers = dict(TRAINING_FIGURES) | (
        {"observer_agreement": agreement_figure} if outputs.result.reliability.iccs else {}
    )
    drawn: dict[str, bytes] = {}
    for number, (name, make) in enumerate(makers.items()):
        report_progress(progress, number / len(makers) / 2, f"drawing {name}")
        files = draw(partial(make, outputs.result), outputs.evaluation.meaning.notice)
        drawn |= {name + suffix: content for suffix, content in files.items()}
    report_progress(progress, 0.5, "drawing the evaluation")
    return drawn | evaluation_figures(outputs.evaluation)


def _scores_text(table: ScoreTable, model: RScoreModel) -> str:
    sets = np.broadcast_to("" if table.sets is None else table.sets, len(table.scores))
    rows = [
        {
            "patient_id": str(table.patients[row]),
            "level": str(table.levels[row]),
            "group": str(table.groups[row]),
            "split": str(sets[row]),
            "r_score": float(score),
            "risk_index": float(model.risk_index(score)),
            "t_score": _known(table.t_scores, row),
            "age": _known(table.ages, row),
            "model_id": model.id,
        }
        for row, score in enumerate(table.scores)
    ]
    return csv_text(rows, TRAINED_COLUMNS)


def _known(values: np.ndarray | None, row: int) -> float | None:
    return None if values is None or np.isnan(values[row]) else float(values[row])
