"""mRMR against R mRMRe 2.1.2.2 (numeric outcome) and its own definition."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.mrmr import mrmr

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def training_rows():
    """Names, features (230 x 69) and outcome of the training rows of the synthetic reference table."""
    with (DATA / "golden_features.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "train"]
    names = [name for name in rows[0] if name.startswith("f")]
    return names, np.array([[float(row[n]) for n in names] for row in rows]), np.array([float(r["y"]) for r in rows])


def test_order_equals_mrmre(training_rows):
    names, x, y = training_rows
    with (DATA / "mrmre_classic_numeric.csv").open() as file:
        expected = [row["feature"] for row in csv.DictReader(file)]
    assert [names[i] for i in mrmr(x, y, 25)] == expected


def test_order_does_not_depend_on_units(training_rows):
    _, x, y = training_rows
    scale = 10.0 ** np.linspace(-160, 160, x.shape[1])
    np.testing.assert_array_equal(mrmr(x * scale, y, 25), mrmr(x, y, 25))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_greedy_rule_holds_at_every_step(seed, k):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(20, 8)) @ rng.normal(size=(8, 8))
    y = (x[:, 0] + rng.normal(size=20) > 0).astype(float)
    y[:2] = 0, 1
    information = -0.5 * np.log(1 - np.corrcoef(np.column_stack([x, y]), rowvar=False) ** 2 + 1e-300)
    order = list(mrmr(x, y, k))
    assert len(set(order)) == k
    for step, chosen in enumerate(order):
        before = order[:step]
        scores = {
            i: information[i, 8] - (information[i, before].mean() if before else 0.0)
            for i in range(8)
            if i not in before
        }
        assert scores[chosen] >= max(scores.values()) - 1e-9


def test_duplicate_is_selected_last_and_constant_never():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 5))
    x[:, 3] = x[:, 0]
    x[:, 4] = 7.0
    y = (x[:, 0] > 0).astype(float)
    order = mrmr(x, y, 4)
    assert (order[0], order[-1]) == (0, 3)
    with pytest.raises(OVCFRiskError, match="k = 5 features asked for, but 4 of 5 features vary"):
        mrmr(x, y, 5)


def test_feature_equal_to_the_outcome_comes_first():
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 30).astype(float)
    x = np.column_stack([rng.normal(size=30), y, rng.normal(size=30), 1 - y])
    order = list(mrmr(x, y, 4))
    assert order[0] == 1
    assert sorted(order) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((3, 2)), np.ones(2), r"got \(3, 2\) and \(2,\)"),
        (np.array([[1.0], [np.nan]]), np.array([0.0, 1.0]), "NaN or infinity"),
        (np.array([[1.0], [2.0]]), np.array([1.0, 1.0]), "outcome is 1 in every row"),
    ],
)
def test_bad_input_is_told(x, y, message):
    with pytest.raises(OVCFRiskError, match=message):
        mrmr(x, y, 1)
