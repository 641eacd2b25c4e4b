"""A panel for tests: the application's own when there is one, else the unchanged code on PySide6 stand-ins."""

import gc
import time
from unittest import mock

import module_test_case
import slicer
from module_test_case import ModuleTestCase
from simple_spine import addSpine, centerRas, quickAssessment, quickBodies

from OVCFRiskLib.levels import LumbarLevel

if not module_test_case.IN_APPLICATION:
    import panel_host

    panel_host.start()

REST_LIMIT_S = 60  # of a slow machine


def wait(seconds=0.05):
    """Let timers and deferred updates happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        slicer.app.processEvents()
        time.sleep(0.002)


def observerCount(vtkObject):
    """Observers of an object: tags count up, a removed one has no command."""
    probe = vtkObject.AddObserver("AnyEvent", lambda caller, event: None)
    vtkObject.RemoveObserver(probe)
    return sum(vtkObject.GetCommand(tag) is not None for tag in range(1, probe))


class PanelTestCase(ModuleTestCase):
    """Opens the panel on an empty scene; the library's two long steps are quick stand-ins unless a test says not."""

    quick = True

    def setUp(self):
        super().setUp()
        if self.quick:
            for name, stand_in in (("segmenting.segment_bodies_and_fields", quickBodies), ("assess", quickAssessment)):
                patch = mock.patch(f"OVCFRiskScene.steps.{name}", stand_in)
                patch.start()
                self.addCleanup(patch.stop)
        self.widget = self.openPanel()
        self.ui, self.panel = self.widget.ui, self.widget.panel

    def tearDown(self):
        self.closePanel()
        super().tearDown()

    def openPanel(self):
        """The widget of the module, entered."""
        if module_test_case.IN_APPLICATION:
            slicer.util.selectModule("OVCFRisk")
            return slicer.modules.OVCFRiskWidget
        from OVCFRisk import OVCFRiskWidget

        self.modulePanel, self.parent = panel_host.modulePanel()
        widget = OVCFRiskWidget(self.parent)
        widget.setup()
        widget.enter()
        return widget

    def closePanel(self):
        """Leave the module."""
        if module_test_case.IN_APPLICATION:
            slicer.util.selectModule("Data")
            return
        self.widget.exit()
        self.widget.cleanup()
        self.modulePanel.deleteLater()
        wait(0)
        gc.collect()

    def rest(self):
        """Let everything come to rest: events, timers, checks beside the window."""
        end = time.monotonic() + REST_LIMIT_S
        wait()
        while time.monotonic() < end:
            timers = any(timer.isActive() for timer, _slot in self.panel.timers)
            if not timers and self.panel.background.isIdle:
                return
            wait(0.02)
        self.fail(f"not at rest after {REST_LIMIT_S} s")

    @property
    def node(self):
        """The typed parameter node as the panel sees it."""
        return self.widget._parameterNode

    def mark(self):
        """A small CT, chosen, with all four levels marked; the CT's node."""
        from OVCFRiskScene.level_points import setPosition

        volume = addSpine()
        self.node.inputVolume = volume
        self.node.levelPoints = self.widget.logic.createLevelPoints()
        for level in LumbarLevel:
            setPosition(self.node.levelPoints, level, centerRas(volume, level))
        wait()
        return volume

    def write(self, level, mask):
        """Replace a level's mask, as an edit does."""
        from OVCFRiskScene.segments import findLevels

        segmentId = findLevels(self.node.bodies)[level]
        voxels, bodies, volume = mask.astype("uint8"), self.node.bodies, self.node.inputVolume
        slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, bodies, segmentId, volume)

    def tip(self, name):
        """Tooltip of a widget."""
        return getattr(self.ui, name).toolTip
