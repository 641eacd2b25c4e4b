"""The main job, from the command line to the five files."""

import csv
import json
import os
import subprocess
import sys

import pytest
import SimpleITK as sitk

from OVCFRiskLib import __version__
from OVCFRiskLib.levels import LumbarLevel

FILES = {"scores.csv", "assessment.json", "labels.nii.gz", "overlay.png", "report.html"}


def rows_of(folder):
    with (folder / "scores.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def scored(files, tmp_path_factory):
    """Output folder of one run in a process of its own, and what it printed."""
    out = tmp_path_factory.mktemp("scored")
    command = [sys.executable, "-m", "OVCFRiskLib", "score", files / "ct.nii.gz"]
    done = subprocess.run(
        [*command, "--points", files / "points.mrk.json", "--out", out], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_four_points_give_four_scores(scored):
    out, printed = scored
    assert {path.name for path in out.iterdir()} >= FILES - {"overlay.png"}
    rows = rows_of(out)
    assert [row["level"] for row in rows] == ["L1", "L2", "L3", "L4"]
    for row in rows:
        assert row["status"] == "scored"
        assert float(row["risk_low"]) <= float(row["risk_index"]) <= float(row["risk_high"])
        assert row["level"] in printed
    assert "esearch" in printed


def test_a_terminal_of_few_letters_gets_the_table_too(files, tmp_path):
    points = json.loads((files / "points.mrk.json").read_text(encoding="utf-8"))
    points["markups"][0]["controlPoints"] = points["markups"][0]["controlPoints"][:1]  # three levels have no number
    (tmp_path / "one.mrk.json").write_text(json.dumps(points), encoding="utf-8")
    command = [sys.executable, "-m", "OVCFRiskLib", "score", files / "ct.nii.gz", "--points", tmp_path / "one.mrk.json"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*command, "--out", tmp_path], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1, done.stderr
    assert "L1" in done.stdout


def test_labels_lie_on_the_grid_of_the_ct(scored, phantom):
    labels = sitk.ReadImage(str(scored[0] / "labels.nii.gz"))
    assert labels.GetSize() == phantom.ct.GetSize()
    assert set(range(20, 24)) == set(sitk.GetArrayViewFromImage(labels).ravel().tolist()) - {0}


def test_the_same_input_gives_the_same_bytes(scored, files, ovcfrisk, tmp_path):
    code, _, _ = ovcfrisk("score", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", tmp_path)
    assert code == 0
    for name in ("scores.csv", "assessment.json"):
        assert (tmp_path / name).read_bytes() == (scored[0] / name).read_bytes()


def test_the_labels_it_wrote_give_the_same_scores(scored, files, ovcfrisk, tmp_path):
    out, _ = scored
    code, _, _ = ovcfrisk("score", files / "ct.nii.gz", "--labels", out / "labels.nii.gz", "--out", tmp_path)
    assert code == 0
    assert (tmp_path / "scores.csv").read_bytes() == (out / "scores.csv").read_bytes()


def test_the_document_says_where_the_numbers_come_from(scored):
    document = json.loads((scored[0] / "assessment.json").read_text(encoding="utf-8"))
    text = json.dumps(document)
    assert __version__ in text
    assert "ovcfrisk-demonstration" in text
    assert "not a medical device" in text


def test_a_level_that_was_not_marked_has_a_row_with_the_reason(phantom, files, ovcfrisk, tmp_path):
    x, y, z = phantom.points[LumbarLevel.L3]
    code, _, _ = ovcfrisk("score", files / "ct.nii.gz", "--points", f"L3={-x},{-y},{z}", "--out", tmp_path)
    assert code == 1
    rows = {row["level"]: row for row in rows_of(tmp_path)}
    assert rows["L3"]["status"] == "scored"
    for level in ("L1", "L2", "L4"):
        assert rows[level]["status"] == "not scored"
        assert rows[level]["r_score"] == ""


def test_segment_and_features_fit_together(scored, files, ovcfrisk, tmp_path):
    labels, table = tmp_path / "labels.nii.gz", tmp_path / "features.csv"
    code, _, _ = ovcfrisk("segment", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", labels)
    assert code == 0
    code, _, _ = ovcfrisk("features", files / "ct.nii.gz", labels, "--out", table)
    assert code == 0
    document = json.loads((scored[0] / "assessment.json").read_text(encoding="utf-8"))
    with table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row, level in zip(rows, document["levels"], strict=True):
        for name, value in level["features"].items():
            assert float(row[name]) == value


def test_the_program_answers_at_once_what_it_can():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "OVCFRiskLib", "--help"], capture_output=True, text=True, check=True
    )
    assert "segment" in done.stdout
    heavy = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert not heavy & {"numpy", "SimpleITK", "scipy", "vtk", "vtkmodules", "pandas", "sklearn", "matplotlib"}
