"""The score table: one row per level; colour as a swatch beside the level, so that a selected row keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import qt
from slicer.i18n import tr as _

from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, hex_color, level_color
from OVCFRiskLib.report.wording import CATEGORY_SIGNS, NONE, fixed

if TYPE_CHECKING:
    from OVCFRiskScene.segments import Masks

    from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment
    from OVCFRiskLib.levels import LumbarLevel

SWATCH_PX = 14


class ScoreTable:
    """Fills a QTableWidget and calls back with the level of the chosen row."""

    def __init__(self, table, onLevel) -> None:
        self.table, self.onLevel, self.shown, self.levels = table, onLevel, None, []
        self.titles = [_("Level"), _("R-score"), _("Risk index"), _("Category"), _("HU"), _("Warnings")]
        self.tips = [
            _("Lumbar level and the colour of its risk index"),
            _("Score of the model: a weighted sum of eight radiomics features"),
            _("0 to 1, higher: more risk, 0.5: the cut-off; in brackets the interval over other possible masks"),
            _("Side of the cut-off; indeterminate when the interval holds it"),
            _("Mean attenuation of the trabecular region, for context"),
            _("Why a level is not scored, and what qualifies its score"),
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

    def show(self, assessment: SpineAssessment, outdated: Mapping[LumbarLevel, str], masks: Masks) -> None:
        """Fill the rows; nothing happens when they are already as wanted, so that the selection stays."""
        accepted = {level for level, review in masks.items() if review.accepted}
        wanted = (assessment, tuple(outdated.items()), frozenset(accepted))
        if wanted == self.shown:
            return
        self.shown = wanted
        rows = assessment.levels if assessment is not None else ()
        chosen = self.chosen()
        self.table.blockSignals(True)
        self.table.setRowCount(len(rows))
        self.levels = [row.level for row in rows]
        for number, row in enumerate(rows):
            self._fill(number, row, outdated.get(row.level, ""), row.level in accepted)
        if chosen in self.levels:
            self.table.selectRow(self.levels.index(chosen))
        self.table.blockSignals(False)

    def chosen(self) -> LumbarLevel | None:
        """Level of the selected row, or None."""
        rows = self.table.selectionModel().selectedRows()
        return self.levels[rows[0].row()] if rows and rows[0].row() < len(self.levels) else None

    def choose(self, level: LumbarLevel) -> None:
        """Select a level's row."""
        if level in self.levels:
            self.table.selectRow(self.levels.index(level))

    def _fill(self, number, row: LevelAssessment, outdated: Mapping[LumbarLevel, str], accepted: bool) -> None:
        """One level's row."""
        score = row.score
        category = f"{CATEGORY_SIGNS[score.category]} {score.category.value}" if score else NONE
        texts = (
            row.level.name,
            fixed(score and score.r_score, 3),
            f"{score.risk_index:.2f} ({score.risk_low:.2f}-{score.risk_high:.2f})" if score else NONE,
            category,
            fixed(row.trabecular and row.trabecular.mean_hu, 0),
            "; ".join(remarks(row, outdated, accepted)),
        )
        for column, text in enumerate(texts):
            item = qt.QTableWidgetItem(text)
            item.setToolTip(text if column == len(texts) - 1 else self.tips[column])
            if outdated and 0 < column < len(texts) - 1:
                font = item.font()
                font.setStrikeOut(True)  # told without colour: the numbers no longer hold
                item.setFont(font)
            self.table.setItem(number, column, item)
        color = NOT_SCORED_COLOR if outdated else level_color(row)
        self.table.item(number, 0).setIcon(_swatch(hex_color(color)))

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


def remarks(row: LevelAssessment, outdated: Mapping[LumbarLevel, str], accepted: bool) -> list[str]:
    """What stands in the last cell of a level."""
    parts = [_("OUT OF DATE: {why}").format(why=outdated)] if outdated else []
    if row.score is None:
        parts.append(_("not scored: {why}").format(why=row.reason))
        return parts
    if not accepted and not outdated:
        parts.append(_("mask not accepted yet"))
    return parts + [finding.text for finding in row.warnings]
