"""Where the time and the memory of a whole `ovcfrisk score` go: `python Testing/Benchmarks/score.py [--runs 3]`.

A phantom of 512 x 512 x 160 voxels (0.7 x 0.7 x 1.25 mm) is written as NIfTI, compressed NIfTI and DICOM; the program
is started anew for each run, as a user does. Printed: wall and CPU seconds and the peak of memory (medians); beside
them what pyradiomics takes for its default features of one body of the same CT, measured between the runs; and, of one
run on a single thread, the CPU seconds of each step, so that they add up. Aims: half of pyradiomics' time, 600 MB.
"""

from __future__ import annotations

import argparse
import compileall
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import SimpleITK as sitk
from long_scans import show_slices
from whole_ct import WHOLE_CT

import OVCFRiskLib
from OVCFRiskLib.commands.common import available_cores
from OVCFRiskLib.points import write_points
from OVCFRiskLib.simulation.phantom import make_phantom

sys.path.append(str(Path(__file__).resolve().parents[1] / "Lib" / "reading"))
import dicom_factory

# `ovcfrisk score`, which tells its peak of memory when it ends (Linux)
PROGRAM = """
import atexit
from OVCFRiskLib.cli import program
@atexit.register
def tell():
    # getrusage would give the larger of this program's peak and the memory of the benchmark that started it
    print("USED", next(int(line.split()[1]) / 1024 for line in open("/proc/self/status") if "VmHWM" in line))
program()
"""
# pyradiomics' default run on one body, as often as is asked for, with nothing else on its cores
PYRADIOMICS = """
import sys, time
sys.path.append(sys.argv[1])
import SimpleITK as sitk
from features import by_pyradiomics
ct, labels = (sitk.ReadImage(path) for path in sys.argv[2:4])
start, cpu = time.perf_counter(), time.process_time()
by_pyradiomics(ct, labels == 22, eight=False)
print("USED", time.perf_counter() - start, time.process_time() - cpu)
"""
STEPS_PROGRAM = Path(__file__).with_name("score_steps.py")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--slices", help="numbers of slices, e.g. 160,320,640,1000,1500: what longer scans cost")
    parser.add_argument("--compressed", action="store_true", help="with --slices: as .nii.gz")
    arguments = parser.parse_args()
    compile_library()
    if arguments.slices:
        numbers = [int(text) for text in arguments.slices.split(",")]
        with tempfile.TemporaryDirectory() as name:
            suffix = ".nii.gz" if arguments.compressed else ".nii"
            show_slices(Path(name), numbers, arguments.runs, run_program, suffix)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_inputs(folder)
        show_whole(files, folder, arguments.runs)
        show_steps(files["NIfTI"], folder)


def compile_library() -> None:
    """Have Python's bytecode of the library, as pip does when it installs: some environments never write it."""
    compileall.compile_dir(str(Path(OVCFRiskLib.__file__).parent), quiet=1)


def show_whole(files: dict[str, Path], folder: Path, runs: int) -> None:
    """Time and memory of the program, and the time of pyradiomics for one body."""
    title = f"ovcfrisk score, {available_cores()} cores"
    print(f"{title:44}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    medians, of_pyradiomics = {}, []
    for kind, path in files.items():
        measured = []
        for _ in range(runs):
            measured.append(run_program(path, folder))
            of_pyradiomics.append(run_pyradiomics(files["NIfTI"], folder))
        medians[kind] = wall, cpu, peak = [statistics.median(values) for values in zip(*measured, strict=True)]
        print(f"{kind:44}{wall:8.2f}{cpu:8.2f}{peak:9.0f}", flush=True)
    wall, cpu = (statistics.median(values) for values in zip(*of_pyradiomics, strict=True))
    print(f"{'pyradiomics, default features of one body':44}{wall:8.2f}{cpu:8.2f}")
    ratios = [ours / theirs for ours, theirs in zip(medians["NIfTI"][:2], (wall, cpu), strict=True)]
    print(f"{'NIfTI: whole score / pyradiomics (aim 0.5)':44}{ratios[0]:8.2f}{ratios[1]:8.2f}")


def write_inputs(folder: Path) -> dict[str, Path]:
    """The phantom in three formats, and its points."""
    phantom = make_phantom(WHOLE_CT)
    print("voxels", " x ".join(str(n) for n in phantom.ct.GetSize()))
    write_points(phantom.points, folder / "points.mrk.json")
    files = {"NIfTI": folder / "ct.nii", "NIfTI, compressed": folder / "ct.nii.gz", "DICOM": folder / "dicom"}
    sitk.WriteImage(phantom.ct, str(files["NIfTI"]))
    sitk.WriteImage(phantom.ct, str(files["NIfTI, compressed"]))
    sitk.WriteImage(phantom.labels, str(folder / "truth.nii.gz"))
    dicom_factory.write_series(files["DICOM"], phantom.ct)
    return files


def run_program(ct: Path, folder: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak of resident memory in MB."""
    command = [sys.executable, "-c", PROGRAM, "score", str(ct), "--points", str(folder / "points.mrk.json")]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, "--out", str(folder / "out")], capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("USED")]
    if not told or done.returncode not in (0, 1):
        raise SystemExit(f"the program failed:\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, float(told[0][1])


def run_pyradiomics(ct: Path, folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of its default features of one body, after everything is loaded and read."""
    command = [sys.executable, "-c", PYRADIOMICS, str(Path(__file__).parent), str(ct), str(folder / "truth.nii.gz")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    _, wall, cpu = next(line for line in done.stdout.splitlines() if line.startswith("USED")).split()
    return float(wall), float(cpu)


def show_steps(ct: Path, folder: Path) -> None:
    """Seconds of each step, as parts of a bar."""
    command = [sys.executable, str(STEPS_PROGRAM), str(ct), str(folder / "points.mrk.json"), str(folder / "steps")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the program failed:\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    seconds = {"starting Python, loading the library": 0.0, **json.loads(done.stdout.splitlines()[-1])}
    seconds["starting Python, loading the library"] = total - sum(seconds.values())
    print(f"\n{'step, NIfTI, one thread':44}{'CPU s':>6}{'share':>7}")
    for name, value in seconds.items():
        print(f"{name:44}{value:6.2f}{value / total:7.0%}  {'#' * round(60 * value / total)}")
    print(f"{'total':44}{total:6.2f}")


if __name__ == "__main__":
    main()
