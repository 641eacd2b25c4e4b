"""Section 1: open a CT, or make the sample phantom; how the CT was acquired shows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import slicer
from OVCFRiskScene import layout
from OVCFRiskScene.volumes import canHarden, contentKey, unusableVolumes, volumeProblem
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Severity
from OVCFRiskPanel.parameter_binding import showChosen
from OVCFRiskPanel.texts import showText

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode

    from OVCFRiskLib.findings import Finding
    from OVCFRiskPanel.panel import Panel

ACQUISITION = "acquisition of the CT"


class InputSection:
    """The CT selector and what is noticed about the CT."""

    def __init__(self, panel: Panel) -> None:
        self.panel, self.ui = panel, panel.ui
        self.checked: Any = None
        self.ui.openFileButton.clicked.connect(self.onOpenFile)
        self.ui.openDicomButton.clicked.connect(self.onOpenDicom)
        self.ui.sampleButton.clicked.connect(self.onSample)
        self.ui.hardenButton.clicked.connect(self.onHarden)
        self.ui.showCtButton.clicked.connect(self.onShowCt)

    def update(self) -> None:
        """Show what is known of the chosen CT; its voxels are looked at once, beside the window."""
        volume, state = self.panel.volume, self.panel.state
        showChosen(self.ui.volumeSelector, volume)
        self.ui.hardenButton.visible = canHarden(volume)
        self.ui.hardenButton.enabled = not state.busy
        self._updateHint(volume)
        problem = _whyNone(volume)
        key = (contentKey(volume), self.panel.modelText, problem, _sameName(volume))
        if key == self.checked or state.busy:
            return
        self.checked = key
        if volume is None or problem:
            showText(self.ui.acquisitionLabel, problem)
            return
        showText(self.ui.acquisitionLabel, _("Looking at the acquisition ..."))
        self._search(volume, key)

    def onOpenFile(self) -> None:
        """Slicer's own dialog; what it loads is chosen when it is the only CT."""
        slicer.util.openAddVolumeDialog()

    def onOpenDicom(self) -> None:
        """The DICOM module, which loads a series and comes back with a click on the module's name."""
        slicer.util.selectModule("DICOM")

    def onSample(self) -> None:
        """Make the phantom and choose it."""
        volume = self.panel.status.run(_("Making the phantom"), self.panel.logic.addSamplePhantom)
        if volume is not None and self.panel.parameterNode is not None:
            self.panel.parameterNode.inputVolume = volume
            self.panel.status.say(_("Sample phantom made. Next: mark L1 to L4."))

    def onHarden(self) -> None:
        """Apply the linear transform to the volume's matrix."""
        volume = self.panel.volume
        if volume is not None and canHarden(volume):
            volume.HardenTransform()
            self.panel.status.say(_("{name} hardened.").format(name=volume.GetName()))
            self.panel.refresh()

    def onShowCt(self) -> None:
        """Show the CT of the panel in the views, with its bodies in the middle."""
        self.panel.views.showCase()
        self.panel.refresh()

    def _search(self, volume: vtkMRMLScalarVolumeNode, key: Any) -> None:
        """Look at the CT in the background and say what was noticed."""
        from OVCFRiskScene.checks import acquisitionSearch

        search, alike = acquisitionSearch(volume, self.panel.modelText), _sameName(volume)

        def noticed() -> list[str]:
            try:
                return [*alike, *_lines(*search())]
            except OVCFRiskError as error:
                return [f"⚠ {error}"]

        def done(lines: list[str]) -> None:
            if key == self.checked:
                showText(self.ui.acquisitionLabel, "\n".join(lines))

        self.panel.background.start(ACQUISITION, noticed, done)

    def _updateHint(self, volume: vtkMRMLScalarVolumeNode | None) -> None:
        """Say so when the views show another CT than this panel works on."""
        shown = layout.shownVolume()
        isOther = volume is not None and shown is not None and shown is not volume
        self.ui.hintFrame.visible = isOther
        self.ui.hintLabel.text = ""
        if volume is not None and shown is not None and isOther:
            self.ui.hintLabel.text = _(
                "⚠ The views show {shown}; this panel works on {ct}. Choose the other above to work on it."
            ).format(shown=shown.GetName(), ct=volume.GetName())


def _sameName(volume: vtkMRMLScalarVolumeNode | None) -> tuple[str, ...]:
    """A line when the list shows the chosen CT's name more than once: nobody can tell there which one it is."""
    if volume is None:
        return ()
    nodes = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
    alike = [node for node in nodes if node.GetName() == volume.GetName() and not node.GetHideFromEditors()]
    if len(alike) < 2:
        return ()
    text = _("⚠ {n} images are called {name}; rename them in the Data module to tell them apart.")
    return (text.format(n=len(alike), name=volume.GetName()),)


def _whyNone(volume: vtkMRMLScalarVolumeNode | None) -> str:
    """Why there is no CT to work on: the chosen one's problem, or images in the scene that cannot be chosen."""
    problems = unusableVolumes() if volume is None else [volumeProblem(volume)]
    return "\n".join(f"⚠ {problem}" for problem in problems if problem)


def _lines(findings: tuple[Finding, ...], notes: tuple[str, ...]) -> list[str]:
    """What stands below the selector of a CT that can be used."""
    marks = {Severity.NOTE: "·"}
    lines = [f"{marks.get(finding.severity, '⚠')} {finding.message}" for finding in findings]
    return lines + [f"· {note}" for note in notes] or [_("Acquisition: nothing to object.")]
