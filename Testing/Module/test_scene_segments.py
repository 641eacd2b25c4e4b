"""Labels to segments and back: voxels, names, codes, other grids, acceptance, digests."""

import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from module_test_case import ModuleTestCase
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.review import MaskWatch, acceptedLevels, setAccepted
from OVCFRiskScene.segment_masks import labelImage, labelMasks, levelMasks, maskDigests
from OVCFRiskScene.segments import createBodies, findLevels, referenceVolume
from OVCFRiskScene.volumes import pullVolume, pushVolume
from simple_spine import addSpine, bodyMask, labelArray, labelsOn

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel
OBLIQUE = np.array([[-0.8, 0.1, 0.3, 40], [0.12, -0.78, 0.5, 40], [0.05, 0.16, 1.38, -75], [0, 0, 0, 1.0]])


def orthogonal(matrix):
    """The matrix with orthogonal axes of the same lengths."""
    q, r = np.linalg.qr(matrix[:3, :3])
    out = matrix.copy()
    out[:3, :3] = q * np.sign(np.diag(r)) * np.linalg.norm(matrix[:3, :3], axis=0)
    return out


class BodiesTest(ModuleTestCase):
    def make(self, levels=tuple(LumbarLevel), ijkToRas=None):
        self.volume = addSpine(ijkToRas=ijkToRas)
        bodies = createBodies(self.volume)
        writeBodies(bodies, self.volume, labelMasks(labelsOn(pullVolume(self.volume), levels)))
        return bodies

    def write(self, bodies, segmentId, array):
        slicer.util.updateSegmentBinaryLabelmapFromArray(array, bodies, segmentId, self.volume)

    def array(self, bodies):
        return sitk.GetArrayFromImage(labelImage(levelMasks(bodies, self.volume), pullVolume(self.volume)))

    def test_labels_come_back_bit_equal(self):
        np.testing.assert_array_equal(self.array(self.make()), labelArray())

    def test_oblique_anisotropic_ct_comes_back_bit_equal(self):
        bodies = self.make(ijkToRas=orthogonal(OBLIQUE))
        np.testing.assert_array_equal(self.array(bodies), labelArray())

    def test_segments_are_named_coded_and_drawn(self):
        bodies = self.make()
        self.assertEqual(list(bodies.GetSegmentation().GetSegmentIDs()), ["L1", "L2", "L3", "L4"])
        self.assertIn("SCT^36470004^L3 vertebra", bodies.GetSegmentation().GetSegment("L3").GetTerminology())
        self.assertGreater(bodies.GetClosedSurfaceInternalRepresentation("L4").GetNumberOfPoints(), 100)
        self.assertIs(referenceVolume(bodies), self.volume)

    def test_missing_levels_are_missing(self):
        bodies = self.make((L1, L4))
        self.assertEqual(list(levelMasks(bodies, self.volume)), [L1, L4])

    def test_renamed_segment_is_found_by_its_id_and_foreign_by_its_name(self):
        bodies = self.make((L1, L2))
        bodies.GetSegmentation().GetSegment("L1").SetName("my favourite")
        bodies.GetSegmentation().AddEmptySegment("Segment_9", "l4")
        self.assertEqual(findLevels(bodies), {L1: "L1", L2: "L2", L4: "Segment_9"})

    def test_swapped_names_do_not_swap_levels(self):
        bodies = self.make((L1, L2))
        bodies.GetSegmentation().GetSegment("L1").SetName("L2")
        bodies.GetSegmentation().GetSegment("L2").SetName("L1")
        self.assertEqual(findLevels(bodies), {L1: "L1", L2: "L2"})

    def test_emptied_segment_has_no_mask(self):
        bodies = self.make()
        self.write(bodies, "L2", np.zeros(labelArray().shape, np.uint8))
        self.assertEqual(list(levelMasks(bodies, self.volume)), [L1, L3, L4])

    def test_other_grid_is_resampled_and_shifted_grid_is_not(self):
        bodies = self.make()
        coarse = pushVolume(pullVolume(self.volume)[::2, ::2, ::2], "coarse")
        masks = levelMasks(bodies, coarse)
        np.testing.assert_array_equal(self.full(masks[L3], (50, 40, 40)), bodyMask(L3)[::2, ::2, ::2])
        shifted = pushVolume(pullVolume(self.volume)[10:, 5:, 0:55], "shifted")  # cuts L2 in half, loses L1
        masks = levelMasks(bodies, shifted)
        self.assertEqual(list(masks), [L2, L3, L4])
        np.testing.assert_array_equal(self.full(masks[L2], (55, 75, 70)), bodyMask(L2)[:55, 5:, 10:])

    @staticmethod
    def full(found, shape):
        array = np.zeros(shape, bool)
        array[found.box] = found.voxels
        return array

    def test_segmentation_under_a_transform_is_refused(self):
        bodies = self.make()
        transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Tilt")
        bodies.SetAndObserveTransformNodeID(transform.GetID())
        with self.assertRaisesRegex(OVCFRiskError, "under the transform Tilt"):
            levelMasks(bodies, self.volume)

    def test_writing_again_replaces_all_but_the_kept_and_leaves_foreign_segments(self):
        bodies = self.make()
        bodies.GetSegmentation().AddEmptySegment("rest", "my own")
        grown = np.zeros(labelArray().shape, np.uint8)
        grown[10:90, 30:50, 30:50] = L1  # one block over all bodies
        writeBodies(bodies, self.volume, labelMasks(self.image(grown)), keep=(L2,))
        np.testing.assert_array_equal(self.array(bodies) == L2, bodyMask(L2))
        np.testing.assert_array_equal(self.array(bodies) == L1, (grown > 0) & ~bodyMask(L2))
        self.assertEqual(list(bodies.GetSegmentation().GetSegmentIDs()), ["L1", "L2", "rest"])

    def image(self, array):
        labels = sitk.GetImageFromArray(array)
        labels.CopyInformation(pullVolume(self.volume))
        return labels

    def test_acceptance_is_withdrawn_by_an_edit_and_saved_with_the_scene(self):
        bodies = self.make()
        digests = maskDigests(bodies, self.volume)
        for level in (L1, L2):
            setAccepted(bodies, level, digests[level])
        smaller = bodyMask(L1).astype(np.uint8)
        smaller[80, 40, 40] = 0
        self.write(bodies, "L1", smaller)
        after = maskDigests(bodies, self.volume)
        self.assertEqual([level for level in LumbarLevel if after[level] != digests[level]], [L1])
        self.assertEqual(acceptedLevels(bodies, after), [L2])
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "bodies.mrb")
            self.assertTrue(slicer.mrmlScene.WriteToMRB(path))
            slicer.mrmlScene.Clear(0)
            self.assertTrue(slicer.util.loadScene(path))
        bodies = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        volume = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
        again = maskDigests(bodies, volume)
        self.assertEqual(again, after)
        self.assertEqual(acceptedLevels(bodies, again), [L2])
        setAccepted(bodies, L2, "")
        self.assertEqual(acceptedLevels(bodies, again), [])

    def test_digests_do_not_depend_on_shared_layers(self):
        bodies = self.make()
        before = maskDigests(bodies, self.volume)
        bodies.GetSegmentation().CollapseBinaryLabelmaps(False)
        self.assertEqual(bodies.GetSegmentation().GetNumberOfLayers(), 1)
        self.assertEqual(maskDigests(bodies, self.volume), before)

    def test_watch_hears_erasing_and_removing_and_lets_go(self):
        bodies, heard = self.make(), []
        watch = MaskWatch(bodies, lambda: heard.append(1))
        self.write(bodies, "L2", np.zeros(labelArray().shape, np.uint8))
        self.assertTrue(heard)
        heard.clear()
        bodies.GetSegmentation().RemoveSegment("L3")
        self.assertTrue(heard)
        watch.stop()
        heard.clear()
        bodies.GetSegmentation().RemoveSegment("L4")
        self.assertFalse(heard)
        probe = bodies.AddObserver(vtk.vtkCommand.AnyEvent, lambda *_: None)
        self.assertTrue(all(bodies.GetCommand(tag) is None for tag in watch.tags))
        bodies.RemoveObserver(probe)
