"""What a batch costs: python Testing/Benchmarks/batch.py [--cases N] [--whole N] [--growth 10,30,100,300]

Prints, in one run on phantoms made for it: cases per minute with 1 and 2 workers and on a local dask cluster of the
same 2 workers (lumbar CTs of 1.5 x 1.5 x 2.5 mm with labels; from the start of the program to the end of its tables,
and steady: between the first and the last result); what a whole CT of 512 x 512 x 160 voxels with points costs, from
which a plan for an archive can be made; and the cost per case from 10 to 300 cases (one body each), where
nothing may grow: neither the time of a case and of its table rows nor the memory of the client.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path

import SimpleITK as sitk
from long_scans import read_alone
from whole_ct import WHOLE_CT

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.points import write_points
from OVCFRiskLib.report.data.label_file import write_labels
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

LUMBAR = PhantomSettings(spacing_mm=(1.5, 1.5, 2.5), field_mm=(90.0, 100.0, 170.0))
ONE_BODY = PhantomSettings(spacing_mm=(2.0, 2.0, 2.5), field_mm=(80.0, 80.0, 60.0), shift_mm=(0.0, 0.0, 18.0))
WORKERS = 2
READINGS = 3


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=24, help="of the throughput")
    parser.add_argument("--whole", type=int, default=6, help="whole CTs")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each throughput, medians are shown")
    parser.add_argument("--growth", default="10,30,100,300", help="numbers of cases")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        throughput(folder, arguments.cases, arguments.repeats)
        whole_cts(folder, arguments.whole)
        growth(folder, [int(text) for text in arguments.growth.split(",")])


def throughput(folder: Path, cases: int, repeats: int) -> None:
    """1 and 2 workers, dask; the ways take turns, so that what else the machine does falls on all."""
    from distributed import LocalCluster

    manifest = make_manifest(folder / "lumbar", LUMBAR, cases)
    times: dict[str, list[Times]] = {}
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        ways = {
            "1 worker": BatchOptions(workers=1),
            f"{WORKERS} workers": BatchOptions(workers=WORKERS),
            f"dask, {WORKERS} workers": BatchOptions(dask_address=cluster.scheduler_address),
        }
        run(manifest, folder / "warm", ways[f"dask, {WORKERS} workers"])
        for repeat in range(repeats):
            for name, options in ways.items():
                times.setdefault(name, []).append(run(manifest, folder / f"{name} {repeat}", options))
    print(f"{cases} lumbar CTs, medians of {repeats}; load of the machine before: {os.getloadavg()[0]:.1f}")
    print(f"{'':20}{'wall s':>10}{'per min':>10}{'steady per min':>16}{'ratio steady':>14}{'CPU s/case':>12}")
    base = None
    for name, runs in times.items():
        wall, steady = (statistics.median(getattr(t, field) for t in runs) for field in ("wall_s", "steady_s"))
        base = base or steady
        cpu = statistics.median(t.cpu_s for t in runs) / cases
        rest = f"{base / steady:14.2f}" + (f"{cpu:12.2f}" if "dask" not in name else f"{'-':>12}")
        print(f"{name:20}{wall:10.1f}{60 * cases / wall:10.1f}{60 / steady:16.1f}{rest}")


def whole_cts(folder: Path, cases: int) -> None:
    """CTs as scanners give them, segmented from points; what reading them and writing reports have part in it."""
    manifest = make_manifest(folder / "whole", WHOLE_CT, cases, with_points=True)
    title = f"{cases} CTs of 512 x 512 x 160, compressed"
    print(f"\n{title:40}{'steady per min':>16}{'ratio':>8}{'CPU s/case':>12}{'ratio':>8}")
    ways = {
        "1 worker": BatchOptions(workers=1),
        f"{WORKERS} workers": BatchOptions(workers=WORKERS),
        "1 worker, --reports": BatchOptions(workers=1, with_reports=True),
    }
    first = None
    for name, options in ways.items():
        times = run(manifest, folder / f"whole {name}", options)
        first = first or times
        of_one = f"{60 / times.steady_s:16.1f}{first.steady_s / times.steady_s:8.2f}"
        print(f"{name:40}{of_one}{times.cpu_s / cases:12.2f}{times.cpu_s / first.cpu_s:8.2f}", flush=True)
    cpu = statistics.median(read_alone(manifest.parent / "ct.nii.gz") for _ in range(READINGS))
    print(f"{'of these: decompress, check and hash':40}{'':24}{cpu:12.2f}{cpu * cases / first.cpu_s:8.2f}")


def growth(folder: Path, numbers: list[int]) -> None:
    """More cases, the same cost each."""
    print(f"\n{'cases':>8}{'steady ms/case':>16}{'tables ms/case':>16}{'client MB':>11}{'resume ms/case':>16}")
    for number in numbers:
        manifest = make_manifest(folder / f"body{number}", ONE_BODY, number)
        out = folder / f"out{number}"
        times = run(manifest, out, BatchOptions(workers=WORKERS))
        start = time.perf_counter()
        run_batch(manifest, out, BatchOptions(workers=WORKERS, resume=True))
        resumed = time.perf_counter() - start
        print(
            f"{number:8}{times.steady_s * 1000:16.1f}{times.tables_s / number * 1000:16.2f}"
            f"{resident_mb():11.0f}{resumed / number * 1000:16.2f}",
            flush=True,
        )


class Times:
    """Listens to a batch."""

    def __init__(self) -> None:
        self.results: list[float] = []
        self.wall_s = self.cpu_s = self.tables_s = 0.0

    def __call__(self, record: object, _done: int, _total: int) -> None:
        """Note when a result comes."""
        if record is not None:
            self.results.append(time.perf_counter())

    @property
    def steady_s(self) -> float:
        """Time per case once all workers are at work."""
        started = min(WORKERS, len(self.results) - 1)
        return (self.results[-1] - self.results[started - 1]) / (len(self.results) - started)


def run(manifest: Path, out: Path, options: BatchOptions) -> Times:
    """Run a batch and measure it."""
    times = Times()
    start, cpu = time.perf_counter(), cpu_of_children()
    run_batch(manifest, out, options, times)
    end = time.perf_counter()
    times.wall_s, times.cpu_s, times.tables_s = end - start, cpu_of_children() - cpu, end - times.results[-1]
    return times


def make_manifest(folder: Path, settings: PhantomSettings, cases: int, with_points: bool = False) -> Path:
    """One phantom, many ids, with its labels or its points."""
    folder.mkdir()
    phantom = make_phantom(settings)
    sitk.WriteImage(phantom.ct, str(folder / "ct.nii.gz"))
    if with_points:
        kind, name = "points", "points.mrk.json"
        write_points(phantom.points, folder / name)
    else:
        kind, name = "labels", "labels.nii.gz"
        write_labels(phantom.labels, folder / name)
    rows = "".join(f"case{number:06},ct.nii.gz,{name}\n" for number in range(cases))
    path = folder / "manifest.csv"
    path.write_text(f"case_id,ct,{kind}\n{rows}", encoding="utf-8")
    return path


def cpu_of_children() -> float:
    """CPU time of ended worker processes, s."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    main()
