"""What more slices cost a score: `python Testing/Benchmarks/score.py --slices 160,320,640,1000,1500`.

The phantom of 160 slices lies in the middle of longer scans, which mirror it above and below. All bytes of a scan have
to be read, checked and hashed, and those of the label map hashed; that is measured by itself in the same run and taken
off: what is left must not grow (aim: 5 % from 160 to 1500 slices), nor the memory (aim: 1.0 GB with 1000 slices).
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import SimpleITK as sitk
from whole_ct import WHOLE_CT

from OVCFRiskLib.points import write_points
from OVCFRiskLib.simulation.phantom import make_phantom

sys.path.append(str(Path(__file__).resolve().parents[1] / "Lib"))
from long_ct import lengthened

# CPU seconds of reading, checking and hashing a CT of which one slice is kept, and of hashing an empty label map
READING = """
import sys, time
import numpy as np
from OVCFRiskLib.ct import open_ct
from OVCFRiskLib.geometry import as_box
from OVCFRiskLib.volume_part import part_of_array, sparse_sha256
start = time.process_time()
opened = open_ct(sys.argv[1])
planes, rows, columns = opened.grid.shape
opened.read(as_box((slice(0, 1), slice(0, rows), slice(0, columns))))
sparse_sha256(part_of_array(np.zeros((1, 1, 1), np.uint8), as_box((slice(0, 1),) * 3), opened.grid))
print(time.process_time() - start)
"""

Program = Callable[[Path, Path], tuple[float, float, float]]


def show_slices(folder: Path, numbers: list[int], runs: int, run_program: Program, suffix: str = ".nii") -> None:
    """Print the table; the numbers of slices take turns, so that what else the machine does falls on all."""
    phantom = make_phantom(WHOLE_CT)
    write_points(phantom.points, folder / "points.mrk.json")
    paths = {}
    for number in numbers:
        paths[number] = folder / f"{number}{suffix}"
        sitk.WriteImage(lengthened(phantom.ct, number), str(paths[number]))
    measured: dict[int, list[tuple[float, ...]]] = {number: [] for number in numbers}
    for _ in range(runs):
        for number, path in paths.items():
            wall, cpu, peak = run_program(path, folder)
            measured[number].append((wall, cpu, read_alone(path), peak))
    title = f"slices of 512 x 512 ({suffix[1:]})"
    print(f"\n{title:28}{'wall s':>8}{'CPU s':>8}{'read, hash':>12}{'beyond':>8}{'ratio':>7}{'peak MB':>9}")
    first = None
    for number, values in measured.items():
        wall, cpu, read, peak = (statistics.median(each) for each in zip(*values, strict=True))
        beyond = statistics.median(value[1] - value[2] for value in values)
        first = first or beyond
        print(f"{number:<28}{wall:8.2f}{cpu:8.2f}{read:12.2f}{beyond:8.2f}{beyond / first:7.2f}{peak:9.0f}", flush=True)


def read_alone(path: Path) -> float:
    """CPU seconds of what every byte of a scan costs."""
    done = subprocess.run([sys.executable, "-c", READING, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout)
