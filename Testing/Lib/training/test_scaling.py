"""z-scores learnt on some rows, and features chosen by what two observers agree on."""

from __future__ import annotations

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.feature_table import FeatureTable
from OVCFRiskLib.training.scaling import SIGNIFICANT_DIGITS, Scaling, rounded
from OVCFRiskLib.training.selection import relevant_features, reliable_features

NAMES = tuple(f"original_firstorder_{name}" for name in ("Median", "90Percentile", "Kurtosis"))


def table(values, name="t.csv"):
    values = np.asarray(values, float)
    count = len(values)
    return FeatureTable(
        name=name,
        sha256="0" * 64,
        features=NAMES[: values.shape[1]],
        values=values,
        patients=np.array([f"P{n}" for n in range(count)]),
        levels=np.array(["L1"] * count),
        groups=np.array(["OVCF", "NF"] * (count // 2) + ["NF"] * (count % 2)),
        t_scores=None,
        ages=None,
        sets=None,
        lines=tuple(range(2, 2 + count)),
    )


def test_scaling_is_learnt_on_the_training_rows_alone():
    """Of 1, 2, 3 the mean is 2 and the sample SD 1; the row left out is 100 away from it."""
    scaling = Scaling(table([[1.0], [2.0], [3.0], [102.0]]), np.array([True, True, True, False]))
    assert scaling.mean_and_sd(NAMES[0]) == (2.0, 1.0)
    np.testing.assert_allclose(scaling.z(NAMES[:1])[:, 0], [-1, 0, 1, 100])


def test_a_constant_column_is_refused_by_name():
    scaling = Scaling(table([[5.0, 1.0], [5.0, 2.0]]), np.array([True, True]))
    with pytest.raises(OVCFRiskError, match=f"'{NAMES[0]}': constant in the training set"):
        scaling.z(NAMES[:2])


def test_a_card_keeps_twelve_digits():
    assert rounded(1 / 3) == float("0.333333333333")
    assert rounded([[1e-30 / 3], [2e20 / 3]]).shape == (2, 1)
    assert SIGNIFICANT_DIGITS == 12


@pytest.fixture
def observers():
    """Two observers of 30 bodies: they agree on the first feature, on the second within noise, on the third never."""
    random = np.random.default_rng(0)
    truth = random.normal(size=(30, 3)) * (10, 3, 1)
    noise = random.normal(size=(2, 30, 3)) * (0.1, 0.5, 5)
    return table(truth + noise[0]), table(truth + noise[1], "observer2.csv")


def test_what_observers_disagree_on_is_left_out_with_its_icc(observers):
    found = reliable_features(*observers, np.ones(30, bool), 0.8)
    assert found.kept == NAMES[:2]
    assert found.bodies == 30
    assert found.iccs[NAMES[0]].value > 0.99
    assert found.left_out[NAMES[2]] == f"ICC {found.iccs[NAMES[2]].value:.3f}"


def test_without_a_second_observer_all_that_varies_is_kept(observers):
    first, _ = observers
    first.values[:, 1] = 7.0
    found = reliable_features(first, None, np.ones(30, bool), 0.8)
    assert found.kept == (NAMES[0], NAMES[2])
    assert found.left_out == {NAMES[1]: "constant in the training set"}


def test_too_few_bodies_and_no_agreement_are_said(observers):
    first, second = observers
    with pytest.raises(OVCFRiskError, match="2 of its bodies are in the training set; an ICC needs at least 3"):
        reliable_features(first, second, np.arange(30) < 2, 0.8)
    with pytest.raises(OVCFRiskError, match=f"no feature has an ICC above 1; the best is '{NAMES[0]}'"):
        reliable_features(first, second, np.ones(30, bool), 1.0)


def test_the_most_relevant_feature_comes_first_and_its_copy_last():
    random = np.random.default_rng(1)
    y = (random.random(200) < 0.5).astype(float)
    strong = y + 0.3 * random.normal(size=200)
    weak = y + 3 * random.normal(size=200)
    z = np.column_stack([weak, strong, strong + 1e-3 * random.normal(size=200)])
    order = relevant_features(("weak", "strong", "copy"), z, y, 9)
    assert set(order) == {"weak", "strong", "copy"}
    assert order[0] in ("strong", "copy")
    assert order[1] == "weak"
    assert relevant_features(("weak", "strong", "copy"), z, y, 1) == order[:1]
