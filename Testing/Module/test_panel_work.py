"""The window stays alive, and nothing is done twice: counted, not timed."""

import tempfile
import threading
from pathlib import Path
from unittest import mock

import module_test_case  # noqa: F401  # finds the module's packages
import numpy as np
import slicer
from OVCFRiskScene import checks, overlay, segment_masks
from panel_test_case import PanelTestCase, wait
from simple_spine import bodyMask

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality import masks as mask_checks

L1, L2, L3, L4 = LumbarLevel


class CountedTest(PanelTestCase):
    def counted(self, owner, name):
        """A function that counts its calls and does its work."""
        patch = mock.patch.object(owner, name, wraps=getattr(owner, name))
        self.addCleanup(patch.stop)
        return patch.start()

    def test_segment_check_and_score_read_each_mask_once_and_check_it_once(self):
        self.mark()
        read = self.counted(segment_masks, "readMask")
        checked = self.counted(checks, "check_masks")
        self.ui.segmentButton.click()
        self.rest()
        self.ui.scoreButton.click()
        self.rest()
        self.assertEqual((read.call_count, checked.call_count), (4, 1))
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertEqual(self.panel.bodiesState.outdated, {})

    def test_segment_and_score_at_once_checks_once(self):
        self.mark()
        checked = self.counted(checks, "check_masks")
        self.ui.segmentScoreButton.click()
        self.rest()
        self.assertEqual(checked.call_count, 1)
        self.assertEqual(self.panel.bodiesState.outdated, {})

    def test_a_stroke_reads_and_checks_the_touched_level_alone(self):
        self.mark()
        self.ui.segmentScoreButton.click()
        self.rest()
        read = self.counted(segment_masks, "readMask")
        level = self.counted(mask_checks, "_check_level")
        edited = bodyMask(L2)
        edited[58:63, 48:] = False  # far from its endplates
        self.write(L2, edited)
        self.rest()
        self.assertEqual(read.call_count, 1)
        self.assertEqual([call.args[1] for call in level.call_args_list], [L2])
        edited[:55] = False  # near L3, whose surroundings are looked at too
        self.write(L2, edited)
        self.rest()
        self.assertEqual({call.args[1] for call in level.call_args_list[1:]}, {L2, L3})
        self.assertTrue(self.panel.background.isIdle)

    def test_checks_of_one_level_are_those_of_a_search_from_the_beginning(self):
        self.mark()
        self.ui.segmentButton.click()
        self.rest()
        for number, cut in enumerate((48, 30, 80)):
            self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < cut))
            self.rest()
            known = self.panel.bodiesState.findings
            anew = checks.findFaults(self.node.inputVolume, self.node.bodies)
            self.assertEqual(known, anew, number)

    def test_score_uses_no_checks_of_other_masks(self):
        self.mark()
        self.ui.segmentButton.click()
        self.rest()
        done = self.panel.bodiesState.done
        self.assertTrue(done.fit(self.node.inputVolume, self.panel.bodiesState.digests))
        self.write(L2, np.zeros_like(bodyMask(L2)))
        assessment = self.widget.logic.score(self.node.inputVolume, self.node.bodies, done=done)
        self.assertIn("empty", [finding.code for finding in assessment.level(L2).findings])

    def test_switches_of_the_overlay_sample_no_body_again(self):
        self.mark()
        self.ui.segmentScoreButton.click()
        self.rest()
        read = self.counted(segment_masks, "readMask")
        bands = self.counted(overlay, "showHatching")
        self.ui.opacitySlider.value = 0.4
        self.ui.legendCheckBox.click()
        self.assertEqual(read.call_count, 0)
        self.assertEqual(bands.call_count, 2)


class ExportWorkTest(PanelTestCase):
    def setUp(self):
        super().setUp()
        self.mark()
        self.ui.segmentScoreButton.click()
        self.rest()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "results"
        self.ui.folderButton.directory = str(self.folder)

    def test_only_nodes_are_written_in_the_window_voxels_and_pictures_beside_it(self):
        threads = {}
        import OVCFRiskScene.result_export as export
        import OVCFRiskScene.scene_bundle as bundle

        def watched(owner, name):
            function = getattr(owner, name)

            def call(*arguments, **named):
                threads.setdefault(name, set()).add(threading.current_thread() is threading.main_thread())
                return function(*arguments, **named)

            return mock.patch.object(owner, name, call)

        scene = bundle.SceneBundle
        with (
            watched(export, "write_all"),
            watched(scene, "writeNode"),
            watched(scene, "writeScene"),
            watched(scene, "pack"),
            watched(bundle.sitk, "WriteImage"),
        ):
            self.ui.exportButton.click()
        in_window = {name for name, places in threads.items() if places == {True}}
        self.assertEqual(in_window, {"writeNode", "writeScene"})
        self.assertEqual(set(threads) - in_window, {"write_all", "pack", "WriteImage"})
        self.assertTrue((self.folder / "scene.mrb").is_file(), self.ui.statusLabel.text)

    def test_a_cancelled_export_writes_nothing(self):
        import qt

        qt.QTimer.singleShot(0, self.ui.cancelButton.click)
        self.ui.exportButton.click()
        self.assertIn("Cancelled", self.ui.statusLabel.text)
        self.assertEqual(list(self.folder.glob("*")) if self.folder.exists() else [], [])
        self.assertTrue(self.ui.exportButton.enabled)

    def test_masks_edited_meanwhile_are_not_written_half(self):
        import OVCFRiskScene.result_export as export
        from OVCFRiskScene.background import inApplication

        real = export.write_all

        def edited(*arguments, **named):
            inApplication(lambda: self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45)))
            return real(*arguments, **named)

        with mock.patch.object(export, "write_all", edited):
            self.ui.exportButton.click()
        self.assertIn("changed while they were written", self.ui.statusLabel.text)
        self.assertEqual(list(self.folder.glob("*")) if self.folder.exists() else [], [])

    def test_a_scene_closed_meanwhile_leaves_no_file_and_no_message(self):
        import qt

        qt.QTimer.singleShot(0, lambda: slicer.mrmlScene.Clear(0))
        self.ui.exportButton.click()
        wait(0.3)
        self.assertEqual(list(self.folder.glob("*")) if self.folder.exists() else [], [])
        self.assertNotIn("Written", self.ui.statusLabel.text)
