"""Runs one test file, or the self test, inside Slicer and writes what was found where the caller asked for it.

Called by Testing/slicer_test.py, not by hand. The status of the application alone does not do: with ``--testing`` it
counts every exception of every module, and knows nothing of skipped tests.
"""

import importlib
import json
import os
import sys
import traceback
import unittest
from pathlib import Path

SELF_TEST = "self test"
HERE = Path(__file__).resolve().parent


def runSelfTest():
    """The self test as *Reload and Test* runs it: passed, failed, skipped, remarks."""
    import slicer

    try:
        slicer.selfTests["OVCFRisk"]()
    except Exception as error:
        traceback.print_exc()
        return 0, 1, 0, [f"{type(error).__name__}: {error}"]
    return 1, 0, 0, []


class CountedResult(unittest.TextTestResult):
    """Counts what passed: ``testsRun`` holds skipped tests in most versions of Python, and not in 3.12.1."""

    passed = 0

    def addSuccess(self, test):
        """One more."""
        super().addSuccess(test)
        self.passed += 1


def runFile(name):
    """A test file: passed, failed, skipped, remarks."""
    sys.path[:0] = [path for path in (str(HERE), str(HERE.parents[1])) if path not in sys.path]
    tests = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(Path(name).stem))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=CountedResult).run(tests)
    wrong = [*result.failures, *result.errors]
    remarks = [f"{test}: {text.strip().splitlines()[-1]}" for test, text in wrong]
    remarks += [f"skipped {test}: {why}" for test, why in result.skipped]
    failed = len({str(test).partition(" [")[0] for test, _text in wrong})
    return result.passed, failed, len(result.skipped), remarks


def main(name):
    """Run, write, and leave the application."""
    try:
        found = runSelfTest() if name == SELF_TEST else runFile(name)
    except Exception as error:  # a file that cannot be imported is a failure of that file
        traceback.print_exc()
        found = 0, 1, 0, [f"{type(error).__name__}: {error}"]
    report = dict(zip(("passed", "failed", "skipped", "remarks"), found, strict=True))
    Path(os.environ["OVCFRISK_TEST_RESULT"]).write_text(json.dumps(report), encoding="utf-8")
    import slicer

    slicer.util.exit(1 if report["failed"] else 0)


if __name__ == "__main__":
    main(sys.argv[-1])
