"""Taking the scene away: one bundle that restores everything; and the results in the archive's language."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder
from OVCFRiskLib.progress import report_progress
from OVCFRiskLib.report import SCENE_FILE
from OVCFRiskScene.background import inApplication
from OVCFRiskScene.scene_bundle import SceneBundle, canBundle
from OVCFRiskScene.volumes import cameFromDicom

if TYPE_CHECKING:
    import SimpleITK as sitk
    from slicer import vtkMRMLScalarVolumeNode

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.progress import Progress


def exportScene(
    folder: str | Path, makeReady: Callable[[], None] = lambda: None, progress: Progress | None = None
) -> list[str]:
    """Write the whole scene into a folder as one bundle; what is left out of it and why, one sentence each.

    From work of `inThread` the application's thread is asked for each node by itself, and its window lives on between.

    Parameters
    ----------
    folder : path
    makeReady : callable
        Called in the application's thread before what depends on segmentations is written; may raise.
    progress : callable, optional

    Raises OVCFRiskError when it cannot be written; an older bundle is then left as it was.
    """
    folder = prepare_folder(folder)
    notes: list[str] = []
    # a folder beside, not a file beside: an older bundle stays until the new one is whole
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        temporary = Path(beside) / SCENE_FILE
        try:
            if inApplication(canBundle):
                notes = _writeInSteps(Path(beside), temporary, makeReady, progress)
            else:
                inApplication(lambda: _saveAtOnce(temporary, makeReady))
                notes = [_("The scene has scene views and was saved as it is, patients in its Data tree included.")]
            temporary.replace(folder / SCENE_FILE)
        except OSError as error:
            raise _notWritten(folder) from error
    return notes


def _writeInSteps(beside: Path, path: Path, makeReady: Callable[[], None], progress: Progress | None) -> list[str]:
    """Node by node; what takes long is done where this is called."""

    def begin() -> SceneBundle:
        makeReady()
        return SceneBundle(beside / "unpacked")

    def write(nodeId: str) -> Callable[[], None] | None:
        if nodeId in bundle.segmentations:
            makeReady()
        return bundle.writeNode(nodeId)

    def finish() -> None:
        makeReady()
        bundle.writeScene()

    bundle = inApplication(begin)
    for number, (nodeId, name) in enumerate(bundle.nodes.items()):
        report_progress(progress, number / len(bundle.nodes), _("writing the scene: {name}").format(name=name))
        compress = inApplication(partial(write, nodeId))
        if compress is not None:
            compress()
    inApplication(finish)
    report_progress(progress, 1.0, _("packing the scene"))
    bundle.pack(path)
    return bundle.notes


def _saveAtOnce(path: Path, makeReady: Callable[[], None]) -> None:
    """The application's own save, during which the window stands."""
    makeReady()
    if not slicer.mrmlScene.WriteToMRB(str(path)) or not path.is_file():
        raise _notWritten(path.parent.parent)


def _notWritten(folder: Path) -> OVCFRiskError:
    return OVCFRiskError(_("The scene cannot be written to {folder}; choose another folder.").format(folder=folder))


def dicomProblem(volume: vtkMRMLScalarVolumeNode | None) -> str:
    """Why no DICOM objects can be written for a CT; empty when they can."""
    if not cameFromDicom(volume):
        return _("DICOM objects need a CT that was loaded from Slicer's DICOM database.")
    if importlib.util.find_spec("highdicom") is None:
        return _("DICOM objects need highdicom, which comes with Slicer 5.12 and later.")
    return ""


def writeDicom(assessment: SpineAssessment, labels: sitk.Image, files: list[Path], folder: str | Path) -> list[Path]:
    """Write a DICOM segmentation and a DICOM report that refer to the CT's files; returns their paths.

    They carry the patient of the CT, as they must to be archived. Raises OVCFRiskError when they cannot be made.
    """
    from OVCFRiskLib.report.archive import write_dicom

    return write_dicom(assessment, labels, files, None, folder)
