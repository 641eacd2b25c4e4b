"""The status line with progress and cancel: it stands beside the button that was pressed, in place of pop-ups."""

from __future__ import annotations

import time
from typing import Any

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import CancelledError, OVCFRiskError

# Drawing the bar and looking for a click on Cancel this often is smooth, and costs a long step nothing.
EVENTS_INTERVAL_S = 0.05


class StatusLine:
    """Says what happened, and runs one job at a time."""

    def __init__(self, ui: Any, onBusyChanged) -> None:
        self.ui, self.onBusyChanged = ui, onBusyChanged
        self.busy = self.cancelled = False
        self.lastEvents = 0.0
        ui.cancelButton.clicked.connect(self.cancel)

    def say(self, text: str, place=None, isWarning=False) -> None:
        """Show a message at the end of a section and in the application's status bar.

        ``place`` is the section's empty widget for it, never the section itself: a ctkCollapsibleButton keeps a child
        hidden that left another one.
        """
        if place is not None:
            place.layout().addWidget(self.ui.statusFrame)
        self.ui.statusLabel.text = f"⚠ {text}" if isWarning else text
        slicer.util.showStatusMessage(text.splitlines()[0] if text else "", 5000)

    def run(self, title: str, work, place) -> Any:
        """Run ``work(progress)``; None when it was cancelled or refused, and then the line says why.

        Errors a user can mend never get further than the status line. Anything else is a fault of the software and
        is shown with its details.
        """
        if self.busy:
            return None
        self._begin(title, place)
        try:
            with slicer.util.tryWithErrorDisplay(_("{title} failed.").format(title=title)):
                return self._caught(work, place)
        finally:
            self._end()

    def cancel(self) -> None:
        """Ask the running job to stop at its next step."""
        self.cancelled = True

    def _caught(self, work, place) -> Any:
        """The result of a job, or None and a message."""
        try:
            return work(self._progress)
        except CancelledError:
            self.say(_("Cancelled; the scene is as it was."), place)
        except OVCFRiskError as error:
            self.say(str(error), place, isWarning=True)
        except MemoryError:
            self.say(_("Not enough memory for this CT; crop it (Crop Volume module) first."), place, isWarning=True)
        return None

    def _begin(self, title: str, place) -> None:
        self.busy, self.cancelled = True, False
        self.say(_("{title} ...").format(title=title), place)
        self.ui.progressBar.value = 0
        self.ui.progressBar.visible = self.ui.cancelButton.visible = True
        self.onBusyChanged()
        slicer.app.processEvents()  # the bar shows before a step that takes long before its first report

    def _end(self) -> None:
        self.busy = False
        self.ui.progressBar.visible = self.ui.cancelButton.visible = False
        self.onBusyChanged()

    def _progress(self, fraction, message) -> bool:
        """The library's callback; False after a click on Cancel, or when the scene was closed meanwhile."""
        now = time.monotonic()
        if now - self.lastEvents > EVENTS_INTERVAL_S:
            self.lastEvents = now
            self.ui.progressBar.value = int(100 * fraction)
            self.ui.statusLabel.text = message
            slicer.app.processEvents()
        return not self.cancelled
