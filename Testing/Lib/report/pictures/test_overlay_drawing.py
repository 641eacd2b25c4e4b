"""The picture made beside the assessment: the same picture, and its errors where it is asked for."""

import subprocess
import sys

import pytest

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report import write_all
from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing
from OVCFRiskLib.report.pictures.picture import draw_overlay
from OVCFRiskLib.report.pictures.png import png_bytes

FIELDS = "OVCFRiskLib.report.pictures.picture.overlay_fields"


def begun(case, bodies=None):
    drawing = OverlayDrawing()
    drawing.begin(case.ct, cut_out_levels(case.labels) if bodies is None else bodies)
    drawing.color(case.assessment)
    return drawing


def test_the_picture_is_the_one_drawn_at_once(case):
    expected = png_bytes(draw_overlay(case.assessment, case.ct, cut_out_levels(case.labels)))
    assert begun(case).finish() == expected


def test_no_body_no_picture(case):
    with pytest.raises(OVCFRiskError, match="no 3D picture, because no level has a mask"):
        begun(case, {}).finish()


def test_lacking_memory_is_a_reason(case, monkeypatch):
    def lack(ct, bodies):
        raise MemoryError("Unable to allocate 9 GiB")

    monkeypatch.setattr(FIELDS, lack)
    with pytest.raises(OVCFRiskError, match="no 3D picture, because there is not enough memory"):
        begun(case).finish()


def test_an_error_of_the_program_is_not_hidden(case, monkeypatch):
    monkeypatch.setattr(FIELDS, lambda ct, bodies: 1 / 0)
    drawing = begun(case)
    with pytest.raises(ZeroDivisionError):
        drawing.finish()


def test_no_other_file_is_lost_to_a_picture_for_which_memory_lacks(case, monkeypatch, tmp_path):
    def lack(ct, bodies):
        raise MemoryError

    monkeypatch.setattr(FIELDS, lack)
    (note,) = write_all(case.assessment, case.ct, case.labels, tmp_path / "o")
    assert note.startswith("no 3D picture, because there is not enough memory")
    written = {path.name for path in (tmp_path / "o").iterdir()}
    assert written == {"scores.csv", "assessment.json", "labels.nii.gz", "report.html"}


def test_nothing_that_needs_a_screen_or_is_not_for_threads_is_loaded():
    """Slicer's window draws and writes with VTK while a picture is made beside it."""
    code = (
        "import sys; from OVCFRiskLib.report.pictures import picture, png, slices; "
        "print(sorted(name for name in sys.modules if name.startswith('vtkmodules.vtkRendering')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
