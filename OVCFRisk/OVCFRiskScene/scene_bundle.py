"""A scene as one file (.mrb), written in steps: the application's own save stands in the window until all is packed.

The layout is that of `vtkMRMLScene.WriteToMRB`: a folder with the scene's MRML and each node's data below Data. Voxels
of volumes, which take the time, are compressed without nodes and can be written in another thread; everything else is
written by the storage nodes of the application, node by node. The storage nodes of the scene are left as they are.
"""

from __future__ import annotations

import contextlib
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import run_filter
from OVCFRiskScene.volumes import imageOf, voxelsOf

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLStorableNode, vtkMRMLStorageNode

# In the bundle: a folder of this name holds the scene's file and the folder of the nodes' data.
SCENE_NAME, DATA_FOLDER = "scene", "Data"
# Volumes of exactly these classes are voxels and a place, which NRRD holds; others have more that belongs in the file.
PLAIN_VOLUMES = ("vtkMRMLScalarVolumeNode", "vtkMRMLLabelMapVolumeNode")
# Classes that keep copies of other nodes inside themselves, which only the application's own save takes apart.
NESTING = ("vtkMRMLSceneViewNode",)
LONGEST_STEM = 60  # characters of a data file's name; nodes may have a sentence for theirs
GZIP_LEVEL = 2  # ITK's number: files up to a fifth larger than at level 6, in half its time or less
# What the Data tree holds of a person, of DICOM: items of these levels, of which nothing but the level is kept.
PERSONAL_LEVELS = ("Patient", "Study")
STALE = re.compile(r"fileName|fileListMember\d+|uri|uriListMember\d+")  # where a node's data were before


@dataclass
class SceneBundle:
    """What is written of a scene, in the order of its nodes; for the application's thread, `pack` excepted.

    Attributes
    ----------
    folder : Path
        Where the unpacked bundle is put together.
    nodes : dict
        Id to name of every node that has data.
    segmentations : set of str
        Ids of those that are segmentations.
    files : dict
        Id of a storage node to its file in the folder of data.
    notes : list of str
        What was left out, one sentence each: the application's own save leaves it out too, without a word.
    """

    folder: Path
    nodes: dict[str, str] = field(init=False)
    segmentations: set[str] = field(init=False)
    files: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data.mkdir(parents=True)
        for node in _storables():
            if node.GetStorageNode() is None:
                node.AddDefaultStorageNode()  # as the application's own save does
        found = [node for node in _storables() if node.GetStorageNode() is not None]
        self.nodes = {node.GetID(): node.GetName() or node.GetID() for node in found}
        self.segmentations = {node.GetID() for node in found if node.IsA("vtkMRMLSegmentationNode")}

    @property
    def data(self) -> Path:
        """Folder of the nodes' data."""
        return self.folder / SCENE_NAME / DATA_FOLDER

    def writeNode(self, nodeId: str) -> Callable[[], None] | None:
        """Write one node's data, or return what does so in any thread; a node that has gone meanwhile is left out."""
        node = slicer.mrmlScene.GetNodeByID(nodeId)
        storage = node.GetStorageNode() if node is not None else None
        if storage is None:
            return None
        if _isPlain(node):
            return self._volumeWriter(node, storage)
        path = self._newFile(node, storage, _suffix(storage))
        with _copyOf(storage, path) as copy:
            if copy.WriteData(node):
                self.files[storage.GetID()] = path.name
            elif copy.GetWriteState() != copy.SkippedNoData:
                self._leaveOut(node)
        return None

    def _leaveOut(self, node: vtkMRMLStorableNode) -> None:
        """Note what the application could not write; without the bodies the scene would be worth nothing."""
        if node.GetID() in self.segmentations:
            raise OVCFRiskError(_("{name} cannot be written; is the disk full?").format(name=node.GetName()))
        self.notes.append(
            _("{name} holds nothing that can be written, and is without data in the saved scene.").format(
                name=node.GetName()
            )
        )

    def writeScene(self) -> None:
        """Write the scene's own file, which tells where each node's data are."""
        scene = slicer.mrmlScene
        scene.SetSaveToXMLString(1)
        try:
            scene.Commit()
            root = ElementTree.fromstring(scene.GetSceneXMLString())
        finally:
            scene.SetSaveToXMLString(0)
            scene.SetSceneXMLString("")
        storages = {node.GetID() for node in slicer.util.getNodesByClass("vtkMRMLStorageNode")}
        for element in root:
            storage = element.get("id", "")
            if storage not in storages:
                continue
            for name in [name for name in element.attrib if STALE.fullmatch(name)]:
                del element.attrib[name]
            if storage in self.files:
                element.set("fileName", f"{DATA_FOLDER}/{self.files[storage]}")
        _forgetPatients(root)
        tree = ElementTree.ElementTree(root)
        tree.write(self.folder / SCENE_NAME / f"{SCENE_NAME}.mrml", encoding="UTF-8", xml_declaration=True)

    def pack(self, path: Path) -> None:
        """All into one file, in any thread; the data are compressed already."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as bundle:
            for file in sorted(self.folder.rglob("*")):
                bundle.write(file, file.relative_to(self.folder))

    def _volumeWriter(self, node: vtkMRMLNode, storage: vtkMRMLStorageNode) -> Callable[[], None]:
        """What compresses a volume's voxels into a file; they are not copied here."""
        path, (voxels, matrix), name = self._newFile(node, storage, ".nrrd"), voxelsOf(node), node.GetName()
        self.files[storage.GetID()] = path.name

        def write() -> None:
            try:
                run_filter(sitk.WriteImage, imageOf(voxels, matrix), str(path), True, GZIP_LEVEL)
            except RuntimeError as error:
                raise OVCFRiskError(
                    _("{name} cannot be written into {folder}; is the disk full?").format(name=name, folder=path.parent)
                ) from error

        return write

    def _newFile(self, node: vtkMRMLStorableNode, storage: vtkMRMLStorageNode, suffix: str) -> Path:
        """A name that every system takes and no other node has."""
        stem = re.sub(r"[^A-Za-z0-9_-]+", "_", node.GetName() or "").strip("_")[:LONGEST_STEM]
        stem = stem or storage.GetID()
        taken = {name.lower() for name in self.files.values()}
        number, name = 1, f"{stem}{suffix}"
        while name.lower() in taken or (self.data / name).exists():
            number, name = number + 1, f"{stem}_{number}{suffix}"
        return self.data / name


def canBundle() -> bool:
    """False for a scene with nodes that only the application's own save takes apart."""
    return not any(slicer.mrmlScene.GetNumberOfNodesByClass(name) for name in NESTING)


def _storables() -> Iterator[vtkMRMLStorableNode]:
    """Nodes that are saved with the scene and may have data in files."""
    for node in slicer.util.getNodesByClass("vtkMRMLStorableNode"):
        if node.GetSaveWithScene():
            yield node


def _isPlain(node: vtkMRMLStorableNode) -> bool:
    """True for a volume that is one value a voxel and a place, and nothing else that belongs in its file."""
    image = node.GetImageData() if node.GetClassName() in PLAIN_VOLUMES else None
    scalars = image.GetPointData().GetScalars() if image is not None else None
    return scalars is not None and scalars.GetNumberOfComponents() == 1 and scalars.GetDataType() != vtk.VTK_BIT


def _forgetPatients(root: ElementTree.Element) -> None:
    """Take names, numbers and dates of patients and their studies out of the Data tree; results do not carry them."""
    numbers = dict.fromkeys(PERSONAL_LEVELS, 0)
    for item in root.iter("SubjectHierarchyItem"):
        attributes = item.get("attributes", "").split("|")
        for level in PERSONAL_LEVELS:
            if f"Level^{level}" not in attributes:
                continue
            numbers[level] += 1
            item.set("name", f"{level} {numbers[level]}")
            item.set("attributes", f"Level^{level}|")
            item.attrib.pop("uids", None)


def _suffix(storage: vtkMRMLStorageNode) -> str:
    """Of the format a node came from if that can be written, else of the default format."""
    known = storage.GetFileName()
    suffix = storage.GetSupportedFileExtension(known, False, True) if known else ""
    return suffix or f".{storage.GetDefaultWriteFileExtension()}"


@contextlib.contextmanager
def _copyOf(storage: vtkMRMLStorageNode, path: Path) -> Iterator[vtkMRMLStorageNode]:
    """A storage node with the same settings and another file, outside the scene."""
    copy = slicer.mrmlScene.CreateNodeByClass(storage.GetClassName())
    copy.UnRegister(None)  # the scene's factory hands its own reference over
    copy.Copy(storage)
    copy.ResetFileNameList()
    copy.ResetURIList()
    copy.SetURI(None)
    copy.SetFileName(str(path))
    copy.UseCompressionOn()
    if copy.IsA("vtkMRMLSegmentationStorageNode"):
        copy.CropToMinimumExtentOn()  # the place in the CT is kept; its empty part would take as long as a CT
    yield copy
