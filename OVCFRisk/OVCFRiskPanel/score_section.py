"""Section 5: model, score table, reasons of the chosen level, and what the bodies look like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import qt
import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.statements import DEMONSTRATION, DEMONSTRATION_NOTICE
from OVCFRiskPanel.bars import ContributionBars
from OVCFRiskPanel.score_table import ScoreTable

if TYPE_CHECKING:
    from OVCFRiskLib.assessment import LevelAssessment
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.scoring import RScoreModel
    from OVCFRiskPanel.panel import Panel

SHA_DIGITS = 12  # enough to tell two cards apart by eye


class ScoreSection:
    """Scores the bodies and shows the result."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui = panel, panel.ui
        self.table = ScoreTable(self.ui.scoreTable, self.onLevel)
        self.bars = ContributionBars()
        self.ui.barsPlaceholder.layout().addWidget(self.bars)
        self.ui.scoreButton.clicked.connect(self.onScore)
        self.ui.modelBrowseButton.clicked.connect(self.onBrowse)

    def update(self) -> None:
        """Show model, table, and the reasons of the chosen level."""
        state, model = self.panel.bodiesState, self.panel.model
        self.ui.modelLabel.text = modelText(model.model, model.problem)
        self.ui.modelBrowseButton.enabled = not self.panel.state.busy
        self.table.show(state.assessment, state.outdated, state.masks)
        self._showLevel(self.table.chosen())

    def onScore(self) -> None:
        """Score the bodies."""
        panel, place = self.panel, self.ui.scoreStatusPlaceholder
        volume, bodies, model = panel.volume, panel.bodies, panel.modelText
        assessment = panel.status.run(
            _("Scoring"), lambda progress: panel.logic.score(volume, bodies, model, progress), place
        )
        if panel.parameterNode is None:
            return
        panel.bodiesState.look()
        panel.refresh()
        if assessment is None:
            return
        panel.status.say(summarise(assessment), place)
        panel.open("score")
        panel.open("export")
        scored = [row.level for row in assessment.levels if row.score is not None]
        if scored and self.table.chosen() is None:
            self.table.choose(scored[0])

    def onLevel(self, level: LumbarLevel) -> None:
        """A row was chosen: centre all views on its body, show its reasons."""
        self.panel.centreOn(level)
        self._showLevel(level)

    def onBrowse(self) -> None:
        """Choose a model card."""
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), _("Choose a model card"), "", _("Model cards (*.json)")
        )
        if path and self.panel.parameterNode is not None:
            self.panel.parameterNode.model = path

    def _showLevel(self, level: LumbarLevel) -> None:
        """Reasons and contributions of one level."""
        assessment = self.panel.bodiesState.assessment
        row = assessment.level(level) if assessment is not None and level is not None else None
        score = row.score if row is not None else None
        self.bars.setContributions(score.contributions if score is not None else ())
        self.ui.levelLabel.text = "\n".join(levelLines(row, self.panel.bodiesState.outdated)) if row is not None else ""


def modelText(model: RScoreModel, problem) -> str:
    """What stands below the model: its id, kind and digest, or why it cannot score."""
    if problem:
        return f"⚠ {problem}"
    text = f"{model.id} ({model.status}, {model.sha256[:SHA_DIGITS]})"
    return f"{text}\n⚠ {DEMONSTRATION_NOTICE}" if model.status == DEMONSTRATION else text


def levelLines(row: LevelAssessment, outdated: Mapping[LumbarLevel, str]) -> list[str]:
    """What is known of one level, in words."""
    lines = [f"{row.level.name}:"]
    if row.level in outdated:
        lines.append(_("⚠ The score is out of date: {why}.").format(why=outdated[row.level]))
    if row.score is None:
        return [*lines, _("Not scored: {why}").format(why=row.reason)]
    score = row.score
    text = _(
        "Risk index {index:.2f}, interval {low:.2f} to {high:.2f}: {category}. Other side in {share:.0%} of masks."
    )
    lines.append(
        text.format(
            index=score.risk_index,
            low=score.risk_low,
            high=score.risk_high,
            category=score.category.value,
            share=score.category_change_probability,
        )
    )
    if row.trabecular is not None:
        lines.append(row.trabecular.context)
    notice = _("Research use only; not a predicted probability of a future fracture.")
    return lines + [f"⚠ {finding.text}" for finding in row.warnings] + [notice]
