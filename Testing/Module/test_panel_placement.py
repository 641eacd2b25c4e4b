"""One session of placing levels: place mode on and off, skipping, ending, on Slicer's own interaction node."""

import module_test_case  # noqa: F401  # finds the module's packages
import slicer
from OVCFRiskScene.level_points import PointState, createLevelPoints, levelsIn, setPosition
from panel_test_case import PanelTestCase, observerCount, wait

from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel


class PlacementTest(PanelTestCase):
    def setUp(self):
        super().setUp()
        from OVCFRiskPanel.point_placement import LevelPlacement

        application = slicer.app.applicationLogic()
        self.interaction, self.selection = application.GetInteractionNode(), application.GetSelectionNode()
        self.interaction.SetPlaceModePersistence(0)
        self.interaction.SwitchToViewTransformMode()
        self.observers = observerCount(self.interaction)
        self.points, self.calls = createLevelPoints(), []
        self.placement = LevelPlacement(self.points, lambda: self.calls.append(self.placement.isActive))
        self.placement.start()

    def assertOver(self):
        """Mode, persistence and observers are as before."""
        self.assertFalse(self.placement.isActive)
        self.assertEqual(self.interaction.GetCurrentInteractionMode(), self.interaction.ViewTransform)
        self.assertEqual(self.interaction.GetPlaceModePersistence(), 0)
        self.assertEqual(observerCount(self.interaction), self.observers)

    def test_starting_makes_the_next_click_the_first_level(self):
        self.assertTrue(self.placement.isActive)
        self.assertEqual(self.placement.due(), L1)
        self.assertEqual(self.interaction.GetCurrentInteractionMode(), self.interaction.Place)
        self.assertEqual(self.interaction.GetPlaceModePersistence(), 1)
        self.assertEqual(self.selection.GetActivePlaceNodeID(), self.points.GetID())
        self.assertEqual(self.selection.GetActivePlaceNodeClassName(), "vtkMRMLMarkupsFiducialNode")

    def test_skipping_passes_over_a_level_and_goes_on(self):
        setPosition(self.points, L1, (0, 0, 60))
        self.placement.skip()
        self.assertEqual(levelsIn(self.points, PointState.SKIPPED), [L2])
        self.assertEqual(self.placement.due(), L3)
        self.assertEqual(self.calls, [True])

    def test_skipping_the_last_level_ends_placing(self):
        for level, height in ((L1, 60), (L2, 30), (L3, 0)):
            setPosition(self.points, level, (0, 0, height))
        self.placement.skip()
        wait()
        self.assertEqual(levelsIn(self.points, PointState.SKIPPED), [L4])
        self.assertOver()
        self.assertFalse(self.calls[-1])

    def test_the_tool_bar_ends_placing_too(self):
        self.interaction.SwitchToViewTransformMode()
        wait()
        self.assertOver()
        self.assertEqual(self.calls, [False])

    def test_ending_twice_is_ending_once(self):
        self.placement.end()
        self.placement.end()
        wait()
        self.assertOver()

    def test_points_removed_while_placing_leave_nothing_to_skip(self):
        slicer.mrmlScene.RemoveNode(self.points)
        for level in LumbarLevel:
            setPosition(self.points, level, (0, 0, 0))
        self.placement.skip()
        self.assertIsNone(self.placement.due())
        wait()
        self.assertOver()

    def tearDown(self):
        self.placement.end()
        wait()
        super().tearDown()
