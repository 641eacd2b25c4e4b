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

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.pictures.offscreen import PROBE_TIMEOUT_S, draw_once, python_program, why_no_drawing

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
        self._sent: threading.Thread | None = None

    def send(self, part: object) -> None:
        """Hand over a part of what `serve` draws, without waiting until the process listens.

        The first is what `bone_context.overlay_fields` gives, the second the assessment. If the process has ended,
        `receive` says so.
        """
        self._sent = threading.Thread(target=self._write, args=(pickle.dumps(part), self._sent), daemon=True)
        self._sent.start()

    def _write(self, request: bytes, earlier: threading.Thread | None) -> None:
        """Write a part after the one before it."""
        if earlier is not None:
            earlier.join()
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


def take() -> DrawingProcess | None:
    """A process that waits, or a new one; None where this machine cannot draw (`why_it_fails`)."""
    if _FAILED:
        return None
    try:
        return _IDLE.pop() if _IDLE else DrawingProcess()
    except OVCFRiskError as error:
        note_failure(error)
        return None


def give_back(drawing: DrawingProcess) -> None:
    """Keep a process that has drawn for the next picture."""
    _IDLE.append(drawing)


def note_failure(error: OVCFRiskError) -> None:
    """Remember why this machine cannot draw: it is not tried again."""
    _FAILED.append(str(error))


def why_it_fails() -> str:
    """Why this machine cannot draw, as far as it was tried; empty where nothing speaks against it."""
    return _FAILED[0] if _FAILED else ""


def serve() -> None:
    """Draw what comes from standard input, until it ends; the drawing process runs this."""
    # whatever GL prints must not come between the pictures
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    draw_once()
    from OVCFRiskLib.report.pictures.picture import draw_surfaces, overlay_surfaces
    from OVCFRiskLib.report.pictures.png import png_bytes

    while True:
        try:
            # surfaces are made while the other process still measures what colours them
            surfaces, context = overlay_surfaces(*pickle.load(sys.stdin.buffer))
            assessment = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        out.write(pickle.dumps(png_bytes(draw_surfaces(assessment, surfaces, context))))
        out.flush()


@atexit.register
def close_idle() -> None:
    """End the processes that wait for a next picture, for a program that lives on without one: each holds memory."""
    while _IDLE:
        _IDLE.pop().close()
