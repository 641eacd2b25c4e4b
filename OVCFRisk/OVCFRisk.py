"""OVCFRisk: four clicks on a lumbar CT to vertebral bodies coloured by fracture risk. The module of 3D Slicer."""

import sys
import typing
from pathlib import Path
from typing import Annotated

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

LATE_PRIORITY = -1.0
PACKAGES = ("OVCFRiskLib", "OVCFRiskScene", "OVCFRiskPanel")


class OVCFRisk(ScriptedLoadableModule):
    """What Slicer shows in its module list."""

    def __init__(self, parent):
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


def onStartupCompleted():
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


class OVCFRiskLogic(ScriptedLoadableModuleLogic):
    """The steps without the panel: nodes and plain values in, nodes and results out.

    Every step that cannot be done raises `OVCFRiskLib.errors.OVCFRiskError` with what to do, and leaves the scene as
    it was. ``level`` is a `LumbarLevel` or its name; ``progress(fraction, message) -> bool`` returns False to cancel.
    """

    def getParameterNode(self):
        """The typed parameter node of the scene (a new wrapper each time)."""
        return OVCFRiskParameterNode(super().getParameterNode())

    def addSamplePhantom(self):
        """A simulated lumbar CT as a new volume; nothing is downloaded."""
        from OVCFRiskScene.sample import addSamplePhantom

        return addSamplePhantom()

    def checkAcquisition(self, volume, model=None):
        """Findings (`OVCFRiskLib.findings.Finding`) on how the CT was acquired."""
        from OVCFRiskScene.checks import checkAcquisition

        return checkAcquisition(volume, model)

    def createLevelPoints(self):
        """A markups node with the unplaced points L1..L4."""
        from OVCFRiskScene.level_points import createLevelPoints

        return createLevelPoints()

    def placeLevel(self, points, level, ras):
        """Place one level's point, RAS mm."""
        from OVCFRiskScene.level_points import setPosition

        setPosition(points, asLevel(level), ras)

    def segmentBodies(self, volume, points, bodies=None, progress=None):
        """Segment the bodies of the placed levels.

        Returns the segmentation node: a new one, or ``bodies`` with its segments L1..L4 replaced except the accepted.
        """
        from OVCFRiskScene.steps import segmentBodies

        return segmentBodies(volume, points, bodies, progress)

    def importBodies(self, volume, source, bodies=None, progress=None):
        """Take the bodies from a segmentation or label map made elsewhere; whole vertebrae are cut to their bodies.

        ``source`` itself is not modified; returns as `segmentBodies`.
        """
        from OVCFRiskScene.steps import importBodies

        return importBodies(volume, source, bodies, progress)

    def checkMasks(self, volume, bodies):
        """{level: `OVCFRiskScene.checks.MaskFacts`}: volume, findings, digest, accepted or not."""
        from OVCFRiskScene.steps import checkMasks

        return checkMasks(volume, bodies)

    def acceptLevel(self, volume, bodies, level, accepted=True):
        """Mark a level's present mask as accepted, or withdraw that; saved with the scene."""
        from OVCFRiskScene.steps import acceptLevel

        acceptLevel(volume, bodies, asLevel(level), accepted)

    def score(self, volume, bodies, model=None, progress=None):
        """Score the bodies and keep the result with them.

        ``model`` is the id or file of a model card. Returns a `SpineAssessment`.
        """
        from OVCFRiskScene.steps import score

        return score(volume, bodies, model, progress)

    def assessment(self, bodies):
        """The `SpineAssessment` kept with a segmentation, or None."""
        from OVCFRiskScene.scores import readAssessment

        return readAssessment(bodies)

    def outdatedLevels(self, volume, bodies):
        """{level: why} of the levels whose score no longer belongs to their mask or CT."""
        from OVCFRiskScene.review import maskDigests
        from OVCFRiskScene.scores import outdatedLevels

        return outdatedLevels(bodies, volume, maskDigests(bodies, volume))

    def showOverlay(self, volume, bodies):
        """Colours by risk, legend and labels, as the parameter node's switches say; also greys outdated levels."""
        from OVCFRiskScene.overlay import showOverlay

        outdated = self.outdatedLevels(volume, bodies)
        showOverlay(bodies, volume, self.assessment(bodies), outdated, self.getParameterNode())

    def exportResults(self, volume, bodies, folder, progress=None):
        """Write table, report, labels and the scene bundle into a folder; returns notes for the user.

        Raises OVCFRiskError when there is no score, or one is out of date.
        """
        from OVCFRiskScene.steps import exportResults

        return exportResults(volume, bodies, folder, progress)

    def exportDicom(self, volume, bodies, folder, progress=None):
        """Write a DICOM segmentation and report of a CT that was loaded from DICOM; returns their paths."""
        from OVCFRiskScene.steps import exportDicom

        return exportDicom(volume, bodies, folder, progress)


def asLevel(level):
    """A `LumbarLevel` of itself, its name or its label value."""
    from OVCFRiskLib.levels import LumbarLevel

    return LumbarLevel[level] if isinstance(level, str) else LumbarLevel(level)


def nextObserverTag(node):
    """The tag the node would give to an observer; tags count up and are never given again."""
    tag = node.AddObserver(vtk.vtkCommand.NoEvent, lambda caller, event: None)
    node.RemoveObserver(tag)
    return tag


class OVCFRiskWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """Ties the panel to the life of the module and of the scene."""

    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)  # needed for observing the parameter node
        self.logic = self.ui = self.panel = self._parameterNode = self._parameterNodeGuiTag = None
        self._boundObservers = ()

    def setup(self):
        """Called when the module is shown for the first time, and after a reload."""
        ScriptedLoadableModuleWidget.setup(self)
        from OVCFRiskPanel.panel import Panel

        uiWidget = slicer.util.loadUI(self.resourcePath("UI/OVCFRisk.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = OVCFRiskLogic()
        self.panel = Panel(self.ui, self.logic)
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self.onSceneStartClose)
        self.addObserver(scene, scene.EndCloseEvent, self.onSceneEndClose)
        # a wrapper made before an import keeps None for every node that came with the file: make a new one
        self.addObserver(scene, scene.EndImportEvent, self.onSceneEndClose)
        self.addObserver(scene, scene.NodeAddedEvent, self.panel.onNodeAdded)
        self.initializeParameterNode()
        if self.parent.isEntered:  # after a reload nobody calls enter
            self.panel.enter()

    def cleanup(self):
        """Called when the application closes, and before a reload."""
        self.setParameterNode(None)
        self.removeObservers()
        if self.panel is not None:
            self.panel.cleanup()

    def enter(self):
        """Called each time the user opens this module."""
        self.initializeParameterNode()
        self.panel.enter()

    def exit(self):
        """Called each time the user opens a different module."""
        self.panel.exit()
        self.setParameterNode(None)

    def onSceneStartClose(self, caller, event):
        """Nodes are about to go: do not use them any more."""
        self.panel.sceneCloses()
        self.setParameterNode(None)

    def onSceneEndClose(self, caller, event):
        """The scene was closed, or a scene was opened: look at what there is now."""
        if self.parent.isEntered:
            self.initializeParameterNode()
            self.panel.enter()

    def initializeParameterNode(self):
        """Make sure that a parameter node exists and is observed."""
        self.setParameterNode(self.logic.getParameterNode())

    def setParameterNode(self, parameterNode):
        """Bind the widgets to a parameter node, or to none."""
        if self._parameterNode is not None:
            raw = self._parameterNode.parameterNode
            self._parameterNode.disconnectGui(self._parameterNodeGuiTag)
            for tag in self._boundObservers:  # Slicer 5.10 leaves the one it added
                raw.RemoveObserver(tag)
            self.removeObserver(raw, vtk.vtkCommand.ModifiedEvent, self._checkCanApply)
        self._parameterNode, self._parameterNodeGuiTag, self._boundObservers = parameterNode, None, ()
        if parameterNode is not None:
            raw = parameterNode.parameterNode
            named = {widget.property("SlicerParameterName"): widget for widget in vars(self.ui).values()}
            before = nextObserverTag(raw)
            self._parameterNodeGuiTag = parameterNode.connectParametersToGui({n: w for n, w in named.items() if n})
            self._boundObservers = range(before + 1, nextObserverTag(raw))
            # The raw node, not the wrapper: the mixin keeps what it observes, and each kept wrapper keeps observers.
            # After all others: VTK calls the last of equal observers first, before the wrapper has read the node.
            self.addObserver(raw, vtk.vtkCommand.ModifiedEvent, self._checkCanApply, priority=LATE_PRIORITY)
        if self.panel is not None:
            self.panel.setParameterNode(parameterNode)

    def _checkCanApply(self, caller=None, event=None):
        """A choice changed: enable what can be pressed now, say what is missing for the rest."""
        self.panel.refresh()

    def onReload(self):
        """Slicer executes this file again; the packages have to be read again too."""
        for name in [name for name in sys.modules if name.split(".")[0] in PACKAGES]:
            del sys.modules[name]
        ScriptedLoadableModuleWidget.onReload(self)


class OVCFRiskTest(ScriptedLoadableModuleTest):
    """The self test: Slicer's *Reload and Test* button, and a test of the build."""

    def setUp(self):
        """Start with an empty scene."""
        slicer.mrmlScene.Clear(0)

    def runTest(self):
        """The steps as a script does them, then the panel."""
        for test in (self.test_steps, self.test_panel):
            self.setUp()
            test()
        self.delayDisplay("Test passed")

    def test_steps(self):
        """From the phantom to a folder of results and a scene opened again."""
        from OVCFRiskPanel.self_test import testSteps

        testSteps(self, OVCFRiskLogic())

    def test_panel(self):
        """The same with clicks in the views and on the buttons, where there is a window to click in."""
        if slicer.util.mainWindow() is None:
            self.delayDisplay("No main window: the panel is not tested")
            return
        from OVCFRiskPanel.self_test import testPanel

        slicer.util.selectModule("OVCFRisk")
        testPanel(self, slicer.modules.OVCFRiskWidget)
