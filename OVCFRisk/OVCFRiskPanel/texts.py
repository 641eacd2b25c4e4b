"""Texts that come and go: a label without one takes no place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slicer.i18n import tr as _

if TYPE_CHECKING:
    import qt

    from OVCFRiskLib.levels import LumbarLevel

ANY_HEIGHT_PX = 16777215  # Qt's QWIDGETSIZE_MAX: as tall as the text


def showText(label: qt.QLabel, text: str) -> None:
    """Set a label's text.

    By its height, not by its visibility: a ctkCollapsibleButton shows and hides its children itself.
    """
    label.text = text
    label.maximumHeight = ANY_HEIGHT_PX if text else 0


def whatWasMade(made: list[LumbarLevel], kept: list[LumbarLevel]) -> str:
    """The message after a step that makes bodies."""
    names = [", ".join(level.name for level in levels) for levels in (made, kept)]
    if not made:
        return _("Nothing was changed: {levels} are accepted or edited, and are kept.").format(levels=names[1])
    text = _("Bodies made: {levels}.").format(levels=names[0])
    if kept:
        text += " " + _("Kept: {levels}.").format(levels=names[1])
    return text + " " + _("Next: look at each mask and accept it.")
