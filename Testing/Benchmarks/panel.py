"""How long the window stands still: python Testing/Benchmarks/panel.py [--slices 160 340]

Drives the panel on slicer-core, with Qt stand-ins and the library's real steps, from a CT to scores and exported files.
For every step: how long it took, how long the application's thread stood between two turns of its event loop (wall, and
its own CPU time, which neighbours on the machine do not lengthen), and how often the costly things were done. Aim: no
step stands longer than 0.2 s; a mask that has not changed is read once. `--trace` prints where the thread stood.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "Module"), str(HERE.parents[1])]

import module_test_case  # noqa: E402, F401  # starts the stand-ins
import panel_test_case  # noqa: E402
import slicer  # noqa: E402
from vtk.util.numpy_support import vtk_to_numpy  # noqa: E402
from whole_ct import WHOLE_CT  # noqa: E402

from OVCFRiskLib.simulation.phantom import Phantom, make_phantom  # noqa: E402

AIM_S = 0.2
TRACE_EVERY_S = 0.02
STROKES = 4
MORE_CTS, MORE_SLICES = 10, 60  # what else lies in a scene
STROKE_VOXELS = 6  # edge of the cube that a stroke erases
# What costs: where it is looked up -> what it is called in the table.
COUNTED = {
    "OVCFRiskScene.segment_masks.readMask": "masks read",
    "OVCFRiskScene.volumes.asCt": "CT read",
    "OVCFRiskScene.checks.check_masks": "masks checked",
    "OVCFRiskScene.hatching.showHatching": "hatching",
    "OVCFRiskScene.labels.BodyCuts.of": "bodies sampled",
}


class Turns:
    """Watches how long the application's thread takes from one turn of the event loop to the next."""

    def __init__(self, is_tracing: bool) -> None:
        self.wall = self.cpu = 0.0
        self.last = (time.monotonic(), time.thread_time())
        self.is_tracing, self.main = is_tracing, threading.get_ident()
        self.stands: collections.Counter[str] = collections.Counter()
        turn = slicer.app.processEvents

        def process_events() -> None:
            self.stamp()
            turn()
            self.stamp()

        slicer.app.processEvents = process_events
        threading.Thread(target=self._watch, daemon=True).start()

    def stamp(self) -> None:
        """A turn: the window is drawn, clicks are heard."""
        now = (time.monotonic(), time.thread_time())
        self.wall, self.cpu = max(self.wall, now[0] - self.last[0]), max(self.cpu, now[1] - self.last[1])
        self.last = now

    def begin(self) -> None:
        """A new step."""
        self.last, self.wall, self.cpu = (time.monotonic(), time.thread_time()), 0.0, 0.0
        self.stands.clear()

    def _watch(self) -> None:
        """Notes where the thread stands once it has stood long."""
        while self.is_tracing:
            time.sleep(TRACE_EVERY_S)
            if time.monotonic() - self.last[0] > AIM_S / 2:
                stack = traceback.extract_stack(sys._current_frames()[self.main])
                ours = [frame for frame in stack if "OVCFRisk" in frame.filename][-4:]
                self.stands[" > ".join(f"{Path(f.filename).stem}:{f.lineno} {f.name}" for f in ours)] += 1


class Bench:
    """One CT in the panel; every step prints its row."""

    def __init__(self, phantom: Phantom, slices: int, is_tracing: bool) -> None:
        self.case = panel_test_case.PanelTestCase()
        self.case.quick = False
        self.case.setUp()
        self.ui, self.panel, self.phantom = self.case.ui, self.case.panel, phantom
        self.turns, self.calls = Turns(is_tracing), collections.Counter()
        array = sitk.GetArrayFromImage(phantom.ct)
        self.ct = sitk.GetImageFromArray(np.pad(array, ((0, slices - len(array)), (0, 0), (0, 0)), mode="reflect"))
        self.ct.SetSpacing(phantom.ct.GetSpacing())
        self.ct.SetOrigin(phantom.ct.GetOrigin())
        self.ct.SetDirection(phantom.ct.GetDirection())

    def step(self, name: str, press: Callable[[], Any]) -> None:
        """Do something, wait until all has come to rest, print."""
        self.calls.clear()
        self.turns.begin()
        start = time.monotonic()
        press()
        self.rest()
        done = ", ".join(f"{count} {what}" for what, count in sorted(self.calls.items()))
        mark = " " if self.turns.cpu <= AIM_S else "!"
        cells = f"{time.monotonic() - start:8.1f}{self.turns.wall:10.2f}{self.turns.cpu:9.2f}"
        print(f"{name:24}{cells} {mark} {done}", flush=True)
        for stack, count in self.turns.stands.most_common(5):
            print(f"{'':8}{count * TRACE_EVERY_S:.2f} s {stack}")

    def rest(self) -> None:
        """Turn the event loop until no timer and no background work is left."""
        quiet = time.monotonic()
        while time.monotonic() - quiet < 0.3:
            slicer.app.processEvents()
            time.sleep(0.002)
            timers = any(timer.isActive() for timer, _slot in self.panel.timers)
            if timers or not self.panel.background.isIdle:
                quiet = time.monotonic()

    def stroke(self, number: int) -> Callable[[], Any]:
        """Erases a piece of L2 as a brush does; what is prepared here is the brush's own work."""
        bodies, erased = self.case.node.bodies, slicer.vtkOrientedImageData()
        bodies.GetBinaryLabelmapRepresentation("L2", erased)
        voxels = vtk_to_numpy(erased.GetPointData().GetScalars()).reshape(erased.GetDimensions()[::-1])
        place = np.argwhere(voxels)[number * 9973 % np.count_nonzero(voxels)]
        voxels[tuple(slice(max(n - STROKE_VOXELS // 2, 0), n + STROKE_VOXELS // 2) for n in place)] = 0
        write = slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment
        return lambda: write(erased, bodies, "L2")

    def mark(self) -> None:
        """The phantom's points."""
        from OVCFRiskScene.level_points import setPosition

        node = self.case.node
        node.levelPoints = self.panel.logic.createLevelPoints()
        for level, (x, y, z) in self.phantom.points.items():
            setPosition(node.levelPoints, level, (-x, -y, z))

    def run(self) -> None:
        """From a CT to files."""
        from OVCFRiskScene.volumes import pushVolume

        node, ui = self.case.node, self.ui
        pushVolume(self.ct, "CT")  # the application's own work
        self.step("look at the CT", lambda: None)
        self.step("mark four levels", self.mark)
        self.step("Segment", ui.segmentButton.click)
        self.step("accept L1", ui.acceptL1CheckBox.click)
        self.step("Score", ui.scoreButton.click)
        self.step("choose a row", lambda: ui.scoreTable.selectRow(2))
        self.step("open the editor", lambda: setattr(ui.editorCollapsibleButton, "collapsed", False))
        self.step("choose L2", ui.reviewL2Button.click)
        for number in range(STROKES):
            self.step(f"stroke {number + 1}", self.stroke(number))
        self.step("Score again", ui.scoreButton.click)
        self.step("Segment again", ui.segmentButton.click)
        self.step("sample phantom", ui.sampleButton.click)
        self.step("back to the CT", lambda: setattr(node, "inputVolume", slicer.util.getNode("CT")))
        with tempfile.TemporaryDirectory() as folder:
            ui.folderButton.directory = folder
            self.step("Score once more", ui.scoreButton.click)
            self.step("Export", ui.exportButton.click)
        self.rarer_steps()
        self.step("close the scene", lambda: slicer.mrmlScene.Clear(0))

    def rarer_steps(self) -> None:
        """What a person does now and then, also in the middle of a step."""
        from OVCFRiskScene.volumes import pushVolume

        node, ui, scene = self.case.node, self.ui, slicer.mrmlScene

        def during_segment(act: Callable[[], Any]) -> Callable[[], Any]:
            import qt

            def press() -> None:
                qt.QTimer.singleShot(50, act)
                ui.segmentButton.click()

            return press

        def open_again() -> None:
            self.case.widget.exit()
            self.case.widget.enter()

        others = [pushVolume(self.ct[:, :, :MORE_SLICES], f"CT {number}") for number in range(MORE_CTS)]
        self.step(f"{MORE_CTS} more CTs", lambda: None)
        self.step("open the panel again", open_again)
        self.step("remove a CT", lambda: scene.RemoveNode(others[0]))
        self.step("remove the points", lambda: scene.RemoveNode(node.levelPoints))
        self.step("remove the bodies", lambda: scene.RemoveNode(node.bodies))
        self.step("mark four levels", self.mark)
        self.step("other CT in Segment", during_segment(lambda: setattr(node, "inputVolume", others[1])))
        self.step("back to the CT", lambda: setattr(node, "inputVolume", slicer.util.getNode("CT")))
        self.step("close in Segment", during_segment(lambda: scene.Clear(0)))


@contextmanager
def counted(calls: collections.Counter[str]) -> Iterator[None]:
    """Count the calls of what costs, wherever it was imported."""
    import importlib

    undo = []
    for path, what in COUNTED.items():
        owner_path, name = path.rsplit(".", 1)
        try:
            owner = importlib.import_module(owner_path)
        except ImportError:
            module, cls = owner_path.rsplit(".", 1)
            owner = getattr(importlib.import_module(module), cls)
        original = getattr(owner, name)

        def counting(*arguments: Any, original: Any = original, what: str = what, **named: Any) -> Any:
            calls[what] += 1
            return original(*arguments, **named)

        holders = [m for n, m in sys.modules.items() if n.startswith("OVCFRisk") and vars(m).get(name) is original]
        for holder in holders or [owner]:
            undo.append((holder, name, original))
            setattr(holder, name, counting)
    yield
    for holder, name, original in undo:
        setattr(holder, name, original)


def main() -> None:
    """One table a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, nargs="+", default=[160, 340])
    parser.add_argument("--trace", action="store_true", help="say where the thread stood")
    arguments = parser.parse_args()
    phantom = make_phantom(WHOLE_CT)
    for slices in arguments.slices:
        print(f"\n512 x 512 x {slices}{'':12}{'s':>5}{'stood, s':>10}{'CPU, s':>9}")
        bench = Bench(phantom, slices, arguments.trace)
        with counted(bench.calls):
            bench.run()
        bench.case.tearDown()


if __name__ == "__main__":
    main()
