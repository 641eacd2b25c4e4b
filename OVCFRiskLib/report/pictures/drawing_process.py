"""The 3D picture from a process of its own, which starts while the CT is still being measured.

Without GL libraries VTK ends the process that draws, so some process has to try first; the one that tried may as well
draw. Python cannot go on while VTK draws, and what a software renderer needs does not add to the memory of the CT.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.pictures.offscreen import PROBE_TIMEOUT_S, draw_once, python_program, why_no_drawing

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.bodies.cut_out import LevelCutOut
    from OVCFRiskLib.levels import LumbarLevel

# The process finds the library where this one found it.
DRAWING_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from OVCFRiskLib.report.pictures.drawing_process import serve; serve()"
)
_IDLE: list[DrawingProcess] = []
_FAILED: list[str] = []  # why this machine cannot draw, once that is known


class DrawingProcess:
    """A process that draws one picture after the other, until this process ends or closes it.

    Raises
    ------
    OVCFRiskError
        If no process can be started.
    """

    def __init__(self) -> None:
        python = python_program()
        if python is None:
            raise OVCFRiskError("no Python program was found that could draw apart from this one")
        command = [python, "-c", DRAWING_PROGRAM, json.dumps(sys.path)]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise OVCFRiskError(f"the program that draws could not be started ({error})") from error

    def send(self, request: object) -> None:
        """Begin to draw, without waiting until the process listens; if it has ended, `receive` says so."""
        threading.Thread(target=self._write, args=(pickle.dumps(request),), daemon=True).start()

    def _write(self, request: bytes) -> None:
        """Hand a request over."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended, or was closed meanwhile
            self.process.stdin.write(request)
            self.process.stdin.flush()

    def receive(self) -> bytes:
        """The PNG.

        Raises
        ------
        OVCFRiskError
            If this machine cannot draw.
        """
        assert self.process.stdout is not None
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            self.process.kill()

        watch = threading.Timer(PROBE_TIMEOUT_S, give_up)
        watch.start()
        try:
            png: bytes = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError) as error:
            late = f"drawing a 3D picture did not end within {PROBE_TIMEOUT_S} s"
            raise OVCFRiskError(late if is_late.is_set() else why_no_drawing()) from error
        finally:
            watch.cancel()
        return png

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            with contextlib.suppress(BrokenPipeError):  # what was not handed over goes nowhere
                stream.close()


def start_ahead() -> None:
    """Start a process for the picture that will be drawn, while other work is done."""
    if not _IDLE and not _FAILED:
        with contextlib.suppress(OVCFRiskError):  # said when the picture is asked for
            _IDLE.append(DrawingProcess())


@contextlib.contextmanager
def overlay_being_drawn(
    assessment: SpineAssessment, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]
) -> Iterator[Callable[[], bytes]]:
    """Have `picture.draw_overlay` done by another process while this one goes on.

    Parameters
    ----------
    assessment, ct, bodies
        As `picture.draw_overlay`.

    Yields
    ------
    callable
        Waits for the picture and returns it as PNG; raises OVCFRiskError if no body has a mask, or this machine cannot
        draw in 3D.
    """
    drawing: DrawingProcess | None = None

    def finish() -> bytes:
        nonlocal drawing
        if _FAILED:
            raise OVCFRiskError(f"no 3D picture, because {_FAILED[0]}")
        if drawing is None:
            raise OVCFRiskError("no 3D picture, because no level has a mask; segment the bodies first")
        try:
            png = drawing.receive()
        except OVCFRiskError as error:
            _FAILED.append(str(error))
            return finish()
        _IDLE.append(drawing)
        drawing = None
        return png

    if bodies and not _FAILED:
        try:
            drawing = _IDLE.pop() if _IDLE else DrawingProcess()
            drawing.send(_request(assessment, ct, bodies))
        except OVCFRiskError as error:
            _FAILED.append(str(error))
    try:
        yield finish
    finally:
        if drawing is not None:
            drawing.close()


def _request(assessment: SpineAssessment, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> object:
    """What `serve` needs to draw."""
    from OVCFRiskLib.report.pictures.bone_context import overlay_surfaces
    from OVCFRiskLib.report.pictures.surface_arrays import SurfaceArrays

    surfaces, context = overlay_surfaces(ct, bodies)
    arrays = {level: SurfaceArrays.of(surface) for level, surface in surfaces.items()}
    return assessment, arrays, None if context is None else SurfaceArrays.of(context)


def serve() -> None:
    """Draw what comes from standard input, until it ends; the drawing process runs this."""
    # whatever GL prints must not come between the pictures
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    draw_once()
    from OVCFRiskLib.report.pictures.picture import draw_surfaces
    from OVCFRiskLib.report.pictures.png import png_bytes

    while True:
        try:
            assessment, arrays, context = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        surfaces = {level: surface.surface() for level, surface in arrays.items()}
        pixels = draw_surfaces(assessment, surfaces, None if context is None else context.surface())
        out.write(pickle.dumps(png_bytes(pixels)))
        out.flush()


@atexit.register
def close_idle() -> None:
    """End the processes that wait for a next picture, for a program that lives on without one: each holds memory."""
    while _IDLE:
        _IDLE.pop().close()
