"""A batch on a cluster that fails: `python Testing/Benchmarks/cluster_faults.py [--cases 1000] [--stall 15]`.

A real dask scheduler and two worker processes on this machine score small cases (one body each). After a third of them
one worker is killed; its nanny starts another. After two thirds the network of the other stands still, both ways, for
longer than the scheduler waits: the worker goes on computing, is taken for lost, and comes back with results that
nobody expects any more. Printed: whether every case is in the tables once and with the result of an undisturbed run,
and the client's memory along the way. Exit code 1 where one is lost or another result came.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from batch import ONE_BODY, make_manifest, resident_mb
from stalled_wire import Wire

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.guard import ATTEMPT
from OVCFRiskLib.batch.scheduler_address import require_scheduler
from OVCFRiskLib.errors import OVCFRiskError

# The scheduler takes a worker for lost after so many seconds without a sign; dask's own default is 5 minutes.
WORKER_TTL_S = 5
# Memory is noted this often along a run.
NOTES = 10
# A process that starts loads dask first, s.
LONGEST_START_S = 60


def main() -> None:
    """Run the batch and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--stall", type=float, default=15.0, help="seconds; longer than the scheduler waits")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest = make_manifest(folder / "cases", ONE_BODY, arguments.cases)
        alone = make_manifest(folder / "alone", ONE_BODY, 1)
        run_batch(alone, folder / "expected", BatchOptions(workers=0))
        with started_cluster(folder) as cluster:
            faults = Faults(cluster, folder / "out", arguments.cases, arguments.stall)
            start = time.perf_counter()
            run_batch(manifest, folder / "out", BatchOptions(dask_address=cluster.address), faults)
            print(f"{arguments.cases} cases in {time.perf_counter() - start:.0f} s")
        sys.exit(0 if tell(folder, arguments.cases, faults) else 1)


class Cluster:
    """Where the scheduler is, its workers' nannies, and the wire of the second of them."""

    def __init__(self, address: str, nannies: list[int], wires: list[Wire]) -> None:
        self.address, self.nannies, self.wires = address, nannies, wires


@contextlib.contextmanager
def started_cluster(folder: Path) -> Iterator[Cluster]:
    """A scheduler and two workers, each a process of its own; the second worker is behind a wire both ways."""
    port, worker_port = free_port(), free_port()
    to_scheduler, to_worker = Wire(port), Wire(worker_port)
    environment = os.environ | {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": f"{WORKER_TTL_S}s"}
    behind = (
        "--listen-address",
        f"tcp://127.0.0.1:{worker_port}",
        "--contact-address",
        f"tcp://127.0.0.1:{to_worker.port}",
    )
    commands = (
        ("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"),
        ("worker", f"tcp://127.0.0.1:{port}", "--nthreads", 1, "--no-dashboard"),
        ("worker", f"tcp://127.0.0.1:{to_scheduler.port}", "--nthreads", 1, "--no-dashboard", *behind),
    )
    started: list[subprocess.Popen] = []
    with (folder / "dask.txt").open("w") as log:
        try:
            for command in commands:
                words = [sys.executable, "-m", "dask", *map(str, command)]
                started.append(subprocess.Popen(words, stdout=log, stderr=log, env=environment, cwd=folder))
                if len(started) == 1:
                    wait_for_scheduler(f"tcp://127.0.0.1:{port}")
            wait_for_workers(f"tcp://127.0.0.1:{port}", 2)
            yield Cluster(
                f"tcp://127.0.0.1:{port}", [process.pid for process in started[1:]], [to_scheduler, to_worker]
            )
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                process.kill()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_for_scheduler(address: str) -> None:
    """Until it answers."""
    end = time.monotonic() + LONGEST_START_S
    while True:
        try:
            return require_scheduler(address)
        except OVCFRiskError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def wait_for_workers(address: str, number: int) -> None:
    """Until so many have joined."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=LONGEST_START_S)


class Faults:
    """Kills one worker and stalls the other's network while a batch runs; notes the client's memory."""

    def __init__(self, cluster: Cluster, out: Path, cases: int, stall_s: float) -> None:
        self.cluster, self.out, self.cases, self.stall_s = cluster, out, cases, stall_s
        self.killed = self.stalled = 0
        self.memory_mb: list[float] = []

    def __call__(self, _record: object, done: int, _total: int) -> None:
        """After each result."""
        if done % max(1, self.cases // NOTES) == 0:
            self.memory_mb.append(resident_mb())
        if not self.killed and done >= self.cases // 3:
            self.killed = self._at_work(self.cluster.nannies[0])
            os.kill(self.killed, signal.SIGKILL)
        elif self.killed and not self.stalled and done >= 2 * self.cases // 3:
            self.stalled = self._at_work(self.cluster.nannies[1])
            for wire in self.cluster.wires:
                wire.stall(self.stall_s)

    def _at_work(self, nanny: int) -> int:
        """The worker of a nanny, once it has begun a case."""
        while True:
            notes = [path.read_text(encoding="utf-8") for path in self.out.glob("running/*.txt")]
            for process in (int(process) for note in notes for process in ATTEMPT.findall(note)):
                with contextlib.suppress(OSError):
                    if parent_of(process) == nanny:
                        return process
            time.sleep(0.01)


def parent_of(process: int) -> int:
    """Process that started another."""
    return int(Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def tell(folder: Path, cases: int, faults: Faults) -> bool:
    """Print the verdict; True when nothing is lost and every result is that of an undisturbed run."""
    found = results_of(folder / "out")
    (expected,) = results_of(folder / "expected").values()
    same = sum(result == expected for result in found.values())
    print(f"worker {faults.killed} killed; network of worker {faults.stalled} stalled for {faults.stall_s:g} s")
    print(f"cases in the tables: {len(found)} of {cases}, with the rows of an undisturbed run: {same}")
    print("client's memory along the run, MB:", " ".join(f"{mb:.0f}" for mb in faults.memory_mb))
    return len(found) == cases == same


def results_of(out: Path) -> dict[str, list[list[str]]]:
    """Case to its rows in both tables, without the seconds; twice as many for a case that stands twice."""
    found: dict[str, list[list[str]]] = {}
    for name in ("cases.csv", "scores.csv"):
        with (out / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                cells = [text for key, text in row.items() if key not in ("case_id", "seconds")]
                found.setdefault(row["case_id"], []).append(cells)
    return found


if __name__ == "__main__":
    main()
