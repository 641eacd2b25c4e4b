"""The headless script: the same commands, the right exit status, arguments as they were given."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from OVCFRiskLib import __version__

SCRIPT = Path(__file__).resolve().parents[2] / "OVCFRisk" / "Resources" / "Headless" / "ovcfrisk_headless.py"


class HeadlessTest(unittest.TestCase):
    def call(self, *arguments):
        """Run the script far from the project and without its packages on the path."""
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        with tempfile.TemporaryDirectory() as folder:
            return subprocess.run(
                [sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, cwd=folder, env=environment
            )

    def test_commands_and_status(self):
        done = self.call("--", "--version")
        self.assertEqual((done.returncode, done.stdout.split()[-1]), (0, __version__), done.stderr)
        done = self.call("--", "models")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("ovcfrisk-demonstration", done.stdout)

    def test_without_the_two_dashes(self):
        self.assertEqual(self.call("models").returncode, 0)

    def test_bad_input_is_status_two_with_a_message(self):
        done = self.call("--", "score", "nowhere.nii.gz", "--points", "L1=0,0,0", "--out", "out")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nowhere.nii.gz", done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_unknown_command_is_status_two(self):
        self.assertEqual(self.call("--", "divine").returncode, 2)
