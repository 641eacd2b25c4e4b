"""Section 6: table, report, pictures, masks and scene from one button."""

from pathlib import Path

import qt
from slicer.i18n import tr as _

REPORT_FILE = "report.html"


class ExportSection:
    """The folder, the button, and a look at the report."""

    def __init__(self, panel):
        self.panel, self.ui = panel, panel.ui
        self.written = None
        self.ui.folderButton.directory = str(Path.home() / "OVCFRisk")
        self.ui.folderButton.directoryChanged.connect(self.onFolder)
        self.ui.exportButton.clicked.connect(self.onExport)
        self.ui.exportDicomButton.clicked.connect(self.onExportDicom)
        self.ui.openReportButton.clicked.connect(self.onOpenReport)

    def update(self):
        """The report can be opened once it is written."""
        there = self.written is not None and self.written.is_file()
        self.ui.openReportButton.enabled = there and not self.panel.state.busy

    def onFolder(self, folder):
        """Another folder was chosen."""
        self.panel.refresh()

    def onExport(self):
        """Write everything into the folder."""
        panel, folder = self.panel, self.ui.folderButton.directory
        place, volume, bodies = self.ui.exportStatusPlaceholder, panel.volume, panel.bodies
        notes = panel.status.run(
            _("Writing the results"),
            lambda progress: panel.logic.exportResults(volume, bodies, folder, progress),
            place,
        )
        if notes is None:
            return
        self.written = Path(folder).resolve() / REPORT_FILE
        lines = [_("Written to {folder}: report, table, pictures, masks, scene.").format(folder=folder), *notes]
        panel.status.say("\n".join(lines), place)
        panel.refresh()

    def onExportDicom(self):
        """Write the DICOM objects into the folder."""
        panel, folder = self.panel, self.ui.folderButton.directory
        place, volume, bodies = self.ui.exportStatusPlaceholder, panel.volume, panel.bodies
        written = panel.status.run(
            _("Writing the DICOM objects"),
            lambda progress: panel.logic.exportDicom(volume, bodies, folder, progress),
            place,
        )
        if written is not None:
            names = ", ".join(path.name for path in written)
            panel.status.say(_("Written to {folder}: {names}.").format(folder=folder, names=names), place)

    def onOpenReport(self):
        """Show the report in the browser."""
        qt.QDesktopServices.openUrl(qt.QUrl(self.written.as_uri()))
