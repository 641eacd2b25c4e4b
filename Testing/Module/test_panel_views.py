"""What the views show after each step: the spine, in the bone window, without what lies over it."""

from unittest import mock

import module_test_case  # noqa: F401  # finds the module's packages
import slicer
from OVCFRiskPanel import views
from OVCFRiskScene import layout
from OVCFRiskScene.level_points import setPosition
from OVCFRiskScene.volumes import BONE_WINDOW_HU
from panel_test_case import PanelTestCase
from simple_spine import addSpine, centerRas, importOf

from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel


class ViewsTest(PanelTestCase):
    def setUp(self):
        super().setUp()
        self.shown = {}
        for name in ("showVolume", "frame", "centreOn"):
            patch = mock.patch.object(views.layout, name, wraps=getattr(layout, name))
            self.shown[name] = patch.start()
            self.addCleanup(patch.stop)

    def framed(self):
        """Levels whose middles lie in what the views were zoomed to last."""
        low, high = (self.shown["frame"].call_args.args[0][n::2] for n in (0, 1))
        middles = {level: centerRas(self.node.inputVolume, level) for level in LumbarLevel}
        return [
            level for level, ras in middles.items() if all(a <= x <= b for a, x, b in zip(low, ras, high, strict=True))
        ]

    def test_an_opened_ct_is_shown_in_the_bone_window(self):
        volume = addSpine()
        self.rest()
        self.assertIs(self.shown["showVolume"].call_args.args[0], volume)
        display = volume.GetDisplayNode()
        self.assertEqual((display.GetWindow(), display.GetLevel()), BONE_WINDOW_HU)
        self.assertFalse(display.GetAutoWindowLevel())

    def test_every_step_ends_with_all_bodies_in_view(self):
        self.mark()
        for press in (self.ui.segmentButton.click, self.ui.scoreButton.click):
            self.shown["frame"].reset_mock()
            press()
            self.rest()
            self.assertEqual(self.framed(), list(LumbarLevel))

    def test_points_alone_are_framed_with_their_bodies(self):
        volume = addSpine()
        self.rest()
        self.node.levelPoints = self.widget.logic.createLevelPoints()
        for level in (L2, L3):
            setPosition(self.node.levelPoints, level, centerRas(volume, level))
        self.rest()
        self.ui.showCtButton.click()
        self.assertEqual(self.framed(), [L2, L3])

    def test_a_row_of_the_table_and_a_level_of_the_review_centre_the_views(self):
        self.mark()
        self.ui.segmentScoreButton.click()
        self.rest()
        for press, level in ((lambda: self.ui.scoreTable.selectRow(2), L3), (self.ui.reviewL4Button.click, L4)):
            press()
            for found, wanted in zip(
                self.shown["centreOn"].call_args.args[0], centerRas(self.node.inputVolume, level), strict=True
            ):
                self.assertAlmostEqual(found, wanted, delta=0.6)

    def test_masks_that_were_imported_are_hidden(self):
        volume = self.mark()
        masks = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "vertebrae")
        masks.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        masks.CreateDefaultDisplayNodes()
        masks.GetSegmentation().AddEmptySegment("L1", "L1")
        self.node.foreignMasks = masks
        with (
            mock.patch("OVCFRiskScene.steps.foreignReader", return_value=lambda: None),
            mock.patch("OVCFRiskScene.steps.segmenting.import_labels_and_notes", importOf(*LumbarLevel)),
        ):
            self.ui.importButton.click()
        self.rest()
        self.assertFalse(masks.GetDisplayNode().GetVisibility())
        self.assertTrue(self.node.bodies.GetDisplayNode().GetVisibility())

    def test_the_hint_comes_when_somebody_else_changes_the_views(self):
        first, second = self.mark(), addSpine("second")
        if not slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):  # without the application's views
            for _ in range(2):
                slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceCompositeNode")
        self.rest()
        for shown, isHidden in ((second, False), (first, True)):
            for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
                node.SetBackgroundVolumeID(shown.GetID())
            self.rest()
            self.assertEqual(self.ui.hintFrame.isHidden(), isHidden)
