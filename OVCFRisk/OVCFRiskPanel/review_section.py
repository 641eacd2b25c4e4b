"""Section 4: one row per level - volume, checks, accepted - and the Segment Editor for corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from OVCFRiskScene.segments import findLevels
from slicer.i18n import tr as _

from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.surface_codes import DOUBTFUL_SURFACE
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskPanel.dock_width import DockWidth
from OVCFRiskPanel.editor import BodyEditor
from OVCFRiskPanel.texts import showText

if TYPE_CHECKING:
    from OVCFRiskScene.checks import MaskReview

    from OVCFRiskLib.findings import Finding
    from OVCFRiskPanel.panel import Panel

MANY_PARTS = 5  # of the six parts of a surface: from here on naming them helps nobody


class ReviewSection:
    """Shows every mask; only the clinician accepts."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui, self.width = panel, panel.ui, DockWidth()
        self.editor = BodyEditor(self.ui.editorPlaceholder, panel.views.centreOn)
        self.ui.editorCollapsibleButton.contentsCollapsed.connect(self.onEditorCollapsed)
        for level in LumbarLevel:
            # the first argument is the signal's, the second carries the level
            self.widget("review{}Button", level).clicked.connect(lambda checked, level=level: self.onShow(level))
            self.widget("accept{}CheckBox", level).clicked.connect(
                lambda checked, level=level: self.onAccept(level, checked)
            )

    def widget(self, name: str, level: LumbarLevel) -> Any:
        """A widget of a level's row."""
        return getattr(self.ui, name.format(level.name))

    def enter(self) -> None:
        """The module is shown."""
        self.editor.enter()
        if not self.ui.editorCollapsibleButton.collapsed:
            self.editor.open()

    def exit(self) -> None:
        """Another module is shown."""
        self.editor.leave()

    def update(self) -> None:
        """Fill the four rows."""
        state, busy = self.panel.bodiesState, self.panel.state.busy
        for level in LumbarLevel:
            review = state.masks.get(level)
            self.widget("review{}Button", level).enabled = review is not None
            accept = self.widget("accept{}CheckBox", level)
            accept.enabled = review is not None and not busy
            accept.checked = review is not None and review.accepted
            self.widget("volume{}Label", level).text = f"{review.volumeMl:.1f} ml" if review is not None else ""
            checks = self.widget("checks{}Label", level)
            checks.text = checkSummary(review, level in state.emptied)
            sentences = [finding.message for finding in review.findings or ()] if review is not None else []
            checks.toolTip = "\n".join(sentences) or _("What the checks of the mask say")
        showText(self.ui.lookFirstLabel, lookFirstText(state.lookFirst))
        self.editor.show(self.panel.bodies, self.panel.volume)

    def onShow(self, level: LumbarLevel) -> None:
        """Show a level in all views and make its segment the one that is edited."""
        self.panel.views.centreOn(level)
        segmentId = findLevels(self.panel.bodies).get(level)
        if segmentId:
            self.editor.select(segmentId)

    def onAccept(self, level: LumbarLevel, accepted: bool) -> None:
        """Keep or withdraw the acceptance of the present mask."""
        panel = self.panel
        review = panel.bodiesState.masks.get(level)
        findings = review.findings if review is not None else None
        panel.status.run(
            _("Accepting {level}").format(level=level.name),
            lambda progress: panel.logic.acceptLevel(panel.volume, panel.bodies, level, accepted, findings),
        )
        panel.bodiesState.look()
        panel.refresh()
        unseen = [level.name for level in panel.bodiesState.masks if level not in panel.bodiesState.accepted]
        if unseen:
            text = _("Not accepted yet: {levels}.").format(levels=", ".join(unseen))
        else:
            text = _("All masks are accepted. Next: score.")
            panel.open("score")
        panel.status.say(text)

    def onEditorCollapsed(self, collapsed: bool) -> None:
        """Open the tools, or put them away: a tool nobody sees must not eat clicks."""
        if collapsed:
            self.editor.close()
            self.width.restore()
        else:
            self.width.remember()
            self.editor.open()

    def cleanup(self) -> None:
        """The panel goes away."""
        self.editor.cleanup()


def checkSummary(review: MaskReview | None, isEmptied: bool) -> str:
    """What the mask checks say, short enough for a cell; the tooltip has the sentences."""
    if review is None:
        return "⚠ " + _("the mask is empty: undo, or segment again") if isEmptied else _("no mask")
    if review.findings is None:
        return _("checks follow")
    stops = titles(review.findings, Severity.STOPS_SCORING)
    if stops:
        return "⚠ " + _("cannot be scored: {why}").format(why=", ".join(stops))
    warnings = titles(review.findings, Severity.WARNING)
    if warnings:
        return f"⚠ {', '.join(warnings)}"
    isInDoubt = any(finding.code == DOUBTFUL_SURFACE.code for finding in review.findings)
    return _("look first, see below") if isInDoubt and not review.accepted else _("fine")


def lookFirstText(parts: Mapping[LumbarLevel, Sequence[str]]) -> str:
    """Where a reviewer looks first; empty when no surface is in doubt."""
    if not parts:
        return ""
    places = "; ".join(
        f"{level.name} {', '.join(names) if len(names) < MANY_PARTS else _('whole surface')}"
        for level, names in parts.items()
    )
    text = _("Look first at: {places}. The CT does not show clearly where the bone ends there; marked in the views.")
    return text.format(places=places)


def titles(findings: Sequence[Finding], severity: Severity) -> list[str]:
    """Titles of the checks that found something of a severity, each once."""
    return list(dict.fromkeys(f.check.title for f in findings if f.severity is severity))
