"""Taking the scene away: one bundle that restores everything; and the results in the archive's language."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder
from OVCFRiskLib.report import SCENE_FILE
from OVCFRiskScene.volumes import cameFromDicom

if TYPE_CHECKING:
    import SimpleITK as sitk
    from slicer import vtkMRMLScalarVolumeNode

    from OVCFRiskLib.assessment import SpineAssessment


def exportScene(folder: str | Path) -> Path:
    """Write the whole scene into a folder as one bundle; returns its path.

    Raises OVCFRiskError when it cannot be written; an older bundle is then left as it was.
    """
    folder = prepare_folder(folder)
    path = folder / SCENE_FILE
    # a folder beside, not a file beside: the bundle carries its own file name inside
    with tempfile.TemporaryDirectory(dir=folder) as beside:
        temporary = Path(beside) / SCENE_FILE
        if not slicer.mrmlScene.WriteToMRB(str(temporary)) or not temporary.is_file():
            raise OVCFRiskError(
                _("The scene cannot be written to {folder}; choose another folder.").format(folder=folder)
            )
        temporary.replace(path)
    return path


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
