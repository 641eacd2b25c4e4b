"""The CPU seconds of each step of one score on a single thread; `score.py` shows them.

`python Testing/Benchmarks/score_steps.py CT POINTS OUT` prints them as JSON in its last line. Nothing is loaded that
the program does not load itself, so that what is left of the whole time is its start and its end.
"""

from __future__ import annotations

import atexit
import importlib
import json
import sys
import time
from collections.abc import Callable
from typing import Any

# the functions each step consists of, where they are called
STEPS = {
    "read the CT": ["scored_ct.open_ct", "scored_ct.read_part"],
    "segment: place the levels": ["segmentation.bodies.place_levels"],
    "segment: fit the template": ["segmentation.bodies.fit_together"],
    "segment: find the surface": ["segmentation.body_field.find_surface"],
    "segment: load slicer-core": ["segmentation.grow_cut.grow_cut_filter"],
    "segment: grow from seeds": ["segmentation.body_field.grow_from_seeds"],
    "segment: resample, smooth, draw": ["scored_ct.segment_part"],
    "assess: acquisition, contrast, metal": ["assess.check_acquisition"],
    "assess: heights, checks of masks": ["assess.check_masks"],
    "assess: trabecular density": ["assess.measure_trabecular"],
    "assess: features": ["assess.extract_features"],
    "assess: 30 redrawn masks each": ["assess.perturbed_features"],
    "assess: names by ribs and sacrum": ["assess.doubt_of_names"],
    "assess: hash of the labels": ["assess.sparse_sha256"],
    "assess: cut out, score": ["scored_ct.assess_part"],
    "write: 3D picture, shapes": ["report.pictures.picture.overlay_shapes"],
    "write: 3D picture, drawn": ["report.pictures.picture.draw_shapes"],
    "write: report, tables, labels": ["report.write_all"],
}


def time_steps(ct: str, points: str, out: str) -> None:
    """Score on one thread and print the CPU seconds of each step, without those of the steps within it."""
    importlib.import_module("scipy.ndimage")
    import SimpleITK as sitk

    from OVCFRiskLib import cli

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    seconds = dict.fromkeys(STEPS, 0.0)
    running: list[str] = []
    last = [0.0]

    def note() -> None:
        now = time.process_time()
        if running:
            seconds[running[-1]] += now - last[0]
        last[0] = now

    def timed(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            note()
            running.append(name)
            try:
                return step(*arguments, **named)
            finally:
                note()
                running.pop()

        return run

    for name, places in STEPS.items():
        for place in places:
            module, function = place.rsplit(".", 1)
            module = importlib.import_module(f"OVCFRiskLib.{module}")
            setattr(module, function, timed(name, getattr(module, function)))
    atexit.register(lambda: print(json.dumps(seconds)))
    sys.argv = ["ovcfrisk", "score", ct, "--points", points, "--out", out]
    cli.program()


if __name__ == "__main__":
    time_steps(*sys.argv[1:])
