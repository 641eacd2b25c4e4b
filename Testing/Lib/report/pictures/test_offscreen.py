"""Whether a machine can draw is found out without ending the program."""

import subprocess
import sys

import pytest

from OVCFRiskLib.report.pictures import offscreen


@pytest.fixture
def ask():
    """Ask anew, and leave no answer behind."""
    offscreen._try_drawing.cache_clear()
    yield offscreen.why_no_picture
    offscreen._try_drawing.cache_clear()


@pytest.mark.parametrize("ending", ["import os; os.abort()", "raise SystemExit(1)", "import no_such_module"])
def test_crash_while_drawing_is_a_reason_and_no_crash(ask, monkeypatch, ending):
    monkeypatch.setattr(offscreen, "PROBE", ending)
    reason = ask()
    assert "OpenGL" in reason
    if sys.platform.startswith("linux"):
        assert offscreen.DEBIAN_PACKAGES in reason


def test_drawing_that_hangs_is_a_reason(ask, monkeypatch):
    monkeypatch.setattr(offscreen, "PROBE", "import time; time.sleep(60)")
    monkeypatch.setattr(offscreen, "PROBE_TIMEOUT_S", 0.3)
    assert "did not end within 0.3 s" in ask()


def test_drawing_that_works_is_asked_once(ask, monkeypatch):
    monkeypatch.setattr(offscreen, "PROBE", "pass")
    assert ask() == ""
    monkeypatch.setattr(subprocess, "run", None)
    assert ask() == ""


def test_application_is_not_started_a_second_time(ask, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/opt/Slicer/bin/SlicerApp-real")
    monkeypatch.setattr(offscreen.shutil, "which", lambda name: None)
    monkeypatch.setattr(subprocess, "run", None)
    assert "no Python program" in ask()
    monkeypatch.setattr(offscreen.shutil, "which", lambda name: f"/opt/Slicer/bin/{name}")
    assert offscreen.python_program() == "/opt/Slicer/bin/PythonSlicer"


def test_program_that_cannot_be_started_is_a_reason(ask, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    assert "could not be started" in ask()


def test_probe_needs_nothing_of_the_library(drawing):
    code = f"import sys; {offscreen.PROBE}; assert not [m for m in sys.modules if m.startswith('OVCFRiskLib')]"
    done = subprocess.run([sys.executable, "-c", code, offscreen.__file__], capture_output=True, check=False, cwd="/")
    assert (done.returncode, done.stderr) == (0, b"")
