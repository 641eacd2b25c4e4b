"""The program's door: one line and an exit code, whatever comes."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from OVCFRiskLib import __main__ as program
from OVCFRiskLib import __version__, cli
from OVCFRiskLib.errors import CancelledError, OVCFRiskError


@pytest.fixture
def command(monkeypatch):
    """Replace what `ovcfrisk models` does."""

    def replace(run):
        monkeypatch.setattr("OVCFRiskLib.commands.models.run", run)

    return replace


def raising(error):
    def run(_):
        raise error

    return run


def test_every_command_has_a_help_that_says_what_it_does():
    parser = cli.make_parser()
    text = parser.format_help()
    for name, (_, words) in cli.COMMANDS.items():
        assert name in text
        assert words.split(",")[0].split(":")[0][:30] in " ".join(text.split())


@pytest.mark.parametrize("code", [0, 1])
def test_the_commands_exit_code_is_the_programs(command, code):
    command(lambda _: code)
    assert cli.main(["models"]) == code


def test_bad_input_is_one_line_and_exit_code_two(command, capsys):
    command(raising(OVCFRiskError("L3: mask has 12 voxels")))
    assert cli.main(["models"]) == 2
    assert capsys.readouterr().err == "ovcfrisk models: error: L3: mask has 12 voxels\n"


def test_cancelling_and_ctrl_c_end_as_shells_expect(command, capsys):
    command(raising(CancelledError("segmentation")))
    assert cli.main(["models"]) == 130
    command(raising(KeyboardInterrupt()))
    assert cli.main(["models"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_defect_is_exit_code_three_and_one_line_that_says_where_the_traceback_is(
    command, capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    command(lambda _: 1 / 0)
    assert cli.main(["models"]) == 3
    shown = capsys.readouterr().err
    (written,) = tmp_path.iterdir()
    assert shown.count("\n") == 1
    assert "ovcfrisk models: unexpected ZeroDivisionError: division by zero" in shown
    assert str(written) in shown
    assert "1 / 0" in written.read_text(encoding="utf-8")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_defect_where_nothing_can_be_written_is_still_one_line(command, capsys, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    command(raising(RecursionError("deep\nwater")))
    assert cli.main(["models"]) == 3
    shown = capsys.readouterr().err
    assert "RecursionError: deep water" in shown
    assert "could not be written" in shown
    assert shown.count("\n") == 1


def test_a_defect_while_the_command_line_is_made_is_no_traceback(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setitem(cli.COMMANDS, "models", ("commands.absent", "nothing"))
    assert cli.main(["models"]) == 3
    assert "ModuleNotFoundError" in capsys.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("itk::ERROR: Image: Failed to allocate memory for image."),
        RuntimeError("std::bad_alloc"),
        ValueError("Unable to allocate 3 GiB for an array"),
    ],
)
def test_lack_of_memory_is_told_as_that(command, capsys, error):
    command(raising(error))
    assert cli.main(["models"]) == 2
    assert "not enough memory" in capsys.readouterr().err


def test_lack_of_memory_behind_an_error_of_ours_is_told_as_that(command, capsys):
    error = OVCFRiskError("the file is damaged")
    error.__cause__ = RuntimeError("Failed to allocate memory for image.")
    command(raising(error))
    assert cli.main(["models"]) == 2
    assert "damaged" not in capsys.readouterr().err


def test_an_error_of_the_system_names_the_file(command, capsys):
    command(raising(PermissionError(13, "Permission denied", "/some/where")))
    assert cli.main(["models"]) == 2
    assert "'/some/where' cannot be used (Permission denied)" in capsys.readouterr().err


def test_control_characters_reach_neither_output(command, capsys):
    def run(_):
        print("kernel \x1b]0;title\x07B30f\x9b2J")
        raise OVCFRiskError("label 'L1\x1b[2J\nwrote all files'")

    command(run)
    assert cli.main(["models"]) == 2
    shown = capsys.readouterr()
    for text in (shown.out, shown.err):
        assert not set(text) & set("\x1b\x07\x9b")
        assert text.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "OVCFRiskLib", "models"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        run.stdout.close()
        assert run.stderr.read() == ""
    assert run.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line():
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "OVCFRiskLib", "models"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_bad_usage_is_exit_code_two(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["score"])
    assert ended.value.code == 2
    assert "usage: ovcfrisk score" in capsys.readouterr().err


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"ovcfrisk {__version__}\n"


def test_python_dash_m_is_the_program():
    assert program.program is cli.program
    run = subprocess.run([sys.executable, "-m", "OVCFRiskLib", "models"], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "ovcfrisk-demonstration (default)" in run.stdout


def test_the_exit_code_is_that_of_the_command():
    code = (
        "import sys; sys.argv = ['ovcfrisk', 'models']; from OVCFRiskLib.commands import models; "
        "models.run = lambda _: 1 / 0; from OVCFRiskLib.cli import program; program()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 3
    assert "unexpected ZeroDivisionError" in run.stderr
