"""OVCFRisk: four clicks on a lumbar CT to vertebral bodies coloured by fracture risk. The module of 3D Slicer."""

import sys
import typing
from pathlib import Path
from typing import Annotated, Any

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

try:
    import OVCFRiskLib  # noqa: F401  # installed beside this file
except ImportError:  # run from the source tree
    sys.path.append(str(Path(__file__).resolve().parents[1]))

from OVCFRiskScene.ownership import BODIES_ATTRIBUTE
from OVCFRiskScene.scene_logic import SceneLogic

LATE_PRIORITY = -1.0
PACKAGES = ("OVCFRiskLib", "OVCFRiskScene", "OVCFRiskPanel")


class OVCFRisk(ScriptedLoadableModule):
    """What Slicer shows in its module list."""

    def __init__(self, parent: Any) -> None:
        ScriptedLoadableModule.__init__(self, parent)
        parent.title = _("OVCF Risk")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Quantification")]
        parent.dependencies = ["Markups", "Segmentations", "Colors"]
        parent.contributors = ["The OVCFRisk developers"]
        parent.helpText = _(
            "Mark L1-L4 on a lumbar CT, get the vertebral bodies segmented, review them, and read for each a frozen "
            "radiomics score of osteoporotic fracture risk with its interval and its reasons. "
            "Research software, not a medical device."
        )
        parent.acknowledgementText = _(
            "Method: Yu Q, An H, Chen J, et al. (2025) Radiomics based on lumbar CT to identify high-risk patients for "
            "OVCF in postmenopausal women. Front. Aging 6:1472060."
        )
        slicer.app.connect("startupCompleted()", onStartupCompleted)


def onStartupCompleted() -> None:
    """Offer the sample phantom, and know the layout before a scene that uses it is opened."""
    from OVCFRiskScene.layout import registerLayout
    from OVCFRiskScene.sample import registerSampleData

    registerSampleData(Path(__file__).parent / "Resources" / "Icons")
    registerLayout()


@parameterNodeWrapper
class OVCFRiskParameterNode:
    """The user's choices; every field is bound to the widget of the same ``SlicerParameterName``.

    inputVolume - The CT.
    levelPoints - Markups with points named L1 to L4.
    foreignMasks - A segmentation or label map made elsewhere, to take the bodies from.
    bodies - Segmentation with the segments L1 to L4; masks, acceptance and scores belong to it.
    model - Id of a model card that comes with the library, or the path of one; empty means the demonstration model.
    showRiskColors, showLegend, showLabels - What the scored bodies look like.
    opacity3D - Opacity of the bodies in 3D views.
    """

    inputVolume: slicer.vtkMRMLScalarVolumeNode
    levelPoints: slicer.vtkMRMLMarkupsFiducialNode
    # typing.Union and None: what the wrapper of Slicer 5.10 understands as a choice of node types
    foreignMasks: typing.Union[slicer.vtkMRMLSegmentationNode, slicer.vtkMRMLLabelMapVolumeNode, None]  # noqa: UP007
    bodies: slicer.vtkMRMLSegmentationNode
    model: str = ""
    showRiskColors: bool = True
    showLegend: bool = True
    showLabels: bool = True
    opacity3D: Annotated[float, WithinRange(0, 1)] = 1.0


class OVCFRiskLogic(SceneLogic, ScriptedLoadableModuleLogic):
    """The steps without the panel (see `OVCFRiskScene.scene_logic.SceneLogic`); works without a GUI."""

    def getParameterNode(self) -> Any:
        """The typed parameter node of the scene (a new wrapper each time)."""
        wrap: Any = OVCFRiskParameterNode  # the decorator gives it its constructor
        return wrap(ScriptedLoadableModuleLogic.getParameterNode(self))


class OVCFRiskWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Ties the panel to the life of the module and of the scene."""

    def __init__(self, parent: Any = None) -> None:
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)  # needed for observing the parameter node
        self.ui: Any = None
        self.logic: Any = None  # these three from setup() on
        self.panel: Any = None
        self.binding: Any = None
        self._parameterNode: Any = None

    def setup(self) -> None:
        """Called when the module is shown for the first time, and after a reload."""
        ScriptedLoadableModuleWidget.setup(self)
        from OVCFRiskPanel.panel import Panel
        from OVCFRiskPanel.parameter_binding import ParameterBinding

        uiWidget = slicer.util.loadUI(self.resourcePath("UI/OVCFRisk.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = OVCFRiskLogic()
        self.binding, self.panel = ParameterBinding(self.ui), Panel(self.ui, self.logic)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        # a wrapper made before an import keeps None for every node that came with the file: make a new one
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.NodeAddedEvent, self.panel.onNodeAdded)
        removed = self.panel.removed
        self.addObserver(scene, scene.NodeAboutToBeRemovedEvent, removed.onNodeAboutToBeRemoved)
        # after the selectors (10): what they chose instead is undone
        self.addObserver(scene, scene.NodeRemovedEvent, removed.onNodeRemoved)
        self.ui.bodiesSelector.addAttribute("vtkMRMLSegmentationNode", BODIES_ATTRIBUTE, "1")
        self.initializeParameterNode()
        if self.parent.isEntered:  # after a reload nobody calls enter
            self.panel.enter()

    def cleanup(self) -> None:
        """Called when the application closes, and before a reload."""
        self.setParameterNode(None)
        self.removeObservers()
        if self.panel is not None:
            self.panel.cleanup()

    def enter(self) -> None:
        """Called each time the user opens this module."""
        self.initializeParameterNode()
        self.panel.enter()

    def exit(self) -> None:
        """Called each time the user opens a different module."""
        self.panel.exit()
        self.setParameterNode(None)

    def onSceneStartClose(self, caller: Any, event: str) -> None:
        """Nodes are about to go: do not use them any more."""
        self.panel.sceneCloses()
        self.setParameterNode(None)

    def onSceneEndClose(self, caller: Any, event: str) -> None:
        """The scene was closed, or a scene was opened: look at what there is now."""
        if self.parent.isEntered:
            self.initializeParameterNode()
            self.panel.enter()

    def initializeParameterNode(self) -> None:
        """Make sure that a parameter node exists and is observed."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode: Any) -> None:
        """Bind the widgets to a parameter node, or to none."""
        if self._parameterNode is not None:
            self.removeObserver(self._parameterNode.parameterNode, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
        self._parameterNode = parameterNode
        if self.binding is not None:
            self.binding.bind(parameterNode)
        if parameterNode is not None:
            # The raw node, not the wrapper: the mixin keeps what it observes, and each kept wrapper keeps observers.
            # After all others: VTK calls the last of equal observers first, before the wrapper has read the node.
            raw = parameterNode.parameterNode
            self.addObserver(raw, vtk.vtkCommand.ModifiedEvent, self._checkCanApply, priority=LATE_PRIORITY)
        if self.panel is not None:
            self.panel.setParameterNode(parameterNode)

    def _checkCanApply(self, caller: Any = None, event: str = "") -> None:
        """A choice changed: enable what can be pressed now, say what is missing for the rest."""
        self.panel.refresh()

    def onReload(self) -> None:
        """Slicer executes this file again; the packages have to be read again too."""
        for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


class OVCFRiskTest(ScriptedLoadableModuleTest):
    """The self test: Slicer's *Reload and Test* button, and a test of the build."""

    def setUp(self) -> None:
        """Start with an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self) -> None:
        """The steps as a script does them, then the panel."""
        for test in (self.test_steps, self.test_panel):
            self.setUp()
            test()
        self.delayDisplay("Test passed")

    def test_steps(self) -> None:
        """From the phantom to a folder of results and a scene opened again."""
        from OVCFRiskPanel.self_test import testSteps

        testSteps(self, OVCFRiskLogic())

    def test_panel(self) -> None:
        """The same with clicks in the views and on the buttons, where there is a window to click in."""
        if slicer.util.mainWindow() is None:
            self.delayDisplay("No main window: the panel is not tested")
            return
        from OVCFRiskPanel.self_test import testPanel

        slicer.util.selectModule("OVCFRisk")
        testPanel(self, slicer.modules.OVCFRiskWidget)
