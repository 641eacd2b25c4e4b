"""The recipes of Docs/batch.md, run on this machine; addresses without a scheduler are refused at once."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.scheduler_address import read_address, require_scheduler
from OVCFRiskLib.errors import OVCFRiskError

REPOSITORY = Path(__file__).resolve().parents[3]
DOCUMENT = (REPOSITORY / "Docs" / "batch.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^\*\*([^*\n]+)\*\*[^\n]*\n```sh\n(.*?)```", DOCUMENT, re.DOTALL | re.MULTILINE))
ANSWER_WITHIN_S = 5.0
WAIT = "import sys; from OVCFRiskLib.batch.scheduler_address import *; require_scheduler(sys.argv[1])"
STAND_IN = '#!/bin/sh\n[ "${1#--ntasks}" = "$1" ] || shift\nexec "$@" --nworkers 2\n'


@pytest.fixture
def environment(tmp_path):
    """Programs as an installed environment has them, with a stand-in for SLURM's ``srun``."""
    programs = tmp_path / "bin"
    programs.mkdir()
    scripts = {
        "ovcfrisk": f'#!/bin/sh\nexec "{sys.executable}" -m OVCFRiskLib "$@"\n',
        "dask": f'#!/bin/sh\nexec "{sys.executable}" -m dask "$@"\n',
        "srun": STAND_IN,
        "wait-for": f'#!/bin/sh\nexec "{sys.executable}" -c "{WAIT}" "$1" 2> /dev/null\n',
    }
    for name, text in scripts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(stat.S_IRWXU)
    path = os.pathsep.join((str(REPOSITORY), os.environ.get("PYTHONPATH", "")))
    return os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": path}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run_script(script, environment, folder):
    """A shell script; what it left in the background is ended with it."""
    process = subprocess.Popen(
        ["sh", "-c", script], cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, text=True,
    )  # fmt: skip
    watchdog = threading.Timer(120, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(("wrote", "ovcfrisk batch: error")):
                break
        return "".join(lines)
    finally:
        watchdog.cancel()
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(0.5)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.parametrize("name", sorted(RECIPES))
@pytest.mark.xdist_group("dask")
def test_recipes_run_as_they_are_written(name, environment, make_manifest, tmp_path, read_rows):
    make_manifest(["a", "b"])  # tmp_path / "manifest.csv"
    port = str(free_port())
    replaced = {"first-host": "127.0.0.1", "8786": port, "/shared": str(tmp_path), "--nworkers 8": "--nworkers 2"}
    script = RECIPES[name]
    for written, here in replaced.items():
        script = script.replace(written, here)
    if "--host" in script:  # the lines are for different hosts, where a person sees that the scheduler is there
        script = script.replace(
            "ovcfrisk batch", f"until wait-for tcp://127.0.0.1:{port}; do sleep 1; done\novcfrisk batch"
        )
    output = run_script(script, environment, tmp_path)
    rows = read_rows(tmp_path / "results" / "cases.csv")
    assert [row["case_id"] for row in rows] == ["a", "b"], output
    assert "failed" not in {row["status"] for row in rows}, output


def test_there_are_recipes():
    assert {"On hosts that you log in to", "SLURM"} <= set(RECIPES)
    assert "dask-scheduler" not in DOCUMENT
    assert "dask-worker" not in DOCUMENT


@pytest.mark.xdist_group("dask")
def test_a_worker_s_arguments_on_kubernetes(environment, tmp_path, wait_for):
    arguments = re.search(r"args: \[(.*?)\]", DOCUMENT)[1].replace('"', "").split(", ")
    arguments = [argument.replace("$(DASK_WORKER_NAME)", "w1") for argument in arguments]
    scheduler = subprocess.Popen(
        ["dask", "scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(tmp_path / "s.json")],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(lambda: (tmp_path / "s.json").is_file() and (tmp_path / "s.json").stat().st_size)
        address = read_address(str(tmp_path / "s.json"))
        require_scheduler(address)
        worker = subprocess.Popen(
            [*arguments, address, "--no-dashboard"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            assert any("Registered to" in line for line in worker.stdout)
        finally:
            worker.kill()
            worker.communicate()
    finally:
        scheduler.kill()
        scheduler.wait()


@pytest.fixture
def listener():
    """``listener(answer) -> port`` of something that is no scheduler."""
    sockets = []

    def start(answer):
        server = socket.socket()
        sockets.append(server)
        server.bind(("127.0.0.1", 0))
        server.listen()

        def serve():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                sockets.append(connection)
                if answer is not None:
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    yield start
    for each in sockets:
        each.close()


@pytest.mark.parametrize("answer", [None, b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\1\0\0"])
def test_something_else_than_a_scheduler_is_refused_at_once(listener, make_manifest, tmp_path, answer):
    address = f"tcp://127.0.0.1:{listener(answer)}"
    start = time.monotonic()
    with pytest.raises(OVCFRiskError, match="something else than a dask scheduler listens"):
        run_batch(make_manifest(["a"]), tmp_path / "out", BatchOptions(dask_address=address))
    assert time.monotonic() - start < ANSWER_WITHIN_S
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tcp://127.0.0.1:1", "no scheduler answers at 'tcp://127.0.0.1:1'"),
        ("127.0.0.1:1", "no scheduler answers"),
        ("tls://127.0.0.1:1", "no scheduler answers"),
        ("tcp://[::1]:1", "no scheduler answers"),
        ("tcp://nobody.invalid:8786", "no scheduler answers"),
        ("127.0.0.1", "is not an address"),
        ("nonsense", "is not an address"),
        ("tcp://host:99999", "is not an address"),
        ("tcp://a b:80", "is not an address"),
        ("absent.json", "absent.json"),
    ],
)
def test_an_address_with_nobody_there_answers_in_a_sentence(ovcfrisk_batch, address, expected):
    start = time.monotonic()
    code, errors = ovcfrisk_batch("--dask", address)
    assert time.monotonic() - start < ANSWER_WITHIN_S
    assert code == 2
    assert expected in errors
    assert "Traceback" not in errors


@pytest.fixture
def ovcfrisk_batch(make_manifest, tmp_path, capsys):
    """``ovcfrisk_batch(arguments) -> (exit code, errors)`` of the program with a manifest of one case."""
    from OVCFRiskLib.cli import main

    def run(*arguments):
        code = main(["batch", str(make_manifest(["a"])), "--out", str(tmp_path / "out"), *arguments])
        return code, capsys.readouterr().err

    return run


def test_a_scheduler_file_names_its_address(tmp_path):
    (tmp_path / "s.json").write_text(json.dumps({"type": "Scheduler", "address": "tcp://10.0.0.1:8786"}))
    assert read_address(str(tmp_path / "s.json")) == "tcp://10.0.0.1:8786"
    (tmp_path / "s.json").write_text("[]")
    with pytest.raises(OVCFRiskError, match="names no address"):
        read_address(str(tmp_path / "s.json"))
