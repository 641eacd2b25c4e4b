"""What the module's tests share: a Slicer (the real one, or the host around slicer-core) and an empty scene."""

import sys
import unittest
from pathlib import Path

import slicer

HERE = Path(__file__).resolve().parent
IN_APPLICATION = hasattr(slicer, "app") and not hasattr(slicer, "host_folder")
if not IN_APPLICATION:
    sys.path[:0] = [path for path in (str(HERE), str(HERE.parents[1])) if path not in sys.path]
    import slicer_host

    slicer_host.start()


class ModuleTestCase(unittest.TestCase):
    """Starts and ends with an empty scene."""

    def setUp(self):
        slicer.mrmlScene.Clear(0)

    def tearDown(self):
        slicer.mrmlScene.Clear(0)
