"""The folder that a scored CT leaves behind."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.report import result_files as outputs
from OVCFRiskLib.report import write_all
from OVCFRiskLib.report.summary import summarise

NO_DRAWING = "not enough memory for the shapes"


@pytest.fixture
def cannot_draw(monkeypatch):
    def lack(ct, bodies):
        raise OVCFRiskError(NO_DRAWING)

    monkeypatch.setattr("OVCFRiskLib.report.pictures.picture.overlay_fields", lack)


def test_writes_every_file_and_nothing_else(case, tmp_path):
    assert write_all(case.assessment, case.ct, case.labels, tmp_path / "out") == ()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(outputs.OUTPUT_FILES)
    assert (tmp_path / "out" / "overlay.png").read_bytes().startswith(b"\x89PNG")
    assert "Vertebral bodies in 3D" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_goes_on_without_the_3d_picture_and_says_so(case, cannot_draw, tmp_path):
    notes = write_all(case.assessment, case.ct, case.labels, tmp_path)
    assert notes == (f"no 3D picture, because {NO_DRAWING}",)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(set(outputs.OUTPUT_FILES) - {"overlay.png"})
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert notes[0] in page
    assert "Sagittal CT" in page


def test_picture_of_an_earlier_result_does_not_stay(case, tmp_path, request):
    write_all(case.assessment, case.ct, case.labels, tmp_path)
    assert (tmp_path / "overlay.png").exists()
    request.getfixturevalue("cannot_draw")
    write_all(case.assessment, case.ct, case.labels, tmp_path)
    assert not (tmp_path / "overlay.png").exists()


def test_says_when_there_is_no_mask_at_all(unscored, tmp_path):
    empty = image_like(np.zeros(unscored.ct.GetSize()[::-1], np.uint8), unscored.ct)
    (note,) = write_all(unscored.assessment, unscored.ct, empty, tmp_path)
    assert note.startswith("no 3D picture, because")
    assert (tmp_path / "report.html").exists()


def test_same_input_same_bytes(case, cannot_draw, tmp_path):
    for name in "ab":
        write_all(case.assessment, case.ct, case.labels, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_input_is_left_as_it_is(case, cannot_draw, tmp_path):
    before = [sitk.GetArrayFromImage(image) for image in (case.ct, case.labels)]
    write_all(case.assessment, case.ct, case.labels, tmp_path)
    for image, array in zip((case.ct, case.labels), before, strict=True):
        np.testing.assert_array_equal(sitk.GetArrayViewFromImage(image), array)


def test_folder_that_cannot_be_made(case, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OVCFRiskError, match="cannot be written"):
        write_all(case.assessment, case.ct, case.labels, tmp_path / "file" / "out")


@pytest.mark.parametrize("name", outputs.OUTPUT_FILES)
def test_file_that_cannot_be_replaced_is_named_and_nothing_half_written(case, tmp_path, name, request):
    if name != "overlay.png":
        request.getfixturevalue("cannot_draw")
    (tmp_path / name).mkdir()
    with pytest.raises(OVCFRiskError, match=name):
        write_all(case.assessment, case.ct, case.labels, tmp_path)
    assert not [path for path in tmp_path.iterdir() if "partial" in path.name]


def test_number_that_is_not_finite_stops_before_the_pictures(case, cannot_draw, tmp_path):
    rows = (replace(case.assessment.levels[0], volume_ml=float("nan")), *case.assessment.levels[1:])
    with pytest.raises(OVCFRiskError, match="finite"):
        write_all(replace(case.assessment, levels=rows), case.ct, case.labels, tmp_path)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX's")
def test_files_have_the_users_umask(case, cannot_draw, tmp_path):
    old = os.umask(0o027)
    try:
        write_all(case.assessment, case.ct, case.labels, tmp_path)
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o640}


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o600), (0o077, 0o600)])
def test_with_a_patient_id_only_the_owner_reads(case, cannot_draw, tmp_path, umask, mode):
    old = os.umask(umask)
    try:
        write_all(case.assessment, case.ct, case.labels, tmp_path, identity=Identity("4711"))
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {mode}


def test_text_in_json_is_what_was_assessed(case, cannot_draw, tmp_path):
    write_all(case.assessment, case.ct, case.labels, tmp_path)
    document = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))
    assert document["summary"] == summarise(case.assessment)


def other_result(assessment):
    """The same numbers of another CT."""
    return replace(assessment, provenance=replace(assessment.provenance, ct_sha256="f" * 64))


def test_nothing_of_another_patient_stays(case, cannot_draw, tmp_path):
    def for_the_archive(folder):
        for name in (*outputs.DICOM_FILES, outputs.FHIR_FILE, outputs.SCENE_FILE):
            (folder / name).write_text("first patient, OVCFRisk")

    (tmp_path / "notes.txt").write_text("a person's own")
    write_all(case.assessment, case.ct, case.labels, tmp_path, further=[for_the_archive])
    assert len(list(tmp_path.iterdir())) == 9
    write_all(other_result(case.assessment), case.ct, case.labels, tmp_path)
    left = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(left) == {"notes.txt", *outputs.OUTPUT_FILES} - {"overlay.png"}
    assert not [name for name, content in left.items() if b"first patient" in content]
    assert left["notes.txt"] == b"a person's own"


def test_a_writer_that_fails_leaves_the_earlier_result(case, cannot_draw, tmp_path):
    write_all(case.assessment, case.ct, case.labels, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(folder):
        raise OVCFRiskError("no DICOM object can be made")

    with pytest.raises(OVCFRiskError, match="no DICOM object"):
        write_all(other_result(case.assessment), case.ct, case.labels, tmp_path, further=[fail])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("name", ["report.html", "scores.csv", "labels.nii.gz", "segmentation.dcm", "scene.mrb"])
def test_files_of_others_are_never_replaced(case, cannot_draw, tmp_path, name):
    (tmp_path / name).write_bytes(b"somebody else's")
    with pytest.raises(OVCFRiskError, match=f"holds {name} that OVCFRisk did not write"):
        write_all(case.assessment, case.ct, case.labels, tmp_path)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"somebody else's")]


def test_objects_are_added_to_their_own_result_only(case, cannot_draw, tmp_path):
    write_all(case.assessment, case.ct, case.labels, tmp_path / "out")
    outputs.require_same_result(case.assessment, tmp_path / "out")
    outputs.require_same_result(case.assessment, tmp_path / "none")
    with pytest.raises(OVCFRiskError, match="holds the result of another scoring"):
        outputs.require_same_result(other_result(case.assessment), tmp_path / "out")
