"""The report's table: one row per level with its numbers, and below it what qualifies them."""

from __future__ import annotations

from collections.abc import Sequence

from OVCFRiskLib.assessment import BodyHeights, Category, LevelAssessment, Score, SpineAssessment, TrabecularDensity
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.mask_codes import STOP_LOSS
from OVCFRiskLib.report.colors import hex_color, level_color
from OVCFRiskLib.report.markup import Markup, element, join
from OVCFRiskLib.report.page.charts import risk_bar, risk_scale
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, NONE, fixed, interval, status_text

# category -> CSS class of its cell
CATEGORY_CLASSES = {
    Category.LOWER_RISK: "lower",
    Category.HIGHER_RISK: "higher",
    Category.INDETERMINATE: "indeterminate",
    Category.OUTSIDE_MODEL: "outside",
}
COLUMNS = 7  # of the table of levels, for rows that span them


def level_table(assessment: SpineAssessment, gradient: str) -> Markup:
    """Table of the four levels.

    Parameters
    ----------
    assessment : SpineAssessment
    gradient : str
        Id of the page's `risk_gradient`.

    Returns
    -------
    Markup
        A ``<table>`` with one ``<tbody>`` per level.
    """
    titles = (
        element("th", "Level", scope="col"),
        element("th", "Risk index", element("small", "higher = more risk"), scope="col"),
        element("th", "Category", element("small", "side of the cut-off"), scope="col"),
        element("th", "R-score", element("small", "raw, with interval"), scope="col", class_="number"),
        element("th", "Trabecular", element("small", "HU, mean ± SD"), scope="col", class_="number"),
        element("th", "Volume", element("small", "ml"), scope="col", class_="number"),
        element(
            "th",
            "Heights",
            element("small", "anterior / middle / posterior, mm, with 95 % uncertainty"),
            scope="col",
            class_="number",
        ),
    )
    scale = element(
        "tr",
        element("td", class_="scale"),
        element("td", risk_scale(assessment.cutoff_risk_index), class_="scale"),
        *[element("td", class_="scale") for _ in range(COLUMNS - 2)],
        aria_hidden="true",
    )
    bodies = (_level(assessment, row, gradient) for row in assessment.levels)
    return element("table", element("thead", element("tr", *titles), scale), *bodies, class_="levels")


def _level(assessment: SpineAssessment, row: LevelAssessment, gradient: str) -> Markup:
    """Rows of one level."""
    cutoff = assessment.cutoff_risk_index
    score = _outside_cells() if row.is_outside_model else _empty_score_cells()
    if row.score and not row.is_outside_model:
        score = _score_cells(row.score, cutoff, gradient)
    kind = " outside" if row.is_outside_model else ""
    chip = element("i", class_=f"chip{kind}", style=f"background-color:{hex_color(level_color(row))}")
    name = element("th", chip, row.level.name, element("small", status_text(row)), scope="row")
    numbers = (
        *score,
        element("td", *_trabecular(row.trabecular), class_="number", data_label="Trabecular HU"),
        element("td", fixed(row.volume_ml, 1), class_="number", data_label="Volume, ml"),
        element("td", *_heights(row.heights), class_="number", data_label="Heights, mm"),
    )
    words = _words(row, assessment.reasons_outside_model(row.level))
    details = [element("tr", element("td"), element("td", words, colspan=COLUMNS - 1), class_="words")] if words else []
    return element(
        "tbody",
        element("tr", name, *numbers),
        *details,
        class_=None if row.score and not row.is_outside_model else "unscored",
    )


def _score_cells(score: Score, cutoff: float, gradient: str) -> tuple[Markup, ...]:
    """Risk index, category, R-score."""
    number = element("span", element("b", f"{score.risk_index:.2f}"), " ", element("small", interval(score)))
    category = f"{CATEGORY_SIGNS[score.category]} {score.category.value}"
    changes = f"{score.category_change_probability:.0%} of redrawn masks fall on the other side"
    r_score = f"{fixed(score.r_score_low, 3)} to {fixed(score.r_score_high, 3)}"
    return (
        element("td", number, risk_bar(score, cutoff, gradient), class_="risk", data_label="Risk index"),
        element(
            "td",
            element("b", category, class_=CATEGORY_CLASSES[score.category]),
            element("small", changes),
            class_="side",
            data_label="Category",
        ),
        element("td", fixed(score.r_score, 3), element("small", r_score), class_="number", data_label="R-score"),
    )


def _empty_score_cells() -> tuple[Markup, ...]:
    """The same cells of a level without a score."""
    return (
        element("td", element("b", "not scored"), class_="risk", data_label="Risk index"),
        element("td", NONE, class_="none"),
        element("td", NONE, class_="number none"),
    )


def _outside_cells() -> tuple[Markup, ...]:
    """The same cells of a level to which the model does not apply: its numbers are left to the details."""
    category = f"{CATEGORY_SIGNS[Category.OUTSIDE_MODEL]} {Category.OUTSIDE_MODEL.value}"
    return (
        element(
            "td",
            element("b", "do not rely on it"),
            element("small", "numbers under the reasons"),
            class_="risk",
            data_label="Risk index",
        ),
        element(
            "td",
            element("b", category, class_=CATEGORY_CLASSES[Category.OUTSIDE_MODEL]),
            class_="side",
            data_label="Category",
        ),
        element("td", NONE, class_="number none"),
    )


def _trabecular(density: TrabecularDensity | None) -> tuple[object, ...]:
    """Mean and SD of the trabecular region."""
    if density is None:
        return (NONE,)
    return (f"{fixed(density.mean_hu)} ± {fixed(density.sd_hu)}", element("small", f"in {density.volume_ml:.1f} ml"))


def _heights(heights: BodyHeights | None) -> tuple[object, ...]:
    """The three heights, their loss and grade, with their uncertainty."""
    if heights is None:
        return (NONE,)
    three = " / ".join(f"{h:.1f}" for h in (heights.anterior_mm, heights.middle_mm, heights.posterior_mm))
    parts = (heights.anterior_uncertainty_mm, heights.middle_uncertainty_mm, heights.posterior_uncertainty_mm)
    off = " / ".join(f"{uncertainty:.1f}" for uncertainty in parts)
    loss = f"loss {heights.loss:.0%} ± {heights.loss_uncertainty:.0%}, {_grade(heights)}"
    return (three, element("small", f"± {off}"), element("small", loss))


def _grade(heights: BodyHeights) -> str:
    """Grade and deformity, unless the slices leave a whole fracture open."""
    if heights.loss_uncertainty >= STOP_LOSS and heights.loss < STOP_LOSS + heights.loss_uncertainty:
        return "grade open"
    return f"grade {heights.grade}" + ("" if heights.deformity == "none" else f", {heights.deformity}")


def _words(row: LevelAssessment, outside: Sequence[Finding]) -> Markup:
    """Why there is no score or it is outside the model, and the level's warnings."""
    parts = []
    if row.score is None:
        parts.append(element("p", element("b", "Not scored, because: "), row.reason))
    if row.is_outside_model:
        of_ct = ", ".join(dict.fromkeys(finding.check.title for finding in outside if finding.level is None))
        reasons = [f"{of_ct} (warnings about the CT)."] if of_ct else []
        reasons += [finding.text for finding in outside if finding.level is not None]
        parts.append(element("p", element("b", "Outside the model, because: "), " ".join(reasons)))
    # what stops scoring or puts the level outside the model is the reason already
    warnings = [finding for finding in row.warnings if finding not in (*row.stops, *outside)]
    parts += [element("p", element("b", "Warning: "), finding.text, class_="warning") for finding in warnings]
    return join(parts)
