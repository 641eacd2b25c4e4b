"""The scene written in steps is the one the application saves at once."""

import tempfile
import threading
import zipfile
from pathlib import Path
from unittest import mock

import numpy as np
import slicer
from module_test_case import ModuleTestCase
from OVCFRiskScene.body_writing import writeBodies
from OVCFRiskScene.scene_bundle import SceneBundle, canBundle
from OVCFRiskScene.scene_export import exportScene
from OVCFRiskScene.segment_masks import labelMasks, maskDigests
from OVCFRiskScene.segments import createBodies
from OVCFRiskScene.volumes import ijkToRas, pullVolume
from simple_spine import addSpine, labelsOn

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel

# Of each of these a scene may hold one that was just made.
CLASSES = (
    *("vtkMRMLModelNode", "vtkMRMLTableNode", "vtkMRMLTextNode", "vtkMRMLLinearTransformNode"),
    *("vtkMRMLMarkupsCurveNode", "vtkMRMLMarkupsROINode", "vtkMRMLSegmentationNode", "vtkMRMLVectorVolumeNode"),
    *("vtkMRMLScalarVolumeNode", "vtkMRMLBSplineTransformNode"),
)


def described():
    """What a person would recognise of each node in the scene: class, name, voxels, segments, attributes."""
    found = []
    for node in slicer.util.getNodesByClass("vtkMRMLNode"):
        if node.IsA("vtkMRMLStorageNode"):
            continue  # their file names differ
        facts = [node.GetClassName(), node.GetName(), node.GetHideFromEditors()]
        facts += [(name, node.GetAttribute(name)) for name in sorted(node.GetAttributeNames())]
        if node.IsA("vtkMRMLSegmentationNode"):
            segments = node.GetSegmentation()
            for index in range(segments.GetNumberOfSegments()):
                segment = segments.GetNthSegment(index)
                facts.append((segment.GetName(), segment.GetColor(), segments.GetNthSegmentID(index)))
            facts.append(segments.GetConversionParameter("Reference image geometry"))
        elif node.IsA("vtkMRMLScalarVolumeNode") and node.GetImageData() is not None:
            voxels = slicer.util.arrayFromVolume(node)
            facts += [voxels.dtype.str, voxels.shape, int(voxels.sum(dtype=np.int64))]
            facts.append(np.round(ijkToRas(node), 9).tolist())
        elif node.IsA("vtkMRMLTextNode"):
            facts.append(node.GetText())
        elif node.IsA("vtkMRMLMarkupsNode"):
            facts += [node.GetNthControlPointPosition(n) for n in range(node.GetNumberOfControlPoints())]
        found.append(facts)
    return found


class SceneBundleTest(ModuleTestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def addCase(self):
        """A CT with four bodies."""
        volume = addSpine()
        bodies = createBodies(volume)
        writeBodies(bodies, volume, labelMasks(labelsOn(pullVolume(volume), tuple(LumbarLevel))))
        return volume, bodies

    def load(self, name="scene.mrb"):
        slicer.mrmlScene.Clear(0)
        self.assertTrue(slicer.util.loadScene(str(self.folder / name)))

    def test_every_node_comes_back_as_from_the_applications_own_save(self):
        volume, bodies = self.addCase()
        volume.SetAttribute("Note", 'line & <quoted "text">, ä')
        slicer.util.updateVolumeFromArray(  # somebody's label map, and a CT of the same name
            slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Ä / b: c?"), np.ones((3, 4, 5), np.uint8)
        )
        slicer.util.updateVolumeFromArray(
            slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", volume.GetName()),
            np.arange(60, dtype=np.float32).reshape(3, 4, 5),
        )
        for name in CLASSES:
            slicer.mrmlScene.AddNewNodeByClass(name, f"new {name}")
        digests = maskDigests(bodies, volume)
        self.assertTrue(slicer.mrmlScene.WriteToMRB(str(self.folder / "own.mrb")))
        self.assertEqual(exportScene(self.folder), [])
        self.load("own.mrb")
        expected = described()
        self.load()
        self.assertEqual(described(), expected)
        again = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")[0]
        self.assertEqual(maskDigests(again, slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")[0]), digests)

    def test_the_open_scene_keeps_its_files(self):
        volume, _bodies = self.addCase()
        volume.AddDefaultStorageNode()
        storage = volume.GetStorageNode()
        storage.SetFileName("/data/patient/0001.dcm")
        storage.AddFileName("/data/patient/0002.dcm")
        url = slicer.mrmlScene.GetURL()
        exportScene(self.folder)
        self.assertEqual(storage.GetFileName(), "/data/patient/0001.dcm")
        self.assertEqual(storage.GetNumberOfFileNames(), 1)
        self.assertEqual(slicer.mrmlScene.GetURL(), url)
        with zipfile.ZipFile(self.folder / "scene.mrb") as bundle:  # nor does the bundle tell them
            self.assertNotIn(b"patient", bundle.read("scene/scene.mrml"))
        self.load()
        (volume,) = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        self.assertIsNotNone(volume.GetImageData())

    def test_a_patient_of_the_data_tree_is_not_named(self):
        if not hasattr(slicer, "vtkMRMLSubjectHierarchyNode"):
            self.skipTest("this slicer-core has no Data tree")
        volume, _bodies = self.addCase()
        tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        patient = tree.CreateSubjectItem(tree.GetSceneItemID(), "DOE^JANE (4711)")
        study = tree.CreateStudyItem(patient, "Abdomen (20240229)")
        tree.CreateItem(study, volume)
        for item, facts in {patient: ("PatientName", "DOE^JANE"), study: ("StudyDate", "20240229")}.items():
            tree.SetItemUID(item, "DICOM", "4711")
            tree.SetItemAttribute(item, f"DICOM.{facts[0]}", facts[1])
        exportScene(self.folder)
        with zipfile.ZipFile(self.folder / "scene.mrb") as bundle:
            text = b"".join(bundle.read(name) for name in bundle.namelist() if not name.endswith(".nrrd"))
        for word in (b"DOE", b"JANE", b"4711", b"20240229", b"Abdomen"):
            self.assertNotIn(word, text)
        self.assertEqual(tree.GetItemName(patient), "DOE^JANE (4711)")  # the open scene keeps it
        self.load()
        tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        (volume,) = slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")
        study = tree.GetItemParent(tree.GetItemByDataNode(volume))
        self.assertEqual((tree.GetItemName(study), tree.GetItemLevel(study)), ("Study 1", "Study"))

    def test_names_are_plain_and_no_two_the_same(self):
        for name in ("CT", "ct", "C/T", "../../CT", "", "x" * 300, "ÄÖ"):
            node = addSpine()
            node.SetName(name)
        exportScene(self.folder)
        with zipfile.ZipFile(self.folder / "scene.mrb") as bundle:
            names = [name for name in bundle.namelist() if name.endswith(".nrrd")]
        self.assertEqual(len({name.lower() for name in names}), 7)
        self.assertTrue(all(name.startswith("scene/Data/") and len(name) < 90 and name.isascii() for name in names))
        self.assertFalse(any(".." in name for name in names))
        self.load()
        self.assertEqual(len(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode")), 7)

    def test_voxels_are_written_by_any_thread(self):
        volume, _bodies = self.addCase()
        bundle = SceneBundle(self.folder / "unpacked")
        compress = bundle.writeNode(volume.GetID())
        thread = threading.Thread(target=compress)
        thread.start()
        thread.join()
        self.assertEqual([path.suffix for path in bundle.data.iterdir()], [".nrrd"])

    def test_what_holds_nothing_is_named_and_left_out(self):
        self.addCase()
        slicer.mrmlScene.AddNewNodeByClass("vtkMRMLColorTableNode", "my colours")
        (note,) = exportScene(self.folder)
        self.assertIn("my colours", note)
        self.load()

    def test_a_node_removed_meanwhile_is_left_out(self):
        volume, bodies = self.addCase()
        bundle = SceneBundle(self.folder / "unpacked")
        slicer.mrmlScene.RemoveNode(volume)
        self.assertIsNone(bundle.writeNode(volume.GetID() or "vtkMRMLScalarVolumeNode1"))
        bundle.writeNode(bodies.GetID())
        bundle.writeScene()
        bundle.pack(self.folder / "scene.mrb")
        self.load()
        self.assertEqual(slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode"), [])
        self.assertEqual(len(slicer.util.getNodesByClass("vtkMRMLSegmentationNode")), 1)

    def test_a_scene_with_views_is_saved_by_the_application(self):
        if not hasattr(slicer, "vtkMRMLSceneViewNode"):
            self.skipTest("this application has no scene views")
        self.addCase()
        slicer.mrmlScene.AddNode(slicer.vtkMRMLSceneViewNode())
        self.assertFalse(canBundle())
        with mock.patch("OVCFRiskScene.scene_export.SceneBundle", None):
            exportScene(self.folder)
        with zipfile.ZipFile(self.folder / "scene.mrb") as bundle:
            self.assertIn(b"<SceneView", bundle.read("scene/scene.mrml"))

    def test_a_failure_leaves_the_older_bundle(self):
        self.addCase()
        exportScene(self.folder)
        before = (self.folder / "scene.mrb").read_bytes()

        def refuse():
            raise OVCFRiskError("changed meanwhile")

        with self.assertRaisesRegex(OVCFRiskError, "changed meanwhile"):
            exportScene(self.folder, refuse)
        self.assertEqual((self.folder / "scene.mrb").read_bytes(), before)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["scene.mrb"])
