"""A CT in the scene: can it be used, its voxels as a SimpleITK image, what DICOM says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
import slicer
import vtk
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.reading.hounsfield import as_hounsfield
from OVCFRiskLib.reading.single_volume import as_single_volume

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLScalarVolumeNode

RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
BONE_WINDOW_HU = (1800, 400)  # width, level; the usual bone window of lumbar CT
# slicer.vtkMRMLVolumeNode keeps in this attribute the DICOM instances it was loaded from
INSTANCE_UIDS = "DICOM.instanceUIDs"


def volumeProblem(volume: vtkMRMLScalarVolumeNode | None) -> str:
    """Why a volume node cannot be used as the CT, in words that say how to fix it; empty when it can."""
    if volume is None or slicer.mrmlScene.GetNodeByID(volume.GetID() or "") is not volume:
        return _("Choose a CT, or make the sample phantom.")
    name, image = volume.GetName(), volume.GetImageData()
    if not volume.IsA("vtkMRMLScalarVolumeNode") or volume.IsA("vtkMRMLLabelMapVolumeNode"):
        return _("{name} is no CT (it holds labels or vectors); choose a scalar volume.").format(name=name)
    if image is None or image.GetPointData().GetScalars() is None:
        return _("{name} holds no image; load it again.").format(name=name)
    if image.GetNumberOfScalarComponents() != 1:
        return _manyValues(volume)
    if min(image.GetDimensions()) < 2:
        return _("{name} is a single slice; a 3D CT is needed.").format(name=name)
    if isSequenceProxy(volume):
        return _("{name} is one time point of a 4D image; clone it (Data module) and choose the copy.").format(
            name=name
        )
    return transformProblem(volume)


def unusableVolumes() -> list[str]:
    """Why images of the scene that no selector offers cannot be used: colour images, 4D images."""
    problems = []
    for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode"):
        image = node.GetImageData()
        if not node.GetHideFromEditors() and image is not None and image.GetNumberOfScalarComponents() > 1:
            problems.append(_manyValues(node))
    for node in slicer.util.getNodesByClass("vtkMRMLSequenceNode"):
        if node.GetNumberOfDataNodes() > 1 and node.GetNthDataNode(0).IsA("vtkMRMLVolumeNode"):
            problems.append(
                _("{name} is a 4D image; take one time point out of it (Sequences and Data modules).").format(
                    name=node.GetName()
                )
            )
    return problems


def _manyValues(node: vtkMRMLNode) -> str:
    return _("{name} has {n} values per voxel (a colour or 4D image); choose a CT.").format(
        name=node.GetName(), n=node.GetImageData().GetNumberOfScalarComponents()
    )


def transformProblem(node: vtkMRMLNode) -> str:
    """Why a node under a transform cannot be used; empty without a transform."""
    transform = node.GetParentTransformNode()
    if transform is None:
        return ""
    words = {"name": node.GetName(), "transform": transform.GetName()}
    if not transform.IsTransformToWorldLinear():
        return _("{name} is under the non-linear transform {transform}; harden a copy (this resamples it).").format(
            **words
        )
    return _("{name} is under the transform {transform}; harden it first.").format(**words)


def canHarden(volume: vtkMRMLScalarVolumeNode | None) -> bool:
    """True when one click can harden: a linear transform only changes the volume's matrix, not a voxel."""
    transform = volume.GetParentTransformNode() if volume is not None else None
    return transform is not None and bool(transform.IsTransformToWorldLinear())


def isSequenceProxy(volume: vtkMRMLScalarVolumeNode) -> bool:
    """True when a sequence browser swaps this node's voxels over time."""
    return any(b.IsProxyNodeID(volume.GetID()) for b in slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode"))


def contentKey(volume: vtkMRMLScalarVolumeNode | None) -> tuple[Any, ...] | None:
    """Changes when a volume's voxels, place, transform or name change; not when it is only displayed otherwise."""
    if volume is None:
        return None
    image, transform = volume.GetImageData(), volume.GetTransformNodeID()
    modified = image.GetMTime() if image is not None else 0
    return volume.GetID(), volume.GetName(), modified, transform, ijkToRas(volume).tobytes()


def requireVolume(volume: vtkMRMLScalarVolumeNode | None) -> None:
    """Raise OVCFRiskError when a volume node cannot be used."""
    problem = volumeProblem(volume)
    if problem:
        raise OVCFRiskError(problem)


def asCt(image: sitk.Image, name: str) -> tuple[sitk.Image, tuple[str, ...]]:
    """An image of a node with that name in HU, and what was noticed and changed on the way."""
    return as_hounsfield(as_single_volume(image, name), name)


def pullVolume(volume: vtkMRMLScalarVolumeNode) -> sitk.Image:
    """SimpleITK image in LPS mm with a copy of the node's voxels, as they are."""
    return imageOf(*voxelsOf(volume))


def voxelsOf(volume: vtkMRMLScalarVolumeNode) -> tuple[np.ndarray, np.ndarray]:
    """The node's voxels [k, j, i], not copied, and its matrix to RAS: what another thread can make an image of."""
    return slicer.util.arrayFromVolume(volume), ijkToRas(volume)


def imageOf(voxels: np.ndarray, matrix: np.ndarray) -> sitk.Image:
    """SimpleITK image in LPS mm with a copy of voxels [k, j, i(, component)] and a matrix from IJK to RAS."""
    lps = RAS_TO_LPS @ matrix
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image = sitk.GetImageFromArray(voxels, isVector=voxels.ndim > 3)
    image.SetSpacing(spacing.tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    return image


def pushVolume(image: Any, name: str) -> vtkMRMLScalarVolumeNode:
    """New scalar volume node with the voxels and place of a SimpleITK image in LPS mm."""
    lps = np.eye(4)
    lps[:3, :3] = np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    return slicer.util.addVolumeFromArray(array_view(image), ijkToRAS=RAS_TO_LPS @ lps, name=name)


def ijkToRas(volume: vtkMRMLScalarVolumeNode) -> np.ndarray:
    """(4, 4) array that takes (i, j, k, 1) to RAS mm."""
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def dicomFiles(volume: vtkMRMLScalarVolumeNode) -> list[str]:
    """Paths of the DICOM files a volume came from, where Slicer's DICOM database still knows them."""
    paths = [slicer.dicomDatabase.fileForInstance(uid) for uid in _instanceUids(volume)]
    return [path for path in paths if path]


def cameFromDicom(volume: vtkMRMLScalarVolumeNode | None) -> bool:
    """True when the DICOM database knows the first of the volume's files; a query for each would take long."""
    uids = _instanceUids(volume)
    return bool(uids) and bool(slicer.dicomDatabase.fileForInstance(uids[0]))


def _instanceUids(volume: vtkMRMLScalarVolumeNode | None) -> list[str]:
    """DICOM instances a volume was loaded from; none without a database."""
    if volume is None or getattr(slicer, "dicomDatabase", None) is None:
        return []
    return (volume.GetAttribute(INSTANCE_UIDS) or "").split()


def showBoneWindow(volume: vtkMRMLScalarVolumeNode) -> None:
    """Window and level for bone, kept when the image changes."""
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    display.SetAutoWindowLevel(False)  # first, or the next image change takes the window away again
    display.SetWindowLevel(*BONE_WINDOW_HU)
