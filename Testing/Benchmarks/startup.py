"""How soon the program is there: python Testing/Benchmarks/startup.py [--runs 15]

Medians of new processes: Python alone, `import OVCFRiskLib`, `ovcfrisk --help`; and, on slicer-core, what reading the
module's file loads beyond what Slicer has loaded already. Aims: 0.1 s, 0.3 s, nothing heavy.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HEAVY = (
    "SimpleITK",
    "scipy",
    "sklearn",
    "pandas",
    "matplotlib",
    "pydicom",
    "radiomics",
    "OVCFRiskPanel",
)
COMMANDS = {
    "Python alone": ["-c", "pass"],
    "import OVCFRiskLib": ["-c", "import OVCFRiskLib"],
    "ovcfrisk --help": ["-m", "OVCFRiskLib", "--help"],
}
# The test host around slicer-core plays Slicer; then the module's file is read as Slicer does at its start.
OPEN_MODULE = """
import importlib.util, sys, time
sys.path.insert(0, sys.argv[1])
import module_test_case
before = set(sys.modules)
start = time.perf_counter()
spec = importlib.util.spec_from_file_location("OVCFRisk", sys.argv[2])
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(time.perf_counter() - start, *sorted(set(sys.modules) - before))
"""


def main() -> None:
    """Print the table and the modules."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    print(f"{'':24}{'wall ms':>10}{'CPU ms':>10}")
    for name, arguments in COMMANDS.items():
        measured = [run([sys.executable, *arguments]) for _ in range(runs)]
        wall, cpu = (statistics.median(values) * 1000 for values in zip(*measured, strict=True))
        print(f"{name:24}{wall:10.0f}{cpu:10.0f}")
    show_module()


def run(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of a process."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show_module() -> None:
    """What reading the module's file loads."""
    host, module = HERE.parent / "Module", HERE.parents[1] / "OVCFRisk" / "OVCFRisk.py"
    command = [sys.executable, "-c", OPEN_MODULE, str(host), str(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the module's file cannot be read on slicer-core:\n{done.stderr}")
    seconds, *loaded = done.stdout.split()
    heavy = [name for name in loaded if name in HEAVY or name.startswith("OVCFRiskLib.")]  # the package is empty
    print(f"\nOVCFRisk.py on slicer-core: {float(seconds) * 1000:.0f} ms wall, loads: {', '.join(loaded) or 'nothing'}")
    print(f"heavy among them: {', '.join(heavy) or 'none'}")


if __name__ == "__main__":
    main()
