"""Taking the scene away: one bundle that restores everything."""

import tempfile
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder

SCENE_FILE = "scene.mrb"


def exportScene(folder):
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
