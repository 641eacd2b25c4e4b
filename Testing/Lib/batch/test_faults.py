"""Real faults: kills, crashes, timeouts, Ctrl-C, a full disk, no joblib."""

import os
import signal
import sys

import pytest

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.local import _Slot
from OVCFRiskLib.batch.store import locked
from OVCFRiskLib.errors import OVCFRiskError

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def is_alive(process):
    """Whether a process runs; a zombie does not."""
    try:
        with open(f"/proc/{process}/stat") as file:  # noqa: PTH123
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_timeout_is_recorded_and_the_rest_goes_on(make_manifest, endless, tmp_path, read_rows):
    manifest = make_manifest([], endless, *((f"bad {n}", "absent", "x", "", "") for n in range(3)))
    result = run_batch(manifest, tmp_path / "out", BatchOptions(workers=1, timeout_s=1.5))
    assert result.counts == {"failed": 4}
    rows = read_rows(tmp_path / "out" / "cases.csv")
    errors = [row["error"] for row in rows]
    assert "passed the timeout" in errors[0]
    assert 1.4 < float(rows[0]["seconds"]) < 30  # a loaded machine notes the end late
    assert all("does not exist" in error for error in errors[1:])


def test_a_case_that_kills_its_workers_is_recorded(
    make_manifest, endless, tmp_path, start_batch, wait_for, attempts, read_rows
):
    out = tmp_path / "out"
    program = start_batch(make_manifest([], endless, ("bad", "absent", "x", "", "")), "--out", out, "--workers", 1)
    first = wait_for(lambda: attempts(out))[0]
    os.kill(first, signal.SIGSEGV)
    second = wait_for(lambda: [process for process in attempts(out) if process != first])[0]
    os.kill(second, signal.SIGKILL)
    program.communicate(timeout=30)
    assert program.returncode == 1
    error, other = (row["error"] for row in read_rows(out / "cases.csv"))
    assert "its worker died 2 times (Segmentation fault)" in error
    assert "does not exist" in other


def test_killed_and_resumed_the_tables_are_those_of_an_undisturbed_run(
    many_cases, undisturbed, tmp_path, start_batch, wait_for, attempts
):
    out = tmp_path / "out"
    program = start_batch(many_cases, "--out", out, "--workers", 2, "--features")
    wait_for(lambda: len(list(out.glob("records/*/*.json"))) >= 2)
    workers = attempts(out)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    finished = {path: path.stat().st_mtime_ns for path in out.glob("records/*/[0-9a-f]*.json")}
    assert 2 <= len(finished) < 5
    assert not (out / "scores.csv").exists()
    wait_for(lambda: not any(is_alive(process) for process in workers))
    result = run_batch(many_cases, out, BatchOptions(workers=0, resume=True, feature_set="frozen"))
    assert result.run == 5 - len(finished)
    assert all(path.stat().st_mtime_ns == time for path, time in finished.items())
    for name in ("scores.csv", "features.csv"):
        assert (out / name).read_bytes() == (undisturbed / name).read_bytes()
    assert not list(out.rglob("*.partial*"))


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_cleanly(make_manifest, endless, tmp_path, start_batch, wait_for, attempts, stop):
    out = tmp_path / "out"
    program = start_batch(make_manifest([], endless), "--out", out, "--workers", 1)
    worker = wait_for(lambda: attempts(out))[0]
    program.send_signal(stop)
    _, errors = program.communicate(timeout=20)
    assert program.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not is_alive(worker)


def test_ctrl_c_while_a_case_is_handed_over_stops_it_too(
    make_manifest, endless, tmp_path, wait_for, attempts, monkeypatch
):
    """The process has the case, and nothing is known of it here yet."""
    out, hand_over, workers = tmp_path / "out", _Slot._submit, []

    def interrupted(slot):
        hand_over(slot)
        workers.extend(wait_for(lambda: attempts(out)))
        raise KeyboardInterrupt

    monkeypatch.setattr(_Slot, "_submit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_batch(make_manifest([], endless), out, BatchOptions(workers=1))
    assert not any(is_alive(process) for process in workers)


def test_a_full_disk_stops_the_batch_and_no_case_is_blamed(make_manifest, tmp_path, start_batch):
    out, manifest = tmp_path / "out", make_manifest(["a"])
    # no file may grow over 1 KB: batch.json fits, a record does not
    limit = ("sh", "-c", 'ulimit -f 2; exec "$@"', "sh")
    program = start_batch(manifest, "--out", out, "--workers", 0, before=limit)
    _, errors = program.communicate(timeout=30)
    assert program.returncode == 2
    assert "cannot be written (File too large)" in errors
    assert not list(out.glob("records/*/*.json"))
    assert run_batch(manifest, out, BatchOptions(workers=0, resume=True)).run == 1


def test_a_disk_that_fills_up_with_reports_blames_no_case(make_manifest, tmp_path, start_batch):
    out, manifest = tmp_path / "out", make_manifest(["a"])
    # no file may grow over 30 KB: records and tables fit, the picture of a report does not
    limit = ("sh", "-c", 'ulimit -f 60; exec "$@"', "sh")
    program = start_batch(manifest, "--out", out, "--workers", 1, "--reports", before=limit)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 2
    assert "cannot be written (File too large)" in errors
    assert not list(out.glob("records/*/*.json"))
    left = out / "reports" / ".ovcfrisk-of a killed worker.partial"
    left.mkdir(parents=True, exist_ok=True)
    assert run_batch(manifest, out, BatchOptions(workers=0, resume=True, with_reports=True)).run == 1
    assert [path.name for path in (out / "reports").iterdir()] == ["a"]


def test_two_batches_do_not_share_a_folder(make_manifest, tmp_path):
    manifest = make_manifest([], ("bad", "absent", "x", "", ""))
    with locked(tmp_path / "out"), pytest.raises(OVCFRiskError, match="another batch is at work"):
        run_batch(manifest, tmp_path / "out", BatchOptions(workers=0))


def test_without_joblib_pythons_own_processes_do(make_manifest, tmp_path, monkeypatch, read_rows):
    for name in ("joblib", "joblib.externals", "joblib.externals.loky"):
        monkeypatch.setitem(sys.modules, name, None)
    run_batch(make_manifest([], ("bad", "absent", "x", "", "")), tmp_path / "out", BatchOptions(workers=2))
    assert "does not exist" in read_rows(tmp_path / "out" / "cases.csv")[0]["error"]
