"""summary.html of a batch: how many were scored, why not, how scores spread, what to look at first."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote

import numpy as np

from OVCFRiskLib.assessment import Category, Status
from OVCFRiskLib.batch.batch_numbers import BatchNumbers, Group, count_batch
from OVCFRiskLib.batch.row_cells import Row, number, text
from OVCFRiskLib.batch.store import SUMMARY_FILE
from OVCFRiskLib.batch.worklist import Look
from OVCFRiskLib.counts import counted
from OVCFRiskLib.files import prepare_folder, write_text
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.page.charts import histogram, time_bar
from OVCFRiskLib.report.page.page import document
from OVCFRiskLib.report.svg import data_uri
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, DIRECTION, NONE, fixed
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, RESEARCH_ONLY
from OVCFRiskLib.tables.table_writer import MESSAGE_SEPARATOR

# The page and its style, which is put into it: the page needs no other file for its looks.
BATCH_STYLE_FILE = Path(__file__).with_name("batch_page.css")
REPORT_FILE = "report.html"  # of a case, in its folder
# Classes of batch_page.css that set a row's reason off; other reasons have none.
LOOK_CLASSES = {Look.FRACTURE.value: "fracture", Look.HIGHER_RISK.value: "higher"}
# Most cases, and most kinds of sentences, in one list: chosen, to keep the page short; the tables have all.
LONGEST_LIST = 12
GROUPS_SHOWN = 15
# Column of scores.csv: its title with the unit, and the digits behind the point.
MEASURE_TITLES = {
    "risk_index": ("Risk index inside the model", 2),
    "r_score": ("R-score inside the model", 3),
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
        element("style", Markup(BATCH_STYLE_FILE.read_text(encoding="utf-8"))),
        _header(numbers),
        element("div", demonstration, element("p", RESEARCH_ONLY), class_="notice", role="note"),
        _section("Cases to look at first", _worklist(numbers)),
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
    entries = [
        ("Cases", f"{numbers.cases}"),
        ("Failed", f"{numbers.failed}"),
        ("Levels scored", f"{numbers.scored} of {numbers.levels}"),
        *(("Model", f"{name} ({sha256[:12]})") for name, sha256 in sorted(numbers.models)),
    ]
    items = [element("div", element("dt", name), element("dd", value)) for name, value in entries]
    title = element("div", element("p", "OVCFRisk", class_="brand"), element("h1", "Batch summary"))
    return element("header", title, element("dl", *items))


def _section(title: str, *content: Markup) -> Markup:
    """A part of the page."""
    return element("section", element("h2", title), *content)


def _worklist(numbers: BatchNumbers) -> Markup:
    """Suspected fractures, then the highest risk inside the model, then doubtful masks; each with its report."""
    if not numbers.looks:
        return element("p", "No case needs a look before the others.")
    titles = ("Case", "Why", "Suspected fracture", "Highest risk index", "Doubtful masks or error")
    rows = [_look_row(row, titles) for row in numbers.looks]
    head = element("tr", *(element("th", title, scope="col") for title in titles))
    table = element("table", element("thead", head), element("tbody", *rows), class_="worklist")
    shown = len(numbers.looks)
    total = counted(numbers.look_count, "case needs", "a look", plural="cases need")
    more = f"{total}; the first {shown} are shown, cases.csv has them all (column look_first)."
    words = more if shown < numbers.look_count else f"{total}."
    return element("div", element("p", words), table)


def _look_row(row: Row, titles: tuple[str, ...]) -> Markup:
    """One case of the worklist."""
    case, report = text(row, "case_id"), text(row, "report_folder")
    # relative, so that the folder of results may be moved as a whole
    name = element("a", case, href=f"{quote(report)}/{REPORT_FILE}") if report else case
    index, level = number(row, "highest_risk_index"), text(row, "highest_risk_level")
    risk = f"{level}: {index:.2f}, {text(row, 'category')}" if index is not None else text(row, "category")
    look = text(row, "look_first")
    doubts = text(row, "doubtful_masks").replace(MESSAGE_SEPARATOR, "; ") or text(row, "error")
    fracture = text(row, "suspected_fracture").replace(MESSAGE_SEPARATOR, "; ")
    cells = (look, fracture, risk, doubts)
    return element(
        "tr",
        element("th", name, scope="row"),
        *(
            element("td", cell, data_title=title, class_="why" if n == 0 else None)
            for n, (cell, title) in enumerate(zip(cells, titles[1:], strict=True))
        ),
        class_=LOOK_CLASSES.get(look),
    )


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
    return _table(("Level", *titles, "Risk index from 0 to 1, inside the model"), rows, "spread")


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
    more = f"{counted(len(cases), 'case')} in all; the {len(shown)} with the most findings are shown."
    note = element("p", more, class_="note") if len(shown) < len(cases) else ""
    return element("div", element("div", *shown, class_="thumbnails"), note)


def _groups(groups: Mapping[str, Group], title: str, what: str) -> Markup:
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
    return element("div", _table((title, what, "For example"), rows, "groups"), *more)


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
    titles, rows = list(titles), list(rows)
    right = ["number" if rows and 'class="number"' in cell[:40] else None for cell in (rows[0] if rows else ())]
    head = [element("th", title, scope="col", class_=side) for title, side in zip(titles, right, strict=True)]
    body = [element("tr", *map(_titled, row, titles)) for row in rows]
    table = element("table", element("thead", element("tr", *head)), element("tbody", *body), class_=class_)
    return element("div", table, class_="scroll")


def _titled(cell: Markup, title: str) -> Markup:
    """A cell that knows its column: narrow screens show cells below each other."""
    return Markup(cell.replace("<td", f'<td data-title="{html.escape(title)}"', 1))
