"""Section 5: model, score table, reasons of the chosen level, and what the bodies look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import qt
import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.findings import About
from OVCFRiskLib.quality.trabecular import describe_density
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.statements import DEMONSTRATION, DEMONSTRATION_NOTICE
from OVCFRiskPanel.bars import ContributionBars
from OVCFRiskPanel.score_table import ScoreTable
from OVCFRiskPanel.texts import showText

if TYPE_CHECKING:
    from OVCFRiskLib.assessment import LevelAssessment, Score, SpineAssessment
    from OVCFRiskLib.findings import Finding
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.progress import Progress
    from OVCFRiskLib.scoring import RScoreModel
    from OVCFRiskPanel.panel import Panel

SHA_DIGITS = 12  # enough to tell two cards apart by eye
REPEATS_SETTING = "perturbation_repeats"  # of an assessment's provenance


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
        """Show model, result, table, and the reasons of the chosen level."""
        state, choice = self.panel.bodiesState, self.panel.modelChoice
        self.ui.modelLabel.text = modelText(choice.model, choice.problem)
        self.ui.modelBrowseButton.enabled = not self.panel.state.busy
        unseen = [level.name for level in state.masks if level not in state.accepted]
        hint = _("Not accepted yet: {levels}. Their scores will say so.").format(levels=", ".join(unseen))
        showText(self.ui.scoreHintLabel, hint if unseen else "")
        showText(self.ui.resultLabel, resultText(state.assessment, state.outdated))
        self.table.show(state.assessment, state.outdated, state.accepted)
        self._showLevel(self.table.chosen())

    def onScore(self) -> None:
        """Score the bodies."""
        panel = self.panel
        volume, bodies, model = panel.volume, panel.bodies, panel.modelText

        def work(progress: Progress) -> SpineAssessment:
            done = panel.bodiesState.awaitChecks(progress)
            return panel.logic.score(volume, bodies, model, progress, done)

        assessment = panel.status.run(_("Scoring"), work)
        if panel.parameterNode is None:
            return
        panel.bodiesState.look()
        panel.refresh()
        if assessment is None:
            return
        scored = [row.level for row in assessment.levels if row.score is not None]
        names = ", ".join(level.name for level in scored)
        text = _("Scored: {levels}. The result stands above the table.").format(levels=names)
        panel.status.say(text if scored else _("No level could be scored; the table says why."))
        panel.open("score", "export")
        panel.views.frame()
        if scored and self.table.chosen() is None:
            self.table.choose(scored[0], isQuiet=True)
            self._showLevel(scored[0])

    def onLevel(self, level: LumbarLevel) -> None:
        """A row was chosen: centre all views on its body, show its reasons."""
        self.panel.views.centreOn(level)
        self._showLevel(level)

    def onBrowse(self) -> None:
        """Choose a model card."""
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), _("Choose a model card"), "", _("Model cards (*.json)")
        )
        if path and self.panel.parameterNode is not None:
            self.panel.parameterNode.model = path

    def _showLevel(self, level: LumbarLevel | None) -> None:
        """Reasons and contributions of one level."""
        state = self.panel.bodiesState
        assessment = state.assessment
        row = assessment.level(level) if assessment is not None and level is not None else None
        score = row.score if row is not None else None
        self.bars.setContributions(score.contributions if score is not None else ())
        if row is None or assessment is None:
            showText(self.ui.levelLabel, "")
            showText(self.ui.chartLabel, "")
            return
        title = _("What moved the risk of {level}").format(level=row.level.name)
        showText(self.ui.chartLabel, title if self.bars.rows else "")
        repeats = assessment.provenance.settings.get(REPEATS_SETTING)
        tries = repeats if isinstance(repeats, int) else 0
        showText(self.ui.levelLabel, "\n".join(levelLines(row, state.outdated, tries, assessment.warnings)))


def modelText(model: RScoreModel | None, problem: str) -> str:
    """What stands below the model: its id, kind and digest, or why it cannot score."""
    if problem or model is None:
        return f"⚠ {problem}"
    text = f"{model.id} ({model.status}, {model.sha256[:SHA_DIGITS]})"
    return f"{text}\n⚠ {DEMONSTRATION_NOTICE}" if model.status == DEMONSTRATION else text


def resultText(assessment: SpineAssessment | None, outdated: Mapping[LumbarLevel, str]) -> str:
    """The result of the spine in words; of one that is out of date, that it is."""
    if assessment is None:
        return ""
    if outdated:
        names = ", ".join(level.name for level in outdated)
        return _("⚠ Out of date: {levels}. Score again; until then the numbers below do not hold.").format(levels=names)
    return summarise(assessment)


def levelLines(
    row: LevelAssessment, outdated: Mapping[LumbarLevel, str], tries: int, ofCt: Sequence[Finding] = ()
) -> list[str]:
    """What is known of one level, in words; ``tries`` masks were tried for its interval."""
    name, lines = row.level.name, []
    if row.level in outdated:
        lines.append(_("⚠ {level} is out of date: {why}.").format(level=name, why=outdated[row.level]))
    fracture = row.suspected_fracture
    if fracture is not None and fracture.text.rstrip(".") not in row.reason:
        lines.append(warningLine(fracture.text))
    if row.score is None:
        return [*lines, _("{level} is not scored: {why}").format(level=name, why=row.reason)]
    score = row.score
    if row.is_outside_model:
        lines.append(_("⚠ {level} is outside the model: do not rely on these numbers.").format(level=name))
    text = _("{level}: risk index {index:.2f}, interval {low:.2f} to {high:.2f}, {category}; R‑score {r:.3f}.")
    numbers = {"index": score.risk_index, "low": score.risk_low, "high": score.risk_high, "r": score.r_score}
    lines.append(text.format(level=name, category=score.category.value, **numbers))
    lines.append(stability(score, tries))
    if row.trabecular is not None:
        lines.append(describe_density(row.trabecular.mean_hu, row.level))
    lines += [warningLine(finding.text) for finding in row.warnings if finding is not fracture]
    lines += [aboutAll(finding) for finding in ofCt]
    notice = _("Research use only; not a predicted probability of a future fracture.")
    return [line for line in (*lines, notice) if line]


def aboutAll(finding: Finding) -> str:
    """A finding that holds for every level, in its own line: of the CT, or of all levels together."""
    if finding.about is About.ACQUISITION:
        return _("⚠ CT: {text}").format(text=finding.text)
    return warningLine(finding.text)


def warningLine(text: str) -> str:
    """A warning as a sentence in a line of its own."""
    return f"⚠ {text[:1].upper()}{text[1:]}"


def stability(score: Score, tries: int) -> str:
    """Whether another careful mask would have changed the side of the cut-off; empty without tries."""
    other = round(score.category_change_probability * tries)
    if not tries:
        return ""
    if not other:
        return _("All {n} other masks that were tried lie on the same side of the cut-off.").format(n=tries)
    return _("{other} of the {n} other masks that were tried lie on the other side of the cut-off.").format(
        other=other, n=tries
    )
