"""Level points: state, skipping, order, coordinates, and what comes back from a saved scene."""

import tempfile
from pathlib import Path

import numpy as np
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene.level_points import (
    PointState,
    clearPoints,
    clickedPositionsLps,
    createLevelPoints,
    dropProposed,
    levelPositionsLps,
    levelsIn,
    levelsOutOfOrder,
    offerSkippedAgain,
    pointStates,
    positionRas,
    setPosition,
    showProposed,
    skipLevel,
    sortLevels,
)

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel


class LevelPointsTest(ModuleTestCase):
    def placed(self, **heights):
        points = createLevelPoints()
        for name, s in heights.items():
            setPosition(points, LumbarLevel[name], (1.0, 2.0, s))
        return points

    def test_new_points_are_named_and_due(self):
        points = createLevelPoints()
        self.assertEqual(set(pointStates(points).values()), {PointState.DUE})
        self.assertEqual([points.GetNthControlPointLabel(i) for i in range(4)], ["L1", "L2", "L3", "L4"])
        self.assertTrue(points.GetFixedNumberOfControlPoints())

    def test_absent_node_and_foreign_names_count_as_absent(self):
        self.assertEqual(set(pointStates(None).values()), {PointState.ABSENT})
        other = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
        other.AddControlPoint((0, 0, 5), " l2 ")
        other.AddControlPoint((0, 0, 0), "F-2")
        self.assertEqual(levelsIn(other, PointState.PLACED), [L2])
        with self.assertRaisesRegex(OVCFRiskError, "no point named L1"):
            setPosition(other, L1, (0, 0, 0))

    def test_skipped_level_is_passed_over_and_can_be_offered_again(self):
        points = self.placed(L1=60, L3=0)
        skipLevel(points, L2)
        self.assertEqual(levelsIn(points, PointState.SKIPPED), [L2])
        self.assertEqual(list(levelPositionsLps(points)), [L1, L3])
        offerSkippedAgain(points)
        self.assertEqual(levelsIn(points, PointState.DUE), [L2, L4])

    def test_positions_turn_from_ras_to_lps(self):
        points = self.placed(L1=60)
        np.testing.assert_allclose(levelPositionsLps(points)[L1], (-1, -2, 60))

    def test_wrong_order_is_noticed_refused_and_sorted(self):
        points = self.placed(L1=0, L2=60, L4=30)
        self.assertEqual(levelsOutOfOrder(points), [(L1, L2)])
        with self.assertRaisesRegex(OVCFRiskError, "L1 lies below L2"):
            levelPositionsLps(points)
        sortLevels(points)
        self.assertEqual([positionRas(points, level)[2] for level in (L1, L2, L4)], [60, 30, 0])
        self.assertEqual(levelsOutOfOrder(points), [])

    def test_two_points_at_one_height_are_out_of_order(self):
        self.assertEqual(levelsOutOfOrder(self.placed(L1=10, L2=10)), [(L1, L2)])

    def test_nothing_placed_says_what_to_do(self):
        for points in (None, createLevelPoints()):
            with self.assertRaisesRegex(OVCFRiskError, "place at least one"):
                levelPositionsLps(points)

    def test_clearing_keeps_labels(self):
        points = self.placed(L1=60, L2=30)
        skipLevel(points, L3)
        clearPoints(points)
        self.assertEqual(levelsIn(points, PointState.DUE), list(LumbarLevel))
        self.assertEqual(points.GetNthControlPointLabel(3), "L4")

    def test_points_under_a_transform_are_read_where_they_are_seen(self):
        points = self.placed(L1=60)
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        matrix = np.eye(4)
        matrix[:3, 3] = (0, 0, 7)
        transform.SetMatrixTransformToParent(slicer.util.vtkMatrixFromArray(matrix))
        points.SetAndObserveTransformNodeID(transform.GetID())
        self.assertAlmostEqual(levelPositionsLps(points)[L1][2], 67)

    def test_saved_scene_brings_states_back(self):
        points = self.placed(L1=60, L3=0)
        skipLevel(points, L2)
        before = pointStates(points)
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "points.mrb")
            self.assertTrue(slicer.mrmlScene.WriteToMRB(path))
            slicer.mrmlScene.Clear(0)
            self.assertTrue(slicer.util.loadScene(path))
        again = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLMarkupsFiducialNode")
        self.assertEqual(pointStates(again), before)
        self.assertTrue(again.GetFixedNumberOfControlPoints())

    def test_a_proposed_point_is_told_from_a_placed_one_until_it_is_dragged(self):
        points = self.placed(L2=30)
        setPosition(points, L3, (1.0, 2.0, 0.125), certainty=0.9)
        self.assertEqual(pointStates(points)[L3], PointState.PROPOSED)
        self.assertEqual(list(levelPositionsLps(points)), [L2, L3])
        self.assertEqual(list(clickedPositionsLps(points)), [L2])
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "points.mrb")
            self.assertTrue(slicer.mrmlScene.WriteToMRB(path))
            slicer.mrmlScene.Clear(0)
            self.assertTrue(slicer.util.loadScene(path))
        points = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLMarkupsFiducialNode")
        self.assertEqual(pointStates(points)[L3], PointState.PROPOSED)
        points.SetNthControlPointPositionWorld(2, 1.0, 2.0, 3.0)
        self.assertEqual(pointStates(points)[L3], PointState.PLACED)
        showProposed(points)
        self.assertTrue(points.GetNthControlPointSelected(2))

    def test_proposals_are_dropped_and_cleared(self):
        points = self.placed(L2=30)
        setPosition(points, L3, (1.0, 2.0, 0.0), certainty=0.9)
        dropProposed(points)
        self.assertEqual(levelsIn(points, PointState.DUE), [L1, L3, L4])
        setPosition(points, L3, (1.0, 2.0, 0.0), certainty=0.9)
        clearPoints(points)
        setPosition(points, L3, (1.0, 2.0, 0.0))
        self.assertEqual(pointStates(points)[L3], PointState.PLACED)
