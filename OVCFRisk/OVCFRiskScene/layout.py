"""A view layout for marking levels (sagittal large, 3D and axial beside) and centring all views on a vertebra."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import slicer

if TYPE_CHECKING:
    from slicer import vtkMRMLNode, vtkMRMLScalarVolumeNode, vtkMRMLSliceNode

LAYOUT_ID = 6241  # any number well above Slicer's own
# Singleton tags of Slicer's usual views: no new views are made, and other layouts get theirs back.
LAYOUT = """<layout type="horizontal" split="true">
 <item splitSize="600"><view class="vtkMRMLSliceNode" singletontag="Yellow">
  <property name="orientation" action="default">Sagittal</property>
  <property name="viewlabel" action="default">Y</property>
  <property name="viewcolor" action="default">#EDD54C</property>
 </view></item>
 <item splitSize="400"><layout type="vertical" split="true">
  <item><view class="vtkMRMLViewNode" singletontag="1">
   <property name="viewlabel" action="default">1</property>
  </view></item>
  <item><view class="vtkMRMLSliceNode" singletontag="Red">
   <property name="orientation" action="default">Axial</property>
   <property name="viewlabel" action="default">R</property>
   <property name="viewcolor" action="default">#F34A33</property>
  </view></item>
 </layout></item>
</layout>"""
BODY_RADIUS_MM = 90.0  # around a lumbar body with its neighbours: what stands above and below stays in view
FRAME_MARGIN = 1.25  # the endplates next to the box stay in view


def registerLayout() -> bool:
    """Make the layout known, so that a scene that uses it opens with it; False without a main window."""
    layoutManager = slicer.app.layoutManager()
    if layoutManager is None:
        return False
    node = layoutManager.layoutLogic().GetLayoutNode()
    if node is not None and not node.IsLayoutDescription(LAYOUT_ID):  # adding it twice logs an error
        node.AddLayoutDescription(LAYOUT_ID, LAYOUT)
    return node is not None


def showLayout() -> bool:
    """Switch to the layout; False without a main window."""
    if not registerLayout():
        return False
    slicer.app.layoutManager().setLayout(LAYOUT_ID)
    slicer.app.processEvents()  # the views get their size: fitting a volume to the old one would cut it
    return True


def showVolume(volume: vtkMRMLScalarVolumeNode) -> None:
    """The volume in all slice views, fitted, cut through its middle."""
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    bounds = [0.0] * 6
    volume.GetRASBounds(bounds)
    middle = [(bounds[2 * axis] + bounds[2 * axis + 1]) / 2 for axis in range(3)]
    slicer.modules.markups.logic().JumpSlicesToLocation(*middle, True)


def shownVolume() -> vtkMRMLNode | None:
    """The volume that the slice views have in the background; None when they have none, or several."""
    ids = {node.GetBackgroundVolumeID() for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")}
    return slicer.mrmlScene.GetNodeByID(ids.pop() or "") if len(ids) == 1 else None


def frame(bounds: Sequence[float]) -> None:
    """Centre all views on a box and zoom them to it, the 3D camera in front of the patient's left side.

    Parameters
    ----------
    bounds : sequence of float
        RAS mm: R least and greatest, A, S.
    """
    low, high = np.array(bounds[::2]), np.array(bounds[1::2])
    middle, size = (low + high) / 2, high - low
    slicer.modules.markups.logic().JumpSlicesToLocation(*middle, True)
    for sliceNode in slicer.util.getNodesByClass("vtkMRMLSliceNode"):
        _zoom(sliceNode, size)
    _aimCamera(middle, float(np.linalg.norm(size)) / 2)


def _zoom(sliceNode: vtkMRMLSliceNode, size: np.ndarray) -> None:
    """Let a slice view show a box of this size (RAS mm) with a margin, whatever the shape of the window."""
    toRas = slicer.util.arrayFromVTKMatrix(sliceNode.GetSliceToRAS())[:3, :3]
    across, up = (float(np.abs(toRas[:, axis]) @ size) for axis in (0, 1))
    width, height, depth = sliceNode.GetFieldOfView()
    if width <= 0 or height <= 0:
        return
    factor = FRAME_MARGIN * max(across / width, up / height)
    sliceNode.SetFieldOfView(width * factor, height * factor, depth)


def centreOn(ras: Sequence[float]) -> None:
    """Cut all slice views through a point, in their middle, and let the 3D view look at it from the patient's left."""
    slicer.modules.markups.logic().JumpSlicesToLocation(*ras, True)
    _aimCamera(np.array(ras), BODY_RADIUS_MM)


def _aimCamera(middle: np.ndarray, radiusMm: float) -> None:
    """Let the first 3D view look at a ball from the patient's left, so near that the ball fills it."""
    layoutManager = slicer.app.layoutManager()
    if layoutManager is None or layoutManager.threeDViewCount == 0:
        return
    viewNode = layoutManager.threeDWidget(0).mrmlViewNode()
    cameraNode = slicer.modules.cameras.logic().GetViewActiveCameraNode(viewNode)
    distance = radiusMm / math.sin(math.radians(cameraNode.GetViewAngle()) / 2)
    cameraNode.SetFocalPoint(*middle)
    cameraNode.SetPosition(middle[0] - distance, middle[1], middle[2])  # -R is the patient's left
    cameraNode.SetViewUp(0, 0, 1)
    cameraNode.ResetClippingRange()


def hideMasks(source: vtkMRMLNode) -> None:
    """Hide masks that were imported: they lie over the bodies that were made of them."""
    if source.IsA("vtkMRMLDisplayableNode") and source.GetDisplayNode() is not None:
        source.GetDisplayNode().SetVisibility(False)
    for node in slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode"):
        if node.GetLabelVolumeID() == source.GetID():
            node.SetLabelVolumeID(None)
