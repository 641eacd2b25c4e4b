"""A thin stand-in for the Slicer application around `slicer-core`: scene, module logics, base classes, no Qt.

``start()`` makes ``import slicer`` look like a Slicer without a main window, so that the unchanged module logic runs
in an ordinary Python. In the real application nothing of this is used.
"""

import atexit
import shutil
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import slicer
import vtk

HERE = Path(__file__).resolve().parent
MODULE_FOLDER = HERE.parents[2] / "OVCFRisk"
LOGICS = {
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Colors": "vtkSlicerColorLogic",
    "Cameras": "vtkSlicerCamerasModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
    "Sequences": "vtkSlicerSequencesLogic",
}


def start() -> None:
    """Give `slicer` what slicer-core lacks; does nothing the second time and inside the application."""
    if hasattr(slicer, "app"):
        return
    slicer.__path__.append(str(HERE / "slicer"))
    sys.path.insert(0, str(MODULE_FOLDER))
    vtk.vtkObject.GlobalWarningDisplayOff()  # slicer-core warns of colour files only the application has
    scene = slicer.mrmlScene = slicer.vtkMRMLScene()
    cache, files = slicer.vtkCacheManager(), slicer.vtkDataIOManager()
    folder = tempfile.mkdtemp(prefix="slicer-host-")  # where scene bundles are packed and unpacked
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    cache.SetRemoteCacheDirectory(folder)
    cache.SetMRMLScene(scene)
    files.SetCacheManager(cache)
    scene.SetCacheManager(cache)
    scene.SetDataIOManager(files)
    application = slicer.vtkSlicerApplicationLogic()
    application.SetMRMLScene(scene)
    slicer.modules = SimpleNamespace()
    for name, class_name in LOGICS.items():
        logic = getattr(slicer, class_name)()
        logic.SetMRMLApplicationLogic(application)
        application.SetModuleLogic(name, logic)
        logic.SetMRMLScene(scene)
        setattr(slicer.modules, name.lower(), SimpleNamespace(logic=lambda logic=logic: logic))
    slicer.app = SimpleNamespace(
        applicationLogic=lambda: application,
        layoutManager=lambda: None,
        processEvents=lambda: None,
        testingEnabled=lambda: True,
        connect=lambda signal, slot: None,
        kept_alive=(cache, files),
    )
    slicer.host_folder = folder
    slicer.util.mainWindow = lambda: None
    slicer.util.loadScene = lambda path: scene.ReadFromMRB(str(path))
