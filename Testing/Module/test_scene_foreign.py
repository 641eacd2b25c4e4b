"""Masks made elsewhere: label maps and segmentations, however they keep their voxels; read without the window."""

import numpy as np
import SimpleITK as sitk
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.foreign import foreignReader
from OVCFRiskScene.segment_masks import labelMasks, levelMasks
from OVCFRiskScene.segments import createBodies, findLevels
from OVCFRiskScene.volumes import ijkToRas, pullVolume
from simple_spine import addSpine, bodyMask, labelArray, labelsOn

from OVCFRisk import OVCFRiskLogic
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel

L1, L2, L3, L4 = LumbarLevel


class ForeignTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        self.logic, self.volume = OVCFRiskLogic(), addSpine()

    def labelMap(self, array, names=None):
        """A label map node on the CT's grid, with a colour table of these names."""
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
        slicer.util.updateVolumeFromArray(node, array)
        node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(ijkToRas(self.volume)))
        node.CreateDefaultDisplayNodes()
        if names is not None:
            colors = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", "names")
            colors.SetTypeToUser()
            colors.SetNumberOfColors(max(names) + 1)
            for value, name in names.items():
                colors.SetColor(value, name, 1.0, 0.5, 0.2, 1.0)
            node.GetDisplayNode().SetAndObserveColorNodeID(colors.GetID())
        return node

    def segmentation(self, levels=tuple(LumbarLevel)):
        """Somebody else's, named as TotalSegmentator names them."""
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "vertebrae")
        node.SetReferenceImageGeometryParameterFromVolumeNode(self.volume)
        writeBodies(node, self.volume, labelMasks(labelsOn(pullVolume(self.volume), levels)))
        for level in levels:
            node.GetSegmentation().GetSegment(level.name).SetName(f"vertebrae_{level.name}")
        return node

    def assertTaken(self, source, levels=tuple(LumbarLevel), difference=0):
        bodies = self.logic.importBodies(self.volume, source)
        self.assertEqual(list(findLevels(bodies)), list(levels))
        for level, mask in levelMasks(bodies, self.volume).items():
            whole = np.zeros(labelArray().shape, bool)
            whole[mask.box] = mask.voxels
            self.assertLessEqual(np.count_nonzero(whole ^ bodyMask(level)), difference, level)

    def test_label_map_by_its_values(self):
        self.assertTaken(self.labelMap(labelArray()))

    def test_label_map_by_the_names_of_its_colours(self):
        array = np.zeros_like(labelArray())
        for value, level in ((5, L2), (7, L3)):
            array[bodyMask(level)] = value
        self.assertTaken(self.labelMap(array, {5: "L2", 6: "L1", 7: "vertebrae_L3", 8: "liver"}), (L2, L3))

    def test_segments_that_share_a_layer(self):
        source = self.segmentation()
        source.GetSegmentation().CollapseBinaryLabelmaps()
        self.assertTaken(source)

    def test_segments_that_are_surfaces(self):
        source = self.segmentation((L2, L3))
        segmentation = source.GetSegmentation()
        self.assertTrue(source.CreateClosedSurfaceRepresentation())
        names = slicer.vtkSegmentationConverter
        segmentation.SetSourceRepresentationName(names.GetClosedSurfaceRepresentationName())
        segmentation.RemoveRepresentation(names.GetBinaryLabelmapRepresentationName())
        source.CreateBinaryLabelmapRepresentation()
        self.assertTaken(source, (L2, L3), difference=int(bodyMask(L2).sum() * 0.1))

    def test_segments_on_a_shifted_grid_of_their_own(self):
        source = self.segmentation((L3,))
        shifted = slicer.vtkOrientedImageData()
        source.GetBinaryLabelmapRepresentation("L3", shifted)
        origin = np.add(shifted.GetOrigin(), (0.3, 0.3, 0.4))  # no voxel lies on one of the CT
        shifted.SetOrigin(*origin)
        source.GetSegmentation().RemoveSegment("L3")
        segment = slicer.vtkSegment()
        segment.SetName("L3")
        segment.AddRepresentation("Binary labelmap", shifted)
        source.GetSegmentation().AddSegment(segment, "mine")
        self.assertTaken(source, (L3,), difference=int(bodyMask(L3).sum() * 0.1))

    def test_what_is_read_later_needs_no_node(self):
        for source in (self.segmentation(), self.labelMap(labelArray())):
            read = foreignReader(source, self.volume)
            expected = sitk.GetArrayFromImage(read())
            slicer.mrmlScene.RemoveNode(source)
            del source
            np.testing.assert_array_equal(sitk.GetArrayFromImage(read()), expected)

    def test_segments_of_another_place_are_refused_with_both_names(self):
        far = addSpine("far away", np.diag([-1.0, -1.0, 1.5, 1.0]) + np.outer((500, 500, 500, 0), (0, 0, 0, 1)))
        bodies = createBodies(far)
        writeBodies(bodies, far, labelMasks(labelsOn(pullVolume(far))))
        with self.assertRaisesRegex(OVCFRiskError, "far away bodies: its vertebrae have no voxels in CT"):
            self.logic.importBodies(self.volume, bodies)
