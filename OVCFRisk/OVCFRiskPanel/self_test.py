"""The module's self test: the whole work, as a script does it and as a clinician does it in the panel."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer
import vtk
from OVCFRiskScene.level_points import PointState, levelsIn, positionRas, setPosition
from OVCFRiskScene.sample import makeSample

from OVCFRiskLib.levels import LumbarLevel

if TYPE_CHECKING:
    from slicer import vtkMRMLNode

FILES = ("report.html", "scores.csv", "assessment.json", "labels.nii.gz", "scene.mrb")
LARGEST_MISS_MM = 3.0  # of a click: half a pixel of a small view


def testSteps(test: Any, logic: Any) -> None:
    """The steps on nodes, without the panel; the scene saved and opened again."""
    volume = logic.addSamplePhantom()
    points = logic.createLevelPoints()
    for level, ras in sampleRas().items():
        logic.placeLevel(points, level, ras)
    bodies = logic.segmentBodies(volume, points)
    logic.acceptLevel(volume, bodies, "L1")
    assessment = logic.score(volume, bodies)
    test.assertEqual([row.score is not None for row in assessment.levels], [True] * len(LumbarLevel))
    logic.showOverlay(volume, bodies)
    node = logic.getParameterNode()
    node.inputVolume, node.levelPoints, node.bodies = volume, points, bodies
    with tempfile.TemporaryDirectory() as folder:
        logic.exportResults(volume, bodies, folder)
        for name in FILES:
            test.assertTrue((Path(folder) / name).is_file(), name)
        slicer.mrmlScene.Clear(0)
        slicer.util.loadScene(str(Path(folder) / "scene.mrb"))
    node = logic.getParameterNode()
    test.assertEqual(logic.assessment(node.bodies), assessment)
    test.assertEqual(logic.outdatedLevels(node.inputVolume, node.bodies), {})


def testPanel(test: Any, widget: Any) -> None:
    """The same with the panel's own buttons, and with clicks in a view where there is one."""
    ui, panel = widget.ui, widget.panel
    test.assertFalse(ui.segmentButton.enabled)
    ui.sampleButton.click()
    node = widget._parameterNode
    test.assertIsNotNone(node.inputVolume)
    if slicer.app.layoutManager() is not None:
        placeByClicks(test, ui, node)
    else:
        node.levelPoints = widget.logic.createLevelPoints()
        for level, ras in sampleRas().items():
            setPosition(node.levelPoints, level, ras)
    wait(0.5)
    test.assertTrue(ui.segmentButton.enabled, ui.segmentButton.toolTip)
    ui.segmentButton.click()
    test.assertEqual(len(panel.bodiesState.masks), len(LumbarLevel), ui.statusLabel.text)
    for level in LumbarLevel:
        getattr(ui, f"accept{level.name}CheckBox").click()
    test.assertTrue(all(review.accepted for review in panel.bodiesState.masks.values()))
    ui.scoreButton.click()
    test.assertEqual(ui.scoreTable.rowCount, len(LumbarLevel), ui.statusLabel.text)
    ui.scoreTable.selectRow(2)
    test.assertIn("L3", ui.levelLabel.text)
    with tempfile.TemporaryDirectory() as folder:
        ui.folderButton.directory = folder
        ui.exportButton.click()
        for name in FILES:
            test.assertTrue((Path(folder) / name).is_file(), ui.statusLabel.text)
    editAndSee(test, widget)


def placeByClicks(test: Any, ui: Any, node: vtkMRMLNode) -> None:
    """Press Place, then click every body in the sagittal view."""
    ui.placeButton.click()
    wait(1.0)  # the layout settles
    for ras in sampleRas().values():
        click("Yellow", ras)
    points = node.levelPoints
    test.assertEqual(levelsIn(points, PointState.PLACED), list(LumbarLevel))
    for level, ras in sampleRas().items():
        # the slice is the volume's middle: sideways a click is as far off as the spine is
        miss = max(abs(a - b) for a, b in zip(positionRas(points, level)[1:], ras[1:], strict=True))
        test.assertLess(miss, LARGEST_MISS_MM)
    test.assertFalse(ui.placeButton.checked)


def click(sliceName: str, ras: Sequence[float]) -> None:
    """A synthetic left click at a place in a slice view."""
    sliceWidget = slicer.app.layoutManager().sliceWidget(sliceName)
    rasToXy = vtk.vtkMatrix4x4()
    vtk.vtkMatrix4x4.Invert(sliceWidget.mrmlSliceNode().GetXYToRAS(), rasToXy)
    x, y = (round(value) for value in rasToXy.MultiplyPoint((*ras, 1))[:2])
    interactor = sliceWidget.sliceView().interactor()
    interactor.SetEventPosition(x, y)
    interactor.MouseMoveEvent()
    slicer.util.clickAndDrag(sliceWidget, start=(x, y), end=(x, y), steps=2)
    wait(0.2)


def editAndSee(test: Any, widget: Any) -> None:
    """A mask that is emptied makes its score out of date, visibly."""
    bodies = widget._parameterNode.bodies
    bodies.GetSegmentation().RemoveSegment("L4")
    wait(1.0)
    test.assertEqual(list(widget.panel.bodiesState.outdated), [LumbarLevel.L4])
    test.assertFalse(widget.ui.exportButton.enabled)


def sampleRas() -> dict[LumbarLevel, tuple[float, float, float]]:
    """{level: place of the sample phantom's body, RAS mm}."""
    return {level: (-x, -y, z) for level, (x, y, z) in makeSample().points.items()}


def wait(seconds: float) -> None:
    """Let timers and views work."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        slicer.app.processEvents()
        time.sleep(0.01)
