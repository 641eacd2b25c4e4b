"""What the panel says: nothing that is not so, nothing left unsaid."""

import dataclasses
from types import SimpleNamespace
from unittest import mock

import module_test_case  # noqa: F401  # finds the module's packages
import numpy as np
import slicer
from OVCFRiskScene.level_points import PointState, pointStates, setPosition
from panel_test_case import PanelTestCase, wait
from simple_spine import addSpine, bodyMask, centerRas

from OVCFRiskLib.assessment import Category, LevelAssessment, Score, Status
from OVCFRiskLib.findings import About, Check, Severity
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.scoring import load_model

L1, L2, L3, L4 = LumbarLevel
EDGE = Check("rough_edge", About.MASK, (Severity.WARNING,), {"": "the edge is rough."}).finding()


class ResultWordsTest(PanelTestCase):
    def scored(self):
        volume = self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        wait(0.6)
        return volume

    def test_a_score_is_up_to_date_once_its_checks_have_run(self):
        self.scored()
        wait(1.0)
        self.assertTrue(self.panel.background.isIdle)
        self.assertEqual(self.panel.bodiesState.outdated, {})
        self.assertTrue(self.ui.exportButton.enabled, self.tip("exportButton"))

    def test_another_model_makes_table_and_export_out_of_date(self):
        self.scored()
        self.node.model = "yu-2025-as-published"
        wait(0.2)
        self.assertEqual(
            list(self.panel.bodiesState.outdated), list(LumbarLevel) if self.panel.modelChoice.model else []
        )
        self.assertFalse(self.ui.scoreButton.enabled and self.ui.exportButton.enabled)
        self.node.model = ""
        wait(0.2)
        self.assertEqual(self.panel.bodiesState.outdated, {})
        self.assertTrue(self.ui.exportButton.enabled)

    def test_editing_one_level_withdraws_what_the_checks_say_anew_of_another(self):
        self.scored()
        wait(1.0)
        self.ui.acceptL1CheckBox.click()
        crushed = bodyMask(L2)
        crushed[60:] = False  # half the height: against it, the others are no longer the patient's normal
        self.write(L2, crushed)
        self.rest()
        state = self.panel.bodiesState
        before = {f.code for f in state.assessment.level(L1).findings}
        now = {f.code for f in state.findings[L1]}
        self.assertIn(L2, state.outdated)
        self.assertEqual(before != now, L1 in state.outdated)
        self.assertEqual(not now <= before, not state.masks[L1].accepted)

    def test_a_check_that_says_something_new_takes_tick_and_score(self):
        self.scored()
        wait(1.0)
        self.ui.acceptL1CheckBox.click()
        state = self.panel.bodiesState
        self.assertTrue(state.masks[L1].accepted)
        self.write(L1, bodyMask(L1))  # an event, no change
        state.findings[L1] = (*state.findings[L1], *state.findings[L2], _otherFinding(L1))
        state._join()
        self.assertFalse(state.masks[L1].accepted)
        self.assertIn("checks changed", state.outdated[L1])

    def test_no_message_of_scores_stays_when_they_hold_no_longer(self):
        self.scored()
        for change in (
            lambda: self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45)),
            lambda: setattr(self.node, "model", "another"),
        ):
            self.ui.scoreButton.click()
            self.rest()
            self.assertIn("Scored", self.ui.statusLabel.text)
            with mock.patch("OVCFRiskPanel.model_choice.load_model", _model):
                change()
                self.rest()
            self.assertIn("Out of date", self.ui.resultLabel.text)
            self.assertNotIn("Scored", self.ui.statusLabel.text)

    def test_an_emptied_mask_is_empty_and_not_unmarked(self):
        self.scored()
        self.write(L2, np.zeros_like(bodyMask(L2)))
        wait(0.6)
        self.assertIn("empty", self.ui.checksL2Label.text)
        self.assertIn("emptied", self.panel.bodiesState.outdated[L2])
        self.ui.scoreButton.click()
        wait(0.2)
        row = self.panel.bodiesState.assessment.level(L2)
        self.assertIn("empty", [finding.code for finding in row.findings])

    def test_a_mask_made_anew_was_not_edited(self):
        self.scored()
        self.node.bodies.GetSegmentation().RemoveSegment("L2")
        wait(0.6)
        self.assertIn("removed", self.panel.bodiesState.outdated[L2])
        setPosition(self.node.levelPoints, L2, centerRas(self.node.inputVolume, L2))
        self.ui.segmentButton.click()
        wait(0.2)
        self.assertNotIn(L2, self.panel.bodiesState.outdated)  # the same mask again: the score holds

    def test_two_cts_and_the_views_show_the_other(self):
        first = self.mark()
        second = addSpine("second")
        if not slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):  # without the application's views
            for _ in range(2):
                slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
        for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
            node.SetBackgroundVolumeID(second.GetID())
        self.panel.refresh()
        self.assertFalse(self.ui.hintFrame.isHidden())
        self.assertIn("second", self.ui.hintLabel.text)
        self.assertIn(first.GetName(), self.ui.hintLabel.text)
        for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
            node.SetBackgroundVolumeID(first.GetID())
        self.panel.refresh()
        self.assertTrue(self.ui.hintFrame.isHidden())

    def test_an_unknown_model_leaves_the_acquisition_notes(self):
        self.mark()
        wait(0.6)
        notes = self.ui.acquisitionLabel.text
        self.assertTrue(notes)
        self.node.model = "no-such-model"
        wait(0.6)
        self.assertEqual(self.ui.acquisitionLabel.text, notes)
        self.assertIn("no-such-model", self.ui.modelLabel.text)

    def test_images_that_cannot_be_chosen_are_explained(self):
        color = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "photo")
        slicer.util.updateVolumeFromArray(color, np.zeros((4, 8, 8, 3), np.uint8))
        wait(0.6)
        self.assertIn("photo has 3 values per voxel", self.ui.acquisitionLabel.text)
        self.assertIsNone(self.node.inputVolume)

    def test_a_volume_that_becomes_unusable_says_so_beside_it(self):
        volume = self.mark()
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Tilt")
        volume.SetAndObserveTransformNodeID(transform.GetID())
        wait(0.2)
        self.assertIn("under the transform Tilt", self.ui.acquisitionLabel.text)

    def test_a_chosen_ct_opens_the_next_section(self):
        self.assertTrue(self.ui.levelsCollapsibleButton.collapsed)
        addSpine()
        wait(0.6)
        self.assertFalse(self.ui.levelsCollapsibleButton.collapsed)


class SentencesTest(PanelTestCase):
    def score(self, share):
        return Score(0.4, 0.6, 0.55, 0.65, 0.3, 0.5, Category.HIGHER_RISK, share, (), 0.01)

    def test_how_stable_a_side_is_is_a_sentence(self):
        from OVCFRiskPanel.score_section import stability

        self.assertEqual(
            stability(self.score(0.0), 30), "All 30 other masks that were tried lie on the same side of the cut-off."
        )
        self.assertIn("3 of the 30", stability(self.score(0.1), 30))
        self.assertEqual(stability(self.score(0.1), 0), "")

    def test_remarks_have_no_full_stop_before_the_semicolon_and_no_level(self):
        from OVCFRiskPanel.score_table import remarks

        self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        for row in self.panel.bodiesState.assessment.levels:
            text = "; ".join(remarks(row, "", False))
            self.assertNotIn(".;", text)
            self.assertNotIn(f"{row.level.name}:", text)

    def row(self, *findings, category=Category.HIGHER_RISK, reason=""):
        score = Score(0.4, 0.6, 0.55, 0.65, 0.3, 0.5, category, 0.0, (), 0.01)
        status = Status.NOT_SCORED if reason else Status.SCORED
        return LevelAssessment(L2, status, reason, None if reason else score, findings=findings)

    def fracture(self):
        return HEIGHT_LOSS.finding(L2, Severity.WARNING, "open", value=0.31, deformity="wedge", grade=2, open=0.1)

    def test_a_level_outside_the_model_has_no_number_in_the_table(self):
        from OVCFRiskPanel.score_section import levelLines
        from OVCFRiskPanel.score_table import indexText

        outside = self.row(category=Category.OUTSIDE_MODEL)
        self.assertNotIn("0.6", indexText(outside))
        self.assertIn("0.60", "".join(levelLines(outside, {}, 0)))
        self.assertIn("0.60", indexText(self.row()))

    def test_a_suspected_fracture_comes_first_and_is_said_once(self):
        from OVCFRiskPanel.score_section import levelLines
        from OVCFRiskPanel.score_table import categoryText, remarks

        fracture = self.fracture()
        for row in (self.row(EDGE, fracture), self.row(EDGE, fracture, reason=f"L2: {fracture.text}")):
            self.assertEqual(categoryText(row), "fracture?")
            said, lines = remarks(row, "", False), levelLines(row, {}, 0)
            self.assertIn(fracture.text.rstrip("."), said[0])
            self.assertIn(fracture.text[1:], lines[0])  # with a capital letter
            self.assertEqual("".join(lines).count(fracture.text[1:]), 1)

    def test_warnings_of_the_ct_stand_in_the_row_of_every_scored_level(self):
        from OVCFRiskPanel.score_section import levelLines
        from OVCFRiskPanel.score_table import remarks

        self.assertIn(EDGE.check.title, "; ".join(remarks(self.row(), "", True, (EDGE,))))
        self.assertIn(EDGE.text[1:], "".join(levelLines(self.row(), {}, 0, (EDGE,))))

    def test_what_holds_of_all_levels_is_not_said_of_the_ct(self):
        from OVCFRiskPanel.score_section import levelLines
        from OVCFRiskPanel.score_table import remarks

        names = Check("naming", About.MASK, (Severity.WARNING,), {"": "the names are in doubt."}).finding()
        thick = Check("slice_thickness", About.ACQUISITION, (Severity.WARNING,), {"": "slices of 3 mm."}).finding()
        said = "; ".join(remarks(self.row(), "", True, (thick, names)))
        self.assertIn("of all levels: naming; of the CT: slice thickness", said)
        lines = levelLines(self.row(), {}, 0, (thick, names))
        self.assertIn("⚠ The names are in doubt.", lines)
        self.assertIn("⚠ CT: slices of 3 mm.", lines)

    def test_every_feature_of_the_score_has_words(self):
        from OVCFRiskPanel.bars import plainName

        names = [plainName(name) for name in FROZEN_FEATURES]
        self.assertEqual(len(set(names)), len(names))
        for name in names:
            self.assertNotIn("_", name)
            self.assertLessEqual(len(name), 30)


class ClicksTest(PanelTestCase):
    """From an opened CT to coloured bodies: the buttons a person presses, the clicks in a view beside."""

    def test_four_levels_take_two_buttons_and_four_clicks(self):
        volume = addSpine()
        wait(0.6)
        presses = 0
        self.panel.levels.onPlace()  # the button needs slice views, which the stand-ins do not have
        presses += 1
        for level in LumbarLevel:
            setPosition(self.node.levelPoints, level, centerRas(volume, level))
            presses += 1
        self.panel.levels.stopPlacing()
        wait()
        self.ui.segmentScoreButton.click()
        presses += 1
        wait(0.2)
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertLessEqual(presses, 6)

    def test_one_level_takes_three_buttons_and_one_click(self):
        volume = addSpine()
        self.rest()

        def complete(ct, clicked):
            found = {level: tuple(np.array(centerRas(volume, level)) * (-1, -1, 1)) for level in LumbarLevel}
            return SimpleNamespace(points=found, certainty={L1: 0.9, L2: 0.9, L4: 0.9}, notes=())

        presses = []
        with mock.patch("OVCFRiskScene.steps.segmenting.complete_points", complete):
            presses.append(self.panel.levels.onPlaceOne(L3))  # the button needs slice views
            presses.append(setPosition(self.node.levelPoints, L3, centerRas(volume, L3)))
            self.rest()
            presses.append(self.ui.findOthersButton.click())
            self.rest()
            presses.append(self.ui.segmentScoreButton.click())
        self.rest()
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertTrue(all(row.score is not None for row in self.panel.bodiesState.assessment.levels))
        self.assertLessEqual(len(presses), 4)

    def test_what_was_said_of_proposals_goes_with_them(self):
        volume = addSpine()
        self.rest()

        def complete(ct, clicked):
            found = {level: tuple(np.array(centerRas(volume, level)) * (-1, -1, 1)) for level in LumbarLevel}
            return SimpleNamespace(points=found, certainty={L2: 0.9, L4: 0.9}, notes=("Proposed: L2, L4",))

        self.node.levelPoints = self.widget.logic.createLevelPoints()
        setPosition(self.node.levelPoints, L3, centerRas(volume, L3))
        self.rest()
        with mock.patch("OVCFRiskScene.steps.segmenting.complete_points", complete):
            self.ui.findOthersButton.click()
        self.rest()
        self.assertIn("Proposed: L2, L4", self.ui.statusLabel.text)
        setPosition(self.node.levelPoints, L2, centerRas(volume, L2))  # a person clicked it
        self.rest()
        self.assertEqual(self.ui.statusLabel.text, "")

    def test_one_level_is_placed_alone_and_a_second_press_ends_it(self):
        addSpine()
        wait(0.6)
        levels = self.panel.levels
        levels.onPlaceOne(L3)
        self.assertEqual(levels.placement.due(), L3)
        self.assertTrue(self.ui.placeL3Button.checked)
        self.assertFalse(self.ui.placeButton.checked)
        setPosition(self.node.levelPoints, L3, (0, 0, 0))
        wait(0.1)
        self.assertFalse(levels.isPlacing)
        states = pointStates(self.node.levelPoints)
        self.assertEqual([states[level] for level in LumbarLevel].count(PointState.PLACED), 1)
        levels.onPlaceOne(L3)  # anew, and nobody clicks
        self.assertIs(pointStates(self.node.levelPoints)[L3], PointState.DUE)
        levels.onPlaceOne(L3)
        wait(0.1)
        self.assertIs(pointStates(self.node.levelPoints)[L3], PointState.PLACED)

    def test_proposed_points_are_told_from_placed_ones_until_somebody_drags_them(self):
        volume = self.mark()
        points = self.node.levelPoints
        setPosition(points, L1, centerRas(volume, L1), certainty=0.9)
        wait()
        self.assertEqual(self.ui.placeL1Button.text, "◐ L1")
        self.assertIn("proposed", self.ui.levelsLabel.text)
        self.assertFalse(points.GetNthControlPointSelected(0))
        r, a, s = centerRas(volume, L1)
        points.SetNthControlPointPositionWorld(0, r, a + 2, s)  # as a person drags it
        wait()
        self.assertEqual(self.ui.placeL1Button.text, "● L1")
        self.assertTrue(points.GetNthControlPointSelected(0))
        self.assertEqual(self.ui.levelsLabel.text, "")


def _model(chosen):
    """Another model than the one that scored."""
    return dataclasses.replace(load_model(None), id="another", sha256="0" * 64) if chosen else load_model(None)


def _otherFinding(level):
    """A finding no check has made."""
    from OVCFRiskLib.findings.mask_codes import EMPTY

    return EMPTY.finding(level)
