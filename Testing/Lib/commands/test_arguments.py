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
