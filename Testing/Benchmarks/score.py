"""Where the time and the memory of a whole `ovcfrisk score` go: `python Testing/Benchmarks/score.py [--runs 3]`.

A phantom of 512 x 512 x 160 voxels (0.7 x 0.7 x 1.25 mm) is written as NIfTI, compressed NIfTI and DICOM; the program
is started anew for each run, as a user does. Printed: wall and CPU seconds and the peak of memory (medians); and, of
one run inside this process, the seconds of each step. Aims: 4 s and 800 MB on two cores.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.assess import assess
from OVCFRiskLib.commands.common import available_cores
from OVCFRiskLib.ct import read_ct_and_acquisition
from OVCFRiskLib.points import read_points, write_points
from OVCFRiskLib.report import write_all
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

sys.path.append(str(Path(__file__).resolve().parents[1] / "Lib" / "reading"))
import dicom_factory

SPACING_MM, FIELD_MM = (0.7, 0.7, 1.25), (358.4, 358.4, 200.0)
# `ovcfrisk score`, which tells its own use of time and memory when it ends
PROGRAM = """
import resource, sys
from OVCFRiskLib.cli import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print("USED", code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_inputs(folder)
        print(f"{f'ovcfrisk score, {available_cores()} cores':24}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
        for kind, path in files.items():
            measured = [run_program(path, folder) for _ in range(runs)]
            wall, cpu, peak = (statistics.median(values) for values in zip(*measured, strict=True))
            print(f"{kind:24}{wall:8.2f}{cpu:8.2f}{peak:9.0f}", flush=True)
        show_steps(files["NIfTI"], folder)


def write_inputs(folder: Path) -> dict[str, Path]:
    """The phantom in three formats, and its points."""
    phantom = make_phantom(PhantomSettings(spacing_mm=SPACING_MM, field_mm=FIELD_MM))
    print("voxels", " x ".join(str(n) for n in phantom.ct.GetSize()))
    write_points(phantom.points, folder / "points.mrk.json")
    files = {"NIfTI": folder / "ct.nii", "NIfTI, compressed": folder / "ct.nii.gz", "DICOM": folder / "dicom"}
    sitk.WriteImage(phantom.ct, str(files["NIfTI"]))
    sitk.WriteImage(phantom.ct, str(files["NIfTI, compressed"]))
    dicom_factory.write_series(files["DICOM"], phantom.ct)
    return files


def run_program(ct: Path, folder: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds with those of children, peak of resident memory in MB."""
    command = [sys.executable, "-c", PROGRAM, "score", str(ct), "--points", str(folder / "points.mrk.json")]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, "--out", str(folder / "out")], capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("USED")]
    if not told or told[0][1] not in ("0", "1"):
        raise SystemExit(f"the program failed:\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, float(told[0][3])


def show_steps(ct_file: Path, folder: Path) -> None:
    """Seconds of each step, as parts of a bar."""
    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        result = step(*arguments)
        seconds[name] = time.perf_counter() - start
        return result

    ct, acquisition = timed("read the CT", read_ct_and_acquisition, ct_file)
    points = read_points(folder / "points.mrk.json")
    labels = timed("segment four bodies", segment_bodies, ct, points)
    assessment = timed("check, measure, score with intervals", assess, ct, labels, None, None, acquisition)
    timed("pictures, report, tables, labels", write_all, assessment, ct, labels, folder / "steps", acquisition)
    total = sum(seconds.values())
    print(f"\n{'step, program already started':40}{'s':>6}")
    for name, value in seconds.items():
        print(f"{name:40}{value:6.2f}  {'#' * int(np.ceil(40 * value / total))}")
    print(f"{'total':40}{total:6.2f}")


if __name__ == "__main__":
    main()
