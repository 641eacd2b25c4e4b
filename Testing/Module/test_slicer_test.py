"""`make slicer-test` itself: its table and exit status, with programs that answer as a Slicer does."""

import contextlib
import io
import runpy
import stat
import sys
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[1] / "slicer_test.py"
# Runs the given script as Slicer runs it: what Slicer knows is eaten, the script sees the rest.
SLICER = """#!{python}
import os, runpy, sys, types
arguments = sys.argv[1:]
script = arguments[arguments.index("--python-script") + 1]
rest = arguments[arguments.index(script) + 1:]
slicer = types.ModuleType("slicer")
slicer.util = types.SimpleNamespace(exit=lambda status: None)
def selfTest():
    assert {works}, "the self test found a fault"
slicer.selfTests = {{"OVCFRisk": selfTest}}
if "--testing" in arguments:
    sys.modules["slicer"] = slicer
sys.argv = [script, *[a for a in rest if a != "--exit-after-startup"]]
sys.path[0:0] = [os.path.dirname(script)]
runpy.run_path(script, run_name="__main__")
"""


class SlicerTestTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.module = runpy.run_path(str(SCRIPT))

    def slicer(self, works=True, text=None):
        """A program that behaves like Slicer."""
        path = self.folder / "Slicer"
        path.write_text(text or SLICER.format(python=sys.executable, works=works), encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    def call(self, *arguments):
        """Exit status and what was printed."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = self.module["main"](list(arguments))
        return status, out.getvalue()

    def test_self_test_and_headless_pass(self):
        status, text = self.call("--slicer", self.slicer(), "self test", "headless")
        self.assertEqual(status, 0, text)
        self.assertIn("passed   self test", text)
        self.assertIn("4 passed, 0 failed, 0 skipped", text)

    def test_a_fault_fails_with_its_message(self):
        status, text = self.call("--slicer", self.slicer(works=False), "self test")
        self.assertEqual(status, 1)
        self.assertIn("FAILED   self test", text)
        self.assertIn("the self test found a fault", text)

    def test_a_program_that_dies_is_a_failure_and_no_pass(self):
        status, text = self.call(
            "--slicer", self.slicer(text="#!/bin/sh\necho broken\nexit 0\n"), "self test", "headless"
        )
        self.assertEqual(status, 1)
        self.assertIn("no result: broken", text)
        self.assertIn("expected exit status 2, got 0", text)

    def test_no_such_program_is_status_two(self):
        status, text = self.call("--slicer", str(self.folder / "nothing"))
        self.assertEqual(status, 2)
        self.assertIn("SLICER=/path/to/Slicer", text)

    def test_each_wrong_path_says_what_is_wrong_with_it(self):
        (self.folder / "readme.txt").write_text("no program", encoding="utf-8")
        program = self.slicer()
        for given, words in (
            ("", "no Slicer was named"),
            (str(self.folder), f"there is {program} in it"),
            (str(self.folder / "readme.txt"), "not executable"),
            (str(self.folder / "gone" / "Slicer"), "is not there"),
        ):
            with self.subTest(given):
                status, text = self.call("--slicer", given)
                self.assertEqual(status, 2)
                self.assertIn(words, text)
                self.assertIn("make slicer-test SLICER=/path/to/Slicer", text)

    def test_a_program_that_is_no_slicer_is_asked_after(self):
        status, text = self.call("--slicer", "/bin/true" if Path("/bin/true").exists() else sys.executable, "self test")
        self.assertEqual(status, 1)
        self.assertIn("is this a Slicer?", text)

    def test_it_runs_every_file_that_ctest_runs(self):
        names = self.module["module_tests"]()
        self.assertIn("test_panel_safety.py", names)
        self.assertNotIn("test_packaging.py", names)

    def test_a_file_of_tests_is_counted_with_its_skips(self):
        runner = runpy.run_path(str(SCRIPT.parent / "Module" / "run_in_slicer.py"))
        (self.folder / "test_counted.py").write_text(
            "import unittest\n"
            "class T(unittest.TestCase):\n"
            "    def test_a(self): pass\n"
            "    def test_b(self): self.fail('on purpose')\n"
            "    @unittest.skip('no reason')\n"
            "    def test_c(self): pass\n",
            encoding="utf-8",
        )
        sys.path.insert(0, str(self.folder))
        self.addCleanup(sys.path.remove, str(self.folder))
        with contextlib.redirect_stdout(io.StringIO()):
            passed, failed, skipped, remarks = runner["runFile"]("test_counted.py")
        self.assertEqual((passed, failed, skipped), (1, 1, 1))
        self.assertTrue(any("on purpose" in remark for remark in remarks))


if __name__ == "__main__":
    unittest.main()
