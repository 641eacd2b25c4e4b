"""Every bad input has its own clear error, exit code 2, and leaves nothing half-written."""

import json
import os

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import write_points
from OVCFRiskLib.scoring.bundled_cards import CARDS_FOLDER, DEFAULT_MODEL_ID

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture
def refused(ovcfrisk, tmp_path):
    """Call `ovcfrisk score` with bad input and return the error; nothing may be left in its folder."""

    def call(ct, *arguments):
        out = tmp_path / "out"
        code, _, errors = ovcfrisk("score", ct, *arguments, "--out", out)
        assert code == 2, errors
        assert not out.is_dir() or not list(out.iterdir())
        (line,) = [line for line in errors.splitlines() if "error: " in line]
        assert "Traceback" not in errors
        return line

    return call


def test_an_empty_folder(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(tmp_path / "empty", "--points", "L1=0,0,0")


def test_a_file_that_is_not_there(refused, tmp_path):
    assert "nowhere.nii.gz" in refused(tmp_path / "nowhere.nii.gz", "--points", "L1=0,0,0")


def test_a_file_that_is_no_ct(refused, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear colleague")
    assert "letter.txt" in refused(tmp_path / "letter.txt", "--points", "L1=0,0,0")


def test_a_truncated_file(refused, files, tmp_path):
    whole = (files / "ct.nii.gz").read_bytes()
    (tmp_path / "ct.nii.gz").write_bytes(whole[: len(whole) // 2])
    assert "ct.nii.gz" in refused(tmp_path / "ct.nii.gz", "--points", files / "points.mrk.json")


@pytest.mark.parametrize("name", ["nan.nrrd", "nan.nii", "nan.nii.gz"])
def test_a_ct_with_nan(refused, phantom, files, tmp_path, name):
    ct = sitk.Cast(phantom.ct, sitk.sitkFloat32)
    ct[5, 5, 5] = float("nan")
    sitk.WriteImage(ct, str(tmp_path / name))
    assert "NaN" in refused(tmp_path / name, "--points", files / "points.mrk.json")


def test_a_point_outside_the_volume(refused, files):
    line = refused(files / "ct.nii.gz", "--points", "L1=900,0,0")
    assert "L1" in line
    assert "outside" in line


def test_swapped_points(refused, phantom, files, tmp_path):
    points = {**phantom.points, L1: phantom.points[L2], L2: phantom.points[L1]}
    write_points(points, tmp_path / "swapped.mrk.json")
    assert "the points were swapped" in refused(files / "ct.nii.gz", "--points", tmp_path / "swapped.mrk.json")


def test_all_points_in_one_vertebra(refused, phantom, files, tmp_path):
    x, y, z = phantom.points[L2]
    write_points({level: (x, y, z - 3 * n) for n, level in enumerate(LumbarLevel)}, tmp_path / "one.mrk.json")
    assert "mm" in refused(files / "ct.nii.gz", "--points", tmp_path / "one.mrk.json")


def test_text_that_holds_no_points(refused, files):
    assert "L1=" in refused(files / "ct.nii.gz", "--points", "the usual ones")


def test_labels_on_another_grid(refused, phantom, files, tmp_path):
    elsewhere = sitk.Image(phantom.labels)
    elsewhere.SetOrigin([o + 900 for o in elsewhere.GetOrigin()])
    sitk.WriteImage(elsewhere, str(tmp_path / "elsewhere.nii.gz"))
    refused(files / "ct.nii.gz", "--labels", tmp_path / "elsewhere.nii.gz")


def test_empty_labels(refused, phantom, files, tmp_path):
    sitk.WriteImage(phantom.labels * 0, str(tmp_path / "empty.nii.gz"))
    assert "20" in refused(files / "ct.nii.gz", "--labels", tmp_path / "empty.nii.gz")


def test_a_wrong_model_id(refused, files):
    line = refused(files / "ct.nii.gz", "--points", files / "points.mrk.json", "--model", "best")
    assert f"unknown model 'best'; known ids: {DEFAULT_MODEL_ID}" in line


def test_an_altered_card(refused, files, tmp_path):
    card = json.loads((CARDS_FOLDER / f"{DEFAULT_MODEL_ID}.json").read_text(encoding="utf-8"))
    card["cutoff"] += 0.01
    (tmp_path / "card.json").write_text(json.dumps(card))
    line = refused(files / "ct.nii.gz", "--points", files / "points.mrk.json", "--model", tmp_path / "card.json")
    assert "altered" in line


def test_the_paper_s_card_scores_nothing(refused, files):
    line = refused(files / "ct.nii.gz", "--points", files / "points.mrk.json", "--model", "yu-2025-as-published")
    assert "lacks intercept" in line


def test_an_output_folder_that_is_a_file(ovcfrisk, files, tmp_path):
    (tmp_path / "taken").write_text("mine")
    code, _, errors = ovcfrisk(
        "score", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", tmp_path / "taken"
    )
    assert code == 2
    assert "taken' cannot be written to" in errors
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_a_read_only_output_folder(ovcfrisk, files, tmp_path, monkeypatch):
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    if os.access(locked, os.W_OK):  # root writes everywhere: let the system call say what it says to others

        def refuse(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("OVCFRiskLib.files.tempfile.TemporaryFile", refuse)
    code, _, errors = ovcfrisk("score", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", locked)
    assert code == 2
    assert "locked' cannot be written to (Permission denied); choose another folder" in errors
    assert not list(locked.iterdir())


def test_points_and_labels_exclude_each_other(ovcfrisk, files):
    code, _, errors = ovcfrisk("score", "ct.nii.gz", "--points", "P", "--labels", "L", "--out", "x")
    assert code == 2
    assert "not allowed with" in errors


def test_a_segmentation_into_an_unknown_format(ovcfrisk, files, tmp_path):
    out = tmp_path / "labels.docx"
    code, _, errors = ovcfrisk("segment", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", out)
    assert code == 2
    assert ".docx" in errors
    assert not out.exists()


def test_a_ct_given_as_labels(refused, files):
    assert "expected a label map, got values from -" in refused(files / "ct.nii.gz", "--labels", files / "ct.nii.gz")


def test_a_numbering_without_labels(refused, files):
    line = refused(files / "ct.nii.gz", "--points", files / "points.mrk.json", "--numbering", "verse")
    assert "expected --labels, got points" in line


def test_points_with_decimal_commas(refused, files):
    line = refused(files / "ct.nii.gz", "--points", "L1=1,5;2,5;3,5")
    assert "expected points as L1=x,y,z;L2=x,y,z in RAS mm, with decimal points, got 'L1=1,5'" in line


@pytest.mark.parametrize("command", ["score", "demo", "batch", "simulate", "evaluate", "robustness"])
def test_an_output_folder_without_a_name(ovcfrisk, files, command):
    needed = {"score": ("ct.nii.gz", "--points", "L1=0,0,0"), "batch": ("m.csv",), "evaluate": ("s.csv",)}
    needed["robustness"] = needed["score"]
    code, _, errors = ovcfrisk(command, *needed.get(command, ()), "--out", "")
    assert code == 2
    assert "--out: expected a folder, got an empty name" in errors


def test_a_colour_picture(refused, tmp_path):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((8, 8, 8, 3), np.uint8), isVector=True), str(tmp_path / "rgb.nrrd"))
    assert "rgb.nrrd" in refused(tmp_path / "rgb.nrrd", "--points", "L1=0,0,0")
