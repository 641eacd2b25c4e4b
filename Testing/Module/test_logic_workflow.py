"""The whole workflow without the panel: phantom and real CT, saved and opened again, edited, cancelled."""

import csv
import json
import tempfile
import unittest
from pathlib import Path

import numpy as np
import slicer
from module_test_case import HERE, ModuleTestCase
from OVCFRiskScene.level_points import PointState, levelsIn, positionRas
from OVCFRiskScene.review import MADE_ATTRIBUTE, ORIGIN_ATTRIBUTE, acceptedLevels, originsOf
from OVCFRiskScene.scores import outdatedLevels
from OVCFRiskScene.segment_masks import levelMasks, maskDigests
from OVCFRiskScene.segments import findLevels
from OVCFRiskScene.volumes import pushVolume

from OVCFRisk import OVCFRiskLogic
from OVCFRiskLib.assessment import Status
from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
SOFTWARE = MaskOrigin.SOFTWARE
CRLM = HERE.parents[2] / "shared" / "data"
_PHANTOM = []


def phantom():
    """A small phantom, made once."""
    if not _PHANTOM:
        _PHANTOM.append(make_phantom(PhantomSettings(spacing_mm=(1.0, 1.0, 1.25), field_mm=(120.0, 120.0, 190.0))))
    return _PHANTOM[0]


def sceneState():
    """Nodes of the scene by class and name, without the singletons that a logic makes on its way."""
    nodes = slicer.util.getNodesByClass("vtkMRMLNode")
    return sorted((n.GetClassName(), n.GetName()) for n in nodes if not n.GetSingletonTag())


class WorkflowTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.logic = OVCFRiskLogic()

    def load(self):
        """The phantom as a volume, and its points."""
        volume = pushVolume(phantom().ct, "CT")
        points = self.logic.createLevelPoints()
        for level, (x, y, z) in phantom().points.items():
            self.logic.placeLevel(points, level, (-x, -y, z))
        return volume, points

    def test_six_steps_then_saved_and_opened_again(self):
        logic = self.logic
        volume, points = self.load()
        findings, _notes = logic.checkAcquisition(volume)
        self.assertNotIn("slice_thickness", [finding.code for finding in findings])
        bodies = logic.segmentBodies(volume, points)
        self.assertEqual(list(findLevels(bodies)), list(LumbarLevel))
        review = logic.checkMasks(volume, bodies)
        self.assertTrue(all(15 < review[level].volumeMl < 45 for level in LumbarLevel))
        logic.acceptLevel(volume, bodies, "L1")
        assessment = logic.score(volume, bodies)
        self.assertEqual([row.status for row in assessment.levels], [Status.SCORED] * 4)
        node = logic.getParameterNode()
        node.inputVolume, node.levelPoints, node.bodies = volume, points, bodies
        logic.showOverlay(volume, bodies)
        digests = maskDigests(bodies, volume)
        with tempfile.TemporaryDirectory() as folder:
            logic.exportResults(volume, bodies, folder)
            self.checkFiles(Path(folder), assessment)
            slicer.mrmlScene.Clear(0)
            self.assertTrue(slicer.util.loadScene(str(Path(folder) / "scene.mrb")))
        self.checkRestored(assessment, digests)

    def checkFiles(self, folder, assessment):
        """What one button leaves in a folder."""
        names = {path.name for path in folder.iterdir()}
        self.assertLessEqual({"scores.csv", "assessment.json", "labels.nii.gz", "report.html", "scene.mrb"}, names)
        with (folder / "scores.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["level"] for row in rows], ["L1", "L2", "L3", "L4"])
        for row, level in zip(rows, assessment.levels, strict=True):
            self.assertAlmostEqual(float(row["r_score"]), level.score.r_score, places=12)
        self.assertEqual(
            json.loads((folder / "assessment.json").read_text(encoding="utf-8"))["summary"],
            summarise(assessment),
        )

    def checkRestored(self, assessment, digests):
        """Panel's choices, points, masks, acceptance, scores and overlay come back."""
        node = self.logic.getParameterNode()
        volume, bodies = node.inputVolume, node.bodies
        self.assertEqual(volume.GetName(), "CT")
        self.assertEqual(node.levelPoints.GetNumberOfDefinedControlPoints(), 4)
        self.assertEqual(maskDigests(bodies, volume), digests)
        self.assertEqual(acceptedLevels(bodies, digests), [L1])
        self.assertEqual(self.logic.assessment(bodies), assessment)
        self.assertEqual(self.logic.outdatedLevels(volume, bodies), {})
        labels = bodies.GetNodeReference("OVCFRiskLabels")
        text = labels.GetNthControlPointLabel(0)
        row = assessment.level(L1)
        expected = "outside the model" if row.is_outside_model else f"{row.score.risk_index:.2f}"
        self.assertEqual(text, f"L1  {expected}")
        self.assertIsNotNone(slicer.modules.colors.logic().GetColorLegendDisplayNode(bodies))

    def test_overlapping_segments_are_not_scored_and_the_summary_says_so(self):
        volume, points = self.load()
        bodies = self.logic.segmentBodies(volume, points)
        shape = slicer.util.arrayFromVolume(volume).shape
        second, third = (levelMasks(bodies, volume)[level] for level in (L2, L3))
        both = np.zeros(shape, np.uint8)
        both[second.box][:2] = second.voxels[:2]  # the lowest slices of L2
        both[third.box] |= third.voxels.astype(np.uint8)
        bodies.GetSegmentation().SeparateSegmentLabelmap(findLevels(bodies)[L3])
        slicer.util.updateSegmentBinaryLabelmapFromArray(both, bodies, findLevels(bodies)[L3], volume)
        assessment = self.logic.score(volume, bodies)
        statuses = [row.status for row in assessment.levels]
        self.assertEqual(statuses, [Status.SCORED, Status.NOT_SCORED, Status.NOT_SCORED, Status.SCORED])
        self.assertIn("Scored: L1 and L4.", summarise(assessment))
        self.assertEqual(self.logic.assessment(bodies), assessment)

    def test_editing_makes_one_score_out_of_date_and_export_refuses(self):
        volume, points = self.load()
        bodies = self.logic.segmentBodies(volume, points)
        self.logic.score(volume, bodies)
        mask = levelMasks(bodies, volume)[L2]
        edited = np.zeros(slicer.util.arrayFromVolume(volume).shape, np.uint8)
        edited[mask.box] = mask.voxels
        edited[mask.box][len(mask.voxels) // 2] = 0
        slicer.util.updateSegmentBinaryLabelmapFromArray(edited, bodies, findLevels(bodies)[L2], volume)
        self.assertEqual(list(self.logic.outdatedLevels(volume, bodies)), [L2])
        self.logic.showOverlay(volume, bodies)
        self.assertEqual(bodies.GetNodeReference("OVCFRiskLabels").GetNthControlPointLabel(1), "L2  out of date")
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(OVCFRiskError, "L2.*edited after scoring"):
                self.logic.exportResults(volume, bodies, folder)
            self.assertEqual(list(Path(folder).iterdir()), [])

    def test_where_each_mask_comes_from_is_known_scored_and_written(self):
        volume, points = self.load()
        bodies = self.logic.segmentBodies(volume, points)
        masks = levelMasks(bodies, volume)
        self.assertEqual(originsOf(bodies, maskDigests(bodies, volume)), dict.fromkeys(LumbarLevel, SOFTWARE))
        self.paint(bodies, volume, L2, masks[L2], without=len(masks[L2].voxels) // 2)
        for name in (MADE_ATTRIBUTE, ORIGIN_ATTRIBUTE):
            bodies.SetAttribute(name.format(level="L3"), None)  # as of a segment that a person added
        bodies.SetAttribute(ORIGIN_ATTRIBUTE.format(level="L4"), None)  # as of an earlier version
        expected = {L1: SOFTWARE, L2: MaskOrigin.EDITED, L3: MaskOrigin.BY_HAND, L4: MaskOrigin.UNKNOWN}
        self.assertEqual(originsOf(bodies, maskDigests(bodies, volume)), expected)
        assessment = self.logic.score(volume, bodies)
        self.assertEqual({row.level: row.mask_origin for row in assessment.levels}, expected)
        self.assertIn("mask of L3 was drawn by hand", summarise(assessment))
        self.assertEqual(self.logic.assessment(bodies), assessment)

    def test_masks_from_elsewhere_are_imported_also_after_an_edit(self):
        volume, points = self.load()
        bodies = self.logic.importBodies(volume, self.logic.segmentBodies(volume, points))
        self.assertEqual(originsOf(bodies, maskDigests(bodies, volume))[L1], MaskOrigin.IMPORTED)
        mask = levelMasks(bodies, volume)[L1]
        self.paint(bodies, volume, L1, mask, without=0)
        self.assertEqual(originsOf(bodies, maskDigests(bodies, volume))[L1], MaskOrigin.IMPORTED)

    def paint(self, bodies, volume, level, mask, without):
        """A mask without one of its slices."""
        edited = np.zeros(slicer.util.arrayFromVolume(volume).shape, np.uint8)
        edited[mask.box] = mask.voxels
        edited[mask.box][without] = 0
        slicer.util.updateSegmentBinaryLabelmapFromArray(edited, bodies, findLevels(bodies)[level], volume)

    def test_cancel_leaves_the_scene_as_it_was(self):
        volume, points = self.load()
        before = sceneState()
        for stop_at in (0.0, 0.3, 0.9):
            with self.assertRaises(CancelledError):
                self.logic.segmentBodies(volume, points, progress=lambda f, message, s=stop_at: f < s)
            self.assertEqual(sceneState(), before)
        bodies = self.logic.segmentBodies(volume, points)
        before, digests = sceneState(), maskDigests(bodies, volume)
        with self.assertRaises(CancelledError):
            self.logic.score(volume, bodies, progress=lambda f, message: f < 0.5)
        self.assertEqual((sceneState(), maskDigests(bodies, volume)), (before, digests))
        self.assertIsNone(self.logic.assessment(bodies))

    def test_one_click_and_the_others_are_found_segmented_and_scored(self):
        volume = pushVolume(phantom().ct, "CT")
        points = self.logic.createLevelPoints()
        x, y, z = phantom().points[L3]
        self.logic.placeLevel(points, L3, (-x, -y, z))
        notes = self.logic.completePoints(volume, points)
        found = levelsIn(points, PointState.PROPOSED)
        self.assertTrue({L2, L4} <= set(found), notes)
        for level in found:
            x, y, z = phantom().points[level]
            self.assertLess(np.linalg.norm(np.subtract(positionRas(points, level), (-x, -y, z))), 8.0)
        bodies = self.logic.segmentBodies(volume, points)
        self.assertEqual(list(findLevels(bodies)), sorted([L3, *found]))
        assessment = self.logic.score(volume, bodies)
        codes = {row.level: [finding.code for finding in row.findings] for row in assessment.levels}
        self.assertEqual([level for level in LumbarLevel if "proposed_point" in codes[level]], found)
        findings = self.logic.checkMasks(volume, bodies)
        digests = maskDigests(bodies, volume)
        known = {level: review.findings for level, review in findings.items()}
        self.assertEqual(outdatedLevels(bodies, volume, digests, known), {})  # a score fits the checks it was made with

    def test_accepted_masks_survive_segmenting_again(self):
        volume, points = self.load()
        bodies = self.logic.segmentBodies(volume, points)
        self.logic.acceptLevel(volume, bodies, L3)
        before = maskDigests(bodies, volume)
        again = self.logic.segmentBodies(volume, points, bodies)
        self.assertIs(again, bodies)
        self.assertEqual(maskDigests(bodies, volume)[L3], before[L3])
        self.assertEqual(acceptedLevels(bodies, maskDigests(bodies, volume)), [L3])

    def test_the_example_of_the_readme_runs(self):
        text = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
        code = text.partition("<!-- logic example -->\n```python\n")[2].partition("```")[0]
        self.assertIn("OVCFRiskLogic", code)
        with tempfile.TemporaryDirectory() as folder:
            code = code.replace('"results"', repr(folder))
            exec(compile(code, "README.md", "exec"), {})
            self.assertTrue((Path(folder) / "report.html").is_file())


@unittest.skipUnless(CRLM.is_dir(), "real CTs are absent: no folder shared/data beside the project")
class RealCtTest(ModuleTestCase):
    def test_crlm_is_scored_and_l4_is_cut(self):
        from OVCFRiskLib.ct import read_ct
        from OVCFRiskLib.points import read_points

        logic = OVCFRiskLogic()
        volume = pushVolume(read_ct(CRLM / "crlm-ct-1006-dicom"), "CRLM")
        points = logic.createLevelPoints()
        for level, (x, y, z) in read_points(CRLM / "crlm-ct-1006-points.mrk.json").items():
            logic.placeLevel(points, level, (-x, -y, z))
        findings, _notes = logic.checkAcquisition(volume)
        self.assertTrue(any("5 mm" in finding.message for finding in findings))
        bodies = logic.segmentBodies(volume, points)
        review = logic.checkMasks(volume, bodies)
        for level in (L1, L2, L3):
            self.assertTrue(20 <= review[level].volumeMl <= 50, review[level].volumeMl)
        assessment = logic.score(volume, bodies)
        self.assertEqual([row.status for row in assessment.levels], [Status.SCORED] * 3 + [Status.NOT_SCORED])
        self.assertIn("field of view", assessment.level(L4).reason)
