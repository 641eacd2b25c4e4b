"""The arguments of every command, without running it."""

import argparse

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
