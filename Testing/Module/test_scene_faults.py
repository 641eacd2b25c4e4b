"""Everything that goes wrong on the way: a message that says what to do, and a scene as it was."""

import os
import shutil
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import slicer
import vtk
from module_test_case import ModuleTestCase
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.segment_masks import labelMasks
from OVCFRiskScene.segments import findLevels
from OVCFRiskScene.volumes import pullVolume
from simple_spine import addSpine, centerRas, labelArray, labelsOn, quickAssessment, quickBodies

from OVCFRisk import OVCFRiskLogic
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.scoring.bundled_cards import CARDS_FOLDER, DEFAULT_MODEL_ID

L1, L2, L3, L4 = LumbarLevel


class FaultsTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.logic = OVCFRiskLogic()
        for name, stand_in in (("segmenting.segment_bodies_and_fields", quickBodies), ("assess", quickAssessment)):
            patch = mock.patch(f"OVCFRiskScene.steps.{name}", stand_in)
            patch.start()
            self.addCleanup(patch.stop)
        self.volume = addSpine()
        self.points = self.logic.createLevelPoints()
        for level in LumbarLevel:
            self.logic.placeLevel(self.points, level, centerRas(self.volume, level))

    def refused(self, text, step, *arguments):
        """A step refuses with a message, and no node comes or goes."""
        before = slicer.mrmlScene.GetNumberOfNodes()
        with self.assertRaisesRegex(OVCFRiskError, text):
            step(*arguments)
        self.assertEqual(slicer.mrmlScene.GetNumberOfNodes(), before)

    def bodies(self):
        return self.logic.segmentBodies(self.volume, self.points)

    def test_no_volume_and_a_removed_one(self):
        self.refused("Choose a CT", self.logic.segmentBodies, None, self.points)
        slicer.mrmlScene.RemoveNode(self.volume)
        self.refused("Choose a CT", self.logic.segmentBodies, self.volume, self.points)

    def test_volume_removed_while_segmenting(self):
        def remove(fraction, message):
            slicer.mrmlScene.RemoveNode(self.volume)
            return True

        with self.assertRaisesRegex(OVCFRiskError, "Choose a CT"):
            self.logic.segmentBodies(self.volume, self.points, progress=remove)
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"), [])

    def test_scene_closed_while_segmenting(self):
        def close(fraction, message):
            slicer.mrmlScene.Clear(0)
            return True

        with self.assertRaises(OVCFRiskError):
            self.logic.segmentBodies(self.volume, self.points, progress=close)
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"), [])

    def test_segmentation_removed_while_scoring(self):
        bodies = self.bodies()

        def remove(fraction, message):
            slicer.mrmlScene.RemoveNode(bodies)
            return True

        with self.assertRaisesRegex(OVCFRiskError, "removed"):
            self.logic.score(self.volume, bodies, progress=remove)
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLTableNode"), [])

    def test_bodies_of_another_ct_are_not_scored_on_this_one(self):
        bodies = self.bodies()
        other = addSpine("other CT")
        self.refused("was made on CT", self.logic.score, other, bodies)
        made = self.logic.segmentBodies(other, self.points, bodies)
        self.assertIsNot(made, bodies)

    def test_ct_under_a_transform(self):
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Tilt")
        self.volume.SetAndObserveTransformNodeID(transform.GetID())
        self.refused("under the transform Tilt; harden", self.logic.segmentBodies, self.volume, self.points)
        self.volume.HardenTransform()
        self.assertEqual(list(findLevels(self.bodies())), list(LumbarLevel))

    def test_colour_label_and_flat_volumes(self):
        array = np.zeros((4, 8, 8, 3), np.uint8)
        color = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLVectorVolumeNode", "photo")
        slicer.util.updateVolumeFromArray(color, array)
        self.refused("photo", self.logic.segmentBodies, color, self.points)
        flat = slicer.util.addVolumeFromArray(np.zeros((1, 8, 8), np.int16), name="flat")
        self.refused("single slice", self.logic.segmentBodies, flat, self.points)
        empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
        self.refused("holds no image", self.logic.segmentBodies, empty, self.points)
        labels = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
        self.refused("no CT", self.logic.segmentBodies, labels, self.points)

    @unittest.skipUnless(hasattr(slicer, "vtkMRMLSequenceBrowserNode"), "this Slicer has no Sequences module")
    def test_a_time_point_of_a_sequence(self):
        browser = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
        sequence = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSequenceNode")
        sequence.SetDataNodeAtValue(self.volume, "0")
        browser.AddSynchronizedSequenceNode(sequence.GetID())
        browser.AddProxyNode(self.volume, sequence, False)
        self.refused("one time point", self.logic.segmentBodies, self.volume, self.points)

    def test_renamed_and_emptied_segments_and_missing_levels(self):
        bodies = self.bodies()
        bodies.GetSegmentation().GetSegment("L1").SetName("mine")
        none = np.zeros(labelArray().shape, np.uint8)
        slicer.util.updateSegmentBinaryLabelmapFromArray(none, bodies, "L2", self.volume)
        bodies.GetSegmentation().RemoveSegment("L4")
        assessment = self.logic.score(self.volume, bodies)
        self.assertEqual([row.score is not None for row in assessment.levels], [True, False, True, False])
        self.refused("L2 has no mask", self.logic.acceptLevel, self.volume, bodies, "L2")
        self.refused("L4 has no mask", self.logic.acceptLevel, self.volume, bodies, "L4")

    def test_an_altered_card_does_not_score(self):
        bodies = self.bodies()
        with tempfile.TemporaryDirectory() as folder:
            card = Path(folder) / "card.json"
            text = (CARDS_FOLDER / f"{DEFAULT_MODEL_ID}.json").read_text(encoding="utf-8")
            card.write_text(text.replace('"cutoff": 0.', '"cutoff": 1.', 1) if '"cutoff": 0.' in text else text + " ")
            self.refused("sha256", self.logic.score, self.volume, bodies, str(card))
        self.refused("nowhere", self.logic.score, self.volume, bodies, "/nowhere/card.json")

    @unittest.skipIf(os.name == "nt" or not hasattr(os, "geteuid"), "permissions of POSIX")
    def test_a_folder_that_cannot_be_written(self):
        bodies = self.bodies()
        self.logic.score(self.volume, bodies)
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        (Path(folder) / "file").write_text("in the way")
        self.refused("file", self.logic.exportResults, self.volume, bodies, str(Path(folder) / "file" / "deeper"))

    def test_export_before_scoring(self):
        self.refused("score the bodies first", self.logic.exportResults, self.volume, self.bodies(), "unused")

    def test_dicom_needs_a_ct_from_dicom(self):
        bodies = self.bodies()
        self.logic.score(self.volume, bodies)
        self.refused("DICOM", self.logic.exportDicom, self.volume, bodies, "unused")

    def test_import_from_what_is_no_vertebra(self):
        other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "organs")
        other.GetSegmentation().AddEmptySegment("liver", "liver")
        self.refused("no segment is named L1 to L4", self.logic.importBodies, self.volume, other)
        self.refused("Choose the segmentation", self.logic.importBodies, self.volume, None)

    def test_import_by_names_leaves_the_source_alone(self):
        source = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "TotalSegmentator")
        source.SetReferenceImageGeometryParameterFromVolumeNode(self.volume)
        writeBodies(source, self.volume, labelMasks(labelsOn(pullVolume(self.volume), (L2, L3))))
        for level in (L2, L3):
            source.GetSegmentation().GetSegment(level.name).SetName(f"vertebrae_{level.name}")
        bodies = self.logic.importBodies(self.volume, source)
        self.assertIsNot(bodies, source)
        self.assertEqual(list(findLevels(bodies)), [L2, L3])
        self.assertEqual(source.GetSegmentation().GetSegment("L2").GetName(), "vertebrae_L2")

    def test_twenty_closings_leave_nothing_behind(self):
        slicer.mrmlScene.Clear(0)
        probe = vtk.vtkCommand.UserEvent
        counts, tags = [], []
        for _ in range(20):
            volume = addSpine()
            points = self.logic.createLevelPoints()
            for level in LumbarLevel:
                self.logic.placeLevel(points, level, centerRas(volume, level))
            bodies = self.logic.segmentBodies(volume, points)
            self.logic.score(volume, bodies)
            self.logic.showOverlay(volume, bodies)
            slicer.mrmlScene.Clear(0)
            counts.append(slicer.mrmlScene.GetNumberOfNodes())
            tag = slicer.mrmlScene.AddObserver(probe, lambda *_: None)
            slicer.mrmlScene.RemoveObserver(tag)
            tags.append(sum(slicer.mrmlScene.GetCommand(t) is not None for t in range(1, tag)))
        self.assertEqual(len(set(counts[1:])), 1, counts)
        self.assertEqual(len(set(tags[1:])), 1, tags)
