"""Parts of a surface in doubt: kept with the bodies, marked in the views, gone with an edit or an acceptance."""

from types import SimpleNamespace
from unittest import mock

import module_test_case  # finds the module's packages
import numpy as np
import slicer
from OVCFRiskScene.doubt import MARK_REACH_MM, doubtfulParts, shellAround
from OVCFRiskScene.ownership import DOUBT_ROLE
from OVCFRiskScene.segment_masks import maskDigests
from panel_test_case import PanelTestCase, wait
from simple_spine import bodyMask, centerRas, importOf, labelsOn, quickBodies

from OVCFRiskLib.findings.surface_codes import DOUBTFUL_SURFACE
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.look_first import look_first
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.segmentation import SegmentedBodies
from OVCFRiskLib.segmentation.surface_doubt import Part

L1, L2, L3, L4 = LumbarLevel
WALL = Part.POSTERIOR_WALL


class ShellTest(module_test_case.ModuleTestCase):
    def test_a_shell_is_as_thick_as_said_on_slices_of_any_thickness(self):
        for spacing in ((0.4, 0.4, 0.6), (0.8, 0.8, 5.0)):
            matrix = np.diag([*spacing, 1.0])
            x, z = np.meshgrid(np.arange(5.0, 25.0, 0.3), np.arange(5.0, 25.0, 0.3))
            points = np.stack([x.ravel(), np.full(x.size, 15.0), z.ravel()], axis=1)
            box, near = shellAround(points, matrix, (60, 80, 80))
            back = (np.argwhere(near)[:, 1] + box[1].start) * spacing[1]
            self.assertLessEqual(np.abs(back - 15.0).max(), MARK_REACH_MM + spacing[1])
            self.assertGreater(near.any(axis=1)[1:-1].mean(), 0.8)  # no holes; the box has a margin

    def test_points_outside_the_volume_are_no_mark(self):
        self.assertIsNone(shellAround(np.array([[-50.0, 0, 0]]), np.eye(4), (10, 10, 10)))


class DoubtTest(PanelTestCase):
    def segmented(self):
        """Bodies of which the posterior wall of L2 is in doubt."""
        volume = self.mark()

        def segment(ct, points, progress=None):
            wall = np.array(centerRas(volume, L2)) * (-1, -1, 1) + [
                [x, 14.0, z] for x in (-4, 0, 4) for z in (-4, 0, 4)
            ]
            field = SimpleNamespace(doubtful=(WALL,), marks=wall)
            return SegmentedBodies(labelsOn(ct, tuple(points)), {L2: field, L3: SimpleNamespace(doubtful=())})

        with mock.patch("OVCFRiskScene.steps.segmenting.segment_bodies_and_fields", segment):
            self.ui.segmentButton.click()
        wait(0.2)
        return volume

    @property
    def shown(self):
        """Levels whose mark the views show."""
        marks = self.node.bodies.GetNodeReference(DOUBT_ROLE)
        display = marks.GetDisplayNode()
        names = marks.GetSegmentation().GetSegmentIDs() if display.GetVisibility() else ()
        return [name for name in names if display.GetSegmentVisibility(name)]

    def test_the_reviewer_is_told_where_to_look_and_sees_it(self):
        self.segmented()
        self.assertIn("L2 posterior wall", self.ui.lookFirstLabel.text)
        self.assertEqual(self.shown, ["L2"])
        marks = self.node.bodies.GetNodeReference(DOUBT_ROLE)
        self.assertTrue(marks.GetHideFromEditors())

    def test_accepting_takes_the_mark_away_and_withdrawing_brings_it_back(self):
        self.segmented()
        for shown in ([], ["L2"]):
            self.ui.acceptL2CheckBox.click()
            wait(0.1)
            self.assertEqual(self.shown, shown)
            self.assertEqual(bool(self.ui.lookFirstLabel.text), bool(shown))

    def test_an_edit_makes_it_invalid_and_undoing_the_edit_valid_again(self):
        self.segmented()
        self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45))
        self.rest()
        self.assertEqual((self.shown, self.ui.lookFirstLabel.text), ([], ""))
        self.write(L2, bodyMask(L2))
        self.rest()
        self.assertEqual(self.shown, ["L2"])

    def test_an_edit_of_another_level_leaves_it(self):
        self.segmented()
        self.write(L1, bodyMask(L1) & (np.arange(80)[:, None] < 45))
        self.rest()
        self.assertEqual(self.shown, ["L2"])

    def test_bodies_made_anew_without_doubt_have_no_mark(self):
        self.segmented()
        with mock.patch("OVCFRiskScene.steps.segmenting.segment_bodies_and_fields", quickBodies):
            self.ui.segmentButton.click()
        wait(0.1)
        self.assertEqual((self.shown, self.ui.lookFirstLabel.text), ([], ""))
        self.assertEqual(doubtfulParts(self.node.bodies, maskDigests(self.node.bodies, self.node.inputVolume)), {})

    def test_a_score_says_where_to_look_as_the_command_line_does(self):
        self.segmented()
        for edited in (False, True):
            if edited:  # by a person, who has looked
                self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45))
            self.rest()
            assessment = self.widget.logic.score(self.node.inputVolume, self.node.bodies)
            done = self.panel.bodiesState.done
            self.assertTrue(done.fit(self.node.inputVolume, self.panel.bodiesState.digests))
            # what was checked before does not know of the doubt; the result is the same, in the same order
            again = self.widget.logic.score(self.node.inputVolume, self.node.bodies, done=done)
            self.assertEqual(assessment_text(again), assessment_text(assessment))
            codes = {level.level: [finding.code for finding in level.findings] for level in assessment.levels}
            told = [level for level, found in codes.items() if DOUBTFUL_SURFACE.code in found]
            self.assertEqual(told, [] if edited else [L2])

    def test_a_score_of_bodies_in_doubt_is_not_out_of_date_and_can_be_exported(self):
        self.segmented()
        self.rest()
        self.ui.scoreButton.click()
        self.rest()
        self.assertEqual(self.panel.bodiesState.outdated, {})
        self.assertTrue(self.ui.exportButton.enabled)
        self.ui.acceptL2CheckBox.click()
        self.rest()
        self.assertEqual(self.panel.bodiesState.outdated, {})

    def test_a_mask_in_doubt_is_not_called_fine_until_it_is_accepted(self):
        from OVCFRiskPanel.review_section import checkSummary
        from OVCFRiskScene.checks import MaskReview

        found = look_first(L2, (WALL.value,))
        self.assertEqual(checkSummary(MaskReview(30.0, "a", False, found), False), "look first, see below")
        self.assertEqual(checkSummary(MaskReview(30.0, "a", True, found), False), "fine")
        self.assertEqual(checkSummary(MaskReview(30.0, "a", False, ()), False), "fine")

    def test_a_level_kept_keeps_its_mark(self):
        volume = self.segmented()
        self.ui.acceptL2CheckBox.click()
        with mock.patch("OVCFRiskScene.steps.segmenting.segment_bodies_and_fields", quickBodies):
            self.ui.segmentButton.click()
        self.assertEqual(doubtfulParts(self.node.bodies, maskDigests(self.node.bodies, volume)), {L2: (WALL.value,)})

    def test_the_marks_go_with_the_bodies(self):
        self.segmented()
        slicer.mrmlScene.RemoveNode(self.node.bodies)
        wait(0.1)
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"), [])
        self.assertEqual(self.ui.lookFirstLabel.text, "")

    def test_the_marks_come_back_with_a_saved_scene(self):
        self.segmented()
        marks = self.node.bodies.GetNodeReference(DOUBT_ROLE)
        self.assertTrue(marks.GetSaveWithScene())
        self.panel.bodiesState.forget()
        marks.GetDisplayNode().SetVisibility(False)
        self.panel.refresh()
        self.assertEqual(self.shown, ["L2"])


class WordsTest(module_test_case.ModuleTestCase):
    def test_a_level_is_named_once_and_many_parts_are_the_whole_surface(self):
        from OVCFRiskPanel.review_section import lookFirstText

        names = [part.value for part in Part]
        text = lookFirstText({L1: names[:2], L3: names})
        self.assertIn("L1 upper endplate, lower endplate; L3 whole surface.", text)
        self.assertEqual(lookFirstText({}), "")


class NotesTest(PanelTestCase):
    def test_what_an_import_left_out_is_said(self):
        self.mark()
        labels = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "masks")
        self.node.foreignMasks = labels
        note = "segments without a level left out: liver"
        with (
            mock.patch("OVCFRiskScene.steps.foreignReader", return_value=lambda: None),
            mock.patch("OVCFRiskScene.steps.segmenting.import_labels_and_notes", importOf(L1, L2, notes=[note])),
        ):
            self.ui.importButton.click()
        self.assertIn("Bodies made: L1, L2", self.ui.statusLabel.text)
        self.assertIn("Segments without a level left out: liver.", self.ui.statusLabel.text)
