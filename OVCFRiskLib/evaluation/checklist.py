"""Reporting checklists, filled in where the data say so, and honest about the rest.

TRIPOD+AI: Collins GS et al. (2024). BMJ 385:e078378. CLEAR: Kocak B et al. (2023). Insights Imaging 14:75. The items'
texts are ours, in short; the numbers are theirs (CLEAR is named by section).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from OVCFRiskLib.counts import counted_bodies
from OVCFRiskLib.evaluation.characteristics import characteristics
from OVCFRiskLib.evaluation.report_text import markdown_table, share_text
from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation

if TYPE_CHECKING:
    from OVCFRiskLib.scoring.model import RScoreModel

# Answer to what neither the evaluation nor a model card knows; bold, so that none is overlooked.
TO_WRITE = "**to be written by the authors**"
# TRIPOD+AI items that no table of scores can answer.
TRIPOD_FOR_AUTHORS = {
    "1-4": "title, abstract, background, objectives",
    "5a-5b": "sources and dates of the data",
    "6a-6c": "setting, eligibility, treatments",
    "8a-8c": "how OVCF was established, by whom, blinded to the score or not",
    "14": "fairness: groups at risk of unequal performance",
    "17-19": "ethics, funding, conflicts, protocol, registration, data and code, patient involvement",
    "25-27": "interpretation, limitations, usability",
}


def checklist_markdown(evaluation: Evaluation, model: RScoreModel | None) -> str:
    """Both checklists as Markdown tables.

    Parameters
    ----------
    evaluation : Evaluation
    model : RScoreModel or None
        Without a card, what only a card can say is left to the authors.
    """
    tripod = [*_data_items(evaluation), *_model_items(model), *_result_items(evaluation)]
    tripod += [(number, text, TO_WRITE) for number, text in TRIPOD_FOR_AUTHORS.items()]
    tripod.sort(key=_item_order)
    header = ("item", "asks for", "answer")
    return (
        "\n\n".join(
            (
                f"# Reporting checklists for {evaluation.table.name}",
                "Filled in by the software from the table and the model card. Cells in bold need a person.",
                "## TRIPOD+AI",
                markdown_table(header, tripod),
                "## CLEAR",
                markdown_table(header, _clear_items(evaluation, model)),
            )
        )
        + "\n"
    )


def _item_order(row: tuple[str, str, str]) -> tuple[int, str]:
    """Number and letter of an item such as ``12b-12c``."""
    first = row[0].split("-")[0]
    number = first.rstrip("abcdefg")
    return int(number), first[len(number) :]


def _data_items(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    table = evaluation.table
    sets = "; ".join(_counts(part) for part in evaluation.sets)
    t_missing = (
        "no T-scores" if table.t_scores is None else f"T-score missing for {np.isnan(table.t_scores).sum()} bodies"
    )
    age_missing = "no ages" if table.ages is None else f"age missing for {np.isnan(table.ages).sum()} bodies"
    share = table.is_fracture.mean()
    partition = "training and test set as in the column `split`" if table.sets is not None else "evaluation only"
    return [
        ("10", "sample size", f"{sets} (no size was planned by the software)"),
        (
            "11",
            "missing data",
            f"{counted_bodies(len(table.not_scored))} not scored and left out; {t_missing}; {age_missing}; "
            "comparisons with the T-score use bodies that have one",
        ),
        ("12a", "use of the data", f"{partition}; no woman in two sets"),
        ("12d", "clustering", "several bodies per woman: intervals by bootstrap of women, beside DeLong's"),
        (
            "12e",
            "performance measures",
            "AUC with DeLong and bootstrap intervals, sensitivity and specificity for OVCF at "
            "the frozen cut-off with counts, calibration slope, intercept, Brier score, net benefit",
        ),
        ("12f", "model updating", "none; nothing was refitted"),
        ("12g", "how predictions were made", "by the frozen card; see 22"),
        (
            "13",
            "class imbalance",
            f"{share:.1%} of the bodies are of women with OVCF; no resampling; prevalence of the "
            f"decision curves {'stated' if evaluation.prevalence is not None else 'as in the data'}",
        ),
        (
            "20a",
            "flow of participants",
            f"{counted_bodies(len(table.scores) + len(table.not_scored))} in the table, "
            f"{len(table.not_scored)} not scored, {len(table.scores)} evaluated: {sets}",
        ),
        ("20b", "characteristics", "; ".join(_age_and_t(part) for part in evaluation.sets)),
    ]


def _model_items(model: RScoreModel | None) -> list[tuple[str, str, str]]:
    if model is None:
        return [
            (number, text, f"no model card was given; {TO_WRITE}")
            for number, text in (
                ("9", "predictors"),
                ("12b-12c", "model building"),
                ("15", "output"),
                ("22", "model specification"),
            )
        ]
    training = model.training
    return [
        (
            "7",
            "data preparation",
            f"features z-scored with the card's means and SDs; extraction {model.settings.to_dict()}",
        ),
        ("9", "predictors", ", ".join(model.feature_names)),
        ("12b-12c", "model building", training["procedure"]),
        (
            "15",
            "output",
            f"R-score, {'higher' if model.higher_is_risk else 'lower'} = more risk; at risk beyond the "
            f"cut-off {model.cutoff:.6g}",
        ),
        (
            "16",
            "training against evaluation",
            f"trained on: {training['population']}; {training['patients']} patients, "
            f"{training['vertebrae']['OVCF']} OVCF and {training['vertebrae']['NF']} NF bodies",
        ),
        (
            "21",
            "participants and outcome events in development",
            f"{training['patients']} patients, {training['vertebrae']['OVCF']} OVCF bodies",
        ),
        (
            "22",
            "model specification",
            f"card `{model.id}`, SHA-256 {model.sha256}: all coefficients, means, SDs and the intercept",
        ),
    ]


def _result_items(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    areas, points = [], []
    for part in evaluation.sets:
        best = part.discriminations[0]
        areas.append(f"{part.name}: {best.auc.value:.3f} ({best.by_patient.lower:.3f}-{best.by_patient.upper:.3f})")
        at = part.operating_points[0].confusion
        points.append(
            f"{part.name}: sensitivity {share_text(at.sensitivity)}, specificity {share_text(at.specificity)}"
        )
    return [
        ("23a", "performance with intervals", f"AUC {'; '.join(areas)}. {'; '.join(points)}"),
        ("23b", "heterogeneity", "by level, T-score and age: subgroups.csv"),
        ("24", "updating", "not done"),
    ]


def _clear_items(evaluation: Evaluation, model: RScoreModel | None) -> list[tuple[str, str, str]]:
    settings = TO_WRITE if model is None else str(model.settings.to_dict())
    training = None if model is None else model.training
    return [
        (
            "data",
            "split, overlap",
            "by woman; a woman in both sets is refused"
            if evaluation.table.sets is not None
            else f"one set; independence of the training data {TO_WRITE}",
        ),
        (
            "data",
            "imaging protocol",
            TO_WRITE
            if training is None
            else f"model's range: slices "
            f"{training['slice_thickness_range_mm']} mm, pixels {training['pixel_spacing_range_mm']} mm, "
            f"{training['kvp_range'] or 'unknown'} kVp, contrast {training['contrast']}; of these data {TO_WRITE}",
        ),
        ("data", "non-radiomic predictors", "none; the T-score is a competitor, not a predictor"),
        ("segmentation", "strategy, operators", TO_WRITE),
        ("pre-processing", "resampling, discretisation", settings),
        (
            "feature extraction",
            "software, classes, number",
            "OVCFRisk's own code, pinned to pyradiomics"
            if model is None
            else f"{len(model.feature_names)} features, pinned to pyradiomics 3",
        ),
        (
            "data preparation",
            "scaling, reduction, reproducibility",
            TO_WRITE if training is None else training["procedure"],
        ),
        ("modelling", "algorithm", "LASSO, frozen" if model is None else f"LASSO, link {model.link}, frozen"),
        (
            "evaluation",
            "metrics, uncertainty, comparison with a standard",
            "AUC, counts with Wilson intervals, DeLong, bootstrap by woman; T-score and T <= -2.5 on the same bodies",
        ),
        (
            "evaluation",
            "calibration, clinical utility",
            "measured"
            if evaluation.sets[0].calibration
            else "decision curves of the rule only: no probability without a card",
        ),
        ("results", "flow, demographics", "; ".join(_counts(part) for part in evaluation.sets)),
        ("open science", "code, model, data", "software and card are open; data " + TO_WRITE),
    ]


def _counts(part: SetEvaluation) -> str:
    found = part.discriminations[0]
    return f"{part.name}: {found.patients} women, {found.fractures} OVCF and {found.controls} NF bodies"


def _age_and_t(part: SetEvaluation) -> str:
    texts = []
    for group in characteristics(part.table):
        age = f"age {group.age_years.mean:.1f} ± {group.age_years.sd:.1f}" if group.age_years.known else "age unknown"
        t = f"T {group.t_score.mean:.2f} ± {group.t_score.sd:.2f}" if group.t_score.known else "T-score unknown"
        texts.append(f"{group.group} {group.patients} women, {age}, {t}")
    return f"{part.name}: {'; '.join(texts)}"
