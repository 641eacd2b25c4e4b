"""A real dask scheduler with worker processes, one of them killed at work."""

import os
import signal
import socket
import threading

import pytest

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.cluster import IN_FLIGHT_PER_WORKER
from OVCFRiskLib.errors import OVCFRiskError

WORKERS = 2


@pytest.fixture(scope="module")
def cluster(blocking_path):
    """A scheduler and two worker processes on this machine."""
    from distributed import LocalCluster

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", blocking_path)
        with LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as local:
            yield local


def test_a_worker_killed_midway_changes_nothing(cluster, many_cases, undisturbed, tmp_path, wait_for, attempts):
    out = tmp_path / "out"
    killed = []

    def kill_one():
        process = wait_for(lambda: attempts(out))[0]
        os.kill(process, signal.SIGKILL)
        killed.append(process)

    killer = threading.Thread(target=kill_one)
    killer.start()
    result = run_batch(
        many_cases, out, BatchOptions(dask_address=cluster.scheduler_address, feature_set="frozen", timeout_s=60)
    )
    killer.join()
    assert killed
    assert result.counts == {"partly scored": 4, "failed": 1}
    for name in ("scores.csv", "features.csv"):
        assert (out / name).read_bytes() == (undisturbed / name).read_bytes()


def test_a_result_lost_with_its_worker_is_waited_for_again(cluster, make_manifest, tmp_path, monkeypatch):
    import distributed

    lost = []

    class Losing(distributed.as_completed):
        """The first result is lost before it is fetched, as with a worker whose network stands still."""

        def __next__(self):
            future = super().__next__()
            if not lost:
                lost.append(future.key)
                future._state.lose()
                future.client._send_to_scheduler({"op": "report-key", "key": future.key})  # computed again
            return future

    monkeypatch.setattr(distributed, "as_completed", Losing)
    manifest = make_manifest([], *((f"bad {n}", "absent", "x", "", "") for n in range(5)))
    result = run_batch(manifest, tmp_path / "out", BatchOptions(dask_address=cluster.scheduler_address))
    assert lost
    assert result.counts == {"failed": 5}


def test_few_cases_are_in_flight_however_many_there_are(cluster, make_manifest, tmp_path):
    manifest = make_manifest([], *((f"bad {n}", "absent", "x", "", "") for n in range(60)))
    most = []

    def watch(_record, _done, _total):
        most.append(len(cluster.scheduler.tasks))

    run_batch(manifest, tmp_path / "out", BatchOptions(dask_address=cluster.scheduler_address), watch)
    assert len(most) == 61
    # the client lets go of a result a moment before the scheduler hears of it
    assert max(most) <= 3 * IN_FLIGHT_PER_WORKER * WORKERS


def test_a_timeout_on_the_cluster_is_recorded(cluster, make_manifest, endless, tmp_path, read_rows):
    manifest = make_manifest([], ("bad", "absent", "x", "", ""), endless)
    run_batch(manifest, tmp_path / "out", BatchOptions(dask_address=cluster.scheduler_address, timeout_s=1.5))
    rows = read_rows(tmp_path / "out" / "cases.csv")
    assert [row["status"] for row in rows] == ["failed", "failed"]
    assert "passed the timeout" in rows[1]["error"]


def test_an_address_without_a_scheduler_is_told(make_manifest, tmp_path, monkeypatch):
    monkeypatch.setattr("OVCFRiskLib.batch.cluster.JOIN_SCHEDULER_S", 1)
    with pytest.raises(OVCFRiskError, match=r"no scheduler answers at 'tcp://127\.0\.0\.1:1'"):
        run_batch(make_manifest(["a"]), tmp_path / "out", BatchOptions(dask_address="tcp://127.0.0.1:1"))


@pytest.fixture
def a_listening_port():
    """A port somebody listens on, so that the address is looked at further."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_tls_without_certificates_is_told(make_manifest, tmp_path, a_listening_port):
    address = f"tls://127.0.0.1:{a_listening_port}"
    with pytest.raises(OVCFRiskError, match="asks for TLS, and no certificates are configured; name ca-file, cert"):
        run_batch(make_manifest(["a"]), tmp_path / "out", BatchOptions(dask_address=address))


def test_certificates_that_are_not_there_are_told(make_manifest, tmp_path, a_listening_port):
    import dask

    names = {"ca-file": "ca.pem", "client.cert": "c.pem", "client.key": "k.pem"}
    settings = {f"distributed.comm.tls.{key}": str(tmp_path / name) for key, name in names.items()}
    address = f"tls://127.0.0.1:{a_listening_port}"
    with dask.config.set(settings), pytest.raises(OVCFRiskError, match=r"cannot be read .*No such file"):
        run_batch(make_manifest(["a"]), tmp_path / "out", BatchOptions(dask_address=address))
