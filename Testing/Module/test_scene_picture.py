"""What the views are told to draw: colours, legend, labels, hatching, framing."""

import dataclasses
import unittest
from types import SimpleNamespace

import module_test_case
import numpy as np
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene import layout
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.editable_area import grown
from OVCFRiskScene.hatching import BAND_PERIOD_MM, bandsOf
from OVCFRiskScene.labels import BodyCuts, showSliceLabels
from OVCFRiskScene.level_points import createLevelPoints
from OVCFRiskScene.overlay import labelTexts, showOverlay
from OVCFRiskScene.ownership import HATCHING_ROLE, LABELS_ROLE, SLICE_LABELS_ROLE
from OVCFRiskScene.segment_masks import labelMasks
from OVCFRiskScene.segments import createBodies
from OVCFRiskScene.volumes import ijkToRas, pullVolume
from simple_spine import SPACING_MM, addSpine, bodyMask, centerRas, labelsOn, quickAssessment

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR
from OVCFRiskLib.scoring import load_model

L1, L2, L3, L4 = LumbarLevel


def outsideModel(assessment, level):
    """The assessment with one level outside its model."""
    rows = [
        dataclasses.replace(row, score=dataclasses.replace(row.score, category=Category.OUTSIDE_MODEL))
        if row.level is level
        else row
        for row in assessment.levels
    ]
    return dataclasses.replace(assessment, levels=tuple(rows))


@unittest.skipIf(module_test_case.IN_APPLICATION, "makes view nodes of its own, for which the application makes views")
class OverlayTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.volume = addSpine()
        self.bodies = createBodies(self.volume)
        ct = pullVolume(self.volume)
        writeBodies(self.bodies, self.volume, labelMasks(labelsOn(ct)))
        self.assessment = quickAssessment(ct, labelsOn(ct), load_model())
        self.points = createLevelPoints()
        self.options = SimpleNamespace(
            levelPoints=self.points, showRiskColors=True, showLegend=True, showLabels=True, opacity3D=0.7
        )

    def show(self, outdated=None):
        return showOverlay(self.bodies, self.volume, self.assessment, outdated or {}, self.options)

    def color(self, level):
        return tuple(round(x, 3) for x in self.bodies.GetSegmentation().GetSegment(level.name).GetColor())

    def sliceNode(self, orientation, ras):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode", orientation)
        node.SetOrientation(orientation)
        node.JumpSliceByCentering(*ras)
        return node

    def labelsIn(self, sliceNode):
        """{text: place} of the labels a slice view shows."""
        for n in range(self.bodies.GetNumberOfNodeReferences(SLICE_LABELS_ROLE)):
            labels = self.bodies.GetNthNodeReference(SLICE_LABELS_ROLE, n)
            if labels.GetDisplayNode().IsDisplayableInView(sliceNode.GetID()):
                count = labels.GetNumberOfControlPoints()
                return {labels.GetNthControlPointLabel(i): labels.GetNthControlPointPosition(i) for i in range(count)}
        return {}

    def test_a_level_outside_the_model_is_gray_and_hatched_and_the_others_are_not(self):
        self.show()
        self.assertIsNone(self.bodies.GetNodeReference(HATCHING_ROLE))
        self.assessment = outsideModel(self.assessment, L2)
        self.show()
        hatching = self.bodies.GetNodeReference(HATCHING_ROLE)
        self.assertEqual(list(hatching.GetSegmentation().GetSegmentIDs()), ["L2"])
        self.assertGreater(hatching.GetClosedSurfaceInternalRepresentation("L2").GetNumberOfPoints(), 100)
        self.assertEqual(self.color(L2), tuple(round(x, 3) for x in NOT_SCORED_COLOR))
        self.assertNotEqual(self.color(L1), self.color(L2))
        self.assertTrue(hatching.GetHideFromEditors())
        self.options.showRiskColors = False
        self.show()
        self.assertFalse(hatching.GetDisplayNode().GetVisibility())

    def test_the_legend_stands_in_3d_views_only(self):
        views = [slicer.mrmlScene.AddNewNodeByClass("vtkMRMLViewNode", name) for name in ("1", "2")]
        view = self.sliceNode("Axial", (0, 0, 0))
        self.show()
        legend = slicer.modules.colors.logic().GetColorLegendDisplayNode(self.bodies)
        self.assertTrue(all(legend.GetVisibility(node.GetID()) for node in views))
        self.assertFalse(legend.GetVisibility(view.GetID()))

    def test_labels_stand_wherever_a_slice_cuts_a_body_and_nowhere_else(self):
        _r, a, s = centerRas(self.volume, L2)
        views = {
            "Axial": self.sliceNode("Axial", (0, a, s + 8)),  # not through the middle
            "Sagittal": self.sliceNode("Sagittal", (9, a, s)),
            "disc": self.sliceNode("Axial", (0, a, s + 15)),
        }
        self.show()
        self.assertEqual(list(self.labelsIn(views["Axial"])), ["L2  0.45"])
        self.assertEqual(len(self.labelsIn(views["Sagittal"])), 4)
        self.assertEqual(self.labelsIn(views["disc"]), {})
        self.assertAlmostEqual(self.labelsIn(views["Axial"])["L2  0.45"][2], s + 8, places=3)
        self.assertAlmostEqual(self.labelsIn(views["Sagittal"])["L2  0.45"][0], 9, places=3)

    def test_labels_follow_a_slice_and_are_not_saved(self):
        _r, a, s = centerRas(self.volume, L2)
        view = self.sliceNode("Axial", (0, a, s))
        cuts = self.show()
        texts = labelTexts(self.bodies, self.assessment, {}, self.options)
        view.JumpSliceByCentering(0, a, centerRas(self.volume, L4)[2])
        showSliceLabels(self.bodies, cuts, texts, view)
        self.assertEqual(list(self.labelsIn(view)), ["L4  0.95"])
        self.assertFalse(self.bodies.GetNthNodeReference(SLICE_LABELS_ROLE, 0).GetSaveWithScene())

    def test_point_labels_are_off_while_risk_labels_are_on(self):
        self.show()
        self.assertFalse(self.points.GetDisplayNode().GetPointLabelsVisibility())
        self.options.showLabels = False
        self.show()
        self.assertTrue(self.points.GetDisplayNode().GetPointLabelsVisibility())
        self.assertFalse(self.bodies.GetNodeReference(LABELS_ROLE).GetDisplayNode().GetVisibility())

    def test_out_of_date_levels_are_gray_and_say_so(self):
        self.show({L3: "edited"})
        self.assertEqual(self.color(L3), tuple(round(x, 3) for x in NOT_SCORED_COLOR))
        labels = self.bodies.GetNodeReference(LABELS_ROLE)
        self.assertIn("L3  out of date", [labels.GetNthControlPointLabel(n) for n in range(4)])


class CutsTest(ModuleTestCase):
    def test_an_oblique_slice_finds_the_middle_of_its_section(self):
        points = np.argwhere(np.ones((20, 20, 20), bool)).astype(float)
        cuts = BodyCuts({L1: points}, {L1: 0.5})
        plane = np.eye(4)
        plane[:3, 2] = np.array((1, 0, 1)) / np.sqrt(2)
        plane[:3, 3] = (9.5, 0, 9.5)
        np.testing.assert_allclose(cuts.cut(plane)[L1], (9.5, 9.5, 9.5), atol=0.1)
        plane[:3, 3] = (100, 0, 0)
        self.assertEqual(cuts.cut(plane), {})


class HatchingTest(ModuleTestCase):
    def test_bands_cross_every_plane_and_reach_the_surface(self):
        volume = addSpine()
        mask = bodyMask(L2)
        box = tuple(slice(int(x.min()), int(x.max()) + 1) for x in mask.nonzero())
        outer, bands = bandsOf(box, mask[box], ijkToRas(volume), mask.shape)
        self.assertEqual(bands.shape, tuple(s.stop - s.start for s in outer))
        self.assertTrue(0.2 < bands.sum() / mask.sum() < 0.6)
        middle = [n // 2 for n in bands.shape]
        for axis in range(3):
            plane = np.take(bands, middle[axis], axis)
            lines = np.abs(np.diff(plane.astype(int), axis=0)).sum()
            self.assertGreater(lines, 2)  # several bands, not one block
        # along a voxel axis a band returns after one period times the square root of three
        along = np.flatnonzero(np.diff(bands[middle[0], middle[1]].astype(int)) == 1)
        self.assertAlmostEqual(float(np.diff(along).mean()), BAND_PERIOD_MM * np.sqrt(3) / SPACING_MM[0], delta=1.5)

    def test_a_mask_at_the_edge_of_the_volume_stays_inside(self):
        mask = np.ones((4, 5, 6), bool)
        outer, bands = bandsOf((slice(0, 4), slice(0, 5), slice(0, 6)), mask, np.eye(4), (4, 5, 6))
        self.assertEqual((outer, bands.shape), ((slice(0, 4), slice(0, 5), slice(0, 6)), (4, 5, 6)))


class AreaTest(ModuleTestCase):
    def test_the_margin_is_in_millimetres_and_ends_at_the_volume(self):
        mask = np.ones((2, 2, 2), bool)
        box, area = grown((slice(10, 12), slice(1, 3), slice(20, 22)), mask, (4.0, 2.0, 1.0), (50, 50, 50))
        self.assertEqual(box, (slice(8, 14), slice(0, 7), slice(12, 30)))
        self.assertTrue(area.all())


@unittest.skipIf(module_test_case.IN_APPLICATION, "makes view nodes of its own, for which the application makes views")
class FramingTest(ModuleTestCase):
    def test_slices_are_centred_and_zoomed_and_keep_their_shape(self):
        view = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode", "Sagittal")
        view.SetOrientation("Sagittal")
        view.SetFieldOfView(600.0, 400.0, 1.0)
        layout._zoom(view, np.array((40.0, 60.0, 150.0)))
        width, height, _depth = view.GetFieldOfView()
        self.assertAlmostEqual(width / height, 1.5, places=5)
        self.assertAlmostEqual(height, 150 * layout.FRAME_MARGIN, places=3)

    def test_the_shown_volume_is_known_only_when_all_views_agree(self):
        first, second = addSpine("first"), addSpine("second")
        nodes = [slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceCompositeNode") for _ in range(2)]
        for node in nodes:
            node.SetBackgroundVolumeID(first.GetID())
        self.assertIs(layout.shownVolume(), first)
        nodes[0].SetBackgroundVolumeID(second.GetID())
        self.assertIsNone(layout.shownVolume())
