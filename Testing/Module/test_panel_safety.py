"""Nobody else's data is touched, and nothing of a CT that is gone stays on the screen."""

import tempfile
from unittest import mock

import module_test_case
import numpy as np
import SimpleITK as sitk
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.editable_area import AREA_ID, MARGIN_MM
from OVCFRiskScene.level_points import clearPoints, setPosition
from OVCFRiskScene.ownership import copiesOfOurs, isOurs
from OVCFRiskScene.segment_masks import labelMasks, levelMasks, maskDigests
from OVCFRiskScene.segments import createBodies, findLevels
from OVCFRiskScene.volumes import pullVolume
from panel_test_case import PanelTestCase, wait
from simple_spine import addSpine, bodyMask, centerRas, importOf, labelArray, labelsOn, quickBodies

from OVCFRisk import OVCFRiskLogic
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation import SegmentedBodies

L1, L2, L3, L4 = LumbarLevel


def addForeign(volume, name="Tumour planning"):
    """Somebody else's segmentation, with a segment that happens to be called L2."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.CreateDefaultDisplayNodes()
    for segment in ("tumour", "L2"):
        node.GetSegmentation().AddEmptySegment(segment, segment)
    slicer.util.updateSegmentBinaryLabelmapFromArray(bodyMask(L2).astype(np.uint8), node, "tumour", volume)
    return node


def contents(node):
    """What a segmentation holds and refers to."""
    segmentation = node.GetSegmentation()
    segments = {s: segmentation.GetSegment(s).GetName() for s in segmentation.GetSegmentIDs()}
    mask = slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, "tumour")
    roles = [node.GetNthNodeReferenceRole(n) for n in range(node.GetNumberOfNodeReferenceRoles())]
    return segments, mask.sum(), sorted(roles), sorted(node.GetAttributeNames())


class ForeignDataTest(PanelTestCase):
    def test_a_selector_that_jumps_chooses_nothing_and_nothing_is_written(self):
        volume = self.mark()
        before = addForeign(volume, "A before")
        self.ui.segmentButton.click()
        after = addForeign(volume, "Z after")
        wait(0.5)
        held = contents(before), contents(after)
        slicer.mrmlScene.RemoveNode(self.node.bodies)
        wait(0.5)
        self.assertIsNone(self.node.bodies)
        self.assertIsNone(self.ui.bodiesSelector.currentNode())
        self.ui.segmentButton.click()
        self.assertNotIn(self.node.bodies, (before, after, None))
        self.ui.acceptL1CheckBox.click()
        self.ui.scoreButton.click()
        self.assertEqual((contents(before), contents(after)), held)

    def test_segmentations_made_elsewhere_are_masks_and_ours_are_bodies(self):
        volume = self.mark()
        foreign = addForeign(volume)
        self.ui.segmentButton.click()
        wait(0.5)
        boxes = self.ui.bodiesSelector, self.ui.foreignSelector
        offered = [[box.nodeFromIndex(n) for n in range(box.nodeCount())] for box in boxes]
        self.assertEqual(offered, [[self.node.bodies], [foreign]])

    def copyOf(self, bodies):
        """What the Data module's Clone makes: the same attributes and references, another node."""
        copy = slicer.mrmlScene.CreateNodeByClass("vtkMRMLSegmentationNode")
        copy.UnRegister(None)
        copy.Copy(bodies)
        copy.SetName("copy of the bodies")
        copy.RemoveAllDisplayNodeIDs()
        return slicer.mrmlScene.AddNode(copy)

    def test_a_copy_of_our_bodies_is_somebodys_own(self):
        self.mark()
        self.ui.segmentScoreButton.click()
        self.rest()
        bodies = self.node.bodies
        copy = self.copyOf(bodies)
        self.rest()
        boxes = self.ui.bodiesSelector, self.ui.foreignSelector
        offered = [[box.nodeFromIndex(n) for n in range(box.nodeCount())] for box in boxes]
        self.assertEqual(offered, [[bodies], [copy]])
        slicer.mrmlScene.RemoveNode(copy)  # takes nothing of ours along
        self.rest()
        self.assertEqual(self.ui.scoreTable.rowCount, 4)
        self.assertIsNotNone(bodies.GetNodeReference("OVCFRiskLabels"))
        copy = self.copyOf(bodies)
        held = maskDigests(copy, self.node.inputVolume)
        slicer.mrmlScene.RemoveNode(bodies)
        self.rest()
        self.assertIsNone(self.node.bodies)
        self.ui.segmentButton.click()
        self.assertIsNot(self.node.bodies, copy)
        self.assertEqual(maskDigests(copy, self.node.inputVolume), held)

    def test_ours_stay_ours_when_a_scene_is_opened_or_merged(self):
        self.mark()
        self.ui.segmentButton.click()
        self.copyOf(self.node.bodies)
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/scene.mrb"
            self.assertTrue(slicer.mrmlScene.WriteToMRB(path))
            for _turn in range(2):  # merged into the present scene, which has nodes of the same ids
                slicer.util.loadScene(path)
                self.rest()
        found = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
        ours = [node for node in found if isOurs(node)]
        self.assertEqual((len(ours), len(copiesOfOurs())), (3, 3))
        self.assertFalse(any("copy" in node.GetName() for node in ours))

    def test_a_selector_names_what_the_panel_works_on(self):
        """Nodes of one name: a list may take the other for the current one and say nothing."""
        volume = self.mark()
        other = addSpine()
        other.SetName(volume.GetName())
        self.rest()
        selector = self.ui.volumeSelector
        blocked = selector.blockSignals(True)
        selector.setCurrentNode(other)
        selector.blockSignals(blocked)
        self.panel.refresh()
        self.assertIs(self.node.inputVolume, volume)
        self.assertEqual(selector.currentNode().GetID(), volume.GetID())
        self.rest()
        self.assertIn(f"2 images are called {volume.GetName()}", self.ui.acquisitionLabel.text)
        slicer.mrmlScene.RemoveNode(volume)  # the row of the other takes its place
        self.rest()
        self.assertIsNone(self.node.inputVolume)
        self.assertIsNone(selector.currentNode())
        self.node.inputVolume = other
        self.rest()
        self.assertEqual(selector.currentNode().GetID(), other.GetID())
        self.assertNotIn("images are called", self.ui.acquisitionLabel.text)

    def test_a_chosen_node_that_is_no_longer_offered_is_not_exchanged(self):
        volume = self.mark()
        masks = [addForeign(volume, name) for name in ("one", "two", "three")]
        self.node.foreignMasks = masks[1]
        self.rest()
        editor = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        editor.SetNodeReferenceID("SegmentationResultPreview", masks[1].GetID())  # it became a preview
        self.panel.refresh()
        self.assertIsNone(self.node.foreignMasks)
        self.assertIsNone(self.ui.foreignSelector.currentNode())

    def test_deleting_in_the_data_module_is_a_removal_too(self):
        if not hasattr(slicer, "vtkMRMLSubjectHierarchyNode"):
            self.skipTest("no subject hierarchy here")
        volume = self.mark()
        addForeign(volume)
        self.ui.segmentScoreButton.click()
        self.rest()
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        item = hierarchy.GetItemByDataNode(self.node.bodies)
        if not item:
            item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), self.node.bodies)
        hierarchy.RemoveItem(item)
        self.rest()
        self.assertIsNone(self.node.bodies)
        self.assertEqual(self.ui.scoreTable.rowCount, 0)
        hidden = [n for n in slicer.util.getNodesByClass("vtkMRMLMarkupsNode") if n.GetHideFromEditors()]
        self.assertEqual(hidden, [])

    def test_two_segmentations_of_ours_are_not_exchanged_silently(self):
        volume = self.mark()
        self.ui.segmentButton.click()
        first = self.node.bodies
        second = createBodies(volume)
        writeBodies(second, volume, labelMasks(labelsOn(pullVolume(volume))))
        slicer.mrmlScene.RemoveNode(first)
        wait(0.5)
        self.assertIsNone(self.node.bodies)

    def test_points_and_masks_that_are_removed_leave_their_fields_empty(self):
        volume = self.mark()
        others = [self.widget.logic.createLevelPoints() for _ in range(2)]
        masks = [addForeign(volume, name) for name in ("one", "two", "three")]
        self.node.foreignMasks = masks[1]
        self.node.levelPoints = others[0]
        wait()
        for node in (masks[1], others[0]):
            slicer.mrmlScene.RemoveNode(node)
        wait(0.5)
        self.assertIsNone(self.node.foreignMasks)
        self.assertIsNone(self.node.levelPoints)
        self.assertIsNone(self.ui.foreignSelector.currentNode())

    def test_a_ct_that_is_removed_takes_points_and_bodies_out_of_the_panel(self):
        volume = self.mark()
        addSpine("CT of somebody else")
        self.ui.segmentButton.click()
        wait(0.5)
        slicer.mrmlScene.RemoveNode(volume)
        wait(0.6)
        self.assertEqual([getattr(self.node, name) for name in ("inputVolume", "levelPoints", "bodies")], [None] * 3)
        self.assertFalse(self.ui.segmentButton.enabled)

    def test_another_ct_gets_its_own_bodies_back_and_not_those_of_the_first(self):
        first = self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        bodies = self.node.bodies
        second = addSpine("second")
        self.node.inputVolume = second
        wait(0.2)
        self.assertIsNone(self.node.bodies)
        self.assertEqual(self.ui.scoreTable.rowCount, 0)
        self.assertEqual(self.ui.statusLabel.text, "")
        self.node.inputVolume = first
        wait(0.2)
        self.assertIs(self.node.bodies, bodies)
        self.assertEqual(self.ui.scoreTable.rowCount, 4)

    def test_a_removed_node_does_not_survive_a_visit_to_another_module(self):
        volume = self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        self.widget.exit()
        slicer.mrmlScene.RemoveNode(volume)
        addSpine("CT of somebody else")
        self.widget.enter()
        wait(0.5)
        self.assertIsNone(self.node.bodies)
        self.assertEqual(self.ui.statusLabel.text, "")
        self.assertEqual(self.ui.scoreTable.rowCount, 0)


class ForeignDataInScriptsTest(ModuleTestCase):
    def test_no_step_writes_into_a_segmentation_made_elsewhere(self):
        logic, volume = OVCFRiskLogic(), addSpine()
        foreign = addForeign(volume)
        held = contents(foreign)
        points = logic.createLevelPoints()
        for level in LumbarLevel:
            logic.placeLevel(points, level, centerRas(volume, level))
        with mock.patch("OVCFRiskScene.steps.segmenting.segment_bodies_and_fields", quickBodies):
            made = logic.segmentBodies(volume, points, foreign)
        self.assertIsNot(made, foreign)
        for step in (logic.score, lambda v, b: logic.acceptLevel(v, b, "L2")):
            with self.assertRaisesRegex(OVCFRiskError, "made elsewhere"):
                step(volume, foreign)
        self.assertEqual(contents(foreign), held)

    def test_bodies_whose_ct_was_removed_are_not_scored_on_another(self):
        logic, volume = OVCFRiskLogic(), addSpine()
        bodies = createBodies(volume)
        writeBodies(bodies, volume, labelMasks(labelsOn(pullVolume(volume))))
        slicer.mrmlScene.RemoveNode(volume)
        other = addSpine("other")
        with self.assertRaisesRegex(OVCFRiskError, "no longer in the scene"):
            logic.score(other, bodies)


class NothingStaysTest(PanelTestCase):
    maxDiff = None
    """The scene is closed, or a node removed, in every state of the work."""

    STATES = ("marked", "segmented", "accepted", "scored", "chosen", "editing", "edited", "exported", "refused")

    def go(self, state):
        """Work up to a state."""
        volume = self.mark()
        steps = {
            "segmented": self.ui.segmentButton.click,
            "accepted": self.ui.acceptL2CheckBox.click,
            "scored": self.ui.scoreButton.click,
            "chosen": lambda: self.ui.scoreTable.selectRow(2),
            "editing": self.edit,
            "edited": self.erase,
            "exported": self.export,
            "refused": lambda: setattr(self.node, "model", "no-such-model"),
        }
        for name in self.STATES[1 : self.STATES.index(state) + 1]:
            steps[name]()
            wait(0.05)
        return volume

    def edit(self):
        self.ui.editorCollapsibleButton.collapsed = False
        self.ui.reviewL2Button.click()

    def erase(self):
        """The checks are due, or run, when the scene closes."""
        self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45))
        wait(0.4)

    def export(self):
        self.ui.scoreButton.click()
        with tempfile.TemporaryDirectory() as folder:
            self.ui.folderButton.directory = folder
            self.ui.exportButton.click()
        self.ui.folderButton.directory = "results"

    def visible(self):
        """Every text a person can read, and what is open."""
        texts = {}
        for name, widget in vars(self.ui).items():
            kind = widget.metaObject().className()
            if kind in ("QLabel", "QPushButton", "QToolButton", "QCheckBox"):  # in closed sections too
                texts[name] = widget.text
            if kind == "ctkCollapsibleButton":
                texts[name] = widget.collapsed
        texts["table"] = self.ui.scoreTable.rowCount
        texts["chart"] = list(self.panel.score.bars.rows)
        texts["report"] = self.ui.openReportButton.enabled
        return texts

    def test_closing_the_scene_leaves_the_panel_as_it_was_at_the_beginning(self):
        self.ui.folderButton.directory = "results"
        wait(0.1)
        first = self.visible()
        for state in self.STATES:
            with self.subTest(state):
                self.go(state)
                self.assertNotEqual(self.visible(), first)
                slicer.mrmlScene.Clear(0)
                wait(0.6)
                self.assertEqual(self.visible(), first)
                self.assertEqual([n.GetName() for n in slicer.util.getNodesByClass("vtkMRMLMarkupsNode")], [])

    def test_closing_the_scene_while_a_step_runs_leaves_the_panel_as_it_was_at_the_beginning(self):
        import qt

        self.ui.folderButton.directory = "results"
        wait(0.1)
        first = self.visible()
        steps = {
            "placing": lambda: self.panel.levels.onPlaceOne(L3),
            "finding": self.ui.findOthersButton.click,
            "segmenting": self.ui.segmentButton.click,
            "both": self.ui.segmentScoreButton.click,
            "scoring": self.ui.scoreButton.click,
        }
        for name, press in steps.items():
            with self.subTest(name):
                self.mark()
                if name == "scoring":
                    self.ui.segmentButton.click()
                if name == "finding":
                    clearPoints(self.node.levelPoints)
                    setPosition(self.node.levelPoints, L3, centerRas(self.node.inputVolume, L3))
                    wait(0.1)
                qt.QTimer.singleShot(0, lambda: slicer.mrmlScene.Clear(0))
                press()
                self.rest()
                self.assertEqual(self.visible(), first)
                self.assertFalse(self.panel.status.isBusy)
                slicer.mrmlScene.Clear(0)
                self.rest()

    def test_removing_the_ct_leaves_the_panel_as_it_was_at_the_beginning(self):
        self.ui.folderButton.directory = "results"
        wait(0.1)
        first = self.visible()
        for state in self.STATES:
            with self.subTest(state):
                slicer.mrmlScene.RemoveNode(self.go(state))
                wait(0.6)
                self.node.model = ""
                wait(0.1)
                self.assertEqual(self.visible(), first)
                slicer.mrmlScene.Clear(0)
                wait(0.1)

    def test_removing_the_segmentation_takes_its_result_away(self):
        for state in ("segmented", "scored", "chosen", "exported"):
            with self.subTest(state):
                self.go(state)
                slicer.mrmlScene.RemoveNode(self.node.bodies)
                wait(0.6)
                texts = " ".join(str(text) for text in self.visible().values())
                for word in ("Scored", "risk index", "Risk index", "Written", "Bodies made", "ml"):
                    self.assertNotIn(f" {word} ", f" {texts} ")
                self.assertEqual(self.visible()["table"], 0)
                self.assertEqual(self.visible()["chart"], [])
                self.assertFalse(self.ui.openReportButton.enabled)
                slicer.mrmlScene.Clear(0)
                wait(0.1)


class OrphansTest(PanelTestCase):
    def scored(self):
        volume = self.mark()
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        wait(0.1)
        return volume

    def test_what_belongs_to_a_segmentation_goes_with_it(self):
        self.mark()
        nodes = {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLNode")}
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        wait(0.1)
        slicer.mrmlScene.RemoveNode(self.node.bodies)
        wait(0.6)
        left = [n for n in slicer.util.getNodesByClass("vtkMRMLNode") if n.GetID() not in nodes]
        # the colour map serves the whole scene; singletons and storage belong to the application
        kinds = {n.GetClassName() for n in left if not n.GetSingletonTag() and "Storage" not in n.GetClassName()}
        self.assertLessEqual(kinds, {"vtkMRMLProceduralColorNode"})

    def test_it_goes_too_when_another_module_removes_it(self):
        self.scored()
        bodies = self.node.bodies
        self.widget.exit()
        slicer.mrmlScene.RemoveNode(bodies)
        wait(0.1)
        self.assertEqual([n.GetName() for n in slicer.util.getNodesByClass("vtkMRMLTextNode")], [])
        hidden = [n for n in slicer.util.getNodesByClass("vtkMRMLMarkupsNode") if n.GetHideFromEditors()]
        self.assertEqual(hidden, [])
        self.widget.enter()

    def test_labels_are_never_offered_as_points_and_never_doubled(self):
        self.scored()
        slicer.mrmlScene.RemoveNode(self.node.bodies)
        wait(0.6)
        self.ui.segmentButton.click()
        self.ui.scoreButton.click()
        wait(0.1)
        box = self.ui.pointsSelector
        self.assertEqual([box.nodeFromIndex(n) for n in range(box.nodeCount())], [self.node.levelPoints])
        labels = [n for n in slicer.util.getNodesByClass("vtkMRMLMarkupsNode") if n.GetHideFromEditors()]
        in3D = [n for n in labels if n.GetDisplayNode().GetVisibility3D() and not n.GetDisplayNode().GetViewNodeIDs()]
        self.assertEqual(len(in3D), 1)


class EditedMasksTest(PanelTestCase):
    def edit(self, level):
        """Cut the top slice off a mask, as a brush would."""
        bodies, volume = self.node.bodies, self.node.inputVolume
        mask = slicer.util.arrayFromSegmentBinaryLabelmap(bodies, findLevels(bodies)[level], volume)
        mask[mask.nonzero()[0].max()] = 0
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), bodies, level.name, volume)
        wait(0.6)
        return maskDigests(bodies, volume)[level]

    def segmented(self):
        self.mark()
        self.ui.segmentButton.click()
        wait(0.1)

    def test_segmenting_again_keeps_what_a_person_edited(self):
        self.segmented()
        edited = self.edit(L2)
        self.ui.segmentButton.click()
        wait(0.1)
        self.assertEqual(maskDigests(self.node.bodies, self.node.inputVolume)[L2], edited)
        self.assertIn("Kept: L2", self.ui.statusLabel.text)
        self.assertIn("L2 (edited)", self.ui.segmentLabel.text)

    def test_it_is_replaced_when_the_user_says_so_and_undo_is_prepared(self):
        self.segmented()
        made = maskDigests(self.node.bodies, self.node.inputVolume)[L2]
        edited = self.edit(L2)
        self.assertFalse(self.ui.replaceEditedCheckBox.isHidden())
        self.ui.replaceEditedCheckBox.click()
        self.ui.segmentButton.click()
        wait(0.1)
        self.assertEqual(maskDigests(self.node.bodies, self.node.inputVolume)[L2], made)
        self.assertTrue(self.ui.replaceEditedCheckBox.isHidden())
        self.assertFalse(self.ui.replaceEditedCheckBox.checked)
        editor = self.panel.review.editor.widget
        if module_test_case.IN_APPLICATION:
            editor.undo()
            self.assertEqual(maskDigests(self.node.bodies, self.node.inputVolume)[L2], edited)
        else:
            self.assertIn("saveStateForUndo", editor.calls)

    def test_nothing_is_announced_when_everything_is_kept(self):
        self.segmented()
        for level in LumbarLevel:
            getattr(self.ui, f"accept{level.name}CheckBox").click()
        wait(0.1)
        self.assertFalse(self.ui.segmentButton.enabled)
        self.assertIn("accepted or edited", self.tip("segmentButton"))
        volume = self.node.inputVolume
        masks = addForeign(volume, "masks")
        masks.GetSegmentation().GetSegment("tumour").SetName("L1")
        masks.GetSegmentation().RemoveSegment("L2")
        self.node.foreignMasks = masks
        before = maskDigests(self.node.bodies, volume)
        with mock.patch("OVCFRiskScene.steps.segmenting.import_labels_and_notes", importOf(L1)):
            self.ui.importButton.click()
        self.assertEqual(maskDigests(self.node.bodies, volume), before)
        self.assertIn("Nothing was changed", self.ui.statusLabel.text)

    def test_a_segment_drawn_by_hand_is_kept_too(self):
        self.segmented()
        bodies, volume = self.node.bodies, self.node.inputVolume
        bodies.GetSegmentation().RemoveSegment("L3")
        bodies.GetSegmentation().AddEmptySegment("Segment_1", "L3")
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            np.roll(bodyMask(L3), 2, axis=2).astype(np.uint8), bodies, "Segment_1", volume
        )
        wait(0.6)
        mine = maskDigests(bodies, volume)[L3]
        self.ui.segmentButton.click()
        self.assertEqual(maskDigests(bodies, volume)[L3], mine)


class EditorTest(PanelTestCase):
    def setUp(self):
        super().setUp()
        self.mark()
        self.ui.segmentButton.click()
        wait(0.1)
        self.editor = self.panel.review.editor
        self.ui.editorCollapsibleButton.collapsed = False

    def area(self):
        bodies, volume = self.node.bodies, self.node.inputVolume
        return slicer.util.arrayFromSegmentBinaryLabelmap(bodies, AREA_ID, volume) > 0

    def test_only_a_margin_around_the_chosen_body_can_be_edited(self):
        self.ui.reviewL2Button.click()
        node = self.editor.widget.mrmlSegmentEditorNode()
        core = slicer.vtkMRMLSegmentationNode
        self.assertEqual((node.GetMaskMode(), node.GetMaskSegmentID()), (core.EditAllowedInsideSingleSegment, AREA_ID))
        area = self.area()
        self.assertTrue(area[bodyMask(L2)].all())
        for level in (L1, L3, L4):
            self.assertFalse(area[bodyMask(level)].any())
        _k, _j, i = np.nonzero(area)
        self.assertLessEqual(i.max() - i.min(), 2 * 14 + 2 * MARGIN_MM + 1)
        self.assertLess(area.sum() * 1.5 / 1000, 80)  # ml; the whole image has 960

    def test_it_follows_the_editors_own_list_and_goes_when_the_editor_closes(self):
        self.ui.reviewL2Button.click()
        self.editor.widget.setCurrentSegmentID("L4")
        self.assertTrue(self.area()[bodyMask(L4)].all())
        self.assertFalse(self.area()[bodyMask(L2)].any())
        self.assertNotIn(AREA_ID, findLevels(self.node.bodies).values())
        self.ui.editorCollapsibleButton.collapsed = True
        self.assertIsNone(self.node.bodies.GetSegmentation().GetSegment(AREA_ID))

    def test_an_area_of_another_level_that_undo_brings_back_is_made_anew(self):
        self.ui.reviewL2Button.click()
        before = slicer.vtkSegmentation()
        before.DeepCopy(self.node.bodies.GetSegmentation())
        self.ui.reviewL3Button.click()
        self.node.bodies.GetSegmentation().DeepCopy(before)  # what Undo does
        self.rest()
        self.assertEqual(self.editor.widget.currentSegmentID(), "L3")
        self.assertTrue(self.area()[bodyMask(L3)].all())

    def test_the_area_follows_bodies_that_are_made_anew(self):
        self.ui.reviewL2Button.click()

        def shifted(ct, points, progress=None):
            labels = sitk.GetImageFromArray(np.roll(labelArray(), 12, axis=2))
            labels.CopyInformation(ct)
            return SegmentedBodies(labels, {})

        with mock.patch("OVCFRiskScene.steps.segmenting.segment_bodies_and_fields", shifted):
            self.ui.segmentButton.click()
        self.rest()
        self.assertTrue(self.area()[np.roll(bodyMask(L2), 12, axis=2)].all())

    def test_no_saved_scene_keeps_the_area(self):
        self.ui.reviewL2Button.click()
        self.ui.scoreButton.click()
        self.rest()
        with tempfile.TemporaryDirectory() as folder:
            self.ui.folderButton.directory = folder
            self.ui.exportButton.click()
            self.rest()
            self.assertTrue(self.area()[bodyMask(L2)].all())  # the editor is still open
            paths = f"{folder}/scene.mrb", f"{folder}/by hand.mrb"
            self.assertTrue(slicer.mrmlScene.WriteToMRB(paths[1]))
            for path in paths:
                slicer.mrmlScene.Clear(0)
                self.rest()
                slicer.util.loadScene(path)
                self.rest()
                self.assertTrue(self.ui.editorCollapsibleButton.collapsed)
                self.assertIsNone(self.node.bodies.GetSegmentation().GetSegment(AREA_ID), path)
                self.assertEqual(len(self.panel.bodiesState.masks), 4)

    def test_without_a_chosen_body_the_bodies_are_protected(self):
        node = self.editor.widget.mrmlSegmentEditorNode()
        self.assertEqual(node.GetMaskMode(), slicer.vtkMRMLSegmentationNode.EditAllowedOutsideAllSegments)

    def test_threshold_cannot_fill_and_grow_from_seeds_is_left_out(self):
        self.assertTrue(self.editor.widget.effectByName("Threshold").self().applyButton.isHidden())
        self.assertNotIn("Grow from seeds", list(self.editor.widget.effectNameOrder()))

    def test_accepting_changes_no_segment(self):
        """A changed segment would make a preview of another effect compute again."""
        events = []
        core = slicer.vtkSegmentation
        tags = [self.node.bodies.AddObserver(e, lambda *_: events.append(1)) for e in (core.SegmentModified,)]
        self.ui.acceptL3CheckBox.click()
        self.assertTrue(self.ui.acceptL3CheckBox.checked)
        self.assertEqual(events, [])
        for tag in tags:
            self.node.bodies.RemoveObserver(tag)

    def test_the_masks_are_as_they_were(self):
        self.ui.reviewL2Button.click()
        for level, mask in levelMasks(self.node.bodies, self.node.inputVolume).items():
            np.testing.assert_array_equal(mask.voxels, bodyMask(level)[mask.box])
