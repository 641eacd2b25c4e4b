"""The 3D picture from a process of its own: the same picture, and a reason instead of a crash."""

import os
import subprocess
import sys

import pytest

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report import write_all
from OVCFRiskLib.report.pictures import drawing_process
from OVCFRiskLib.report.pictures.drawing_process import DrawingProcess, start_ahead
from OVCFRiskLib.report.pictures.offscreen import DEBIAN_PACKAGES
from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing
from OVCFRiskLib.report.pictures.picture import draw_overlay
from OVCFRiskLib.report.pictures.png import png_bytes


@pytest.fixture
def fresh(monkeypatch):
    """No process is waiting, and nothing is known of this machine."""
    monkeypatch.setattr(drawing_process, "_IDLE", [])
    monkeypatch.setattr(drawing_process, "_FAILED", [])
    yield drawing_process
    for idle in drawing_process._IDLE:
        idle.close()


def draw(case, bodies=None):
    bodies = cut_out_levels(case.labels) if bodies is None else bodies
    with OverlayDrawing() as drawing:
        drawing.begin(case.ct, bodies)
        drawing.color(case.assessment)
        return drawing.finish()


def test_the_picture_is_the_one_drawn_here(case, drawing, fresh):
    expected = png_bytes(draw_overlay(case.assessment, case.ct, cut_out_levels(case.labels)))
    assert draw(case) == expected
    (idle,) = fresh._IDLE
    assert draw(case) == expected
    assert fresh._IDLE[0] is idle  # the same process has drawn both


def test_a_process_started_ahead_is_used(case, drawing, fresh):
    start_ahead()
    start_ahead()
    (ahead,) = fresh._IDLE
    draw(case)
    assert fresh._IDLE[0] is ahead


@pytest.mark.parametrize("ending", ["import os; os.abort()", "raise SystemExit(1)", "import no_such_module"])
def test_a_crash_while_drawing_is_a_reason_and_is_not_tried_again(case, fresh, monkeypatch, ending):
    monkeypatch.setattr(drawing_process, "DRAWING_PROGRAM", ending)
    for _ in range(2):
        with pytest.raises(OVCFRiskError, match="no 3D picture, because OpenGL") as error:
            draw(case)
        monkeypatch.setattr(subprocess, "Popen", None)
    assert DEBIAN_PACKAGES in str(error.value) or not sys.platform.startswith("linux")
    assert fresh._IDLE == []


def test_drawing_that_hangs_is_a_reason(case, fresh, monkeypatch):
    monkeypatch.setattr(drawing_process, "DRAWING_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(drawing_process, "PROBE_TIMEOUT_S", 0.3)
    with pytest.raises(OVCFRiskError, match=r"did not end within 0\.3 s"):
        draw(case)


def test_a_program_that_cannot_be_started_is_a_reason(case, fresh, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    start_ahead()
    with pytest.raises(OVCFRiskError, match="no 3D picture, because the program that draws could not be started"):
        draw(case)


def test_an_application_is_not_started_a_second_time(case, fresh, monkeypatch):
    monkeypatch.setattr(drawing_process, "python_program", lambda: None)
    with pytest.raises(OVCFRiskError, match="no Python program"):
        draw(case)


def test_no_body_no_picture(case, fresh):
    with pytest.raises(OVCFRiskError, match="no level has a mask"):
        draw(case, {})
    assert fresh._IDLE == []


@pytest.mark.parametrize("is_assessed", [False, True])
def test_a_picture_nobody_waits_for_ends_its_process(case, fresh, is_assessed):
    start_ahead()
    process = fresh._IDLE[0].process
    with OverlayDrawing() as drawing:
        drawing.begin(case.ct, cut_out_levels(case.labels))
        if is_assessed:
            drawing.color(case.assessment)
    assert process.poll() is not None
    assert fresh._IDLE == []


def test_shapes_that_cannot_be_made_are_an_error_of_the_picture(case, fresh, monkeypatch):
    monkeypatch.setattr("OVCFRiskLib.report.pictures.bone_context.mask_field", lambda mask: 1 / 0)
    with OverlayDrawing() as drawing:
        drawing.begin(case.ct, cut_out_levels(case.labels))
        drawing.color(case.assessment)
        with pytest.raises(ZeroDivisionError):
            drawing.finish()


def test_no_other_file_is_lost_to_shapes_for_which_memory_lacks(case, fresh, monkeypatch, tmp_path):
    def lack(_mask):
        raise OVCFRiskError("not enough memory for the shapes")

    monkeypatch.setattr("OVCFRiskLib.report.pictures.bone_context.mask_field", lack)
    notes = write_all(case.assessment, case.ct, case.labels, tmp_path / "o")
    assert notes == ("no 3D picture, because not enough memory for the shapes",)
    written = {path.name for path in (tmp_path / "o").iterdir()}
    assert written == {"scores.csv", "assessment.json", "labels.nii.gz", "report.html"}
    assert drawing_process._FAILED == []


def test_a_program_that_lives_on_can_end_what_waits(case, fresh):
    start_ahead()
    process = fresh._IDLE[0].process
    fresh.close_idle()
    assert process.poll() is not None
    assert fresh._IDLE == []


def test_a_process_ends_with_the_one_that_started_it():
    code = (
        "from OVCFRiskLib.report.pictures import drawing_process as d; d.start_ahead(); "
        "print(d._IDLE[0].process.pid, flush=True)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_drawing_needs_neither_scipy_nor_simpleitk(drawing):
    code = (
        "import sys; from OVCFRiskLib.report.pictures import drawing_process, picture, png, surfaces; "
        "from OVCFRiskLib import assessment; from OVCFRiskLib.report.pictures import surface_field; "
        "print(sorted({'scipy', 'SimpleITK'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_sending_to_a_process_that_has_ended_is_no_error(monkeypatch):
    monkeypatch.setattr(drawing_process, "DRAWING_PROGRAM", "pass")
    ended = DrawingProcess()
    ended.process.wait()
    ended.send(b"x" * 1_000_000)
    with pytest.raises(OVCFRiskError, match="OpenGL"):
        ended.receive()
    ended.close()
