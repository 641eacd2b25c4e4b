"""Damaged headers, files and cards end in a result or in an error that says what to do."""

import runpy
from pathlib import Path

import pytest

FUZZ = runpy.run_path(str(Path(__file__).resolve().parents[1] / "Benchmarks" / "fuzz.py"))
INPUTS = {
    **{"nifti": 300, "nifti.gz": 150, "nrrd": 150, "metaimage": 150, "dicom": 200},
    **{"markups": 300, "card": 300, "published": 200, "table": 200, "manifest": 150, "record": 100, "batch.json": 50},
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    return FUZZ["fuzz"](INPUTS, tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("kind", INPUTS)
def test_every_damaged_input_is_read_or_refused(outcomes, kind):
    assert not outcomes[kind].faults
    assert outcomes[kind].inputs == INPUTS[kind]
    if kind != "record":  # a broken one is made again
        # damage that harms nothing, and damage that does, both came up
        assert outcomes[kind].refused > 0.1 * INPUTS[kind]
    assert outcomes[kind].slowest_s < FUZZ["SLOWEST_S"]


def test_at_least_two_thousand_in_little_memory(outcomes):
    assert sum(found.inputs for found in outcomes.values()) >= 2000
    assert FUZZ["peak_gb"]() < FUZZ["LARGEST_GB"]


def test_every_kind_is_tried():
    assert set(INPUTS) == set(FUZZ["KINDS"])


def test_a_fault_is_noticed(tmp_path):
    outcome = FUZZ["Outcome"]()
    FUZZ["_try"](lambda: 1 / 0, outcome, "this one")
    assert outcome.faults == ["this one: ZeroDivisionError: division by zero"]
