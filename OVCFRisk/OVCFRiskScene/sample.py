"""The sample phantom: a simulated lumbar CT, made on the spot, offered by the panel and by Sample Data."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode

    from OVCFRiskLib.progress import Progress
    from OVCFRiskLib.simulation.phantom import Phantom

CATEGORY = "OVCFRisk"
SAMPLE_NAME = "OVCFRisk lumbar phantom"


def addSamplePhantom(progress: Progress | None = None) -> vtkMRMLScalarVolumeNode:
    """New volume node with the phantom CT; nothing is downloaded."""
    # imported here: registering the sample at start-up must cost nothing
    from OVCFRiskScene.background import inThread
    from OVCFRiskScene.volumes import pushVolume, showBoneWindow

    phantom = inThread(lambda report: makeSample(), progress)
    volume = pushVolume(phantom.ct, _("Lumbar phantom"))
    showBoneWindow(volume)
    return volume


@functools.lru_cache(maxsize=1)
def makeSample() -> Phantom:
    """The phantom with its truth (`.ct`, `.labels`, `.points`); kept, as the self test asks for it twice."""
    from OVCFRiskLib.simulation.demonstration import demonstration_settings
    from OVCFRiskLib.simulation.phantom import make_phantom

    return make_phantom(demonstration_settings())


def registerSampleData(iconFolder: Path) -> None:
    """Add the phantom to the Sample Data module; its button makes it, so there is no address."""
    import SampleData

    logic = SampleData.SampleDataLogic
    if hasattr(logic, "registerCustomSampleDataCategory"):  # newer than Slicer 5.10
        logic.registerCustomSampleDataCategory(CATEGORY, title=_("OVCF risk"))
    logic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        thumbnailFileName=str(iconFolder / "OVCFRiskSample.png"),
        uris="file:///made-on-the-spot",
        fileNames="ovcfrisk-lumbar-phantom.nrrd",
        nodeNames="LumbarPhantom",
        customDownloader=_onButton,
    )


def _onButton(source: Any) -> list[vtkMRMLScalarVolumeNode]:
    """What Sample Data's button calls; shows the phantom as Sample Data shows a loaded volume."""
    volume = addSamplePhantom()
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    return [volume]
