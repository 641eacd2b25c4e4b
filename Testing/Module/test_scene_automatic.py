"""Bodies by another extension, and points found along the spine: what is asked of them, what is kept of the answer."""

import sys
import types
from unittest import mock

import numpy as np
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene import automatic
from OVCFRiskScene.level_points import PointState, pointStates, positionRas
from OVCFRiskScene.segments import findLevels
from simple_spine import addSpine, bodyMask, centerRas, importOf

from OVCFRisk import OVCFRiskLogic
from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel


class AutomaticTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.logic, self.volume, self.asked = OVCFRiskLogic(), addSpine(), []

    def install(self, process):
        """An extension TotalSegmentator whose logic does this."""

        class TotalSegmentatorLogic:
            logCallback = None

        TotalSegmentatorLogic.process = process
        modules = {
            "TotalSegmentator": types.SimpleNamespace(TotalSegmentatorLogic=TotalSegmentatorLogic),
            "torch": types.SimpleNamespace(cuda=types.SimpleNamespace(is_available=lambda: False)),
        }
        for patch in (
            mock.patch.dict(sys.modules, modules),
            mock.patch.object(slicer.modules, "totalsegmentator", object(), create=True),
            mock.patch.object(automatic.importlib.util, "find_spec", return_value=object()),
            mock.patch("OVCFRiskScene.steps.segmenting.import_labels_and_notes", importOf(L1, L2, L3)),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def find(self, logic, volume, segmentation, quality=None, cpu=False, task=None, subset=None):
        """What the extension does: named segments in the given node, lines of a log."""
        self.asked.append((volume, quality, subset))
        logic.logCallback("Creating segmentations with TotalSegmentator AI...")
        segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        for level in (L1, L2, L3):
            name = f"vertebrae_{level.name}"
            segmentation.GetSegmentation().AddEmptySegment(name, f"{level.name} vertebra")
            mask = bodyMask(level).astype(np.uint8)
            slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, name, volume)

    def test_it_says_what_to_install(self):
        self.assertIn("Install the extension TotalSegmentator", automatic.automaticProblem())
        with self.assertRaisesRegex(OVCFRiskError, "Install the extension"):
            self.logic.segmentAutomatically(self.volume)
        with mock.patch.object(slicer.modules, "totalsegmentator", object(), create=True):
            self.assertIn("press Apply once", automatic.automaticProblem())

    def test_it_takes_the_bodies_and_leaves_nothing_else(self):
        self.install(lambda logic, *arguments, **named: self.find(logic, *arguments, **named))
        said = []
        bodies = self.logic.segmentAutomatically(self.volume, progress=lambda f, text: said.append(text) or True)
        self.assertEqual(list(findLevels(bodies)), [L1, L2, L3])
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"), [bodies])
        self.assertEqual(self.asked, [(self.volume, True, [f"vertebrae_{level.name}" for level in LumbarLevel])])
        self.assertTrue(any("TotalSegmentator AI" in text for text in said))

    def test_a_failure_is_told_and_the_scene_is_as_it_was(self):
        def fail(logic, *arguments, **named):
            raise RuntimeError("no weights")

        self.install(fail)
        with self.assertRaisesRegex(OVCFRiskError, "no weights"):
            self.logic.segmentAutomatically(self.volume)
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"), [])

    def test_cancel_is_a_cancel(self):
        self.install(lambda logic, *arguments, **named: self.find(logic, *arguments, **named))
        with self.assertRaises(CancelledError):
            self.logic.segmentAutomatically(self.volume, progress=lambda f, text: f < 0.5)
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLSegmentationNode"), [])


class CompletedPointsTest(ModuleTestCase):
    def test_others_are_proposed_clicks_stay_and_what_was_not_found_is_told(self):
        logic, volume = OVCFRiskLogic(), addSpine()
        points = logic.createLevelPoints()
        logic.placeLevel(points, L3, centerRas(volume, L3))

        def complete(ct, clicked):
            self.assertEqual(list(clicked), [L3])
            x, y, z = clicked[L3]
            found = {L2: (x, y, z + 30), L3: (x, y, z)}
            return types.SimpleNamespace(points=found, certainty={L2: 0.9}, notes=("L2 proposed", "L1: too high"))

        for _turn in range(2):  # proposals are made anew from the clicks alone
            with mock.patch("OVCFRiskScene.steps.segmenting.complete_points", complete, create=True):
                notes = logic.completePoints(volume, points)
        self.assertEqual(notes, ["L2 proposed", "L1: too high"])
        states = pointStates(points)
        self.assertEqual([states[level] for level in (L2, L3)], [PointState.PROPOSED, PointState.PLACED])
        self.assertIs(states[L1], PointState.DUE)
        self.assertAlmostEqual(positionRas(points, L2)[2], centerRas(volume, L3)[2] + 30)
