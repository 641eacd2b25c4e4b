"""The score table: one row per level; colour as a swatch beside the level, so that a selected row keeps it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import qt
from OVCFRiskScene.overlay import bodyColor
from slicer.i18n import tr as _

from OVCFRiskLib.findings import About
from OVCFRiskLib.mask_origin import ORIGIN_WORDS, MaskOrigin
from OVCFRiskLib.report.colors import hex_color
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, NONE, fixed

if TYPE_CHECKING:
    from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.levels import LumbarLevel

SWATCH_PX = 14
LINE_HEIGHT = 1.6  # of a row, in heights of the font


class ScoreTable:
    """Fills a QTableWidget and calls back with the level of the chosen row."""

    def __init__(self, table: Any, onLevel: Callable[[LumbarLevel], None]) -> None:
        self.table, self.onLevel = table, onLevel
        self.shown: Any = None
        self.levels: list[LumbarLevel] = []
        self.titles = [_("Level"), _("Risk index"), _("Category"), _("HU"), _("Warnings")]
        self.tips = [
            _("Lumbar level and the colour of its risk index; ⚠ where the level or the CT has a warning"),
            _("0 to 1, higher: more risk, 0.5: the cut-off; in brackets its interval; none outside the model"),
            _("Side of the cut-off; indeterminate when the interval holds it; no side outside the model or fractured"),
            _("Mean attenuation of the trabecular region, for context"),
            _("Why a level is not scored, and what qualifies its score; warnings of the CT hold for all levels"),
        ]
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.SingleSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.verticalHeader().visible = False
        table.wordWrap = False  # a long remark ends in an ellipsis; its tooltip has it all
        table.setColumnCount(len(self.titles))
        table.setHorizontalHeaderLabels(self.titles)
        for column, tip in enumerate(self.tips):
            table.horizontalHeaderItem(column).setToolTip(tip)
        table.horizontalHeader().setSectionResizeMode(qt.QHeaderView.ResizeToContents)
        table.horizontalHeader().setStretchLastSection(True)
        table.itemSelectionChanged.connect(self._onSelection)

    def show(
        self,
        assessment: SpineAssessment | None,
        outdated: Mapping[LumbarLevel, str],
        accepted: Collection[LumbarLevel],
    ) -> None:
        """Fill the rows; nothing happens when they are already as wanted, so that the selection stays."""
        wanted = (assessment, tuple(outdated.items()), frozenset(accepted))
        if wanted == self.shown:
            return
        self.shown = wanted
        rows = assessment.levels if assessment is not None else ()
        chosen = self.chosen()
        self.table.blockSignals(True)
        self.table.setRowCount(len(rows))
        self.levels = [row.level for row in rows]
        ofCt = assessment.warnings if assessment is not None else ()
        for number, row in enumerate(rows):
            why = outdated.get(row.level, "")
            remarked = remarks(row, why, row.level in accepted, ofCt)
            self._fill(number, row, why, remarked, bool(row.warnings or ofCt))
        self.table.clearSelection()
        if chosen in self.levels:
            self.table.selectRow(self.levels.index(chosen))
        self.table.blockSignals(False)
        self._fitHeight()

    def chosen(self) -> LumbarLevel | None:
        """Level of the selected row, or None."""
        rows = self.table.selectionModel().selectedRows()
        return self.levels[rows[0].row()] if rows and rows[0].row() < len(self.levels) else None

    def choose(self, level: LumbarLevel, isQuiet: bool = False) -> None:
        """Select a level's row; quietly, nobody is called back."""
        if level in self.levels:
            self.table.blockSignals(isQuiet)
            self.table.selectRow(self.levels.index(level))
            self.table.blockSignals(False)

    def _fill(self, number: int, row: LevelAssessment, outdated: str, remarked: Sequence[str], isWarned: bool) -> None:
        """One level's row."""
        density = row.trabecular
        texts = (
            f"{row.level.name} ⚠" if isWarned or outdated else row.level.name,
            indexText(row),
            categoryText(row),
            fixed(density.mean_hu if density else None, 0),
            "; ".join(remarked),
        )
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text if column == len(texts) - 1 else self.tips[column])
            if outdated and 0 < column < len(texts) - 1:
                font = item.font()
                font.setStrikeOut(True)  # told without colour: the numbers no longer hold
                item.setFont(font)
            self.table.setItem(number, column, item)
        color = bodyColor(row, bool(outdated))
        self.table.item(number, 0).setIcon(_swatch(hex_color(color)))

    def _fitHeight(self) -> None:
        """As tall as the rows are: no empty half, nothing to scroll up and down."""
        height = int(self.table.fontMetrics().height() * LINE_HEIGHT)
        for number in range(len(self.levels)):
            self.table.setRowHeight(number, height)
        self.table.horizontalHeader().setFixedHeight(height)
        bar = self.table.style().pixelMetric(qt.QStyle.PM_ScrollBarExtent)
        self.table.setFixedHeight(height * (len(self.levels) + 1) + bar + 2 * self.table.frameWidth)

    def _onSelection(self) -> None:
        level = self.chosen()
        if level is not None:
            self.onLevel(level)


def _swatch(color: str) -> qt.QIcon:
    """A framed square in a colour, the same in a selected row, where Qt would tint it."""
    pixmap = qt.QPixmap(SWATCH_PX, SWATCH_PX)
    pixmap.fill(qt.QColor("#ffffff"))
    painter = qt.QPainter(pixmap)
    painter.fillRect(qt.QRect(1, 1, SWATCH_PX - 2, SWATCH_PX - 2), qt.QColor(color))
    painter.end()
    icon = qt.QIcon()
    for mode in (qt.QIcon.Normal, qt.QIcon.Selected):
        icon.addPixmap(pixmap, mode)
    return icon


def indexText(row: LevelAssessment) -> str:
    """Risk index with its interval; none of a level outside the model, whose numbers stand in the details alone."""
    score = row.score
    if score is None or row.is_outside_model:
        return NONE
    return f"{score.risk_index:.2f} ({score.risk_low:.2f}-{score.risk_high:.2f})"


def categoryText(row: LevelAssessment) -> str:
    """A suspected fracture, else the side of the cut-off with its sign."""
    if row.suspected_fracture is not None:
        return _("fracture?")
    return f"{CATEGORY_SIGNS[row.score.category]} {row.score.category.value}" if row.score is not None else NONE


def remarks(row: LevelAssessment, outdated: str, isAccepted: bool, ofCt: Sequence[Finding] = ()) -> list[str]:
    """What stands in the last cell of a level, without full stops: they are joined in one line."""
    parts = [_("OUT OF DATE: {why}").format(why=outdated)] if outdated else []
    fracture = row.suspected_fracture
    if fracture is not None and fracture.text.rstrip(".") not in row.reason:
        parts.append(fracture.text)
    if row.score is None:
        parts.append(_("not scored: {why}").format(why=row.reason))
    else:
        if not isAccepted and not outdated:
            parts.append(_("mask not accepted yet"))
        if row.mask_origin not in (None, MaskOrigin.SOFTWARE):
            parts.append(_("mask {origin}").format(origin=ORIGIN_WORDS[row.mask_origin]))
        parts += [finding.text for finding in row.warnings if finding is not fracture]
        for words, isOfCt in ((_("of all levels: {titles}"), False), (_("of the CT: {titles}"), True)):
            titles = dict.fromkeys(f.check.title for f in ofCt if (f.about is About.ACQUISITION) is isOfCt)
            if titles:
                parts.append(words.format(titles=", ".join(titles)))
    return [part.strip().rstrip(".") for part in parts]
