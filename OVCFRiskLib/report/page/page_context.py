"""Trabecular attenuation beside the literature's thresholds: one small table, no part of the score."""

from __future__ import annotations

from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.quality.trabecular import BALANCED_HU, SENSITIVE_HU, SOURCE, SPECIFIC_HU
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.wording import fixed

# Printed under the table so that nobody takes a threshold for part of the score or for another tube voltage.
CAVEAT = (
    f"Thresholds for osteoporosis by DXA, made for L1 at 120 kV ({SOURCE}): {SPECIFIC_HU:.0f} HU is the specific, "
    f"{BALANCED_HU:.0f} HU the balanced, {SENSITIVE_HU:.0f} HU the sensitive one. Another tube voltage shifts the "
    "values, contrast medium raises them. Context only: not part of the score."
)
MARK = "●"  # in the column of HU into which the mean of a level falls


def context_table(assessment: SpineAssessment) -> Markup:
    """A row per measured level with a mark between the thresholds; empty without a measurement."""
    rows = [(row.level.name, row.trabecular) for row in assessment.levels if row.trabecular]
    if not rows:
        return Markup("")
    limits = (SPECIFIC_HU, BALANCED_HU, SENSITIVE_HU)
    steps = (
        f"≤ {SPECIFIC_HU:.0f}",
        f"to {BALANCED_HU:.0f}",
        f"to {SENSITIVE_HU:.0f}",
        f"> {SENSITIVE_HU:.0f} HU",
    )
    head = element(
        "tr",
        element("th", "Level", scope="col"),
        element("th", "Mean", scope="col", class_="number"),
        *[element("th", step, scope="col", class_="mark") for step in steps],
    )
    body = []
    for name, density in rows:
        place = sum(density.mean_hu > limit for limit in limits)
        cells = [element("td", MARK if number == place else "", class_="mark") for number in range(len(steps))]
        mean = element("td", fixed(density.mean_hu, 0, "HU"), class_="number")
        body.append(element("tr", element("th", name, scope="row"), mean, *cells))
    table = element("table", element("thead", head), element("tbody", *body), class_="context-table")
    title = element("h2", "Trabecular attenuation in context")
    return element("div", title, table, element("p", CAVEAT, class_="note"), class_="context")
