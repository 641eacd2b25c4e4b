"""Section 6: table, report, pictures, masks and scene from one button."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qt
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from OVCFRiskPanel.panel import Panel

REPORT_FILE = "report.html"


class ExportSection:
    """The folder, the button, and a look at the report."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui = panel, panel.ui
        self.written: Path | None = None
        self.ui.folderButton.directory = str(Path.home() / "OVCFRisk")
        self.ui.folderButton.directoryChanged.connect(self.onFolder)
        self.ui.exportButton.clicked.connect(self.onExport)
        self.ui.exportDicomButton.clicked.connect(self.onExportDicom)
        self.ui.openReportButton.clicked.connect(self.onOpenReport)

    def update(self) -> None:
        """The report can be opened once it is written."""
        there = self.written is not None and self.written.is_file()
        self.ui.openReportButton.enabled = there and not self.panel.state.busy

    def forget(self) -> None:
        """The report that was written belongs to a CT that is no longer here."""
        self.written = None

    def onFolder(self, folder: str) -> None:
        """Another folder was chosen."""
        self.panel.refresh()

    def onExport(self) -> None:
        """Write everything into the folder."""
        folder = self.ui.folderButton.directory
        notes = self._write(_("Writing the results"), self.panel.logic.exportResults)
        if notes is None:
            return
        self.written = Path(folder).resolve() / REPORT_FILE
        lines = [_("Written to {folder}: report, table, pictures, masks, scene.").format(folder=folder), *notes]
        self.panel.status.say("\n".join(lines))
        self.panel.refresh()

    def onExportDicom(self) -> None:
        """Write the DICOM objects into the folder."""
        folder = self.ui.folderButton.directory
        written = self._write(_("Writing the DICOM objects"), self.panel.logic.exportDicom)
        if written is not None:
            text = _("Written to {folder}: {names}.").format(folder=folder, names=", ".join(p.name for p in written))
            self.panel.status.say(text)

    def onOpenReport(self) -> None:
        """Show the report in the browser."""
        if self.written is not None:
            qt.QDesktopServices.openUrl(qt.QUrl(self.written.as_uri()))

    def _write(self, title: str, step: Callable[..., Any]) -> Any:
        """Run a step of the logic that writes into the folder; what it returns, None when it was refused."""
        panel, folder = self.panel, self.ui.folderButton.directory
        volume, bodies = panel.volume, panel.bodies
        return panel.status.run(title, lambda progress: step(volume, bodies, folder, progress))
