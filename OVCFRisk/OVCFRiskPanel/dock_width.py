"""The width of the module panel: the Segment Editor widens it, and by itself it never becomes narrow again."""

from __future__ import annotations

import qt
import slicer

PANEL_DOCK = "PanelDockWidget"  # object name of the dock in the application's main window


class DockWidth:
    """Remembers the width before something wide was opened, and gives it back."""

    def __init__(self) -> None:
        self.before: int | None = None

    def remember(self) -> None:
        """Something wide is about to open."""
        dock = _dock()
        if dock is not None and self.before is None:
            self.before = dock.width

    def restore(self) -> None:
        """It was closed: once the layouts know, the dock takes its old width again."""
        if self.before is not None:
            qt.QTimer.singleShot(0, self._shrink)

    def _shrink(self) -> None:
        dock, width = _dock(), self.before
        self.before = None
        if dock is not None and width is not None:
            slicer.util.mainWindow().resizeDocks([dock], [width], qt.Qt.Horizontal)


def _dock() -> qt.QDockWidget | None:
    """The dock around the module panel; None without a main window."""
    window = slicer.util.mainWindow()
    docks = slicer.util.findChildren(window, name=PANEL_DOCK) if window is not None else []
    return docks[0] if docks else None
