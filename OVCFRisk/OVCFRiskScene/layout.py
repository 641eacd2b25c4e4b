"""A view layout for marking levels (sagittal large, 3D and axial beside) and centring all views on a vertebra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import slicer

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode

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
CAMERA_DISTANCE_MM = 350.0  # four lumbar bodies fill the view at Slicer's 30 degree view angle


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


def centreOn(ras: Sequence[float]) -> None:
    """Cut all slice views through a point, in their middle, and let the 3D view look at it from the patient's left."""
    slicer.modules.markups.logic().JumpSlicesToLocation(*ras, True)
    layoutManager = slicer.app.layoutManager()
    if layoutManager is None or layoutManager.threeDViewCount == 0:
        return
    viewNode = layoutManager.threeDWidget(0).mrmlViewNode()
    cameraNode = slicer.modules.cameras.logic().GetViewActiveCameraNode(viewNode)
    cameraNode.SetFocalPoint(ras)
    cameraNode.SetPosition(ras[0] - CAMERA_DISTANCE_MM, ras[1], ras[2])
    cameraNode.SetViewUp(0, 0, 1)
    cameraNode.ResetClippingRange()
