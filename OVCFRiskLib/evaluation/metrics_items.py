"""METRICS, the quality score of radiomics studies: 30 items, each answered from the data or marked open.

Kocak B, Akinci D'Antonoli T, Mercaldo N, et al. (2024). METhodological RadiomICs Score. Insights Imaging 15:8 (CC BY
4.0). The items' numbers are theirs, their texts ours, in short. The weighted score is left to METRICS' own calculator,
because an open item has no points.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from OVCFRiskLib.evaluation.report_text import markdown_table
from OVCFRiskLib.evaluation.results import Evaluation
from OVCFRiskLib.tables.body_rows import GROUPS

if TYPE_CHECKING:
    from OVCFRiskLib.scoring.model import RScoreModel

# What an item of METRICS may be answered.
YES = "yes"
NO = "no"
OPEN = "open"
NOT_APPLICABLE = "not applicable"
Item = tuple[int, str, str, str]
# Bodies of the rarer group per feature of the score below which a model is likely to be overfitted (Peduzzi et al.
# 1996, J Clin Epidemiol 49:1373, for events; bodies of a patient are alike, so ten are rather few).
BODIES_PER_FEATURE = 10
# What no table of scores and no card can answer.
METRICS_FOR_AUTHORS = {
    2: ("eligibility criteria, representative population", "who was included is in the card's `training.population`"),
    3: ("reference standard of high quality", "how OVCF was established, by whom"),
    4: ("more than one centre", "name the centres"),
    5: ("imaging source that the clinic uses", "lumbar or abdominal CT; state the protocol's guideline"),
    7: ("interval between CT and reference standard", "state it"),
    10: ("test masks by a single reader or tool", "say who made or corrected the masks of the test set"),
    19: (
        "confounding factors",
        "contrast, scanner and age differ between groups in many cohorts: say how they were handled",
    ),
    28: ("data availability", "say where the data are, or why not"),
}


def metrics_items(evaluation: Evaluation, model: RScoreModel | None) -> tuple[Item, ...]:
    """All items as (number, what it asks for, answer, evidence), in order.

    Parameters
    ----------
    evaluation : Evaluation
    model : RScoreModel or None
        Without a card, what only a card can say is open.
    """
    found = [(number, text, OPEN, hint) for number, (text, hint) in METRICS_FOR_AUTHORS.items()]
    found += _items_of_the_software() + _items_of_the_card(model) + _items_of_the_evaluation(evaluation)
    return tuple(sorted(found))


def metrics_markdown(evaluation: Evaluation, model: RScoreModel | None) -> str:
    """The items as a Markdown page."""
    items = metrics_items(evaluation, model)
    counts = Counter(answer for _, _, answer, _ in items)
    answered = ", ".join(f"{counts[answer]} {answer}" for answer in (YES, NO, OPEN, NOT_APPLICABLE))
    return (
        "\n\n".join(
            (
                f"# METRICS for {evaluation.table.name}",
                f"{len(items)} items: {answered}. Answered by the software where data or card say so; *open* needs a "
                "person. "
                "Kocak et al. 2024, Insights Imaging 15:8; the weighted score is made by their calculator.",
                markdown_table(("item", "asks for", "answer", "evidence"), items),
            )
        )
        + "\n"
    )


def _items_of_the_software() -> list[Item]:
    return [
        (1, "reporting checklists", YES, "TRIPOD+AI and CLEAR in checklist.md, beside this file"),
        (8, "segmentation described", YES, "Docs/method.md: four points, template and edges; or masks made elsewhere"),
        (9, "automated segmentation evaluated", NOT_APPLICABLE, "levels are set by a person, masks are reviewed"),
        (
            12,
            "standardised feature software",
            YES,
            "own code, equal to pyradiomics and to IBSI's digital phantom in tests",
        ),
        (17, "robustness of end-to-end deep learning", NOT_APPLICABLE, "hand-crafted features"),
        (23, "one imaging parameter, or why more", YES, "one CT"),
        (29, "code availability", YES, "Apache-2.0"),
    ]


def _items_of_the_card(model: RScoreModel | None) -> list[Item]:
    asked = {
        6: "imaging protocol",
        11: "preprocessing described",
        13: "extraction parameters",
        14: "features robust between observers",
        15: "redundant features removed",
        16: "features against patients",
        18: "partition without leaks",
        30: "model availability",
    }
    if model is None:
        return [(number, text, OPEN, "no model card was given") for number, text in asked.items()]
    training, procedure = model.training, model.training["procedure"]
    ranges = {key: training[key] for key in ("slice_thickness_range_mm", "pixel_spacing_range_mm", "kvp_range")}
    rarer = min(training["vertebrae"][group] for group in GROUPS)
    used = sum(1 for term in model.terms if term.coefficient)
    answers = {
        6: (YES if ranges["kvp_range"] else NO, f"{ranges}, contrast {training['contrast']}"),
        11: (YES, f"{model.settings.to_dict()}"),
        13: (YES, f"{model.settings.to_dict()}"),
        14: (YES if "ICC(" in procedure else NO, procedure),
        15: (YES if "mRMR" in procedure else NO, procedure),
        16: (
            YES if rarer >= BODIES_PER_FEATURE * used else NO,
            f"{used} features in the score, {training['patients']} patients, {rarer} bodies of the rarer group",
        ),
        18: (NO if "optimistic" in procedure else YES, procedure),
        30: (YES, f"card {model.id}, SHA-256 {model.sha256}"),
    }
    return [(number, asked[number], *answers[number]) for number in asked]


def _items_of_the_evaluation(evaluation: Evaluation) -> list[Item]:
    part = evaluation.sets[-1]
    area = part.discriminations[0]
    compared = ", ".join(found.second for found in part.comparisons)
    names = [found.name for found in evaluation.sets]
    external = "external" if names == ["validation"] else ""
    is_calibrated = part.calibration is not None
    return [
        (20, "metrics for the task", YES, "AUC, sensitivity, specificity, predictive values, net benefit"),
        (
            21,
            "uncertainty",
            YES,
            f"AUC {area.auc.value:.3f}, DeLong and bootstrap by patient ({evaluation.draws} draws), Wilson intervals",
        ),
        (
            22,
            "calibration",
            YES if is_calibrated else NO,
            "slope, intercept, Brier, curve" if is_calibrated else "no probability",
        ),
        (
            24,
            "comparison without radiomics",
            YES if compared else NO,
            f"DXA: {compared}" if compared else "no T-scores",
        ),
        (
            25,
            "comparison with simple models",
            YES if evaluation.t_reference else NO,
            "logistic line of the T-score" if evaluation.t_reference else "no T-scores in the training rows",
        ),
        (26, "internal testing", YES if "test" in names else NO, ", ".join(names)),
        (
            27,
            "external testing",
            OPEN if external else NO,
            "one set; say whether it is independent of the training data" if external else "not in this table",
        ),
    ]
