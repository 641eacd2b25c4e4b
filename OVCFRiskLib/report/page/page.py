"""report.html: one file that opens without a network, prints on A4 and needs no script."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.page.charts import risk_gradient
from OVCFRiskLib.report.page.page_checks import check_table, provenance_table
from OVCFRiskLib.report.page.page_context import context_table
from OVCFRiskLib.report.page.page_header import TITLE, page_header
from OVCFRiskLib.report.page.page_levels import level_table
from OVCFRiskLib.report.page.page_pictures import PagePictures
from OVCFRiskLib.report.page.page_reasons import reasons
from OVCFRiskLib.report.summary import headlines, summarise
from OVCFRiskLib.report.wording import DIRECTION, is_demonstration
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY

# Put into the page, which loads nothing; the gradient's id, by which each chart refers to it.
PAGE_STYLE_FILE = Path(__file__).with_name("page.css")
GRADIENT = "risk-colors"
# No script, no request: even if something slipped through the escaping, a browser would neither run nor fetch it.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
HOW_TO_READ = (
    f"{DIRECTION} It lies between 0 and 1, and {{cutoff:g}} is the model's cut-off between vertebrae of women with and "
    "without an osteoporotic vertebral compression fracture. The bar is the interval: how far the index "
    "moves to either side when the mask is redrawn with equal care (2.5 % to 97.5 %); where it holds the cut-off the "
    "category is indeterminate. The raw R-score has the direction its model "
    "states; only the risk index compares."
)


def report_page(
    assessment: SpineAssessment,
    pictures: PagePictures,
    notes: Sequence[str] = (),
    acquisition: Acquisition | None = None,
    identity: Identity | None = None,
    accepted: Collection[LumbarLevel] | None = None,
) -> str:
    """The whole page.

    Parameters
    ----------
    assessment : SpineAssessment
    pictures : PagePictures
    notes : sequence of str
        What the report lacks and why, one sentence each.
    acquisition : Acquisition, optional
        Header facts of the CT to show.
    identity : Identity, optional
        Shown when the user asked for it; a report names nobody otherwise.
    accepted : collection of LumbarLevel, optional
        Levels whose mask a person accepted; None where that was not recorded.

    Returns
    -------
    str
        HTML; every text is escaped.
    """
    how_to_read = element("p", HOW_TO_READ.format(cutoff=assessment.cutoff_risk_index), class_="note")
    body = (
        risk_gradient(GRADIENT),
        page_header(assessment, acquisition, identity, accepted),
        _headlines(assessment),
        _notices(assessment),
        _summary(assessment, pictures),
        element("section", element("h2", "Levels"), level_table(assessment, GRADIENT), how_to_read),
        element("section", context_table(assessment), class_="whole"),
        _slices(pictures, notes),
        _reasons(assessment),
        element("section", element("h2", "Checks"), check_table(assessment)),
        element(
            "section",
            element("h2", "Model and provenance"),
            provenance_table(assessment.provenance, acquisition, is_named=identity is not None),
            class_="whole",
        ),
        element("footer", f"{RESEARCH_ONLY} {LIMITS}"),
    )
    return document(TITLE, body)


def document(title: str, body: Sequence[Markup]) -> str:
    """A complete HTML document in the style of the report."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"OVCFRisk: {title}"),
        element("style", Markup(PAGE_STYLE_FILE.read_text(encoding="utf-8"))),
    )
    return "<!DOCTYPE html>\n" + element("html", head, element("body", element("main", *body)), lang="en") + "\n"


def _headlines(assessment: SpineAssessment) -> Markup:
    """What must not be missed, before everything else; nothing where there is nothing."""
    lines = [element("p", f"{line[:1].upper()}{line[1:]}.") for line in headlines(assessment)]
    return element("div", *lines, class_="headlines", role="alert") if lines else Markup("")


def _notices(assessment: SpineAssessment) -> Markup:
    """What has to stand wherever a result is shown."""
    demonstration = element("p", element("b", DEMONSTRATION_NOTICE)) if is_demonstration(assessment) else ""
    limits = element("p", f"{RESEARCH_ONLY} {LIMITS}")
    return element("div", demonstration, limits, class_="notice", role="note")


def _summary(assessment: SpineAssessment, pictures: PagePictures) -> Markup:
    """The paragraph on the whole spine, beside the first picture."""
    warnings = [element("li", finding.message) for finding in assessment.warnings]
    of_the_ct = (element("h3", "Warnings about the CT, for every level"), element("ul", *warnings)) if warnings else ()
    words = element(
        "div",
        element("h2", "Summary"),
        element("p", summarise(assessment), class_="lead"),
        *of_the_ct,
    )
    first = pictures.overlay or pictures.sagittal
    shown = element("figure", first, class_="overlay") if first else ""
    return element("section", shown, words, class_="summary")


def _slices(pictures: PagePictures, notes: Sequence[str]) -> Markup:
    """Slices with outlines, and what could not be drawn."""
    sagittal = pictures.sagittal if pictures.overlay else None  # else it stands beside the summary
    figures = []
    if sagittal:
        caption = element("figcaption", "Sagittal, through the middle of every body")
        figures.append(element("figure", sagittal, caption, class_="sagittal"))
    axial = [element("figure", figure, element("figcaption", caption)) for caption, figure in pictures.axial]
    figures.append(element("div", *axial, class_="axial"))
    remarks = [element("p", note, class_="note") for note in notes]
    legend = (
        "Outlines have the colour of the risk index; ▲, ▼ and ◆ say the same without colour. A dotted light outline is "
        "a body outside the model, a dashed grey one a body that is not scored. Bone window; the patient's right is on "
        "the left of axial slices. Not for diagnosis."
    )
    caption = element("p", legend, class_="note")
    shown = (element("div", *figures, class_="slices"), caption) if pictures.axial else ()
    return element("section", element("h2", "Masks on the CT"), *remarks, *shown, class_="whole")


def _reasons(assessment: SpineAssessment) -> Markup:
    """The section on the features."""
    tables = reasons(assessment)
    if not tables:
        return Markup("")
    return element("section", element("h2", "What moved each score"), tables)
