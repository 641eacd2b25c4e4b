"""The program's door: one line and an exit code, whatever comes."""

from __future__ import annotations

import subprocess
import sys

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
    assert program.main is cli.main
    run = subprocess.run([sys.executable, "-m", "OVCFRiskLib", "models"], capture_output=True, text=True, check=False)
    assert run.returncode == 0
    assert "ovcfrisk-demonstration (default)" in run.stdout
