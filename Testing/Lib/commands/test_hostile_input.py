"""Whatever a command is given, it ends in an answer or in one line and exit code 2, never in a defect or by waiting."""

from __future__ import annotations

import json
import os
import sys

import pytest

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.cli import COMMANDS

POINTS = "L1=0,0,0"


def hostile_paths(folder):
    """Paths that hold nothing useful, by what is wrong with them."""
    paths = {
        "long name": "x" * 5000,
        "long path": "d/" * 3000 + "f.json",
        "long name with a suffix": "y" * 300 + ".json",
        "controls": folder / "a\x1b[2Jb\r\nc.json",
        "folder": folder / "folder",
        "empty": folder / "empty",
        "binary": folder / "binary",
        "text": folder / "text",
        "huge number": folder / "number",
        "deep": folder / "deep",
        "surrogate": folder / "surrogate",
        "wide": folder / "wide",
    }
    for name in ("folder",):
        paths[name].mkdir()
    (folder / "empty").write_bytes(b"")
    (folder / "binary").write_bytes(bytes(range(256)) * 50)
    (folder / "text").write_text("Dear colleague,\n")
    (folder / "number").write_text('{"markups": [' + "9" * 5000 + '], "id": ' + "9" * 400 + "}")
    (folder / "deep").write_text("[" * 100_000)
    (folder / "surrogate").write_text('{"id": "\\ud800", "markups": [{"controlPoints": [{"label": "\\ud800"}]}]}')
    (folder / "wide").write_text(",".join(f"c{n}" for n in range(20_000)) + "\n" + "1," * 19_999 + "1\n")
    if sys.platform == "linux":
        os.mkfifo(folder / "pipe")
        (folder / "device").symlink_to("/dev/zero")
        paths |= {"pipe": folder / "pipe", "device": folder / "device"}
    return paths


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    return hostile_paths(tmp_path_factory.mktemp("hostile"))


@pytest.fixture
def refused(ovcfrisk, tmp_path):
    """Call the program; it must say in one line what is wrong."""

    def call(*arguments, codes=(2,)):
        code, output, errors = ovcfrisk(*arguments)
        assert code in codes, f"{code}: {errors[-600:]}"
        for text in (output, errors):
            assert not set(text) & set("\x1b\x9b\x07")
            assert "Traceback" not in text
        assert "error: " in errors
        assert len(errors) < 4000
        return errors

    return call


WRONG = [
    *("long name", "long path", "long name with a suffix", "controls", "folder", "empty", "binary", "text"),
    *("huge number", "deep", "surrogate", "wide"),
    *(("pipe", "device") if sys.platform == "linux" else ()),
]
# where the hostile path stands; the other arguments are sound
PLACES = {
    "score CT": lambda bad, files, out: ("score", bad, "--points", POINTS, "--out", out),
    "score points": lambda bad, files, out: ("score", files / "ct.nii.gz", "--points", bad, "--out", out),
    "score labels": lambda bad, files, out: ("score", files / "ct.nii.gz", "--labels", bad, "--out", out),
    "score model": lambda bad, files, out: (
        *("score", files / "ct.nii.gz", "--labels", files / "labels.nii.gz"),
        *("--model", bad, "--out", out),
    ),
    "segment CT": lambda bad, files, out: ("segment", bad, "--points", POINTS, "--out", out / "l.nii.gz"),
    "features labels": lambda bad, files, out: ("features", files / "ct.nii.gz", bad, "--out", out / "f.csv"),
    "robustness points": lambda bad, files, out: ("robustness", files / "ct.nii.gz", "--points", bad, "--out", out),
    "batch manifest": lambda bad, files, out: ("batch", bad, "--out", out, "--workers", "0"),
    "train table": lambda bad, files, out: ("train", bad, "--out", out / "m.json"),
    "cohort verse grades": lambda bad, files, out: ("cohort", "verse", "--grades", bad, "--out", out),
    "cohort table": lambda bad, files, out: ("cohort", "table", bad, "--out", out),
    "evaluate table": lambda bad, files, out: ("evaluate", bad, "--out", out),
    "models --verify": lambda bad, files, out: ("models", "--verify", bad),
    "models --import": lambda bad, files, out: ("models", "--import", bad, "--out", out / "m.json"),
}


def test_every_command_is_tried():
    assert {place.split()[0] for place in PLACES} | {"demo", "manifest", "simulate"} == set(COMMANDS)


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("place", PLACES)
def test_hostile_files(refused, files, paths, tmp_path, place, wrong):
    refused(*PLACES[place](paths[wrong], files, tmp_path / "out"))
    assert not (tmp_path / "out").is_dir() or not [p for p in (tmp_path / "out").iterdir() if p.suffix]


@pytest.mark.parametrize(
    "points",
    [
        f"L1={'9' * 400},0,0",
        f"L1={'9' * 5000},0,0",
        "L1=1e999,0,0",
        "L1=nan,0,0",
        "L1=0,0",
        "L1=0,0,0;L1=1,1,1",
        "L\x1b1=0,0,0",
        "L1=0,0,0;" * 5000,
        "=" * 100,
    ],
)
def test_hostile_points_as_text(refused, files, tmp_path, points):
    refused("score", files / "ct.nii.gz", "--points", points, "--out", tmp_path / "out")


@pytest.mark.parametrize("name", ["o" * 5000, "o" * 300, "file/below", "\x1b[31m/" + "n" * 300])
@pytest.mark.parametrize("command", ["features", "manifest", "simulate", "batch", "models"])
def test_folders_that_cannot_be_made(refused, files, tmp_path, command, name, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a file")
    (tmp_path / "cts").mkdir()
    manifest = tmp_path / "m.csv"
    manifest.write_text("case_id,ct,labels\na,b,c\n")
    ct, labels = files / "ct.nii.gz", files / "labels.nii.gz"
    arguments = {
        "features": ("features", ct, labels, "--out", f"{name}/f.csv"),
        "manifest": ("manifest", tmp_path / "cts", "--out", f"{name}/m.csv"),
        "simulate": ("simulate", "--patients", "2", "--out", name),
        "batch": ("batch", manifest, "--out", name, "--workers", "0"),
        "models": ("models", "--import", files / "labels.nii.gz", "--out", f"{name}/m.json"),
    }[command]
    refused(*arguments)


@pytest.mark.parametrize("number", ["-1", "0", "9" * 30, "1e5", "nan", ""])
@pytest.mark.parametrize(
    "arguments",
    [
        ("simulate", "--out", "OUT", "--patients"),
        ("batch", "M.csv", "--out", "OUT", "--workers", "1", "--timeout"),
    ],
    ids=["patients", "timeout"],
)
def test_hostile_numbers(ovcfrisk, tmp_path, arguments, number, monkeypatch):
    if (arguments[0], number) in {("batch", "1e5"), ("batch", "9" * 30)}:
        pytest.skip("a timeout of a day is one")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "M.csv").write_text("case_id,ct,labels\na,b,c\n")
    code, _, errors = ovcfrisk(*arguments, number)
    assert code == 2, errors
    assert "Traceback" not in errors


BROKEN = ["", "{", "null", "[]", "5", '"x"', "{}", "\x00", "[" * 100_000, '{"status": ' + "9" * 5000 + "}", "\ud800"]


@pytest.fixture
def finished(tmp_path):
    """A batch of one case that failed."""
    manifest = tmp_path / "m.csv"
    manifest.write_text("case_id,ct,labels\na,b,c\n")
    run_batch(manifest, tmp_path / "out", BatchOptions(workers=0))
    return manifest, tmp_path / "out"


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_batch_json_is_refused_or_another_batch(refused, finished, content):
    manifest, out = finished
    (out / "batch.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    refused("batch", manifest, "--out", out, "--workers", "0", "--resume")


@pytest.mark.parametrize("content", BROKEN, ids=range(len(BROKEN)))
def test_a_broken_record_is_run_again(ovcfrisk, finished, content):
    manifest, out = finished
    (record,) = out.glob("records/*/*.json")
    sound = record.read_bytes()
    record.write_bytes(content.encode("utf-8", "surrogatepass"))
    code, _, errors = ovcfrisk("batch", manifest, "--out", out, "--workers", "0", "--resume")
    assert code == 1, errors
    assert json.loads(record.read_text())["error"] == json.loads(sound)["error"]


@pytest.mark.parametrize("key", ["status", "rows", "error", "fingerprint", "warnings", "features"])
@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [[]], [5], "failed"])
def test_a_record_with_a_broken_field_is_run_again_or_read(ovcfrisk, finished, key, value):
    manifest, out = finished
    (record,) = out.glob("records/*/*.json")
    record.write_text(json.dumps(json.loads(record.read_text()) | {key: value}))
    code, _, errors = ovcfrisk("batch", manifest, "--out", out, "--workers", "0", "--resume")
    assert code in (1, 2), errors
    assert "unexpected" not in errors


def test_a_folder_in_the_place_of_a_record(refused, finished):
    manifest, out = finished
    (record,) = out.glob("records/*/*.json")
    record.unlink()
    record.mkdir()
    refused("batch", manifest, "--out", out, "--workers", "0", "--resume")
