"""Texts that come and go: a label without one takes no place."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import qt

ANY_HEIGHT_PX = 16777215  # Qt's QWIDGETSIZE_MAX: as tall as the text


def showText(label: qt.QLabel, text: str) -> None:
    """Set a label's text.

    By its height, not by its visibility: a ctkCollapsibleButton shows and hides its children itself.
    """
    label.text = text
    label.maximumHeight = ANY_HEIGHT_PX if text else 0
