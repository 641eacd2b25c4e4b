"""All tests of the module in a given Slicer: `make slicer-test SLICER=/path/to/Slicer`.

Runs, each in its own Slicer: the self test, the test files of Testing/Module, and the headless script. Prints a table
of what passed and failed. Exit status: 0 all passed, 1 something failed, 2 there is no such Slicer. Needs Python 3.10
and nothing else; without a display it needs xvfb-run (Debian: apt install xvfb).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MODULE_FOLDER = REPOSITORY / "OVCFRisk"
RUNNER = REPOSITORY / "Testing" / "Module" / "run_in_slicer.py"
HEADLESS = MODULE_FOLDER / "Resources" / "Headless" / "ovcfrisk_headless.py"
RESULT_VARIABLE = "OVCFRISK_TEST_RESULT"  # where the runner writes what it found
SELF_TEST = "self test"
PROGRAMS = ("Slicer", "Contents/MacOS/Slicer", "Slicer.exe")  # within an installation
TIMEOUT_S = 900  # the slowest file takes a minute on a laptop
# arguments of the headless script, the exit status it must end with
HEADLESS_CALLS = ((("models",), 0), (("--version",), 0), (("score", "nowhere.nii.gz", "--out", "unused"), 2))


@dataclass(frozen=True)
class Result:
    """What one Slicer came back with."""

    name: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    remark: str = ""


def main(arguments: list[str]) -> int:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slicer", required=True, help="the Slicer program")
    parser.add_argument("names", nargs="*", help=f"only these: '{SELF_TEST}', a test file, 'headless' (default: all)")
    parsed = parser.parse_args(arguments)
    slicer = shutil.which(parsed.slicer)
    if slicer is None:
        print(why_no_slicer(parsed.slicer))
        return 2
    results = []
    for name in parsed.names or [SELF_TEST, *module_tests(), "headless"]:
        found = headless(slicer) if name == "headless" else [in_application(slicer, name)]
        for result in found:
            results.append(result)
            print(line(result), flush=True)
    failed = sum(result.failed for result in results)
    print(f"\n{sum(r.passed for r in results)} passed, {failed} failed, {sum(r.skipped for r in results)} skipped")
    return 1 if failed else 0


def why_no_slicer(given: str) -> str:
    """What is wrong with a path that cannot be run, and what to give."""
    give = "give the program itself: make slicer-test SLICER=/path/to/Slicer"
    path = Path(given)
    if not given.strip():
        return f"no Slicer was named; {give}"
    if path.is_dir():
        inside = [path / name for name in PROGRAMS if (path / name).is_file()]
        found = f"; there is {inside[0]} in it" if inside else ""
        return f"expected a Slicer program, got the folder '{given}'{found}; {give}"
    if path.is_file():
        return f"expected a Slicer program, got '{given}', which is no program (not executable); {give}"
    return f"expected a Slicer program, got '{given}', which is not there; {give}"


def module_tests() -> list[str]:
    """The test files that CTest runs in the application, too."""
    text = (REPOSITORY / "Testing" / "Module" / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.findall(r"^  (test_\w+\.py)$", text, re.M)


def in_application(slicer: str, name: str) -> Result:
    """One test file, or the self test, in a Slicer with its main window."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "result.json"
        command = ["--testing", "--no-splash", "--additional-module-paths", str(MODULE_FOLDER)]
        command += ["--python-script", str(RUNNER), name]
        status, seconds, output = run([*display(), slicer, *command], {RESULT_VARIABLE: str(report)})
        if not report.is_file():
            remark = f"ended with status {status} and no result: {last(output)} (is this a Slicer?)"
            return Result(name, 0, 1, 0, seconds, remark)
        found = json.loads(report.read_text(encoding="utf-8"))
    return Result(name, found["passed"], found["failed"], found["skipped"], seconds, "; ".join(found["remarks"]))


def headless(slicer: str) -> list[Result]:
    """The commands of `ovcfrisk` in a Slicer without a window, by their exit status."""
    results = []
    for arguments, expected in HEADLESS_CALLS:
        command = [slicer, "--no-splash", "--no-main-window", "--exit-after-startup"]
        command += ["--python-script", str(HEADLESS), "--", *arguments]
        status, seconds, output = run([*display(), *command], {})
        remark = "" if status == expected else f"expected exit status {expected}, got {status}: {last(output)}"
        name = f"headless {' '.join(arguments)}"
        results.append(Result(name, int(not remark), int(bool(remark)), 0, seconds, remark))
    return results


def run(command: list[str], variables: dict[str, str]) -> tuple[int, float, str]:
    """Exit status, seconds and output of a command; one that does not end is ended."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env={**os.environ, **variables},
        )
        status, output = done.returncode, done.stdout + done.stderr
    except subprocess.TimeoutExpired as error:
        status, output = -1, f"no end within {TIMEOUT_S} s {error.stdout or ''}"
    return status, time.monotonic() - start, output


def display() -> list[str]:
    """What gives a Slicer a display where there is none."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY") and shutil.which("xvfb-run"):
        return ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24"]
    return []


def last(output: str) -> str:
    """The last line that says something."""
    lines = [text.strip() for text in output.splitlines() if text.strip()]
    return lines[-1][:200] if lines else "no output"


def line(result: Result) -> str:
    """A row of the table."""
    word = "FAILED" if result.failed else "passed" if result.passed else "skipped"
    counts = f"{result.passed:4d} passed {result.failed:4d} failed {result.skipped:4d} skipped"
    return f"{word:8s} {result.name:42s} {counts} {result.seconds:7.1f} s  {result.remark}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
