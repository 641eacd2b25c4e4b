"""The life of the panel: setup, enter, exit, scene closed and opened, reload, cleanup; nothing is left behind."""

import tempfile
import time
from pathlib import Path
from unittest import mock

import module_test_case
import numpy as np
import slicer
from OVCFRiskScene import checks
from OVCFRiskScene.segments import findLevels, referenceVolume
from panel_test_case import PanelTestCase, observerCount, wait
from simple_spine import addSpine, bodyMask

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import report_progress

# CTest runs this file in the application too; what needs the stand-ins is left out there.
OUTSIDE = not module_test_case.IN_APPLICATION


class PanelLifeTest(PanelTestCase):
    def work(self):
        """From a CT to scores."""
        volume = self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        wait()
        return volume

    def test_an_empty_scene_says_what_comes_first(self):
        self.assertFalse(self.ui.segmentButton.enabled)
        self.assertIn("Choose a CT", self.tip("segmentButton"))
        self.assertTrue(self.ui.sampleButton.enabled)
        self.assertFalse(self.ui.inputCollapsibleButton.collapsed)
        self.assertTrue(self.ui.scoreCollapsibleButton.collapsed)

    def test_a_loaded_ct_is_chosen_when_it_is_the_only_one(self):
        volume = addSpine()
        wait(0.5)
        self.assertIs(self.node.inputVolume, volume)
        addSpine("second")
        wait(0.5)
        self.assertIs(self.node.inputVolume, volume)

    def test_exit_gives_the_views_back_and_enter_restores(self):
        volume = self.work()
        self.widget.exit()
        self.assertIsNone(self.widget._parameterNode)
        self.assertFalse(self.panel.review.editor.isEntered)
        self.widget.enter()
        self.assertIs(self.node.inputVolume, volume)
        self.assertEqual(len(self.panel.bodiesState.masks), 4)
        self.assertEqual(self.ui.scoreTable.rowCount, 4)

    def test_closing_the_scene_empties_the_panel(self):
        self.work()
        slicer.mrmlScene.Clear(0)
        wait()
        self.assertEqual(self.ui.scoreTable.rowCount, 0)
        self.assertFalse(self.ui.scoreButton.enabled)
        self.assertIsNone(self.node.inputVolume)
        self.work()  # and it works again
        self.assertEqual(self.ui.scoreTable.rowCount, 4)

    def test_a_saved_scene_opens_with_everything(self):
        self.work()
        self.ui.acceptL2CheckBox.click()
        self.node.opacity3D = 0.5
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.mrmlScene.WriteToMRB(path))
            slicer.mrmlScene.Clear(0)
            wait()
            slicer.util.loadScene(path)
        wait(0.5)
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertTrue(self.ui.acceptL2CheckBox.checked)
        self.assertFalse(self.ui.acceptL1CheckBox.checked)
        self.assertEqual(self.node.opacity3D, 0.5)
        self.assertEqual(self.ui.opacitySlider.value, 0.5)
        self.assertFalse(self.ui.scoreCollapsibleButton.collapsed)

    def test_a_saved_scene_merged_into_a_scene_in_use_brings_its_own_bodies(self):
        self.work()
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "scene.mrb")
            self.assertTrue(slicer.mrmlScene.WriteToMRB(path))
            slicer.mrmlScene.Clear(0)
            wait()
            other = addSpine("CT already there")
            self.node.inputVolume = other
            wait(0.2)
            slicer.util.loadScene(path)
        wait(0.6)
        self.assertIsNot(self.node.inputVolume, other)
        self.assertIsNotNone(self.node.bodies)
        self.assertIs(referenceVolume(self.node.bodies), self.node.inputVolume)
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertEqual(self.panel.bodiesState.problem, "")

    def test_twenty_closings_leak_no_node_and_no_observer(self):
        nodes, observers = [], []
        for _ in range(20):
            self.work()
            slicer.mrmlScene.Clear(0)
            wait(0.01)
            nodes.append(slicer.mrmlScene.GetNumberOfNodes())
            observers.append((observerCount(slicer.mrmlScene), observerCount(self.node.parameterNode)))
        self.assertEqual(len(set(nodes[1:])), 1, nodes)
        self.assertEqual(len(set(observers[2:])), 1, observers)

    def test_cleanup_leaves_no_observer_on_what_it_looked_at(self):
        if not OUTSIDE:
            self.skipTest("in the application other modules observe the same nodes")
        volume = self.work()
        points, bodies, parameters = self.node.levelPoints, self.node.bodies, self.node.parameterNode
        looked_at = (volume, points, bodies, parameters)
        counts = [observerCount(node) for node in looked_at]
        self.widget.exit()
        self.widget.cleanup()
        after = [observerCount(node) for node in looked_at]
        self.assertTrue(all(b < a for a, b in zip(counts, after, strict=True)), (counts, after))
        again = type(self.widget)(self.parent)
        again.setup()
        again.enter()
        self.assertEqual([observerCount(node) for node in looked_at], counts)
        self.widget = again

    def test_reload_reads_the_packages_again(self):
        if not OUTSIDE:
            self.skipTest("reloads in the middle of a test of the application")
        import sys

        before = dict(sys.modules)
        try:
            self.widget.onReload()
            self.assertNotIn("OVCFRiskPanel.panel", sys.modules)
            self.assertEqual(slicer.host_reloads, 1)
        finally:
            sys.modules.update(before)


class FaultsInThePanelTest(PanelTestCase):
    def test_volume_deleted_after_marking(self):
        slicer.mrmlScene.RemoveNode(self.mark())
        wait()
        self.assertFalse(self.ui.segmentButton.enabled)
        self.assertIn("Choose a CT", self.tip("segmentButton"))

    def test_segmentation_deleted_after_scoring(self):
        self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        slicer.mrmlScene.RemoveNode(self.node.bodies)
        wait(0.5)
        self.assertEqual(self.ui.scoreTable.rowCount, 0)
        self.assertTrue(self.ui.segmentButton.enabled)
        self.ui.segmentButton.click()
        self.assertEqual(len(self.panel.bodiesState.masks), 4)

    def test_editing_marks_the_score_as_out_of_date(self):
        import numpy as np

        volume = self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        bodies = self.node.bodies
        mask = slicer.util.arrayFromSegmentBinaryLabelmap(bodies, findLevels(bodies)[LumbarLevel.L3], volume)
        mask[mask.nonzero()[0].min()] = 0
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), bodies, "L3", volume)
        wait(0.6)
        self.assertEqual(list(self.panel.bodiesState.outdated), [LumbarLevel.L3])
        self.assertIn("OUT OF DATE", self.ui.scoreTable.item(2, 4).text())
        self.assertFalse(self.ui.exportButton.enabled)
        self.assertIn("L3", self.tip("exportButton"))
        self.ui.scoreButton.click()
        self.assertTrue(self.ui.exportButton.enabled, self.tip("exportButton"))

    def test_cancel_while_segmenting(self):
        self.mark()
        import qt

        progress, seen = self.ui.progressBar, []
        before = slicer.mrmlScene.GetNumberOfNodes()

        def segment(ct, points, progress=None):
            """Runs in a thread, as the real one: it reports until the answer is no."""
            for _step in range(1000):
                time.sleep(0.005)
                report_progress(progress, 0.5, "segmenting")

        def press():
            seen.append((not progress.isHidden(), self.ui.statusLabel.text))
            self.ui.cancelButton.click()

        qt.QTimer.singleShot(200, press)
        with mock.patch("OVCFRiskScene.steps.segmenting.segment_bodies_and_fields", segment):
            self.ui.segmentButton.click()
        self.assertEqual(seen, [(True, "segmenting")])
        self.assertIn("Cancelled", self.ui.statusLabel.text)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), before)
        self.assertFalse(progress.visible)
        self.assertTrue(self.ui.segmentButton.enabled)

    def test_checks_wait_until_the_hand_rests_and_run_once_for_many_strokes(self):
        volume = self.mark()
        self.ui.segmentButton.click()
        self.rest()
        self.assertTrue(self.panel.background.isIdle)
        with mock.patch("OVCFRiskScene.checks.faultSearch", wraps=checks.faultSearch) as search:
            for n in range(4):  # strokes half a second apart
                mask = bodyMask(LumbarLevel.L2) & (np.arange(80)[:, None] < 50 - n)
                slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), self.node.bodies, "L2", volume)
                wait(0.5)
                self.assertEqual(search.call_count, 0)
            self.assertIn("checks follow", self.ui.checksL2Label.text)
            self.rest()
            self.assertEqual(search.call_count, 1)
        self.assertNotIn("checks follow", self.ui.checksL2Label.text)

    def test_unwritable_folder_is_said_in_the_status_line(self):
        self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "file").write_text("in the way")
            self.ui.folderButton.directory = str(Path(folder) / "file" / "deeper")
            self.ui.exportButton.click()
        self.assertIn("⚠", self.ui.statusLabel.text)
        self.assertTrue(self.ui.exportButton.enabled)

    def test_wrong_model_is_said_beside_the_model(self):
        self.mark()
        self.ui.segmentButton.click()
        self.node.model = "no-such-model"
        wait()
        self.assertFalse(self.ui.scoreButton.enabled)
        self.assertIn("no-such-model", self.ui.modelLabel.text)
        self.node.model = ""
        wait()
        self.assertTrue(self.ui.scoreButton.enabled)
