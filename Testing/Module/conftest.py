"""pytest finds the stand-ins; Slicer's own test runner puts this folder on the path by itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
