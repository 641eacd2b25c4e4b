"""Section 1: open a CT, or make the sample phantom; how the CT was acquired shows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from OVCFRiskScene.volumes import canHarden, contentKey, volumeProblem
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Severity

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode

    from OVCFRiskPanel.panel import Panel


class InputSection:
    """The CT selector and what is noticed about the CT."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui = panel, panel.ui
        self.checked = None
        self.ui.openFileButton.clicked.connect(self.onOpenFile)
        self.ui.openDicomButton.clicked.connect(self.onOpenDicom)
        self.ui.sampleButton.clicked.connect(self.onSample)
        self.ui.hardenButton.clicked.connect(self.onHarden)

    def update(self) -> None:
        """Show what is known of the chosen CT; its voxels are looked at once."""
        volume, state = self.panel.volume, self.panel.state
        self.ui.hardenButton.visible = canHarden(volume)
        self.ui.hardenButton.enabled = not state.busy
        key = (contentKey(volume), self.panel.modelText)
        if key == self.checked or state.busy:
            return
        self.checked = key
        self.ui.acquisitionLabel.text = "\n".join(self._lines(volume)) if volume is not None else ""

    def onOpenFile(self) -> None:
        """Slicer's own dialog; what it loads is chosen when it is the only CT."""
        slicer.util.openAddVolumeDialog()

    def onOpenDicom(self) -> None:
        """The DICOM module, which loads a series and comes back with a click on the module's name."""
        slicer.util.selectModule("DICOM")

    def onSample(self) -> None:
        """Make the phantom and choose it."""
        title = _("Making the phantom")
        volume = self.panel.status.run(title, lambda progress: self.panel.logic.addSamplePhantom(), self._place())
        if volume is not None and self.panel.parameterNode is not None:
            self.panel.parameterNode.inputVolume = volume
            self.panel.showVolume(volume)
            self.panel.status.say(_("Sample phantom made. Next: mark L1 to L4."), self._place())
            self.panel.open("levels")

    def onHarden(self) -> None:
        """Apply the linear transform to the volume's matrix."""
        volume = self.panel.volume
        if canHarden(volume):
            volume.HardenTransform()
            self.panel.status.say(_("{name} hardened.").format(name=volume.GetName()), self._place())
            self.panel.refresh()

    def _lines(self, volume: vtkMRMLScalarVolumeNode) -> list[str]:
        """What stands below the selector: why the CT cannot be used, or what was noticed."""
        problem = volumeProblem(volume)
        if problem:
            return [f"⚠ {problem}"]
        try:
            findings, notes = self.panel.logic.checkAcquisition(volume, self.panel.modelText)
        except OVCFRiskError as error:
            return [f"⚠ {error}"]
        marks = {Severity.NOTE: "·"}
        lines = [f"{marks.get(finding.severity, '⚠')} {finding.message}" for finding in findings]
        return lines + [f"· {note}" for note in notes] or [_("Acquisition: nothing to object.")]

    def _place(self) -> Any:
        return self.ui.inputStatusPlaceholder


def soleVolume() -> vtkMRMLScalarVolumeNode | None:
    """The only CT of the scene, chosen to save a click; None when there is a choice to make."""
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    volumes = [node for node in nodes if node.GetClassName() == "vtkMRMLScalarVolumeNode"]
    return volumes[0] if len(volumes) == 1 else None
