"""Why a score is what it is: the share of every feature, with a sentence."""

from __future__ import annotations

from OVCFRiskLib.assessment import Category, Contribution, Score, SpineAssessment
from OVCFRiskLib.report.markup import Markup, element, join
from OVCFRiskLib.report.page.charts import share_bar
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, feature_title, fixed, interval, scored_levels

# Printed above the bars, so that they can be read without the manual.
INTRODUCTION = (
    "The R-score is the intercept plus the share of every feature: its coefficient times z, the distance from the "
    "training mean in training SDs. A bar shows the share with its sign turned so that right is always more risk; "
    "the bars of all levels have one scale."
)

LARGE_VALUE = 1e6  # from here on written with a power of ten


def reasons(assessment: SpineAssessment) -> Markup:
    """A table per scored level, the largest share first.

    Parameters
    ----------
    assessment : SpineAssessment

    Returns
    -------
    Markup
        Empty without a scored level.
    """
    rows = scored_levels(assessment)
    limit = max((abs(share.risk) for _, score in rows for share in score.contributions), default=1.0)
    introduction = [element("p", INTRODUCTION, class_="introduction")] if rows else []
    return join((*introduction, *(_level(row.level.name, score, limit) for row, score in rows)))


def _level(name: str, score: Score, limit: float) -> Markup:
    """One level's features."""
    warning = ", do not rely on it" if score.category is Category.OUTSIDE_MODEL else ""
    title = element(
        "h3",
        f"{name}: risk index {score.risk_index:.2f}",
        element("small", f"{interval(score)}, {CATEGORY_SIGNS[score.category]} {score.category.value}{warning}"),
    )
    bar_title = (element("span", "← less risk"), element("span", "more risk →"))
    head = element(
        "tr",
        element("th", "Feature and reason", scope="col"),
        element("th", "Value", scope="col", class_="number"),
        element("th", "z", scope="col", class_="number", title="training SDs from the training mean"),
        element("th", *bar_title, scope="col", class_="bar-title"),
    )
    shares = sorted((share for share in score.contributions if share.risk), key=lambda share: -abs(share.risk))
    table = element("table", element("thead", head), element("tbody", *[_feature(share, limit) for share in shares]))
    return element("article", title, table, _sum(score), class_="reasons")


def _feature(share: Contribution, limit: float) -> Markup:
    """One feature."""
    return element(
        "tr",
        element("th", feature_title(share.feature), element("small", share.sentence), scope="row"),
        element("td", *_value(share.value), class_="number", data_label="Value"),
        element("td", f"{fixed(share.z, 1)}", class_="number", data_label="z"),
        element("td", share_bar(share, limit), class_="bar"),
    )


def _sum(score: Score) -> Markup:
    """How the shares make the R-score."""
    total = sum(share.r_score for share in score.contributions)
    words = f"R-score {score.r_score:.3f} = intercept {score.r_score - total:.3f} + sum of the shares {total:.3f}"
    silent = [feature_title(share.feature) for share in score.contributions if not share.risk]
    if silent:
        words += f". Without a share: {', '.join(silent)}"
    return element("p", words, ".", class_="sum")


def _value(value: float) -> tuple[object, ...]:
    """A feature's value to four or five digits."""
    if abs(value) < LARGE_VALUE:
        return (f"{value:.5g}",)
    mantissa, exponent = f"{value:.3e}".split("e")
    return (f"{mantissa} × 10", element("sup", str(int(exponent))))
