"""The report's table: one row per level with its numbers, and below it what qualifies them."""

from __future__ import annotations

from OVCFRiskLib.assessment import BodyHeights, Category, LevelAssessment, Score, SpineAssessment, TrabecularDensity
from OVCFRiskLib.report.colors import hex_color, risk_color
from OVCFRiskLib.report.markup import Markup, element, join
from OVCFRiskLib.report.page.charts import risk_bar, risk_scale
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, NONE, fixed, interval, status_text

CATEGORY_CLASSES = {
    Category.LOWER_RISK: "lower",
    Category.HIGHER_RISK: "higher",
    Category.INDETERMINATE: "indeterminate",
    Category.OUTSIDE_MODEL: "outside",
}
COLUMNS = 7


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
        element("th", "Heights", element("small", "anterior / middle / posterior, mm"), scope="col", class_="number"),
    )
    scale = element(
        "tr",
        element("td", class_="scale"),
        element("td", risk_scale(assessment.cutoff_risk_index), class_="scale"),
        *[element("td", class_="scale") for _ in range(COLUMNS - 2)],
        aria_hidden="true",
    )
    bodies = (_level(row, assessment.cutoff_risk_index, gradient) for row in assessment.levels)
    return element("table", element("thead", element("tr", *titles), scale), *bodies, class_="levels")


def _level(row: LevelAssessment, cutoff: float, gradient: str) -> Markup:
    """Rows of one level."""
    score = _score_cells(row.score, cutoff, gradient) if row.score else _empty_score_cells()
    chip = element("i", class_="chip", style=f"background:{_color(row)}")
    name = element("th", chip, row.level.name, element("small", status_text(row)), scope="row")
    numbers = (
        *score,
        element("td", *_trabecular(row.trabecular), class_="number"),
        element("td", fixed(row.volume_ml, 1), class_="number"),
        element("td", *_heights(row.heights), class_="number"),
    )
    words = _words(row)
    details = [element("tr", element("td"), element("td", words, colspan=COLUMNS - 1), class_="words")] if words else []
    return element("tbody", element("tr", name, *numbers), *details, class_=None if row.score else "unscored")


def _color(row: LevelAssessment) -> str:
    """The level's colour in every picture."""
    return hex_color(risk_color(row.score.risk_index if row.score else None))


def _score_cells(score: Score, cutoff: float, gradient: str) -> tuple[Markup, ...]:
    """Risk index, category, R-score."""
    number = element("span", element("b", f"{score.risk_index:.2f}"), " ", element("small", interval(score)))
    category = f"{CATEGORY_SIGNS[score.category]} {score.category.value}"
    changes = f"{score.category_change_probability:.0%} of redrawn masks fall on the other side"
    r_score = f"{fixed(score.r_score_low, 3)} to {fixed(score.r_score_high, 3)}"
    return (
        element("td", number, risk_bar(score, cutoff, gradient), class_="risk"),
        element(
            "td",
            element("b", category, class_=CATEGORY_CLASSES[score.category]),
            element("small", changes),
            class_="side",
        ),
        element("td", fixed(score.r_score, 3), element("small", r_score), class_="number"),
    )


def _empty_score_cells() -> tuple[Markup, ...]:
    """The same cells of a level without a score."""
    return (
        element("td", element("b", "not scored"), class_="risk"),
        element("td", NONE),
        element("td", NONE, class_="number"),
    )


def _trabecular(density: TrabecularDensity | None) -> tuple[object, ...]:
    """Mean and SD of the trabecular region."""
    if density is None:
        return (NONE,)
    return (f"{fixed(density.mean_hu)} ± {fixed(density.sd_hu)}", element("small", f"in {density.volume_ml:.1f} ml"))


def _heights(heights: BodyHeights | None) -> tuple[object, ...]:
    """The three heights, their loss and grade."""
    if heights is None:
        return (NONE,)
    three = " / ".join(f"{h:.1f}" for h in (heights.anterior_mm, heights.middle_mm, heights.posterior_mm))
    shape = "" if heights.deformity == "none" else f", {heights.deformity}"
    return (three, element("small", f"loss {heights.loss:.0%}, grade {heights.grade}{shape}"))


def _words(row: LevelAssessment) -> Markup:
    """Why there is no score, and the level's warnings."""
    parts = []
    if row.score is None:
        parts.append(element("p", element("b", "Not scored, because: "), row.reason))
    # what stops scoring is the reason already
    warnings = [finding for finding in row.warnings if finding not in row.stops]
    parts += [element("p", element("b", "Warning: "), finding.text, class_="warning") for finding in warnings]
    return join(parts)
