"""The arguments of every command, without running it."""

import argparse
import json
import re
from pathlib import Path

import pytest

from OVCFRiskLib.commands import (
    batch,
    demo,
    evaluate,
    features,
    manifest,
    models,
    robustness,
    score,
    segment,
    simulate,
    train,
)
from OVCFRiskLib.commands.common import available_cores, require_folder_name, require_table_name
from OVCFRiskLib.errors import OVCFRiskError

DOCS = Path(__file__).parents[3] / "Docs"
ENOUGH = {
    batch: ["m.csv", "--out", "o"],
    demo: [],
    evaluate: ["s.csv", "--out", "o"],
    features: ["ct", "labels", "--out", "f.csv"],
    manifest: ["folder"],
    models: [],
    robustness: ["ct", "--points", "p", "--out", "o"],
    score: ["ct", "--labels", "l", "--out", "o"],
    segment: ["ct", "--points", "p", "--out", "l.nii"],
    simulate: ["--out", "o"],
    train: ["f.csv", "--out", "m.json"],
}


@pytest.mark.parametrize("command", ENOUGH, ids=lambda module: module.__name__.rpartition(".")[2])
def test_what_each_command_needs_is_enough(command):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    parser.parse_args(ENOUGH[command])
    for n, argument in enumerate(ENOUGH[command]):
        if argument.startswith("--") and argument not in ("--labels", "--points"):
            with pytest.raises(SystemExit):
                parser.parse_args([*ENOUGH[command][:n], *ENOUGH[command][n + 2 :]])


def test_a_score_takes_points_or_labels():
    parser = argparse.ArgumentParser()
    score.add_arguments(parser)
    for arguments in (["ct", "--out", "o"], ["ct", "--out", "o", "--points", "p", "--labels", "l"]):
        with pytest.raises(SystemExit):
            parser.parse_args(arguments)


def test_names_of_outputs(tmp_path):
    require_table_name("x.CSV")
    require_folder_name("results")
    require_folder_name("results.2024")
    (tmp_path / "odd.csv").mkdir()
    require_folder_name(str(tmp_path / "odd.csv"))
    with pytest.raises(OVCFRiskError, match=r"give x\.csv"):
        require_table_name("x.xls")
    with pytest.raises(OVCFRiskError, match="expected a folder"):
        require_folder_name("x.json")


def test_there_is_a_core():
    assert available_cores() >= 1


@pytest.mark.parametrize("command", ["robustness", "simulate"])
def test_a_negative_seed_is_refused_before_the_work(ovcfrisk, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    given = ENOUGH[next(module for module in ENOUGH if module.__name__.endswith(command))]
    code, _, errors = ovcfrisk(command, *given, "--seed=-1")
    assert code == 2
    assert "seed: expected 0 or a positive whole number, got -1" in errors
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("way", ["name", "other spelling", "link"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("segment", "INPUT.nii", "--points", "L1=0,0,0", "--out", "OUT"),
        ("segment", "ct.nii", "--points", "INPUT.nii", "--out", "OUT"),
        ("features", "ct.nii", "INPUT.csv", "--out", "OUT"),
        ("train", "INPUT.json", "--out", "OUT"),
        ("train", "f.csv", "--description", "INPUT.json", "--out", "OUT"),
        ("train", "f.csv", "--out", "m.json", "--figures", "OUT", "--cohort", "INPUT"),
        ("models", "--import", "INPUT.json", "--out", "OUT"),
        ("batch", "INPUT.csv", "--out", "o", "--log", "OUT"),
    ],
)
def test_an_input_is_never_written_over(ovcfrisk, tmp_path, monkeypatch, arguments, way):
    monkeypatch.chdir(tmp_path)
    (name,) = (argument for argument in arguments if argument.startswith("INPUT"))
    (tmp_path / name).write_text("mine")
    out = {"name": name, "other spelling": f"./{name}", "link": f"link{name}"}[way]
    (tmp_path / f"link{name}").symlink_to(name)
    code, _, errors = ovcfrisk(*(out if argument == "OUT" else argument for argument in arguments))
    assert code == 2
    assert "expected a file of its own" in errors
    assert "would be lost; give another name" in errors
    assert (tmp_path / name).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("is_link", [False, True])
@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ("lab-2026.json", ("models", "--import", "INPUT")),
        *(
            (f"o/{table}", ("batch", "INPUT", "--out", "o"))
            for table in ("scores.csv", "cases.csv", "features.csv", "features_observer2.csv")
        ),
        ("o/labels.nii.gz", ("score", "ct.nii", "--labels", "INPUT", "--out", "o")),
    ],
)
def test_an_input_is_never_written_over_by_a_file_that_is_not_named(
    ovcfrisk, tmp_path, monkeypatch, written, arguments, is_link
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o").mkdir()
    text = "case_id,ct,points\na,ct.nii,p.json\n"
    if arguments[0] == "models":
        published = json.loads((DOCS / "examples" / "published-model.json").read_text(encoding="utf-8"))
        text = json.dumps(published | {"id": "lab-2026"})
    (tmp_path / written).write_text(text)
    given = written
    if is_link:
        given = "link.json" if arguments[0] == "models" else "link.csv"
        (tmp_path / given).symlink_to(written)
    before = sorted(tmp_path.rglob("*"))
    code, _, errors = ovcfrisk(*(given if argument == "INPUT" else argument for argument in arguments))
    assert code == 2
    assert re.search(r"would be (lost|replaced).*give another (name|folder)", errors)
    assert (tmp_path / written).read_text() == text
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("segment", "ct.nii", "--points", "L1=0,0,0", "--out", "FILE/labels.nii"),
        ("features", "ct.nii", "labels.nii", "--out", "FILE/features.csv"),
        ("train", "f.csv", "--out", "FILE/model.json"),
        ("train", "f.csv", "--out", "model.json", "--figures", "FILE"),
        ("evaluate", "s.csv", "--out", "FILE"),
        ("robustness", "ct.nii", "--points", "L1=0,0,0", "--out", "FILE"),
    ],
)
def test_where_nothing_can_be_written_is_said_before_the_work(ovcfrisk, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("no folder")
    code, _, errors = ovcfrisk(*arguments)  # the inputs are not there either: nobody has looked
    assert code == 2
    assert "output folder 'FILE' cannot be written to" in errors
    assert [path.name for path in tmp_path.iterdir()] == ["FILE"]
