"""summary.html of a batch: how many were scored, why not, how scores spread, what to look at first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from OVCFRiskLib.assessment import Category, Status
from OVCFRiskLib.batch.batch_numbers import BatchNumbers, Group, Row, count_batch
from OVCFRiskLib.files import prepare_folder, write_text
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.page.charts import histogram, time_bar
from OVCFRiskLib.report.page.page import document
from OVCFRiskLib.report.svg import data_uri
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, DIRECTION, NONE, fixed
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, RESEARCH_ONLY

SUMMARY_FILE = "summary.html"
LONGEST_LIST = 12
GROUPS_SHOWN = 15
MEASURE_TITLES = {
    "risk_index": ("Risk index", 2),
    "r_score": ("R-score", 3),
    "trabecular_hu": ("Trabecular HU", 0),
    "volume_ml": ("Volume, ml", 1),
}


def write_batch_summary(
    score_rows: Iterable[Row],
    case_rows: Iterable[Row],
    folder: str | Path,
    thumbnails: Mapping[str, bytes] | None = None,
) -> Path:
    """Write summary.html.

    Parameters
    ----------
    score_rows, case_rows : iterable of mapping
        As `count_batch` takes them; gone through once.
    folder : path
    thumbnails : mapping of str to bytes, optional
        Case to PNG of its masks (`mask_thumbnail`); asked only for the cases that are shown, so it may read files.

    Returns
    -------
    pathlib.Path
        The file; same tables, same bytes.

    Raises
    ------
    OVCFRiskError
        If it cannot be written.
    """
    path = prepare_folder(folder) / SUMMARY_FILE
    write_text(path, batch_page(count_batch(score_rows, case_rows), {} if thumbnails is None else thumbnails))
    return path


def batch_page(numbers: BatchNumbers, thumbnails: Mapping[str, bytes]) -> str:
    """The page; every text is escaped."""
    demonstration = element("p", element("b", DEMONSTRATION_NOTICE)) if numbers.is_demonstration else ""
    body = (
        _header(numbers),
        element("div", demonstration, element("p", RESEARCH_ONLY), class_="notice", role="note"),
        _section("Scores by level", element("p", DIRECTION), _levels(numbers), _measures(numbers)),
        _section("Masks to look at first", _suspicious(numbers, thumbnails)),
        _section("Why levels were not scored", _groups(numbers.reasons, "Reason", "Levels")),
        _section("Cases that failed", _groups(numbers.errors, "Error", "Cases")),
        _section("Checks", _groups(numbers.checks, "Check", "Levels")),
        _section("Time", _time(numbers)),
        element("footer", RESEARCH_ONLY),
    )
    return document("Batch summary", body)


def _header(numbers: BatchNumbers) -> Markup:
    """Title and the numbers asked first."""
    facts = [
        ("Cases", f"{numbers.cases}"),
        ("Failed", f"{numbers.failed}"),
        ("Levels scored", f"{numbers.scored} of {numbers.levels}"),
        *(("Model", f"{name} ({sha256[:12]})") for name, sha256 in sorted(numbers.models)),
    ]
    items = [element("div", element("dt", name), element("dd", value)) for name, value in facts]
    title = element("div", element("p", "OVCFRisk", class_="brand"), element("h1", "Batch summary"))
    return element("header", title, element("dl", *items))


def _section(title: str, *content: Markup) -> Markup:
    """A part of the page."""
    return element("section", element("h2", title), *content)


def _levels(numbers: BatchNumbers) -> Markup:
    """Categories and the distribution of the risk index, one row per level."""
    outcomes = (*Category, None)
    titles = [f"{CATEGORY_SIGNS[c]} {c.value}" if c else Status.NOT_SCORED.value for c in outcomes]
    rows = []
    for level in LumbarLevel:
        counts = [numbers.categories[level.name, c.value if c else Status.NOT_SCORED.value] for c in outcomes]
        values = numbers.values.get((level.name, "risk_index"), [])
        cells = [element("td", f"{count}", class_="number") for count in counts]
        rows.append((element("th", level.name, scope="row"), *cells, element("td", histogram(values), class_="bar")))
    return _table(("Level", *titles, "Risk index from 0 to 1"), rows, "spread")


def _measures(numbers: BatchNumbers) -> Markup:
    """Median and quartiles of what was measured at the scored levels."""
    rows = []
    for level in LumbarLevel:
        cells = []
        for measure, (_, digits) in MEASURE_TITLES.items():
            values = numbers.values.get((level.name, measure))
            low, middle, high = np.percentile(values, (25, 50, 75)) if values else (None,) * 3
            quartiles = f"{fixed(low, digits)} to {fixed(high, digits)}" if values else ""
            cells.append(element("td", fixed(middle, digits), element("small", quartiles), class_="number"))
        rows.append((element("th", level.name, scope="row"), *cells))
    titles = [f"{title}: median, quartiles" for title, _ in MEASURE_TITLES.values()]
    return _table(("Level", *titles), rows, "spread")


def _suspicious(numbers: BatchNumbers, thumbnails: Mapping[str, bytes]) -> Markup:
    """Cases whose masks failed checks or are unusual here, with their pictures."""
    cases = numbers.suspicious()
    if not cases:
        return element("p", "No mask failed a check or has an unusual volume.")
    shown = []
    for case, findings in cases[:LONGEST_LIST]:
        png = thumbnails.get(case)
        picture = element("img", src=data_uri(png), alt=f"Sagittal CT with the masks of {case}") if png else ""
        words = [element("li", element("b", level), f" {what}") for level, what, _ in findings]
        shown.append(element("figure", picture, element("figcaption", element("b", case), element("ul", *words))))
    more = f"{len(cases)} cases in all; the {len(shown)} with the most findings are shown."
    note = element("p", more, class_="note") if len(shown) < len(cases) else ""
    return element("div", element("div", *shown, class_="thumbnails"), note)


def _groups(groups: Mapping[str, Group], title: str, counted: str) -> Markup:
    """Sentences by how often they came, with examples."""
    if not groups:
        return element("p", "None.")
    ordered = sorted(groups.values(), key=lambda group: (-group.count, group.sentence))
    rows = [
        (
            element("td", group.sentence),
            element("td", f"{group.count}", class_="number"),
            element("td", ", ".join(group.examples)),
        )
        for group in ordered[:GROUPS_SHOWN]
    ]
    rest = sum(group.count for group in ordered[GROUPS_SHOWN:])
    more = [element("p", f"{rest} more of other kinds, see the tables.", class_="note")] if rest else []
    return element("div", _table((title, counted, "For example"), rows, "groups"), *more)


def _time(numbers: BatchNumbers) -> Markup:
    """Typical time of a case and the slowest ones."""
    if not numbers.seconds:
        return element("p", NONE)
    values = [seconds for _, seconds in numbers.seconds]
    low, middle, high = np.percentile(values, (5, 50, 95))
    words = (
        f"A case takes {middle:.1f} s (median; 5 % to 95 %: {low:.1f} to {high:.1f} s), "
        f"all together {sum(values):.0f} s."
    )
    slowest = sorted(numbers.seconds, key=lambda item: (-item[1], item[0]))[:LONGEST_LIST]
    rows = [
        (
            element("th", case, scope="row"),
            element("td", f"{seconds:.1f} s", class_="number"),
            element("td", time_bar(seconds, slowest[0][1]), class_="bar"),
        )
        for case, seconds in slowest
    ]
    return element("div", element("p", words), _table(("Slowest cases", "Time", ""), rows, "spread"))


def _table(titles: Iterable[str], rows: Iterable[tuple[Markup, ...]], class_: str) -> Markup:
    """A table whose columns of numbers are those whose cells are."""
    rows = list(rows)
    right = ["number" if rows and 'class="number"' in cell[:40] else None for cell in (rows[0] if rows else ())]
    head = [element("th", title, scope="col", class_=side) for title, side in zip(titles, right, strict=True)]
    body = [element("tr", *row) for row in rows]
    return element("table", element("thead", element("tr", *head)), element("tbody", *body), class_=class_)
