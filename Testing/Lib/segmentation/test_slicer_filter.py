"""The grow-cut filter from its library alone is the one that `slicer` brings."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from OVCFRiskLib.errors import MissingDependencyError
from OVCFRiskLib.segmentation import slicer_filter

GROW = """
import sys
import numpy as np
from OVCFRiskLib.segmentation import slicer_filter
from OVCFRiskLib.segmentation.grow_cut import grow_from_seeds
if sys.argv[1] == "slicer":
    import slicer
if sys.argv[1] == "other":  # a wheel whose library has other functions
    slicer_filter.PENALTY_FUNCTION = "_ZN22vtkImageGrowCutSegment18SetDistancePenaltyEf"
if sys.argv[1] == "ahead":
    slicer_filter.load_ahead()
random = np.random.default_rng(0)
seeds = np.zeros((20, 22, 24), np.uint8)
seeds[3, 4, 5], seeds[15, 16, 17] = 1, 2
grown = grow_from_seeds(random.normal(100, 40, seeds.shape), seeds, random.random(seeds.shape) < 0.1, 0.8)
print("slicer" in sys.modules, grown.tobytes().hex())
"""


def grow(way):
    """Labels grown in a process of its own, and whether it has `slicer`."""
    command = [sys.executable, "-c", GROW, way]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    has_slicer, labels = done.stdout.split()
    return has_slicer == "True", labels


def test_the_library_alone_grows_what_slicer_grows():
    expected = grow("slicer")[1]
    assert {"01", "02"} <= {expected[n : n + 2] for n in range(0, len(expected), 2)}
    assert grow("alone") == (False, expected)
    assert grow("ahead") == (False, expected)
    assert grow("other") == (True, expected)  # the import where the library does not fit


def test_objects_go_when_they_are_no_longer_used():
    made = slicer_filter.grow_cut_filter(5.0)
    assert made.GetClassName() == slicer_filter.FILTER_CLASS
    assert made.GetReferenceCount() == 1


@pytest.mark.parametrize("absent", ["WHEEL_PACKAGE", "FILTER_LIBRARY"])
def test_without_slicer_the_error_says_what_to_install(monkeypatch, absent):
    monkeypatch.setitem(sys.modules, "slicer", None)
    monkeypatch.setattr(slicer_filter, absent, "not_there")
    monkeypatch.setattr(slicer_filter, "_library", slicer_filter._library.__wrapped__)
    with pytest.raises(MissingDependencyError, match="slicer-core"):
        slicer_filter.grow_cut_filter(5.0)


def test_loading_ahead_is_left_out_where_slicer_is_loaded(monkeypatch):
    calls = []
    monkeypatch.setattr(slicer_filter, "_library", lambda: calls.append(1))
    monkeypatch.setitem(sys.modules, "slicer", SimpleNamespace(vtkImageGrowCutSegment=object))
    slicer_filter.load_ahead()
    assert calls == []
