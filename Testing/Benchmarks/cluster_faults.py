"""A batch on a cluster that fails: `python Testing/Benchmarks/cluster_faults.py [--cases 1000] [--stall 15]`.

A real dask scheduler and two worker processes on this machine score small cases (one body each). After a third of them
one worker is killed; its nanny starts another. After two thirds the other is stopped for so long that the scheduler
takes it for lost, as a stalled network makes it seem, and then goes on. Printed: whether every case is in the tables
once and with the result of an undisturbed run, and the client's memory along the way. Exit code 1 where one is lost.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from batch import ONE_BODY, make_manifest, resident_mb

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.guard import ATTEMPT

# The scheduler takes a worker for lost after so many seconds without a sign; dask's own default is 5 minutes.
WORKER_TTL_S = 5
# Memory is noted this often along a run.
NOTES = 10


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
        faults = Faults(folder / "out", arguments.cases, arguments.stall)
        run_on_cluster(manifest, folder / "out", faults)
        sys.exit(0 if tell(folder, arguments.cases, faults) else 1)


class Faults:
    """Kills one worker and stalls the other while a batch runs; notes the client's memory."""

    def __init__(self, out: Path, cases: int, stall_s: float) -> None:
        self.out, self.cases, self.stall_s = out, cases, stall_s
        self.killed = self.stalled = 0
        self.memory_mb: list[float] = []

    def __call__(self, _record: object, done: int, _total: int) -> None:
        """After each result."""
        if done % max(1, self.cases // NOTES) == 0:
            self.memory_mb.append(resident_mb())
        if not self.killed and done >= self.cases // 3:
            self.killed = self._worker_at_work()
            os.kill(self.killed, signal.SIGKILL)
        elif self.killed and not self.stalled and done >= 2 * self.cases // 3:
            self.stalled = self._worker_at_work()
            os.kill(self.stalled, signal.SIGSTOP)
            threading.Timer(self.stall_s, self._go_on).start()

    def _go_on(self) -> None:
        if Path(f"/proc/{self.stalled}").exists():  # the nanny may have ended it
            os.kill(self.stalled, signal.SIGCONT)

    def _worker_at_work(self) -> int:
        """Process that a note of a running case names."""
        while True:
            notes = [path.read_text(encoding="utf-8") for path in self.out.glob("running/*.txt")]
            alive = [int(process) for note in notes for process in ATTEMPT.findall(note)]
            alive = [process for process in alive if process != self.killed and Path(f"/proc/{process}").exists()]
            if alive:
                return alive[0]
            time.sleep(0.01)


def run_on_cluster(manifest: Path, out: Path, faults: Faults) -> None:
    """The batch on a scheduler and two worker processes."""
    import dask
    from distributed import LocalCluster

    with (
        dask.config.set({"distributed.scheduler.worker-ttl": f"{WORKER_TTL_S}s"}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50
        ) as cluster,
    ):
        start = time.perf_counter()
        run_batch(manifest, out, BatchOptions(dask_address=cluster.scheduler_address), faults)
        print(f"{faults.cases} cases in {time.perf_counter() - start:.0f} s")


def tell(folder: Path, cases: int, faults: Faults) -> bool:
    """Print the verdict; True when nothing is lost."""
    found, (expected,) = (rows_of(folder / name / "cases.csv") for name in ("out", "expected"))
    ids = Counter(row["case_id"] for row in found)
    same = sum(row["status"] == expected["status"] for row in found)
    print(f"worker {faults.killed} killed, worker {faults.stalled} stalled for {faults.stall_s:g} s")
    print(f"cases in the table: {len(ids)} of {cases}, more than once: {sum(n > 1 for n in ids.values())}")
    print(f"with the status of an undisturbed run: {same}; others: {Counter(r['status'] for r in found)}")
    print("client's memory along the run, MB:", " ".join(f"{mb:.0f}" for mb in faults.memory_mb))
    return len(ids) == cases == len(found) == same


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    main()
