"""The status line with progress and cancel: always in view, below what scrolls; in place of pop-ups."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import CancelledError, OVCFRiskError

if TYPE_CHECKING:
    from OVCFRiskLib.progress import Progress

# Drawing the bar and looking for a click on Cancel this often is smooth, and costs a long step nothing.
EVENTS_INTERVAL_S = 0.05
STATUS_BAR_MS = 5000
STATUS_BAR_LETTERS = 80  # the application cuts what is longer at the window's edge


class StatusLine:
    """Says what happened, and runs one job at a time."""

    def __init__(self, ui: Any, onBusyChanged: Callable[[], None]) -> None:
        self.ui, self.onBusyChanged = ui, onBusyChanged
        self.isBusy = self.isCancelled = self.isSilent = False
        self.lastEvents = 0.0
        self.home = ui.statusFrame.parentWidget()
        ui.cancelButton.clicked.connect(self.cancel)

    def dock(self) -> None:
        """Move below the scrolled part of the module panel, where it stays in view; without one it stays inside."""
        area = self.home
        while area is not None and not isinstance(area, qt.QScrollArea):
            area = area.parentWidget()
        panel = area.parentWidget() if area is not None else None
        if panel is not None and panel.layout() is not None:
            if isinstance(panel.layout(), qt.QGridLayout):  # the application's: one column, area first
                panel.layout().addWidget(self.ui.statusFrame, 1, 0)
            else:
                panel.layout().addWidget(self.ui.statusFrame)
            self.ui.statusFrame.show()

    def undock(self) -> None:
        """Move back into the module: below another module it would be in the way."""
        if self.ui.statusFrame.parentWidget() is not self.home:
            self.home.layout().addWidget(self.ui.statusFrame)
            self.ui.statusFrame.show()

    def say(self, text: str, isWarning: bool = False) -> None:
        """Show a message in the line, and its first words in the application's status bar."""
        self.ui.statusLabel.text = f"⚠ {text}" if isWarning else text
        first = text.splitlines()[0] if text else ""
        if len(first) > STATUS_BAR_LETTERS:
            first = first[: STATUS_BAR_LETTERS - 1].rpartition(" ")[0] + " …"
        slicer.util.showStatusMessage(first, STATUS_BAR_MS)

    def clear(self) -> None:
        """Say nothing: what was said belongs to a CT that is no longer there; nor does a job that still runs speak."""
        self.isSilent = self.isBusy
        self.say("")

    def run(self, title: str, work: Callable[[Progress], Any]) -> Any:
        """Run ``work(progress)``; None when it was cancelled or refused, and then the line says why.

        Errors a user can fix never get further than the status line. Anything else is a fault of the software and is
        shown with its details.
        """
        if self.isBusy:
            return None
        self._begin(title)
        try:
            with slicer.util.tryWithErrorDisplay(_("{title} failed.").format(title=title)):
                return self._caught(work)
        finally:
            self._end()

    def cancel(self) -> None:
        """Ask the running job to stop at its next step."""
        self.isCancelled = True

    def _caught(self, work: Callable[[Progress], Any]) -> Any:
        """The result of a job, or None and a message."""
        try:
            return work(self._progress)
        except CancelledError:
            said, isWarning = _("Cancelled; the scene is as it was."), False
        except OVCFRiskError as error:
            said, isWarning = str(error), True
        except MemoryError:
            said, isWarning = _("Not enough memory for this CT; crop it (Crop Volume module) first."), True
        if self.isSilent:
            self.say("")
        else:
            self.say(said, isWarning)
        return None

    def _begin(self, title: str) -> None:
        self.isBusy, self.isCancelled, self.isSilent = True, False, False
        self.say(_("{title} ...").format(title=title))
        self.ui.progressBar.value = 0
        self.ui.progressBar.visible = self.ui.cancelButton.visible = True
        self.onBusyChanged()
        slicer.app.processEvents()  # the bar shows before a step that takes long before its first report

    def _end(self) -> None:
        self.isBusy = False
        self.ui.progressBar.visible = self.ui.cancelButton.visible = False
        self.onBusyChanged()

    def _progress(self, fraction: float, message: str) -> bool:
        """The library's callback; False after a click on Cancel, or when the scene was closed meanwhile."""
        now = time.monotonic()
        if now - self.lastEvents > EVENTS_INTERVAL_S:
            self.lastEvents = now
            self.ui.progressBar.value = int(100 * fraction)
            if message and not self.isSilent:
                self.ui.statusLabel.text = message
            slicer.app.processEvents()
        return not self.isCancelled
