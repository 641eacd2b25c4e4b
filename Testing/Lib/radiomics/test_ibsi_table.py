"""The table of Docs/ibsi.md is what the code gives, as far as the data are here."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def ibsi():
    """The module `Testing/Benchmarks/ibsi.py`."""
    path = ROOT / "Testing" / "Benchmarks" / "ibsi.py"
    specification = importlib.util.spec_from_file_location("ibsi", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_digital_phantom_agrees_and_the_page_says_so(ibsi, shared_data):
    consensus = ibsi.read_consensus(shared_data / "ibsi1" / "reference_values.csv")
    rows = ibsi.rows_of("digital phantom", "dig. phantom", ibsi.digital_phantom(), consensus)
    page = (ROOT / "Docs" / "ibsi.md").read_text(encoding="utf-8")
    assert len(rows) == 7
    for row in rows:
        assert row[-1] == "yes"
        assert f"| {' | '.join(row)} |" in page


def test_a_value_outside_its_tolerance_is_told(ibsi):
    consensus = {("Y12H", "config. C", ""): (40.0, 0.4, "strong")}
    for value, expected in ((40.4, "yes"), (40.5, "**no**")):
        (row,) = ibsi.rows_of("C", "config. C", {"original_firstorder_Median": value}, consensus)
        assert row[-1] == expected
