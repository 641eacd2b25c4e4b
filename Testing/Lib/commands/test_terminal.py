"""What a person meets in a shell: help that tells defaults and exit codes, names of outputs, progress in logs."""

import os
import subprocess
import sys

import pytest

from OVCFRiskLib.cli import COMMANDS, make_parser
from OVCFRiskLib.commands import common


def commands_and_options():
    """Each option of each command that has a default."""
    (subparsers,) = (action for action in make_parser()._actions if hasattr(action, "choices") and action.choices)
    for name, parser in subparsers.choices.items():
        for action in parser._actions:
            if action.option_strings and action.default not in (None, False, "==SUPPRESS=="):
                yield pytest.param(parser, action, id=f"{name} {action.option_strings[0]}")


@pytest.mark.parametrize(("parser", "action"), list(commands_and_options()))
def test_every_default_is_told(parser, action):
    text = " ".join(parser.format_help().split())
    shown = text[text.index(f" {action.option_strings[0]}") :]
    assert "default" in shown
    default = f"{action.default:g}" if isinstance(action.default, float) else str(action.default)
    assert default in text


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_tells_the_exit_codes(name, ovcfrisk):
    code, text, _ = ovcfrisk(name, "--help")
    assert code == 0
    assert "130 interrupted" in " ".join(text.split())


def test_the_version(ovcfrisk):
    code, text, _ = ovcfrisk("--version")
    assert (code, text.split()[0]) == (0, "ovcfrisk")


@pytest.mark.parametrize("name", ["features.xlsx", "features", "features.ods", "features.parquet"])
def test_a_table_of_another_program_is_refused_before_any_work(ovcfrisk, name):
    code, _, errors = ovcfrisk("features", "absent.nii", "absent.nii", "--out", name)
    assert code == 2
    assert f"got '{name}'; give features.csv" in errors


@pytest.mark.parametrize("name", ["scores.xlsx", "scores.csv", "report.html"])
@pytest.mark.parametrize("command", ["score", "batch", "evaluate"])
def test_a_folder_named_like_a_file_is_refused(ovcfrisk, command, name):
    arguments = {"score": ("x.nii", "--labels", "y.nii"), "batch": ("m.csv",), "evaluate": ("s.csv",)}[command]
    code, _, errors = ovcfrisk(command, *arguments, "--out", name)
    assert code == 2
    assert f"expected a folder, got '{name}'" in errors


def test_excel_gets_its_mark_where_asked_for(ovcfrisk, files, tmp_path):
    for name, more in (("marked.csv", ["--bom"]), ("plain.csv", [])):
        arguments = (files / "ct.nii.gz", files / "labels.nii.gz", "--out", tmp_path / name, *more)
        assert ovcfrisk("features", *arguments)[0] == 0
    assert (tmp_path / "marked.csv").read_bytes() == b"\xef\xbb\xbf" + (tmp_path / "plain.csv").read_bytes()


def test_a_log_gets_a_line_from_time_to_time(monkeypatch, capsys):
    times = iter([0.0, 1.0, 9.0, 10.5, 12.0, 21.0])
    monkeypatch.setattr(common.time, "monotonic", lambda: next(times))
    progress = common.terminal_progress()
    for fraction in (0.1, 0.2, 0.3, 0.4, 0.5):
        assert progress(fraction, f"step {fraction}")
    assert capsys.readouterr().err.splitlines() == [" 30% step 0.3", " 50% step 0.5"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of a Unix shell")
def test_a_closed_pipe_ends_without_a_traceback():
    program = f"'{sys.executable}' -m OVCFRiskLib models | head -c 1 > /dev/null; exit ${{PIPESTATUS[0]}}"
    run = subprocess.run(["bash", "-c", program], capture_output=True, text=True)
    assert "Traceback" not in run.stderr
    assert run.returncode in (0, 141)
