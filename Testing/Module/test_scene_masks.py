"""Masks are read once: again only when the application changed them, whichever way, and never missed."""

from unittest import mock

import numpy as np
import SimpleITK as sitk
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene import segment_masks
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.segment_masks import (
    SegmentMask,
    labelImage,
    labelMasks,
    levelMasks,
    maskDigests,
    without,
)
from OVCFRiskScene.segments import createBodies
from OVCFRiskScene.volumes import pullVolume, pushVolume
from simple_spine import addSpine, bodyMask, labelArray, labelsOn
from vtk.util.numpy_support import vtk_to_numpy

from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel


class ReadOnceTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.volume = addSpine()
        self.bodies = createBodies(self.volume)
        writeBodies(self.bodies, self.volume, labelMasks(labelsOn(pullVolume(self.volume))))
        self.digests = maskDigests(self.bodies, self.volume)
        patch = mock.patch.object(segment_masks, "readMask", wraps=segment_masks.readMask)
        self.read = patch.start()
        self.addCleanup(patch.stop)

    def changed(self):
        """Levels whose mask is another one now, as it is seen."""
        now = maskDigests(self.bodies, self.volume)
        return [level for level in LumbarLevel if now.get(level) != self.digests.get(level)]

    def write(self, level, mask):
        slicer.util.updateSegmentBinaryLabelmapFromArray(mask.astype(np.uint8), self.bodies, level.name, self.volume)

    def test_what_has_not_changed_is_not_read_again(self):
        for _ in range(3):
            self.assertEqual(self.changed(), [])
        self.bodies.GetSegmentation().GetSegment("L2").SetName("mine")
        self.bodies.GetSegmentation().GetSegment("L2").SetColor(1, 0, 0)
        self.assertEqual(self.changed(), [])
        self.assertEqual(self.read.call_count, 0)

    def test_an_edit_reads_the_level_it_changed(self):
        self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45))
        self.assertEqual(self.changed(), [L2])
        self.assertEqual(self.read.call_count, 1)

    def test_erasing_to_nothing_and_bringing_back_is_seen(self):
        self.write(L3, np.zeros_like(bodyMask(L3)))
        self.assertEqual(self.changed(), [L3])
        self.assertNotIn(L3, levelMasks(self.bodies, self.volume))
        self.write(L3, bodyMask(L3))
        self.assertEqual(self.changed(), [])

    def test_a_stroke_of_the_editor_into_a_shared_layer_is_seen(self):
        self.bodies.GetSegmentation().CollapseBinaryLabelmaps()
        self.assertEqual(self.changed(), [])
        erased = slicer.vtkOrientedImageData()
        self.bodies.GetBinaryLabelmapRepresentation("L2", erased)
        voxels = vtk_to_numpy(erased.GetPointData().GetScalars())
        voxels[np.flatnonzero(voxels)[:100]] = 0
        slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(erased, self.bodies, "L2")
        self.assertEqual(self.changed(), [L2])

    def test_voxels_changed_in_place_are_seen(self):
        array = slicer.util.arrayFromSegmentInternalBinaryLabelmap(self.bodies, "L1")
        array[: len(array) // 2] = 0
        slicer.util.arrayFromSegmentInternalBinaryLabelmapModified(self.bodies, "L1") if hasattr(
            slicer.util, "arrayFromSegmentInternalBinaryLabelmapModified"
        ) else (self.bodies.GetBinaryLabelmapInternalRepresentation("L1").Modified())
        self.assertEqual(self.changed(), [L1])

    def test_a_restored_state_is_seen(self):
        """Undo puts copies of the segments' voxels back."""
        segmentation = self.bodies.GetSegmentation()
        before = slicer.vtkOrientedImageData()
        before.DeepCopy(segmentation.GetSegment("L2").GetRepresentation("Binary labelmap"))
        self.write(L2, bodyMask(L2) & (np.arange(80)[:, None] < 45))
        self.assertEqual(self.changed(), [L2])
        segmentation.GetSegment("L2").AddRepresentation("Binary labelmap", before)
        self.assertEqual(self.changed(), [])

    def test_another_ct_is_another_grid(self):
        coarse = pushVolume(pullVolume(self.volume)[::2, ::2, ::2], "coarse")
        on = levelMasks(self.bodies, coarse)
        self.assertLess(on[L2].count, levelMasks(self.bodies, self.volume)[L2].count / 4)
        self.assertEqual(self.changed(), [])

    def test_a_segment_removed_and_one_of_its_name_added_is_another(self):
        self.bodies.GetSegmentation().RemoveSegment("L4")
        self.assertEqual(self.changed(), [L4])
        self.bodies.GetSegmentation().AddEmptySegment("L4", "L4")
        self.assertEqual(self.changed(), [L4])
        self.write(L4, bodyMask(L4))
        self.assertEqual(self.changed(), [])

    def test_what_was_read_of_a_closed_scene_is_let_go(self):
        slicer.mrmlScene.Clear(0)
        volume = addSpine()
        other = createBodies(volume)
        writeBodies(other, volume, labelMasks(labelsOn(pullVolume(volume), (L1,))))
        levelMasks(other, volume)
        self.assertEqual(list(segment_masks._READ), [other.GetID()])

    def test_a_mask_cannot_be_changed_by_who_reads_it(self):
        with self.assertRaises(ValueError):
            levelMasks(self.bodies, self.volume)[L1].voxels[:] = False


class LabelsTest(ModuleTestCase):
    def test_labels_and_masks_are_the_same_thing(self):
        labels = labelsOn(pullVolume(addSpine()), (L2, L4))
        masks = labelMasks(labels)
        self.assertEqual(list(masks), [L2, L4])
        self.assertEqual(masks[L2].count, int(bodyMask(L2).sum()))
        np.testing.assert_array_equal(sitk.GetArrayFromImage(labelImage(masks, labels)), labelArray((L2, L4)))

    def test_labels_without_a_level_hold_no_mask(self):
        self.assertEqual(labelMasks(sitk.Image(4, 5, 6, sitk.sitkUInt8)), {})

    def test_taking_others_away_leaves_the_rest_in_a_tight_box(self):
        block = SegmentMask((slice(2, 8), slice(0, 4), slice(0, 4)), np.ones((6, 4, 4), bool))
        other = SegmentMask((slice(0, 4), slice(0, 9), slice(0, 9)), np.ones((4, 9, 9), bool))
        rest = without(block, {L1: other})
        self.assertEqual(rest.box[0], slice(4, 8))
        self.assertEqual(rest.count, 4 * 4 * 4)
        self.assertIsNone(without(block, {L1: block}))
        self.assertTrue(block.voxels.all())
