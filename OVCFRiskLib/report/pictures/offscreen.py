"""A window that draws without a screen, and whether this machine can make one at all.

Without GL libraries VTK does not raise: it ends the process (seen with VTK 9.6 on a bare Debian: no libEGL, no Mesa
driver). So a small process tries first. This file imports nothing of the library, because that process runs it alone.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

# A software renderer draws its first frame within a second; a stuck X server never answers.
PROBE_TIMEOUT_S = 60
DEBIAN_PACKAGES = "libegl1 libgl1 libegl-mesa0 libgl1-mesa-dri"
# runpy keeps this folder off the probe's module path, where html.py would stand before Python's own html.
PROBE = "import runpy, sys; runpy.run_path(sys.argv[1])['draw_once']()"
_TRYING = threading.Lock()


def offscreen_window(width: int, height: int) -> vtkRenderWindow:
    """A render window of the given size that needs no screen.

    With a screen (``DISPLAY``) VTK's own choice fits what the application already draws with; without one EGL is
    taken directly, because asking for the default first tries X and complains.

    Returns
    -------
    vtkRenderWindow
    """
    from vtkmodules import vtkRenderingOpenGL2
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    make = vtkRenderWindow
    chosen = os.environ.get("VTK_DEFAULT_OPENGL_WINDOW") or os.environ.get("DISPLAY")
    if sys.platform.startswith("linux") and not chosen:
        make = getattr(vtkRenderingOpenGL2, "vtkEGLRenderWindow", vtkRenderWindow)
    window = make()
    window.SetOffScreenRendering(True)
    # With multisampling and depth peeling together, Mesa loses every translucent surface.
    window.SetMultiSamples(0)
    window.SetSize(width, height)
    return window


def draw_once() -> None:
    """Draw an empty picture; the process ends here when the machine cannot."""
    offscreen_window(16, 16).Render()


def why_no_picture() -> str:
    """Why this machine cannot draw in 3D; empty when it can. Tried once per process (about half a second)."""
    with _TRYING:
        return _try_drawing()


@functools.lru_cache(maxsize=1)
def _try_drawing() -> str:
    """The answer, from a process of its own."""
    python = python_program()
    if python is None:
        return "no Python program was found that could try drawing apart from this one"
    try:
        done = subprocess.run(
            [python, "-c", PROBE, str(Path(__file__).resolve())],
            capture_output=True,
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"drawing a first 3D picture did not end within {PROBE_TIMEOUT_S} s"
    except OSError as error:
        return f"the program that tries to draw could not be started ({error})"
    return "" if done.returncode == 0 else why_no_drawing()


def why_no_drawing() -> str:
    """Why a process that drew has ended, and what to do."""
    if sys.platform.startswith("linux"):
        return f"OpenGL is missing or does not work; on Debian or Ubuntu install: {DEBIAN_PACKAGES}"
    return "OpenGL does not work here; update the graphics driver"


def python_program() -> str | None:
    """A Python that runs scripts: in 3D Slicer, ``sys.executable`` can be the application itself."""
    if "python" in Path(sys.executable or "").name.lower():
        return sys.executable
    return shutil.which("PythonSlicer")
