"""`ovcfrisk robustness` from the command line."""

import csv

import pytest


def test_tables_and_summary(ovcfrisk, files, tmp_path):
    arguments = ("robustness", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--repeats", 2)
    code, out, errors = ovcfrisk(*arguments, "--out", tmp_path)
    assert code == 0, errors
    with (tmp_path / "robustness.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["level"] for row in rows] == ["L1", "L1", "L2", "L2", "L3", "L3", "L4", "L4"]
    assert all(0.9 < float(row["dice"]) <= 1 for row in rows)
    with (tmp_path / "robustness_features.csv").open(newline="") as file:
        features = list(csv.DictReader(file))
    assert len(features) == 8
    assert "of the clicks" in out


def test_bad_numbers_are_refused_and_nothing_is_written(ovcfrisk, files, tmp_path):
    arguments = ("robustness", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", tmp_path)
    code, _, errors = ovcfrisk(*arguments, "--repeats", 1)
    assert code == 2
    assert "at least 2 repeats" in errors
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("jitter", ["nan", "inf", "-1"])
def test_a_distance_that_is_none_is_refused(ovcfrisk, files, tmp_path, jitter):
    arguments = ("robustness", files / "ct.nii.gz", "--points", files / "points.mrk.json", "--out", tmp_path)
    code, _, errors = ovcfrisk(*arguments, f"--jitter={jitter}")
    assert code == 2
    assert "a jitter above 0" in errors


def test_an_input_that_fails_leaves_no_empty_folder(ovcfrisk, files, tmp_path):
    for ct, points in ((tmp_path / "none.nii.gz", "L1=0,0,0"), (files / "ct.nii.gz", "L1=0,0,0")):
        code, _, _ = ovcfrisk("robustness", ct, "--points", points, "--repeats", 2, "--out", tmp_path / "out")
        assert code == 2
        assert not list(tmp_path.iterdir())
